use std::fmt;
use std::{fs, io};

fn main() {
    let mut a = 1;
    let name = 2;
    println!("{a} {:?}", fs::read("x").is_ok());
}
