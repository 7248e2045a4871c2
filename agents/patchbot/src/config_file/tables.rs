//! TOML with a comma too few in a list.

use toml::Table;

use crate::transcript::Step;
use crate::workspace::Workspace;

pub(super) fn mend(path: &str, text: &str, _: &Step, _: &dyn Workspace) -> Option<String> {
    if !path.ends_with(".toml") {
        return None;
    }
    let error = text.parse::<Table>().err()?;
    let at = error.span()?.start;
    let front = text.get(..at)?.trim_end();
    // Two entries of a list, one below the other.
    let apart = text.get(front.len()..at)?.contains('\n');
    let entries = front.ends_with(['"', '\'', '}']) && text[at..].starts_with(['"', '\'', '{']);
    let after = format!("{front},{}", &text[front.len()..]);
    (apart && entries && after.parse::<Table>().is_ok()).then_some(after)
}
