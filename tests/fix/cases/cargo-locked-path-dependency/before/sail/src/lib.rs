pub fn sails() -> u32 {
    2
}
