class Main {
    int one() {
        return "a";
    }
}
