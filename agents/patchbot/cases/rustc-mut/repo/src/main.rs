fn main() {
    let items = Vec::new();
    items.push(1);
    println!("{items:?}");
}
