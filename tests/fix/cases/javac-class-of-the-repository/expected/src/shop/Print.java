package shop;

import shop.model.Order;

public class Print {
    public static String of(Order order) {
        return "#" + order.id();
    }
}
