fn greet(name: String) -> String {
    name
}

fn length(text: &str) -> u64 {
    text.len() as u64
}

fn main() {
    let word = String::from("a");
    println!("{} {}", greet("you".to_string()), length(&word));
}
