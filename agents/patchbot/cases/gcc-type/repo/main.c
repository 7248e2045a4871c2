int main(void) {
    int *a = 1.5;
    return *a;
}
