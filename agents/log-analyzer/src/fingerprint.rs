//! The same digits for the same cause: what changes from run to run is taken
//! out of the text before it is hashed.

use std::fmt::Write;

use sha2::{Digest, Sha256};

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

/// A message without what changes from run to run: numbers, hexadecimal
/// digits, ids, durations, and the machine's part of paths.
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
    let token = if token.contains(['/', '\\']) && !token.contains("://") {
        relative(token)
    } else {
        token.to_owned()
    };
    for part in token.split_inclusive(|c: char| !c.is_alphanumeric()) {
        let body = part.trim_end_matches(|c: char| !c.is_alphanumeric());
        push_atom(body, out);
        out.push_str(&part[body.len()..]);
    }
}

/// Letters stay; numbers become `0`, so that `line 12` is `line 13`, and long
/// hexadecimal digits become `h`.
fn push_atom(atom: &str, out: &mut String) {
    let hex = atom.strip_prefix("0x").unwrap_or(atom);
    let digits = hex.bytes().filter(u8::is_ascii_digit).count();
    let all_hex = hex.bytes().all(|byte| byte.is_ascii_hexdigit());
    if all_hex && hex.len() < atom.len() || all_hex && digits > 0 && hex.len() >= 7 {
        out.push('h');
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

/// The path inside the repository: without the directories in which CI
/// systems check out, which differ from machine to machine.
pub fn relative(path: &str) -> String {
    let path = path.replace('\\', "/");
    let path = path.trim_start_matches("./");
    if !path.starts_with('/') && path.as_bytes().get(1) != Some(&b':') {
        return path.to_owned();
    }
    /// A directory of checkouts, and how many more parts name the checkout.
    const ROOTS: [(&str, usize); 12] = [
        ("/home/runner/work/", 2),
        ("/runner/_work/", 2),
        ("/_work/", 2),
        ("/Users/runner/work/", 2),
        ("/github/workspace/", 0),
        ("/__w/", 2),
        (":/a/", 2),
        ("/travis/build/", 2),
        ("/builds/workspace/", 1),
        ("/builds/", 2),
        ("/workspace/", 1),
        ("/checkout/", 0),
    ];
    for (root, parts) in ROOTS {
        if let Some(at) = path.find(root) {
            let rest = &path[at + root.len()..];
            return rest
                .splitn(parts + 1, '/')
                .last()
                .unwrap_or(rest)
                .to_owned();
        }
    }
    tail_of(path)
}

/// Of a path that no rule knows the last parts: the front is the machine's.
fn tail_of(path: &str) -> String {
    const PARTS: usize = 3;
    let parts: Vec<&str> = path.split('/').collect();
    parts[parts.len().saturating_sub(PARTS)..].join("/")
}
