#include <stdio.h>

int planks(int n)
{
    printf("%d planks\n", n);
    return n;
}
