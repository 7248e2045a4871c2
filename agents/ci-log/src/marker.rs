//! The commands that GitHub's and Azure's runners read from, or write to, the
//! beginning of a line.

use memchr::memchr;

/// What a line says about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Marker {
    Group,
    EndGroup,
    Error,
    Warning,
    Notice,
    Debug,
    /// The command line a runner or an action executes.
    Command,
    /// Azure's beginning or end of a task.
    Section,
}

/// Splits `##[error]text`, `::error file=a,line=1::text`, `[command]text` and
/// their kin off a cleaned line: the marker, if there is one, and the text.
pub fn split_marker(line: &[u8]) -> (Option<Marker>, &[u8]) {
    match line {
        [b'#', b'#', b'[', rest @ ..] => bracket(rest).map_or((None, line), some),
        [b':', b':', rest @ ..] => colons(rest).map_or((None, line), some),
        _ => match line.strip_prefix(b"[command]") {
            Some(text) => (Some(Marker::Command), text),
            None => (None, line),
        },
    }
}

fn some((marker, text): (Marker, &[u8])) -> (Option<Marker>, &[u8]) {
    (Some(marker), text)
}

fn bracket(rest: &[u8]) -> Option<(Marker, &[u8])> {
    let end = memchr(b']', rest)?;
    Some((named(&rest[..end])?, &rest[end + 1..]))
}

fn colons(rest: &[u8]) -> Option<(Marker, &[u8])> {
    let end = memchr::memmem::find(rest, b"::")?;
    let name = rest[..end].split(|byte| *byte == b' ').next()?;
    Some((named(name)?, &rest[end + 2..]))
}

fn named(name: &[u8]) -> Option<Marker> {
    Some(match name {
        b"group" => Marker::Group,
        b"endgroup" => Marker::EndGroup,
        b"error" => Marker::Error,
        b"warning" => Marker::Warning,
        b"notice" => Marker::Notice,
        b"debug" => Marker::Debug,
        b"command" => Marker::Command,
        b"section" => Marker::Section,
        _ => return None,
    })
}
