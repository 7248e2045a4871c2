use std::fmt;

pub struct Sail;

impl fmt::Display for Sail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { write!(f, "a sail") }
}
