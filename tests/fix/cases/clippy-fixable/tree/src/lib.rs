pub fn level(moments: &Vec<u32>) -> u32 {
    let total = moments.iter().fold(0, |sum, x| sum + x);
    return total;
}

pub fn is_high(level: u32) -> bool {
    if level > 3 { true } else { false }
}

#[cfg(test)]
mod tests {
    #[test]
    fn adds() {
        assert_eq!(super::level(&vec![1, 2]), 3);
        assert!(super::is_high(4));
    }
}
