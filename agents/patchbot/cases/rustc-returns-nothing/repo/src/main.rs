fn more(a: u32) -> u32 {
    a + 1;
}

fn main() {
    println!("{}", more(1));
}
