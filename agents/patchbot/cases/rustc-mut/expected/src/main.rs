fn main() {
    let mut items = Vec::new();
    items.push(1);
    println!("{items:?}");
}
