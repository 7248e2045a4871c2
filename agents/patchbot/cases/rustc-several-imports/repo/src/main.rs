fn main() {
    println!("{:?}", Ordering::Less);
}
