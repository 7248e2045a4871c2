//! Scripts: what a shell is told to run, and what `npm run` hands on.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use crate::table::{Checker, SCRIPT_FIX, SCRIPT_WRITE};
use crate::twin::Shell;

/// Lines of a script that are looked at; workflows have a few dozen.
pub(crate) const MAX_LINES: usize = 200;

/// Signs that make a line more than one plain command.
const CLEVER: &[char] = &[
    ';', '&', '|', '<', '>', '(', ')', '$', '`', '\\', '"', '\'', '#',
];

/// Patterns that a shell expands.
const PATTERNS: &[char] = &['*', '?', '[', '{', '~'];

/// The plain commands of an argv: itself, or those of the script it hands to a
/// shell. A line that is too clever is left out.
pub(crate) fn simple(argv: &[String]) -> Vec<(Shell, Vec<String>)> {
    let Some((shell, script)) = shell(argv) else {
        return vec![(Shell::None, argv.to_vec())];
    };
    let lines = script.lines().take(MAX_LINES);
    let parts = lines.flat_map(|line| line.split(" && "));
    let plain = parts
        .map(str::trim)
        .filter(|part| !part.is_empty() && !part.contains(CLEVER));
    plain
        .map(|part| {
            let words = part.split_whitespace().map(str::to_owned).collect();
            let shell = if part.contains(PATTERNS) {
                Shell::Of(shell.to_owned())
            } else {
                Shell::None
            };
            (shell, words)
        })
        .collect()
}

/// `bash -e -o pipefail -c SCRIPT`
pub(crate) fn shell(argv: &[String]) -> Option<(&str, &str)> {
    let (program, rest) = argv.split_first()?;
    let name = program.rsplit('/').next()?;
    let (script, options) = rest.split_last()?;
    let told = options
        .last()
        .is_some_and(|option| option.starts_with('-') && option.ends_with('c'));
    (matches!(name, "sh" | "bash" | "dash" | "zsh") && told).then_some((program, script))
}

/// What the arguments behind a script's name may do.
pub(crate) struct Passed {
    pub checkers: [&'static Checker; 2],
    /// What stands between the script and its arguments.
    pub end: Option<&'static str>,
}

/// `npm run lint`, `yarn lint`, `pnpm run format:check`: a script named like a
/// check is taken to run one, and is handed the flag that makes it write. A
/// program that does not know the flag fails, and nothing comes of it.
pub(crate) fn handed_on(command: &[String]) -> Option<Passed> {
    const NAMES: &[&str] = &[
        "lint", "format", "fmt", "style", "prettier", "eslint", "biome", "check",
    ];
    let words: Vec<&str> = command.iter().map(String::as_str).collect();
    let (name, end) = match words[..] {
        ["npm", "run" | "run-script", name] => (name, Some("--")),
        ["pnpm" | "yarn" | "bun", "run", name] => (name, None),
        ["yarn" | "pnpm", name] => (name, None),
        _ => return None,
    };
    let named = name
        .split([':', '-', '_'])
        .any(|part| NAMES.contains(&part));
    named.then_some(Passed {
        checkers: [&SCRIPT_FIX, &SCRIPT_WRITE],
        end,
    })
}
