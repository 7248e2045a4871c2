package shop;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

public class Main {
    static int total(List<Integer> items) {
        return items.size();
    }

    public static void main(String[] args) {
        Map<String, Integer> names = new HashMap<>();
        String text = "a";
        System.out.println(text + names + new Random());
    }
}
