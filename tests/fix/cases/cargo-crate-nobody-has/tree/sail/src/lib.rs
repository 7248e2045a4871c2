use seerde::Serialize;

pub fn sails() -> u32 {
    2
}
