//! Test results that a CI system has read already, written as JUnit XML again:
//! the form that agents read.

use std::fmt::Write as _;

use super::MAX_REPORT_BYTES;

/// One test that failed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Case {
    pub class: String,
    pub name: String,
    pub file: Option<String>,
    /// One line.
    pub message: String,
    pub details: String,
}

/// Cases written; a person reads the first.
const MAX_CASES: usize = 200;

/// Bytes of one text.
const MAX_TEXT_BYTES: usize = 8 * 1024;

/// A report of the tests that failed.
pub fn written(suite: &str, cases: &[Case]) -> Vec<u8> {
    let cases = &cases[..cases.len().min(MAX_CASES)];
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let (name, count) = (escaped(suite), cases.len());
    let _ = writeln!(
        out,
        "<testsuite name=\"{name}\" tests=\"{count}\" failures=\"{count}\">"
    );
    for case in cases {
        if out.len() > MAX_REPORT_BYTES - 4 * MAX_TEXT_BYTES {
            break;
        }
        let file = case
            .file
            .as_deref()
            .map(|file| format!(" file=\"{}\"", escaped(file)));
        let _ = write!(
            out,
            "<testcase classname=\"{}\" name=\"{}\"{}>\n<failure message=\"{}\">{}</failure>\n\
             </testcase>\n",
            escaped(&case.class),
            escaped(&case.name),
            file.unwrap_or_default(),
            escaped(&case.message),
            escaped(&case.details),
        );
    }
    out += "</testsuite>\n";
    out.into_bytes()
}

/// Text that XML can carry: what it cannot is a question mark.
fn escaped(text: &str) -> String {
    let end = text.floor_char_boundary(MAX_TEXT_BYTES);
    let mut out = String::with_capacity(end);
    for c in text[..end].chars() {
        match c {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            '\n' => out += "&#10;",
            '\t' => out.push(' '),
            c if c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}') => out.push('?'),
            c => out.push(c),
        }
    }
    out
}
