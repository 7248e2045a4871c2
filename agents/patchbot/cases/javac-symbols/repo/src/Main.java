package shop;

import java.util.Random;

public class Main {
    static int total(List<Integer> items) {
        return items.size();
    }

    public static void main(String[] args) {
        Map<String, Integer> names = new HashMap<>();
        string text = "a";
        System.out.printn(text + names + new Random());
    }
}
