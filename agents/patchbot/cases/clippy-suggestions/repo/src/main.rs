fn empty(items: &[u32]) -> bool {
    return items.len() == 0;
}

struct Name {
    name: String,
}

fn main() {
    let items = vec![1];
    let x: u32 = 5;
    let name = String::from("a");
    let named = Name { name: name };
    if x >= 1 && x <= 5 {
        println!("{} {}", empty(&items) == true, named.name);
    }
}
