pub fn height(hours: f64) -> f64 {
    2.5 * hours
}
