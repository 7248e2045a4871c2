use std::collections::HashMap;

pub fn count(words: &[&str]) -> HashMap<String, u32> {
    let mut found = HashMap::new();
    for word in words {
        let key = word.to_string();
        *found.entry(key).or_insert(0) += 1;
    }
    found
}
