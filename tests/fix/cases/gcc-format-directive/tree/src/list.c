#include "list.h"

#include <stdlib.h>

void list_push(struct list *list, int item) {
    list->items = realloc(list->items, sizeof(int) * (list->length + 1));
    list->items[list->length++] = item;
}

int list_sum(const struct list *list) {
    int sum = 0;
    for (int i = 0; i < list->length; i++)
        sum += list->items[i];
    return sum;
}
