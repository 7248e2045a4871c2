struct point {
    int width;
};

int area(struct point p) {
    int unused = 1;
    int counter = p.widht;
    return conter;
}
