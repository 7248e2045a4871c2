struct point {
    int width;
};

int area(struct point p) {
    int counter = p.width;
    return counter;
}
