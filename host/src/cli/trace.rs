//! Where the program's own log lines go: to standard error, without secrets.
//!
//! They may hold what a forge answered, what a guest said, or an address that
//! somebody wrote a password into. Whoever writes a line need not think of it.

use std::io::{self, IsTerminal as _, Write};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::redact::redact;

/// Starts logging; `SENTINEL_LOG` chooses what (`info`, `debug`, …).
pub(super) fn start() {
    let filter = EnvFilter::try_from_env("SENTINEL_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    // A second subscriber in one process (a test) is no reason to stop.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(WithoutSecrets(io::stderr))
        .with_ansi(io::stderr().is_terminal())
        .try_init();
}

/// Makes writers whose lines have no secrets in them.
pub struct WithoutSecrets<M>(pub M);

impl<'a, W: Write, M: Fn() -> W + 'a> MakeWriter<'a> for WithoutSecrets<M> {
    type Writer = Redacting<W>;

    fn make_writer(&'a self) -> Redacting<W> {
        Redacting {
            line: Vec::new(),
            into: self.0(),
        }
    }
}

/// Holds one event until it is whole, as a secret may be written in parts.
pub struct Redacting<W: Write> {
    line: Vec<u8>,
    into: W,
}

impl<W: Write> Write for Redacting<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.line.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let line = String::from_utf8_lossy(&self.line);
        self.into.write_all(redact(&line).as_bytes())?;
        self.line.clear();
        self.into.flush()
    }
}

impl<W: Write> Drop for Redacting<W> {
    fn drop(&mut self) {
        // Nobody is left to tell that a line could not be written.
        let _ = self.flush();
    }
}
