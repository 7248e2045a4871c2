pub fn shout(word: &str) -> String {
    word.to_uppercase()
}

#[cfg(test)]
mod tests {
    #[test]
    fn loud() {
        assert_eq!(super::shout("a"), "A");
    }
}
