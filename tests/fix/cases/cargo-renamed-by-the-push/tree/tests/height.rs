use ledgerly::height;

#[test]
fn two_hours() {
    assert_eq!(height(2.0), 5.0);
}
