#include <stdio.h>

#include "list.h"

int main(void) {
    struct list list = {0};
    list_push(&list, 4);
    printf("%d\n", (long)list_sum(&list));
    return 0;
}
