pub fn grow(list: &mut Vec<u32>) {
    for item in list.iter() {
        if *item > 2 {
            list.push(*item);
        }
    }
}
