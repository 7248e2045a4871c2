fn take(v: Vec<u32>) {
    drop(v);
}

fn main() {
    let v = vec![1];
    take(v);
    println!("{v:?}");
}
