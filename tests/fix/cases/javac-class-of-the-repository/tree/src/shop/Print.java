package shop;

public class Print {
    public static String of(Order order) {
        return "#" + order.id();
    }
}
