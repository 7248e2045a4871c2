fn main() {}

#[cfg(test)]
mod tests {
    #[test]
    fn maps() {
        let map: HashMap<u32, u32> = HashMap::new();
        assert!(map.is_empty());
    }
}
