use std::fmt;

#[derive(Clone)]
pub struct Account {
    pub owner: String,
    pub cents: i64,
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}.{:02}", self.owner, self.cents / 100, self.cents % 100)
    }
}
