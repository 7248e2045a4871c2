//! Private keys over several lines: PEM (PKCS#1, PKCS#8, OpenSSH, PGP) and
//! PuTTY, also where every line has a time stamp, a gutter or a container's
//! name before it, and also on one line with its ends of lines escaped.

mod frame;

use super::MARK;
use super::class::BASE64;
use super::value::is_mixed;
use frame::{framed, leading, trim_end};

/// Longest block, in lines: an RSA key of 16,384 bits has 200, a PGP key with
/// its signatures several hundred.
const MOST_LINES: usize = 1024;

/// Lines of others in between, where jobs print side by side.
const MOST_FOREIGN: usize = 3;

/// Longest beginning of a line that is compared, in bytes.
const LONGEST_FRAME: usize = 160;

/// Shortest body that is taken for a key where the block has no other line, or
/// others' lines lie in between, in bytes.
const SHORTEST_BODY: usize = 16;

/// A block that is open: what stands before its lines, and what came so far.
#[derive(Debug, Clone)]
pub(super) struct KeyBlock {
    frame: Vec<u8>,
    lines: usize,
    foreign: usize,
    body: Body,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Body {
    None,
    /// Lines of that width.
    Width(usize),
    /// A line shorter than the first: the last.
    Last,
    /// Lines that are redacted already; nobody knows how wide they were.
    Marked,
}

/// What a line is to an open block.
pub(super) enum Line {
    /// From here to there it is key.
    Key(usize, usize),
    /// It belongs to the block and says nothing.
    Frame,
    /// It is somebody else's.
    Foreign,
    /// The block has ended; the line is no part of it.
    Ended,
    /// It is the block's end.
    End,
}

/// What a `PRIVATE KEY` at some place begins.
pub(super) enum Begins {
    Nothing,
    /// A key on this line.
    Here(usize, usize),
    /// A block from the next line on.
    Block(KeyBlock),
}

/// Longest label before `PRIVATE KEY`, in bytes.
const LONGEST_LABEL: usize = 40;

/// Whether the `PRIVATE KEY` at `at` is that of a `BEGIN` line.
pub(super) fn begins(line: &[u8], at: usize) -> Begins {
    let is_label = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b' ';
    let before = &line[at.saturating_sub(LONGEST_LABEL)..at];
    let label = before.len()
        - before
            .iter()
            .rev()
            .take_while(|byte| is_label(byte))
            .count();
    let after = &line[at + "PRIVATE KEY".len()..];
    let block = if after.starts_with(b" BLOCK") {
        " BLOCK".len()
    } else {
        0
    };
    let dashes = after[block..]
        .iter()
        .take_while(|byte| matches!(byte, b'-' | b' '))
        .count();
    let is_begin =
        before[label..].starts_with(b"BEGIN ") || before[label..].starts_with(b" BEGIN ");
    if !is_begin || !before[..label].ends_with(b"----") || dashes < 4 {
        return Begins::Nothing;
    }
    let start = at - before.len() + label;
    let frame = start
        - line[..start]
            .iter()
            .rev()
            .take_while(|byte| **byte == b'-')
            .take(5)
            .count();
    let from = at + "PRIVATE KEY".len() + block + dashes;
    match inline(line, from) {
        Some((start, end)) => Begins::Here(start, end),
        None if empty(&line[from..]) => Begins::Block(KeyBlock::new(&line[..frame])),
        None => Begins::Nothing,
    }
}

/// PuTTY counts its lines: `Private-Lines: 14`.
pub(super) fn counted(line: &[u8], at: usize) -> Begins {
    let count = line[at + "Private-Lines:".len()..].trim_ascii();
    match !count.is_empty() && count.iter().all(u8::is_ascii_digit) {
        true => Begins::Block(KeyBlock::new(&line[..at])),
        false => Begins::Nothing,
    }
}

/// Nothing, or only what closes a string and continues it on the next line.
fn empty(rest: &[u8]) -> bool {
    trim_end(rest).is_empty()
}

/// The body of a key whose ends of lines are escaped.
fn inline(line: &[u8], from: usize) -> Option<(usize, usize)> {
    let is_body =
        |byte: u8| BASE64.has(byte) || matches!(byte, b'\\' | b' ' | b':' | b',' | b'-' | b'.');
    let mut end = from;
    while end < line.len() && is_body(line[end]) && !line[end..].starts_with(b"-----") {
        end += 1;
    }
    let body = &line[from..end];
    let has_key = body
        .split(|byte| !BASE64.has(*byte))
        .any(|run| run.len() >= SHORTEST_BODY && is_mixed(run));
    let blanks = body
        .iter()
        .rev()
        .take_while(|byte| matches!(byte, b' ' | b'\\'))
        .count();
    has_key.then(|| (from, end - blanks))
}

impl KeyBlock {
    fn new(frame: &[u8]) -> KeyBlock {
        KeyBlock {
            frame: frame[..frame.len().min(LONGEST_FRAME)].to_vec(),
            lines: 0,
            foreign: 0,
            body: Body::None,
        }
    }

    /// What the next line is to this block.
    pub fn next(&mut self, line: &[u8]) -> Line {
        self.lines += 1;
        if self.lines > MOST_LINES {
            return Line::Ended;
        }
        let framed = framed(line, &self.frame);
        let from = framed + leading(&line[framed..]);
        let body = trim_end(&line[from..]);
        if body.is_empty() || is_header(body) {
            return Line::Frame;
        }
        if body.starts_with(b"-----END")
            || body.starts_with(b"---- END")
            || body.starts_with(b"Private-MAC")
        {
            return Line::End;
        }
        if body.starts_with(b"-----BEGIN") {
            return Line::Ended;
        }
        if body == MARK.as_bytes() {
            self.body = Body::Marked;
            return Line::Frame;
        }
        match self.takes(body) {
            true => Line::Key(from, from + body.len()),
            false => self.other(),
        }
    }

    /// Whether a text is this block's next line.
    fn takes(&mut self, body: &[u8]) -> bool {
        if !body.iter().all(|byte| BASE64.has(*byte)) {
            return false;
        }
        let long = body.len() >= SHORTEST_BODY || self.foreign == 0;
        let next = match self.body {
            Body::None if long => Body::Width(body.len()),
            Body::Width(width) if body.len() == width => Body::Width(width),
            Body::Width(width) if body.len() < width && self.foreign == 0 => Body::Last,
            // The checksum of a PGP block.
            Body::Last if body.len() == 5 && body[0] == b'=' => Body::Last,
            Body::None | Body::Width(_) | Body::Last | Body::Marked => return false,
        };
        self.body = next;
        self.foreign = 0;
        true
    }

    fn other(&mut self) -> Line {
        self.foreign += 1;
        match self.foreign > MOST_FOREIGN || self.body == Body::Last {
            true => Line::Ended,
            false => Line::Foreign,
        }
    }
}

/// Headers inside a block (RFC 1421, RFC 9580), none of which is secret.
fn is_header(body: &[u8]) -> bool {
    const HEADERS: [&str; 7] = [
        "Proc-Type:",
        "DEK-Info:",
        "Version:",
        "Comment:",
        "Charset:",
        "Hash:",
        "MessageID:",
    ];
    HEADERS
        .iter()
        .any(|header| body.starts_with(header.as_bytes()))
}
