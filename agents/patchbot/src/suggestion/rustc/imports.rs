//! Unused imports, which the compiler names and shows no edit for.

use crate::text_edit::{Edits, Source};

/// Takes a name out of the import at a place: the whole line where it is the
/// only one, the name where it is one of several in braces of that line.
pub(super) fn remove(
    source: &Source<'_>,
    number: u64,
    name: &str,
    edits: &mut Edits,
) -> Result<(), String> {
    let line = source.line(number)?;
    let own = format!("use {name};");
    let misfit = || format!("line {number} does not import {name} alone or in braces");
    let text = line.trim();
    if text == own {
        edits.remove(number);
        return Ok(());
    }
    let (head, rest) = text
        .strip_prefix("use ")
        .and_then(|text| text.split_once('{'))
        .ok_or_else(misfit)?;
    let inner = rest.strip_suffix("};").ok_or_else(misfit)?;
    if inner.contains(['{', '}']) || text.contains("//") {
        return Err(misfit());
    }
    let names: Vec<&str> = inner
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .collect();
    // Of `use std::{fmt, io}` the compiler names `fmt`, or `std::fmt` once
    // nothing is left.
    let short = name.rsplit("::").next().unwrap_or(name);
    let left: Vec<&str> = names
        .iter()
        .copied()
        .filter(|other| *other != name && *other != short)
        .collect();
    if left.len() + 1 != names.len() {
        return Err(misfit());
    }
    let indent = &line[..line.len() - line.trim_start().len()];
    let new = match left[..] {
        [] => {
            edits.remove(number);
            return Ok(());
        }
        ["self"] => format!("{indent}use {};", head.trim_end_matches("::")),
        [one] => format!("{indent}use {head}{one};"),
        _ => format!("{indent}use {head}{{{}}};", left.join(", ")),
    };
    edits.replace(number, 0, line.len(), new);
    Ok(())
}
