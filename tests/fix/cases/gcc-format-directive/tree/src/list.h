#ifndef LIST_H
#define LIST_H

struct list {
    int *items;
    int length;
};

void list_push(struct list *list, int item);
int list_sum(const struct list *list);

#endif
