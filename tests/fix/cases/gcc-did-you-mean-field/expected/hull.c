struct hull {
    int planks;
    int length;
};

int of(struct hull *h)
{
    return h->length;
}
