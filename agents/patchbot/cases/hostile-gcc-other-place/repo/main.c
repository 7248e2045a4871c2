int main(void) {
    int counter = 1;
    return counter;
}
