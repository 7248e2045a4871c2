mod basket;

use std::fmt;
use std::collections::HashMap;

fn main() {
    let mut prices: HashMap<String,u32> = HashMap::new();
    prices.insert("apple".to_string(), 3 );
    prices.insert("pear".to_string(), 4);

    let total: u32 = prices.values().filter(|price| **price > 1).map(|price| price * 2).sum::<u32>() + 1;

    let a = 1;
    let b = 2;
    let c = 3;
    let d = 4;
    let e = 5;
    let f = 6;
    let g = 7;
    println!("{} {}",total, a+b+c+d+e+f+g);
}

struct Money(u32);

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { write!(f, "{}", self.0) }
}
