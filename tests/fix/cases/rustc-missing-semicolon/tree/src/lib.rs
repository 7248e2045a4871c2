pub fn a() -> u32 {
    let x = 1
    x + 1
}
