pub fn check(token: &str) -> bool {
    token == "secret"
}
