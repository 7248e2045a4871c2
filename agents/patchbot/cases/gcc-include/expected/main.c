#include <string.h>
#include <stdio.h>
#include <stdlib.h>

int main(void) {
    char *s = malloc(10);
    strcpy(s, "a");
    printf("%s\n", s);
    return 0;
}
