fn empty(items: &[u32]) -> bool {
    items.is_empty()
}

struct Name {
    name: String,
}

fn main() {
    let items = vec![1];
    let x: u32 = 5;
    let name = String::from("a");
    let named = Name { name };
    if (1..=5).contains(&x) {
        println!("{} {}", empty(&items), named.name);
    }
}
