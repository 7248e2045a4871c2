pub fn plank() -> u8 {
    1
}
