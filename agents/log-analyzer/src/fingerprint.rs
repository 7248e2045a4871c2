//! The same digits for the same cause: what changes from run to run is taken
//! out of the text before it is hashed.

use std::fmt::Write;

use sha2::{Digest, Sha256};

mod path;

pub use path::relative;

/// Of a message this much makes the fingerprint, in bytes.
const MAX_TEXT: usize = 300;

/// SHA-256 over class, tool, normalised message and repository-relative path,
/// as 64 lower-case hexadecimal digits.
pub fn fingerprint(class: &str, tool: &str, text: &str, path: Option<&str>) -> String {
    let parts = [
        class.to_owned(),
        tool.to_owned(),
        normalise(text),
        path.map(relative).unwrap_or_default(),
    ];
    let mut hasher = Sha256::new();
    for part in parts {
        // With its length, so that no two lists of parts run together.
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    let mut digits = String::new();
    for byte in hasher.finalize() {
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}

/// A message without what changes from run to run: numbers, durations,
/// addresses, hashes, ids, and the machine's part of paths.
pub fn normalise(text: &str) -> String {
    let mut out = String::new();
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        push_word(word, &mut out);
        if out.len() > MAX_TEXT {
            break;
        }
    }
    out
}

fn push_word(word: &str, out: &mut String) {
    let inner = |c: char| c.is_alphanumeric() || "/\\._-+~:@%$#".contains(c);
    for part in word.split_inclusive(|c: char| !inner(c)) {
        let body = part.trim_end_matches(|c: char| !inner(c));
        push_token(body, out);
        out.push_str(&part[body.len()..]);
    }
}

fn push_token(token: &str, out: &mut String) {
    let file = token.strip_prefix("file://").unwrap_or(token);
    let token = if file.contains(['/', '\\']) && !file.contains("://") {
        relative(file)
    } else {
        file.to_owned()
    };
    if is_uuid(&token) {
        out.push('h');
        return;
    }
    for part in token.split_inclusive(|c: char| !c.is_alphanumeric()) {
        let body = part.trim_end_matches(|c: char| !c.is_alphanumeric());
        push_atom(body, out);
        out.push_str(&part[body.len()..]);
    }
}

/// 8, 4, 4, 4 and 12 hexadecimal digits: short ones among them may have no
/// letter or no digit, so that only the whole tells.
fn is_uuid(token: &str) -> bool {
    const LENGTHS: [usize; 5] = [8, 4, 4, 4, 12];
    let mut parts = token.split('-');
    LENGTHS.iter().all(|length| {
        let hex = |part: &str| part.bytes().all(|byte| byte.is_ascii_hexdigit());
        parts
            .next()
            .is_some_and(|part| part.len() == *length && hex(part))
    }) && parts.next().is_none()
}

/// Letters stay; numbers become `0`, so that `line 12` is `line 13`, units of
/// time go with them, and hexadecimal digits and random ids become `h`.
fn push_atom(atom: &str, out: &mut String) {
    if is_id(atom) {
        out.push('h');
        return;
    }
    let number = atom.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = &atom[number.len()..];
    let all_digits = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    if all_digits && UNITS.contains(&unit) {
        // `1m3s` and `59s`, `900ms` and `1.2s`: the same, at another time.
        out.push('0');
        return;
    }
    let mut in_number = false;
    for c in atom.chars() {
        let digit = c.is_ascii_digit();
        if !digit {
            out.push(c);
        } else if !in_number {
            out.push('0');
        }
        in_number = digit;
    }
}

/// Units of time behind a number.
const UNITS: [&str; 10] = ["", "ns", "us", "ms", "s", "sec", "secs", "m", "min", "h"];

/// Whether an atom is an address, a hash, or a random name.
fn is_id(atom: &str) -> bool {
    /// Shorter ones may be words or versions.
    const MIN_HEX: usize = 7;
    const MIN_RANDOM: usize = 8;
    /// How often letters and digits alternate in what nobody would think up.
    const ALTERNATIONS: usize = 3;
    let hex = atom.strip_prefix("0x").unwrap_or(atom);
    let digits = hex.bytes().filter(u8::is_ascii_digit).count();
    if hex.bytes().all(|byte| byte.is_ascii_hexdigit())
        && (hex.len() < atom.len() || digits > 0 && digits < hex.len() && hex.len() >= MIN_HEX)
    {
        return true;
    }
    let kinds: Vec<bool> = atom.bytes().map(|byte| byte.is_ascii_digit()).collect();
    let alternations = kinds.windows(2).filter(|pair| pair[0] != pair[1]).count();
    atom.len() >= MIN_RANDOM && alternations >= ALTERNATIONS && atom.is_ascii()
}
