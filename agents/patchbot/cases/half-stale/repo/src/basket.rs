pub struct Basket { pub items: Vec<u32> }

impl Basket {
  pub fn sum(&self)->u32 {
      self.items.iter().sum()
  }
}
