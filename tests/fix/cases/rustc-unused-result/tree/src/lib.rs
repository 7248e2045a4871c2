use std::fs;

pub fn clear(path: &str) {
    fs::remove_file(path);
}
