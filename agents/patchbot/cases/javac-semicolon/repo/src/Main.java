class Main {
    int one() {
        return 1
    }
}
