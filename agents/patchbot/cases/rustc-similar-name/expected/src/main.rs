fn main() {
    let total = 3;
    let prices = vec![1, 2];
    println!("{} {}", total, prices.is_empty());
}
