//! Sets of bytes, and runs of them.

/// A set of bytes.
pub(super) struct Class([bool; 256]);

impl Class {
    /// Letters, digits and what else is listed.
    const fn alphanumeric_and(more: &[u8]) -> Class {
        let mut set = [false; 256];
        let mut byte = 0;
        while byte < 256 {
            set[byte] = (byte as u8).is_ascii_alphanumeric();
            byte += 1;
        }
        Class(set).and(more)
    }

    const fn all_but(stops: &[u8]) -> Class {
        let mut set = [true; 256];
        let mut index = 0;
        while index < stops.len() {
            set[stops[index] as usize] = false;
            index += 1;
        }
        Class(set)
    }

    pub const fn and(mut self, more: &[u8]) -> Class {
        let mut index = 0;
        while index < more.len() {
            self.0[more[index] as usize] = true;
            index += 1;
        }
        self
    }

    pub const fn has(&self, byte: u8) -> bool {
        self.0[byte as usize]
    }

    /// Where the run that begins at `from` ends, looking at no more than
    /// `most` bytes.
    pub fn run(&self, text: &[u8], from: usize, most: usize) -> usize {
        let from = from.min(text.len());
        let end = text.len().min(from.saturating_add(most));
        let stop = text[from..end].iter().position(|byte| !self.has(*byte));
        stop.map_or(end, |length| from + length)
    }

    /// Where the run that ends at `to` begins, looking at no more than `most`
    /// bytes.
    pub fn run_back(&self, text: &[u8], to: usize, most: usize) -> usize {
        let to = to.min(text.len());
        let start = to.saturating_sub(most);
        let stop = text[start..to].iter().rposition(|byte| !self.has(*byte));
        stop.map_or(start, |at| start + at + 1)
    }
}

pub(super) const ALNUM: Class = Class::alphanumeric_and(b"");
pub(super) const HEX: Class = Class([false; 256]).and(b"0123456789abcdef");
pub(super) const DIGIT: Class = Class([false; 256]).and(b"0123456789");
/// What base64 for URLs is made of, and most tokens.
pub(super) const SLUG: Class = Class::alphanumeric_and(b"_-");
pub(super) const DOTTED: Class = Class::alphanumeric_and(b"_-.");
pub(super) const BASE64: Class = Class::alphanumeric_and(b"+/=");
/// Credentials of an `Authorization` header (RFC 9110, token68, and the marks
/// that some schemes have besides).
pub(super) const TOKEN68: Class = Class::alphanumeric_and(b"-._~+/=");
/// Base64 as it stands in a query.
pub(super) const ESCAPED: Class = Class::alphanumeric_and(b"%+/=_-");
/// Names of variables, keys, headers and flags.
pub(super) const NAME: Class = Class::alphanumeric_and(b"_-.");

/// What may stand in an address before its path: everything but blanks and the
/// signs that end it or the text around it.
pub(super) const AUTHORITY: Class = Class::all_but(b" \t\r\n/?#\"'<>`\\|,()");

/// Whether what begins at `at` begins a word: nothing of `class` stands before
/// it but the letter of an escape (`\n`, a colour's `m`, `%20`).
pub(super) fn begins(text: &[u8], at: usize, class: &Class) -> bool {
    let before = &text[at.saturating_sub(ESCAPE)..at];
    match before {
        [] => true,
        [.., last] if !class.has(*last) => !before.ends_with(super::MARK.as_bytes()),
        [.., b'\\', b'n' | b'r' | b't'] => true,
        [.., b'%', high, low] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => true,
        [colour @ .., b'm'] => {
            let digits = colour
                .iter()
                .rposition(|b| !matches!(b, b'0'..=b'9' | b';'));
            digits.is_some_and(|at| colour[..=at].ends_with(b"\x1b["))
        }
        _ => false,
    }
}

/// Where a word stands in a text, if nothing between its end and the text's was
/// redacted: what is far away must not come near because something went.
pub(super) fn before(text: &[u8], word: &[u8]) -> Option<usize> {
    let at = memchr::memmem::rfind(text, word)?;
    is_unmarked(&text[at..]).then_some(at)
}

pub(super) fn is_unmarked(text: &[u8]) -> bool {
    memchr::memmem::find(text, super::MARK.as_bytes()).is_none()
}

/// Longest escape looked for, in bytes: `ESC [`, a few colours, `m`; and our
/// own mark.
const ESCAPE: usize = 14;
