#[derive(PartialEq)]
pub struct Berth {
    pub number: u32,
}

pub fn same(a: Berth, b: Berth) -> bool {
    a == b
}
