//! pre-commit's own fixers, which name the files they changed.

use super::super::wish::{Reading, Wish};
use crate::hooks::failed;
use crate::transcript::Output;

/// `Fixing notes.txt` below a hook that is about white space.
pub(super) fn read(output: &Output) -> Reading {
    let mut reading = Reading::default();
    for hook in failed(output) {
        let Some(wish) = wish(hook.id) else {
            reading.other(hook.id, hook.log_line);
            continue;
        };
        for index in hook.output.clone() {
            let Some(line) = output.get(index) else {
                break;
            };
            let text = std::str::from_utf8(line.text).unwrap_or_default();
            match path(hook.id, text) {
                Some(path) => reading.push(path, wish, line.number),
                None if text.is_empty() => {}
                None => break,
            }
        }
    }
    reading
}

fn wish(id: &str) -> Option<Wish> {
    Some(match id {
        "trailing-whitespace" => Wish::NoBlanks,
        "end-of-file-fixer" => Wish::OneFinalNewline,
        "mixed-line-ending" => Wish::OneLineEnd,
        "fix-byte-order-marker" => Wish::NoByteOrderMark,
        _ => return None,
    })
}

fn path<'a>(id: &str, text: &'a str) -> Option<&'a str> {
    match id {
        "mixed-line-ending" => text.strip_suffix(": fixed mixed line endings"),
        "fix-byte-order-marker" => text.strip_suffix(": removed byte-order marker"),
        _ => text.strip_prefix("Fixing "),
    }
}
