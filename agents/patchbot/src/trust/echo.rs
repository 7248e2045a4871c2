//! Commands that build tools announce before they run them.

use crate::command::{Role, commands, role};
use crate::transcript::Output;

/// Longer lines are no announcements, in bytes.
const MAX_COMMAND: usize = 400;

/// What the announced commands are, each kind once. Make and just print the
/// command as it is; npm, tox, nox, `set -x` and others put a sign in front.
pub(super) fn roles(output: &Output) -> Vec<Role> {
    let mut roles = Vec::new();
    for line in output.lines() {
        let Some(command) = announced(line.text) else {
            continue;
        };
        let found = commands(&[command.to_owned()]);
        for role in found.iter().map(role) {
            if matches!(role, Role::Tool(_) | Role::Test | Role::Compiled(_))
                && !roles.contains(&role)
            {
                roles.push(role);
            }
        }
    }
    roles
}

/// The command, where the line begins like one that matters.
fn announced(text: &[u8]) -> Option<&str> {
    if text.len() > MAX_COMMAND || !text.contains(&b' ') {
        return None;
    }
    let text = std::str::from_utf8(text).ok()?;
    let (sign, rest) = match text.split_once("> ") {
        Some((sign, rest)) => (Some(sign), rest),
        None => (None, text),
    };
    // `lint: commands[0]> black .`, `nox > black .`, `> black .`
    let known = |sign: &str| {
        sign.is_empty() || sign == "nox " || sign.contains("commands[") || sign == "Poe ="
    };
    let command = if sign.is_some_and(known) { rest } else { text };
    let command = command.strip_prefix("+ ").unwrap_or(command);
    let command = command.strip_prefix("$ ").unwrap_or(command);
    // `tests/test_a.py:3:1: F401 …` is a finding, and no program of tests.
    let first = command.split(' ').next().unwrap_or_default();
    let is_place = first
        .split(':')
        .skip(1)
        .any(|part| part.parse::<u32>().is_ok());
    if is_place {
        return None;
    }
    command
        .starts_with(|first: char| first.is_ascii_lowercase())
        .then_some(command)
}
