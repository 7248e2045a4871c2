struct Item;

fn main() {
    let item = Item;
    drop(item);
}
