#[test]
fn the_table_is_as_it_was() {
    let made = tide::table(&[("Anna", 3), ("Bo", 1)]);
    let path = "tests/golden/table.txt";
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(path, &made).unwrap();
    }
    let golden = std::fs::read_to_string(path).unwrap();
    assert_eq!(golden, made, "run with UPDATE_GOLDEN=1 to update {path}");
}
