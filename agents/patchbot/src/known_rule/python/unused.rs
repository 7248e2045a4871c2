//! Names that nobody reads: what was imported twice, what holds a plain value.

use super::super::{Finding, is_name, misfit};
use crate::text_edit::{Edits, Source};

/// The second of two imports that say the same.
pub(in super::super) fn imported_twice(
    finding: &Finding,
    source: &Source<'_>,
    edits: &mut Edits,
) -> Result<(), String> {
    let (_, rest) = finding
        .message
        .split_once("from line ")
        .ok_or("no line is named")?;
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let first: u64 = rest[..digits].parse().map_err(|_| "no line is named")?;
    let (one, two) = (source.line(first)?, source.line(finding.line)?);
    let import = two.starts_with("import ") || two.starts_with("from ");
    if first >= finding.line || one != two || !import || two.ends_with(['(', '\\']) {
        return misfit("an import that says what an earlier one says");
    }
    edits.remove(finding.line);
    Ok(())
}

/// `name = 1` in a function, where nobody reads the name.
pub(in super::super) fn plain_value(
    finding: &Finding,
    source: &Source<'_>,
    edits: &mut Edits,
) -> Result<(), String> {
    let line = source.line(finding.line)?;
    if line.trim_start().starts_with("except ") {
        return super::statements::unused_exception(finding, source, edits);
    }
    let name = finding
        .message
        .split(['\'', '`'])
        .nth(1)
        .unwrap_or_default();
    let indent = line.len() - line.trim_start().len();
    let value = line[indent..]
        .strip_prefix(name)
        .and_then(|rest| rest.trim_start().strip_prefix('='))
        .map(|value| value.trim());
    let whole = source.python()?.is_whole(finding.line);
    if name.is_empty() || indent == 0 || !whole || !value.is_some_and(is_plain) {
        return misfit("a variable that holds a plain value");
    }
    if !has_sibling(finding.line, indent, source) {
        return misfit("one statement of several");
    }
    edits.remove(finding.line);
    Ok(())
}

/// A number, a text, a name of the language, or something empty: nothing that
/// is called, looked up or that can fail.
fn is_plain(value: &str) -> bool {
    let number = value.starts_with(|first: char| first.is_ascii_digit())
        && value.chars().all(|letter| is_name(letter) || letter == '.');
    let quoted = ['"', '\''].into_iter().any(|quote| {
        let inner = value
            .strip_prefix(quote)
            .and_then(|rest| rest.strip_suffix(quote));
        inner.is_some_and(|text| !text.contains(['"', '\'', '\\']))
    });
    number || quoted || matches!(value, "None" | "True" | "False" | "[]" | "{}" | "()")
}

/// Whether the block of a line has another statement.
pub(in super::super) fn has_sibling(number: u64, indent: usize, source: &Source<'_>) -> bool {
    let statement = |line: &&str| {
        let text = line.trim();
        !text.is_empty() && !text.starts_with('#')
    };
    let own = |line: &str| line.len() - line.trim_start().len();
    let above = (1..number).rev().filter_map(|number| source.find(number));
    let above = above.filter(statement).map(own).next();
    let below = (number + 1..).map_while(|number| source.find(number));
    let below = below.filter(statement).map(own).next();
    // One above that is further in ends a block of the same level.
    above.is_some_and(|above| above >= indent) || below == Some(indent)
}
