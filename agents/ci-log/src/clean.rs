//! One raw line → the text a person would have seen.

use memchr::{memchr, memchr3, memrchr};

use crate::prefix;

const ESCAPE: u8 = 0x1b;
const BACKSPACE: u8 = 0x08;
const BELL: u8 = 0x07;

/// Makes one raw line (without its `\n`) plain: no byte order mark, time
/// stamp, `gh` job and step columns, section marker or terminal sequence, and
/// of text overwritten after carriage returns or backspaces only what remains
/// visible. Leading white space of the text stays: diffs need it.
///
/// `buffer` is only written to where borrowing from `raw` is not enough; its
/// capacity never exceeds the longest line's. Time is linear in the line.
pub fn clean<'a>(raw: &'a [u8], buffer: &'a mut Vec<u8>) -> &'a [u8] {
    let raw = trim_returns(raw);
    let line = prefix::strip(raw);
    match memchr3(ESCAPE, b'\r', BACKSPACE, line) {
        None => line,
        Some(first) if line[first] == b'\r' && plain(&line[first..]) => {
            prefix::strip(visible(line))
        }
        Some(first) => {
            buffer.clear();
            buffer.extend_from_slice(&line[..first]);
            strip_sequences(&line[first..], buffer);
            prefix::strip(visible(trim_returns(buffer)))
        }
    }
}

fn trim_returns(mut line: &[u8]) -> &[u8] {
    while let [rest @ .., b'\r'] = line {
        line = rest;
    }
    line
}

fn plain(line: &[u8]) -> bool {
    memchr::memchr2(ESCAPE, BACKSPACE, line).is_none()
}

/// What carriage returns leave to see: the last part that is not blank. (A
/// longer part before it may stick out behind; nobody reads that as text.)
fn visible(line: &[u8]) -> &[u8] {
    let mut rest = line;
    while let Some(at) = memrchr(b'\r', rest) {
        let last = &rest[at + 1..];
        if !last.trim_ascii().is_empty() {
            return last;
        }
        rest = &rest[..at];
    }
    rest
}

/// Appends `line` without its terminal sequences; a backspace takes back the
/// character before it.
fn strip_sequences(mut line: &[u8], out: &mut Vec<u8>) {
    while let Some(at) = memchr::memchr2(ESCAPE, BACKSPACE, line) {
        out.extend_from_slice(&line[..at]);
        if line[at] == BACKSPACE {
            take_back(out);
            line = &line[at + 1..];
        } else {
            line = &line[at + sequence(&line[at..])..];
        }
    }
    out.extend_from_slice(line);
}

/// Removes the last character, all of its UTF-8 bytes, but no time stamp's
/// or carriage return's.
fn take_back(out: &mut Vec<u8>) {
    while let Some(last) = out.last().copied() {
        if last == b'\r' {
            return;
        }
        out.pop();
        if last & 0xc0 != 0x80 {
            return;
        }
    }
}

/// The length of the terminal sequence that starts with the escape at 0.
fn sequence(line: &[u8]) -> usize {
    match line.get(1) {
        Some(b'[') => control(line),
        // Operating system command, privacy message, application command …
        Some(b']' | b'^' | b'_' | b'P' | b'X') => text_sequence(line),
        // Character sets: intermediates, then one final byte.
        Some(0x20..=0x2f) => {
            let intermediates = count(&line[1..], 0x20..=0x2f);
            (2 + intermediates).min(line.len())
        }
        Some(_) => 2,
        None => 1,
    }
}

/// `ESC [ parameters intermediates final`. Jenkins hides its console notes in
/// one that turns text invisible: `ESC[8mha:<base64>ESC[0m`.
fn control(line: &[u8]) -> usize {
    if line.starts_with(b"\x1b[8mha:")
        && let Some(end) = memchr(ESCAPE, &line[1..])
        && line[1 + end..].starts_with(b"\x1b[0m")
    {
        return 1 + end + 4;
    }
    let parameters = count(&line[2..], 0x30..=0x3f);
    let intermediates = count(&line[2 + parameters..], 0x20..=0x2f);
    let end = 2 + parameters + intermediates;
    match line.get(end) {
        Some(0x40..=0x7e) => end + 1,
        _ => end,
    }
}

/// Ends with a bell or `ESC \`; without either only its first two bytes go,
/// so that one stray byte cannot hide the rest of a line.
fn text_sequence(line: &[u8]) -> usize {
    match memchr::memchr2(BELL, ESCAPE, &line[2..]) {
        Some(end) if line[2 + end] == BELL => 2 + end + 1,
        Some(end) if line.get(2 + end + 1) == Some(&b'\\') => 2 + end + 2,
        _ => 2,
    }
}

fn count(line: &[u8], range: std::ops::RangeInclusive<u8>) -> usize {
    line.iter().take_while(|byte| range.contains(byte)).count()
}
