//! How tools say that white space is wrong.

use super::wish::{Reading, Wish};
use crate::tool::Tool;
use crate::transcript::Output;

mod concise;
mod grouped;
mod hooks;
mod snippet;

/// What each family of tools says in this output.
pub(super) fn all(output: &Output) -> Vec<(&'static [Tool], Reading)> {
    vec![
        (
            &[Tool::Flake8, Tool::Pycodestyle, Tool::RuffCheck],
            concise::python(output),
        ),
        (&[Tool::RuffCheck], snippet::ruff(output)),
        (&[Tool::Yamllint], concise::yamllint(output)),
        (&[Tool::Yamllint], grouped::yamllint(output)),
        (&[Tool::Eslint], grouped::eslint(output)),
        (&[Tool::Markdownlint], concise::markdownlint(output)),
        (&[Tool::Rubocop], concise::rubocop(output)),
        (&[Tool::EditorconfigChecker], grouped::editorconfig(output)),
        (&[Tool::GitCheck], concise::git_check(output)),
        (&[Tool::PreCommit], hooks::read(output)),
    ]
}

/// What a rule's code demands, where it is about white space.
fn wish(code: &str, line: u64) -> Option<Wish> {
    Some(match code {
        "W291"
        | "W293"
        | "trailing-spaces"
        | "no-trailing-spaces"
        | "MD009"
        | "@stylistic/no-trailing-spaces"
        | "Layout/TrailingWhitespace" => Wish::NoBlanksAt(line),
        "W292" | "new-line-at-end-of-file" | "eol-last" | "@stylistic/eol-last" | "MD047" => {
            Wish::FinalNewline
        }
        "W391" => Wish::NoBlankEnd,
        _ => return None,
    })
}

/// Adds what a rule says to a reading.
fn record(reading: &mut Reading, path: &str, code: &str, line: u64, log_line: u64) {
    match wish(code, line) {
        Some(wish) => reading.push(path, wish, log_line),
        None => reading.other(code, log_line),
    }
}
