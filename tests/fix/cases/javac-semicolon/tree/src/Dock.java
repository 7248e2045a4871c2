public class Dock {
    int count() {
        int n = 3
        return n;
    }
}
