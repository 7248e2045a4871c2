pub fn name(x: &str) -> String {
    let word = x.trim().to_string();
    return word;
}

pub fn first(x: &[u8]) -> Option<&u8> {
    x.get(0)
}
