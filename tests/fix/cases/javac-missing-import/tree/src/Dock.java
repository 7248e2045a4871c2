public class Dock {
    private final List<String> names = new ArrayList<>();

    int count() {
        return names.size();
    }
}
