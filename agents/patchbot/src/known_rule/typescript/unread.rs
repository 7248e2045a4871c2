//! Imports and variables that nobody reads.

use super::super::{is_name, misfit, name_at};
use crate::text_edit::{Edits, Source};

/// `const count = ports.length;`, where nobody reads it. What is called stays.
pub(super) fn drop_value(
    number: u64,
    name: &str,
    line: &str,
    edits: &mut Edits,
) -> Result<(), String> {
    let text = line.trim();
    let text = text.strip_suffix(';').unwrap_or(text);
    let declared = ["const ", "let ", "var "]
        .iter()
        .find_map(|word| text.strip_prefix(word));
    let value = declared.and_then(|rest| rest.split_once(" = "));
    let plain = |value: &str| value.chars().all(|c| is_name(c) || ".'\"-".contains(c));
    match value {
        Some((head, value)) if head.split(':').next() == Some(name) && plain(value) => {
            edits.remove(number);
            Ok(())
        }
        _ => misfit("an import, or a variable that holds a plain value"),
    }
}

/// One name on a line of its own, in an import over several lines that has
/// others.
pub(in super::super) fn drop_member(
    number: u64,
    name: &str,
    source: &Source<'_>,
    edits: &mut Edits,
) -> bool {
    /// Lines of an import; nobody reads more.
    const MOST: usize = 100;
    let text = |number: u64| source.find(number).map_or("", str::trim);
    let member = |text: &str| {
        let bare = text.trim_end_matches(',');
        let bare = bare.strip_prefix("type ").unwrap_or(bare);
        let name = bare.rsplit(" as ").next().unwrap_or(bare);
        (!name.is_empty() && name.chars().all(is_name)).then(|| name.to_owned())
    };
    let open = |text: &str| matches!(text, "import {" | "import type {");
    let above: Vec<u64> = (1..number)
        .rev()
        .take(MOST)
        .take_while(|at| member(text(*at)).is_some())
        .collect();
    let below = (number + 1..)
        .take(MOST)
        .take_while(|at| member(text(*at)).is_some())
        .count() as u64;
    let begins = number
        .checked_sub(above.len() as u64 + 1)
        .is_some_and(|at| open(text(at)));
    let ends = text(number + below + 1).starts_with("} from ");
    let others = !above.is_empty() || below > 0;
    let own = member(text(number)).as_deref() == Some(name);
    if begins && ends && others && own {
        edits.remove(number);
    }
    begins && ends && others && own
}

/// A whole import of one line. One without names is there for what it does.
pub(super) fn drop_whole(number: u64, line: &str, edits: &mut Edits) -> Result<(), String> {
    let import = line.starts_with("import ") && line.contains(" from ");
    if !import || line.matches(['"', '\'']).count() != 2 {
        return misfit("an import of one line");
    }
    edits.remove(number);
    Ok(())
}

/// One name of an import of one line. What else is declared and never read
/// may have been meant to be.
pub(in super::super) fn drop_import(
    number: u64,
    at: usize,
    name: &str,
    line: &str,
    edits: &mut Edits,
) -> Result<(), String> {
    let head = line
        .strip_prefix("import ")
        .ok_or("the place is not an import of one line")?;
    let head = head.strip_prefix("type ").unwrap_or(head);
    let (names, _) = head
        .split_once(" from ")
        .ok_or("the place is not an import of one line")?;
    let names = names.trim();
    // The only name: the place is the whole declaration.
    let alone = names == name
        || names == format!("{{ {name} }}")
        || names == format!("{{{name}}}")
        || names == format!("* as {name}");
    if alone {
        return drop_whole(number, line, edits);
    }
    let braces = names.starts_with('{') && names.ends_with('}');
    if !braces || name_at(line, at) != name {
        return misfit("one name of several in braces");
    }
    let end = at + name.len();
    match (
        line[end..].strip_prefix(", "),
        line[..at].strip_suffix(", "),
    ) {
        (Some(_), _) => edits.replace(number, at, end + 2, ""),
        (None, Some(before)) => edits.replace(number, before.len(), end, ""),
        (None, None) => return misfit("one name of several in braces"),
    }
    Ok(())
}
