pub struct Basket {
    pub items: Vec<u32>,
}

impl Basket {
    pub fn total(&self) -> u32 {
        self.items.iter().sum()
    }
}
