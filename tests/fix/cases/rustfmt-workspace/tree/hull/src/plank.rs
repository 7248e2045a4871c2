#[derive(Debug)]
pub struct Plank { pub number : usize }
