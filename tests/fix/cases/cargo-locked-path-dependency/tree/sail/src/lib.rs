pub fn sails() -> u32 {
    hull::planks() * 2
}
