use std::fs;

fn main() {
    let a = 1;
    let _name = 2;
    println!("{a} {:?}", fs::read("x").is_ok());
}
