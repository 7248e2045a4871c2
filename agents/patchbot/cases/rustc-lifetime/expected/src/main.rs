struct Name<'a> {
    text: &'a str,
}

fn main() {
    println!("{}", Name { text: "a" }.text);
}
