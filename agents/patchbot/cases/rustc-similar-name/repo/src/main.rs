fn main() {
    let total = 3;
    let prices = vec![1, 2];
    println!("{} {}", totl, prices.is_emtpy());
}
