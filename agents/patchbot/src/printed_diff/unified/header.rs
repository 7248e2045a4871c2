//! What stands above a unified diff: it names the file and, by its manner,
//! the tool.

use super::super::diff::Form;
use super::super::parse::{Cursor, utf8};
use super::Counts;

/// The header of one file's diff.
pub(super) struct Header {
    pub path: String,
    pub form: Form,
    pub problem: Option<String>,
}

impl Header {
    /// Reads a header and leaves the cursor at the first hunk.
    pub fn read(cursor: &mut Cursor, hooks: bool) -> Option<Self> {
        if cursor.text(0).starts_with(b"diff --git ") {
            return git(cursor, hooks);
        }
        let command = cursor.text(0);
        let announced = command.starts_with(b"diff ") && cursor.text(1).starts_with(b"--- ");
        if announced {
            cursor.advance();
        }
        let (old, new) = sides(cursor)?;
        Some(named(&old, &new))
    }
}

/// `--- a` and `+++ b` with a hunk behind them: in text that is no diff, they
/// do not come together.
fn sides(cursor: &mut Cursor) -> Option<(String, String)> {
    let old = utf8(cursor.text(0).strip_prefix(b"--- ")?)?;
    let new = utf8(cursor.text(1).strip_prefix(b"+++ ")?)?;
    Counts::parse(cursor.text(2))?;
    cursor.advance();
    cursor.advance();
    Some((old.to_owned(), new.to_owned()))
}

/// Lines between `diff --git` and `---` that mean more than new contents.
const BEYOND_TEXT: &[(&[u8], &str)] = &[
    (b"old mode", "changes a file's mode"),
    (b"new file", "adds a file"),
    (b"deleted file", "deletes a file"),
    (b"rename ", "renames a file"),
    (b"copy ", "copies a file"),
    (b"similarity ", "renames a file"),
    (b"Binary files", "changes a binary file"),
    (b"GIT binary patch", "changes a binary file"),
];

fn git(cursor: &mut Cursor, hooks: bool) -> Option<Header> {
    let title = utf8(cursor.text(0))?;
    let mut problem = None;
    let mut path = title.rsplit_once(" b/").map(|(_, path)| path.to_owned())?;
    cursor.advance();
    loop {
        let text = cursor.text(0);
        let beyond = BEYOND_TEXT
            .iter()
            .find(|(start, _)| text.starts_with(start));
        if let Some((_, what)) = beyond {
            problem = Some(format!("the diff {what} ({path})"));
        } else if text.starts_with(b"index ") {
            problem = problem.or_else(|| special_mode(text, &path));
        } else {
            break;
        }
        cursor.advance();
    }
    if let Some((old, new)) = sides(cursor) {
        match (
            old.trim_end().strip_prefix("a/"),
            new.trim_end().strip_prefix("b/"),
        ) {
            (Some(old), Some(new)) if old == new => path = new.to_owned(),
            _ => problem = problem.or(Some(format!("the diff names two files ({old}, {new})"))),
        }
    }
    let form = if hooks { Form::Hooks } else { Form::Git };
    Some(Header {
        path,
        form,
        problem,
    })
}

fn special_mode(index: &[u8], path: &str) -> Option<String> {
    let what = match index.rsplit(|byte| *byte == b' ').next()? {
        b"120000" => "a symbolic link",
        b"160000" => "a submodule",
        _ => return None,
    };
    Some(format!("{path} is {what}"))
}

/// Which tool's manner two header lines are in. The order matters: from the
/// most particular to the plain.
fn named(old: &str, new: &str) -> Header {
    const TIME: char = '\t';
    let (old_path, old_note) = old.split_once(TIME).unwrap_or((old, ""));
    let (new_path, new_note) = new.split_once(TIME).unwrap_or((new, ""));
    let prefixed = |one: &str, two: &str| {
        let (old, new) = (old_path.strip_prefix(one)?, new_path.strip_prefix(two)?);
        (old == new).then(|| new.to_owned())
    };
    let suffixed = |one: &str, two: &str| {
        let (old, new) = (old_path.strip_suffix(one)?, new_path.strip_suffix(two)?);
        (old == new).then(|| new.to_owned())
    };
    let same = |found: bool| (found && old_path == new_path).then(|| new_path.to_owned());
    let candidates = [
        (Form::Isort, suffixed(":before", ":after")),
        (Form::Orig, suffixed(".orig", "")),
        (Form::Autopep8, prefixed("original/", "fixed/")),
        (Form::BeforeAfter, prefixed("before/", "after/")),
        (Form::OldNew, prefixed("old/", "new/")),
        (
            Form::Reformatted,
            same(old_note == "(original)" && new_note == "(reformatted)"),
        ),
        (Form::Black, same(is_time(old_note) && is_time(new_note))),
        (
            Form::Plain,
            same(old_note.is_empty() && new_note.is_empty()),
        ),
    ];
    let found = candidates
        .into_iter()
        .find_map(|(form, path)| Some((form, path?)));
    let (form, path) = found.unwrap_or((Form::Unknown, new_path.to_owned()));
    Header {
        path,
        form,
        problem: None,
    }
}

/// `2024-01-31 10:11:12.345678+00:00`, and without the offset before 2023.
fn is_time(note: &str) -> bool {
    let bytes = note.as_bytes();
    bytes.len() >= 19 && bytes[4] == b'-' && bytes[10] == b' ' && bytes[13] == b':'
}
