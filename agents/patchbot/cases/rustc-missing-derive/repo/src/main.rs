struct Item {
    price: u32,
}

fn main() {
    let item = Item { price: 1 };
    println!("{item:?} {}", item.price);
}
