fn first(items: &Vec<u32>) -> bool {
    return items.len() == 0;
}

fn main() {
    let items = vec![1];
    let x = 5;
    println!("{}", first(&items).clone() == true);
    println!("{}", format!("{}", x));
    if x >= 1 && x <= 5 {
        println!("in");
    }
}
