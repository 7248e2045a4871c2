//! Text that opens something, and how long we wait.

use std::fmt;
use std::time::Duration;

/// Text that is never shown: not by `Debug`, not in errors, not in logs.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    pub fn new(text: impl Into<String>) -> Secret {
        Secret(text.into())
    }

    pub(in crate::forge) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Secret {
        Secret(text)
    }
}

/// How long we wait.
#[derive(Debug, Clone, Copy)]
pub struct Timeouts {
    /// For a connection, TLS included.
    pub connect: Duration,
    /// For the next bytes of a body.
    pub read: Duration,
    /// For a whole answer of the API.
    pub answer: Duration,
    /// For a whole log or tarball.
    pub transfer: Duration,
}

impl Default for Timeouts {
    /// GitHub itself gives up on a request after ten seconds, so thirty without
    /// a byte means that nothing comes. A 2 GiB log in half an hour is 1.2 MB/s.
    fn default() -> Self {
        Timeouts {
            connect: Duration::from_secs(10),
            read: Duration::from_secs(30),
            answer: Duration::from_secs(60),
            transfer: Duration::from_secs(30 * 60),
        }
    }
}
