pub fn sails() -> u32 {
    hull::planks() * 2
}

#[cfg(test)]
mod tests {
    #[test]
    fn counts() {
        assert_eq!(super::sails(), 14);
    }
}
