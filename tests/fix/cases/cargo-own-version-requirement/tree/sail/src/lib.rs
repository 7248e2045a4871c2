pub fn cloth() -> u8 {
    hull::plank()
}
