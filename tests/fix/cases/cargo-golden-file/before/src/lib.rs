pub fn table(rows: &[(&str, u32)]) -> String {
    let line = |(name, masts): &(&str, u32)| format!("{name:<8}{masts:>3}\n");
    rows.iter().map(line).collect()
}
