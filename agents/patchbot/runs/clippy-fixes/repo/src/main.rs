use std::fmt;

fn main() {
    let mut a = 1;
    return println!("{}", a);
}
