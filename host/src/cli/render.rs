//! What people read on a terminal.

use std::io::Write as _;

use crate::patch::path::is_invisible;
use crate::redact::redact;

/// Prints to standard output; a closed pipe (`| head`) ends the process
/// quietly instead of with a panic.
pub(super) fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    if out
        .write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .is_err()
    {
        std::process::exit(0);
    }
}

pub(super) fn line(text: &str) {
    print(&format!("{text}\n"));
}

pub(super) fn json(value: &impl serde::Serialize) -> anyhow::Result<()> {
    line(&serde_json::to_string_pretty(value)?);
    Ok(())
}

/// Foreign text for a terminal: redacted, one line, and without the control
/// sequences by which a log could move the cursor or lie about what is there.
pub(super) fn foreign(text: &str) -> String {
    let mut out = String::new();
    for c in redact(text).chars() {
        match c {
            '\t' => out.push(c),
            c if is_invisible(c) => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    out
}

/// The first line of somebody else's text, for a row of a table.
pub(super) fn first_line(text: &str) -> String {
    foreign(text.lines().next().unwrap_or_default())
}

/// A diff for a terminal: nothing taken out, control sequences shown.
pub(super) fn diff(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\t' => out.push(c),
            c if is_invisible(c) => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    out
}

/// Foreign text of several lines, indented.
pub(super) fn foreign_block(text: &str, indent: &str) -> String {
    redact(text)
        .lines()
        .map(|line| format!("{indent}{}\n", foreign(line)))
        .collect()
}

/// As long as it lives, GitHub's runner takes no line of our output for a
/// command (`::add-path::…`): what we print is mostly somebody else's text.
pub(super) struct WithoutCommands(Option<String>);

impl WithoutCommands {
    pub fn begin() -> WithoutCommands {
        let on_a_runner = std::env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true");
        let word = on_a_runner.then(unguessable);
        if let Some(word) = &word {
            line(&format!("::stop-commands::{word}"));
        }
        WithoutCommands(word)
    }
}

impl Drop for WithoutCommands {
    fn drop(&mut self) {
        if let Some(word) = &self.0 {
            line(&format!("::{word}::"));
        }
    }
}

/// A word that no text printed in between can hold.
fn unguessable() -> String {
    use ring::rand::SecureRandom as _;
    let mut bytes = [0; 16];
    let filled = ring::rand::SystemRandom::new().fill(&mut bytes);
    filled.expect("the system gives random bytes");
    hex::encode(bytes)
}
