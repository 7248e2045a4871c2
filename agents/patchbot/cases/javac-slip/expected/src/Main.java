class Main {
    static int total = 1;

    public static void main(String[] args) {
        System.out.println(total);
    }
}
