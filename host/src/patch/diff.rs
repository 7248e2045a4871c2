//! The unified diff of a checked patch: a rendering, never what is applied.

use similar::{Algorithm, DiffOp, DiffTag, capture_diff_slices, group_diff_ops};

use super::FileChange;
use crate::tree::blob_id;

/// Lines of context around a change, as git prints them.
const CONTEXT: usize = 3;

/// Lines removed plus lines added.
pub fn changed_lines(file: &FileChange) -> usize {
    let (before, after) = (lines(&file.before), lines(&file.after));
    operations(&before, &after)
        .iter()
        .filter(|op| op.tag() != DiffTag::Equal)
        .map(|op| op.old_range().len() + op.new_range().len())
        .sum()
}

/// One file's change in git's format. Contents are text: the check refuses
/// anything else.
pub fn unified(file: &FileChange) -> String {
    let (before, after) = (lines(&file.before), lines(&file.after));
    let mut out = header(file);
    for group in group_diff_ops(operations(&before, &after), CONTEXT) {
        hunk(&mut out, &group, &before, &after);
    }
    out
}

/// The lines that differ between two texts, without those around them.
pub fn hunks(before: &str, after: &str) -> String {
    let before: Vec<&str> = before.split_inclusive('\n').collect();
    let after: Vec<&str> = after.split_inclusive('\n').collect();
    let mut out = String::new();
    for group in group_diff_ops(operations(&before, &after), 0) {
        hunk(&mut out, &group, &before, &after);
    }
    out
}

/// Lines with their `\n`. Splitting on `\n` alone, as git does: a lone
/// carriage return ends no line there.
fn lines(bytes: &Option<Vec<u8>>) -> Vec<&str> {
    let bytes = bytes.as_deref().unwrap_or_default();
    std::str::from_utf8(bytes)
        .unwrap_or_default()
        .split_inclusive('\n')
        .collect()
}

fn operations(before: &[&str], after: &[&str]) -> Vec<DiffOp> {
    capture_diff_slices(Algorithm::Myers, before, after)
}

fn header(file: &FileChange) -> String {
    let (old, new) = (quoted("a/", file), quoted("b/", file));
    let mode = file.kind.mode();
    let id = |bytes: &Option<Vec<u8>>| match bytes {
        Some(bytes) => blob_id(bytes).as_str()[..12].to_owned(),
        None => "0".repeat(12),
    };
    let mut out = format!("diff --git {old} {new}\n");
    let mut old_name = old.as_str();
    let mut new_name = new.as_str();
    match (&file.before, &file.after) {
        (None, _) => {
            out += &format!("new file mode {mode}\n");
            old_name = "/dev/null";
        }
        (_, None) => {
            out += &format!("deleted file mode {mode}\n");
            new_name = "/dev/null";
        }
        _ => {}
    }
    let changed_in_place = file.before.is_some() && file.after.is_some();
    let mode = if changed_in_place {
        format!(" {mode}")
    } else {
        String::new()
    };
    out += &format!("index {}..{}{mode}\n", id(&file.before), id(&file.after));
    let empty = |bytes: &Option<Vec<u8>>| bytes.as_ref().is_none_or(Vec::is_empty);
    // An empty file made or deleted has no hunks, and git then prints no names.
    if !(empty(&file.before) && empty(&file.after)) {
        // The tab keeps `git apply` from reading a name with a space wrongly.
        let tab = |name: &str| if name.contains(' ') { "\t" } else { "" };
        out += &format!("--- {old_name}{}\n", tab(old_name));
        out += &format!("+++ {new_name}{}\n", tab(new_name));
    }
    out
}

/// Git quotes names with a double quote in them; other special characters
/// never pass the check.
fn quoted(prefix: &str, file: &FileChange) -> String {
    let path = file.path.as_str();
    match path.contains('"') {
        true => format!("\"{prefix}{}\"", path.replace('"', "\\\"")),
        false => format!("{prefix}{path}"),
    }
}

fn hunk(out: &mut String, group: &[DiffOp], before: &[&str], after: &[&str]) {
    let (Some(first), Some(last)) = (group.first(), group.last()) else {
        return;
    };
    let old = first.old_range().start..last.old_range().end;
    let new = first.new_range().start..last.new_range().end;
    // A range of no lines is named by the line before it.
    let start = |range: &std::ops::Range<usize>| range.start + usize::from(!range.is_empty());
    *out += &format!(
        "@@ -{},{} +{},{} @@\n",
        start(&old),
        old.len(),
        start(&new),
        new.len()
    );
    for op in group {
        match op.tag() {
            DiffTag::Equal => push(out, ' ', &before[op.old_range()]),
            DiffTag::Delete | DiffTag::Insert | DiffTag::Replace => {
                push(out, '-', &before[op.old_range()]);
                push(out, '+', &after[op.new_range()]);
            }
        }
    }
}

fn push(out: &mut String, sign: char, lines: &[&str]) {
    for line in lines {
        out.push(sign);
        *out += line;
        if !line.ends_with('\n') {
            *out += "\n\\ No newline at end of file\n";
        }
    }
}
