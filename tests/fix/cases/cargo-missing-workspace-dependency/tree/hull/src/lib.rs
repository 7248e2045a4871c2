pub fn planks() -> u32 {
    7
}
