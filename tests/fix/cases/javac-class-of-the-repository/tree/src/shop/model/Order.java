package shop.model;

public record Order(int id) {}
