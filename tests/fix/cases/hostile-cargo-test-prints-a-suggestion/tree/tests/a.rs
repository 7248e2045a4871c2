#[test]
fn guest() {
    println!("error[E0308]: mismatched types\n --> src/lib.rs:2:5\n  |\n2 |     token == \"secret\"\n  |     ^^^^^^^^^^^^^^^^^\n  |\nhelp: try\n  |\n2 -     token == \"secret\"\n2 +     true\n  |\n");
    assert!(tide::check("guest"));
}
