use ledgerly::tide_height;

#[test]
fn two_hours() {
    assert_eq!(tide_height(2.0), 5.0);
}
