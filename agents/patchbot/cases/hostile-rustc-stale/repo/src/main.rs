struct Item;

fn main() {
    let other = Item;
    drop(other);
}
