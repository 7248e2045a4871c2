//! The text that rules see: a cleaned line without what inner runners put in
//! front of it.

use ci_log::{Marker, split_marker};

/// Of a line the rules look at this much, in bytes: what identifies a message
/// stands at its front, and a hostile line is the longer one.
const RULE_BYTES: usize = 1200;

/// Programs that prefix each line of the programs they run.
const RUNNERS: [&[u8]; 10] = [
    b"[junit] ",
    b"[testng] ",
    b"[javac] ",
    b"[exec] ",
    b"[java] ",
    b"[groovyc] ",
    b"[scalac] ",
    b"[javadoc] ",
    b"[apply] ",
    b"nl",
];

/// The marker and the text for rules.
pub fn plain(line: &[u8]) -> (Option<Marker>, &[u8]) {
    let (marker, text) = split_marker(line.trim_ascii_start());
    let text = strip_runner(strip_build_step(text.trim_ascii_start()));
    (marker, &text[..text.len().min(RULE_BYTES)])
}

/// Whether the line reports a test that passed: its name may sound like the
/// worst of failures.
pub fn is_passed_test(text: &[u8]) -> bool {
    /// Ticks in UTF-8, and words.
    const BEGINNINGS: [&[u8]; 8] = [
        b"\xe2\x9c\x93",
        b"\xe2\x9c\x94",
        b"\xe2\x88\x9a",
        b"\xe2\x9c\x85",
        b"ok ",
        b"PASS ",
        b"PASS:",
        b"--- PASS",
    ];
    const ENDINGS: [&[u8]; 4] = [b" PASSED", b"... ok", b" OK", b" passed"];
    BEGINNINGS
        .iter()
        .any(|beginning| text.starts_with(beginning))
        || ENDINGS.iter().any(|ending| text.ends_with(ending))
}

fn strip_runner(text: &[u8]) -> &[u8] {
    for runner in RUNNERS {
        if let Some(rest) = text.strip_prefix(runner) {
            let odd = runner == b"nl" && rest.first().is_some_and(u8::is_ascii_alphanumeric);
            return if odd { text } else { rest.trim_ascii_start() };
        }
    }
    strip_source(text)
}

/// BuildKit: `#19 22.32 text`.
fn strip_build_step(text: &[u8]) -> &[u8] {
    let Some(rest) = text.strip_prefix(b"#") else {
        return text;
    };
    let rest = &rest[digits(rest)..];
    let Some(seconds) = rest.strip_prefix(b" ") else {
        return text;
    };
    let whole = digits(seconds);
    match &seconds[whole..] {
        [b'.', fraction @ ..] if whole > 0 => fraction[digits(fraction)..].trim_ascii_start(),
        _ => text,
    }
}

/// Python's build tools: `DEBUG util.py:459:  text`.
fn strip_source(text: &[u8]) -> &[u8] {
    let Some(rest) = text.strip_prefix(b"DEBUG util.py:") else {
        return text;
    };
    let rest = &rest[digits(rest)..];
    rest.strip_prefix(b":")
        .map_or(text, <[u8]>::trim_ascii_start)
}

fn digits(text: &[u8]) -> usize {
    text.iter().take_while(|byte| byte.is_ascii_digit()).count()
}
