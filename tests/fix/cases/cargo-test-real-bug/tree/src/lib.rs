pub fn last(list: &[u32]) -> Option<u32> {
    list.get(list.len() - 1).copied()
}

#[cfg(test)]
mod tests {
    #[test]
    fn of_nothing() {
        assert_eq!(super::last(&[]), None);
    }
}
