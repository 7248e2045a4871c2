//! JSON with a comma too many or too few.

use crate::transcript::Step;
use crate::workspace::{Workspace, file_name};

/// Commas that are put in: who forgets more did not write JSON.
const MAX_ADDED: usize = 3;

pub(super) fn mend(path: &str, text: &str, step: &Step, _: &dyn Workspace) -> Option<String> {
    let strict = path.ends_with(".json") && !has_comments(path);
    if !strict || parses(text) || !complains(step) {
        return None;
    }
    let bare = without_trailing_commas(text);
    if parses(&bare) {
        return Some(bare);
    }
    let mut grown = bare;
    for _ in 0..MAX_ADDED {
        grown = with_comma(&grown)?;
        if parses(&grown) {
            return Some(grown);
        }
    }
    None
}

/// Files that tools read with comments and commas: for them it is no error.
fn has_comments(path: &str) -> bool {
    let name = file_name(path);
    name.starts_with("tsconfig") || name.starts_with("jsconfig") || path.starts_with(".vscode/")
}

fn complains(step: &Step) -> bool {
    super::lines(step).any(|line| line.contains("JSON"))
}

fn parses(text: &str) -> bool {
    serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

/// Without the commas in front of what closes.
fn without_trailing_commas(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let (mut inside, mut escaped) = (false, false);
    for (at, letter) in text.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' if inside => escaped = true,
            '"' => inside = !inside,
            ',' if !inside && text[at + 1..].trim_start().starts_with(['}', ']']) => continue,
            _ => {}
        }
        kept.push(letter);
    }
    kept
}

/// With a comma behind the last sign in front of where reading ends.
fn with_comma(text: &str) -> Option<String> {
    let error = serde_json::from_str::<serde::de::IgnoredAny>(text).err()?;
    if !error.to_string().starts_with("expected `,` or ") {
        return None;
    }
    let line_begin: usize = text
        .split_inclusive('\n')
        .take(error.line() - 1)
        .map(str::len)
        .sum();
    let at = line_begin + error.column().checked_sub(1)?;
    let front = text.get(..at)?.trim_end();
    // A new entry, on a line of its own.
    let apart = text.get(front.len()..at)?.contains('\n');
    apart.then(|| format!("{front},{}", &text[front.len()..]))
}
