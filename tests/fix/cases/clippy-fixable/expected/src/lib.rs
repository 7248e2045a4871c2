pub fn level(moments: &[u32]) -> u32 {
    moments.iter().sum::<u32>()
}

pub fn is_high(level: u32) -> bool {
    level > 3
}

#[cfg(test)]
mod tests {
    #[test]
    fn adds() {
        assert_eq!(super::level(&[1, 2]), 3);
        assert!(super::is_high(4));
    }
}
