struct Name {
    text: &str,
}

fn main() {
    println!("{}", Name { text: "a" }.text);
}
