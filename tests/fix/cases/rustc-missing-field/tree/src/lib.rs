pub struct Ship {
    pub name: String,
    pub masts: u32,
}

pub fn new(name: String) -> Ship {
    Ship { name }
}
