use hull::planks;

pub fn sails() -> u32 {
    planks() * 2
}
