int one(void) {
    int unused = 1;
    return 1;
}
