//! Scripts that make files anew and then ask git whether anything changed:
//! `make generate && git diff --exit-code`.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::script::shell;

/// Lines of a script that are looked at; workflows have a few dozen.
const MAX_LINES: usize = 200;

/// How git is asked whether something changed.
const ASKED: &[&str] = &[
    "git diff",
    "git --no-pager diff",
    "git status --porcelain",
    "git status -s",
    "git diff-index",
    "git diff-files",
    "git ls-files --others",
    "git ls-files -o",
];

/// What makes a plain `git diff` a check and no picture.
const CHECKS: &[&str] = &[
    "--exit-code",
    "--quiet",
    "--porcelain",
    "git ls-files",
    "git status -s",
];

/// What stands between two commands of a line.
const BETWEEN: &[&str] = &["&&", ";"];

/// The part of a script before it asks git, run by the same shell: what mends
/// the finding is what makes the files. None where nothing stands before it.
pub(crate) fn maker(argv: &[String]) -> Option<Vec<String>> {
    let (_, script) = shell(argv)?;
    let mut before = String::new();
    for line in script.lines().take(MAX_LINES) {
        let asked = ASKED.iter().filter_map(|words| line.find(words)).min();
        let Some(at) = asked else {
            before.push_str(line);
            before.push('\n');
            continue;
        };
        if !CHECKS.iter().any(|check| script.contains(check)) {
            return None;
        }
        let end = BETWEEN
            .iter()
            .filter_map(|sign| line[..at].rfind(sign))
            .max();
        before.push_str(line[..end.unwrap_or(0)].trim_end());
        let before = before.trim_end();
        let something = before.lines().any(|line| !is_talk(line.trim()));
        let (_, options) = argv.split_last()?;
        return something.then(|| [options, &[format!("{before}\n")]].concat());
    }
    None
}

/// Lines that make nothing.
fn is_talk(line: &str) -> bool {
    let first = line.split_whitespace().next().unwrap_or_default();
    line.is_empty() || line.starts_with('#') || matches!(first, "set" | "echo" | "cd" | "export")
}

/// Whether a script does nothing but ask git: what it asks about was made
/// before it.
pub fn only_asks_git(script: &str) -> bool {
    let mut lines = script.lines().map(str::trim).filter(|line| !is_talk(line));
    lines.next().is_some_and(|line| {
        let starts = [
            "", "if ", "! ", "test ", "[ ", "[[ ", "if [ ", "if [[ ", "if ! ",
        ];
        let asks = |start: &str| {
            let rest = line.strip_prefix(start).unwrap_or_default();
            let rest = rest.trim_start_matches(['-', 'n', 'z', ' ', '"', '$', '(', '!']);
            ASKED.iter().any(|words| rest.starts_with(words))
        };
        starts.into_iter().any(asks) && CHECKS.iter().any(|check| script.contains(check))
    })
}
