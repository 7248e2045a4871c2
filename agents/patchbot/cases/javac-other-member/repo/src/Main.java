import java.util.List;

class Main {
    int total(List<Integer> items) {
        return items.lenght();
    }
}
