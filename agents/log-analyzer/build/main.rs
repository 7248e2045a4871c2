//! Writes the index of the rules: what each requires of a line. A rule that
//! cannot be understood ends the build.

use std::fmt::Write;
use std::fs;
use std::path::Path;

mod literal;

/// The families, in the order of `src/rules.rs`.
const FAMILIES: [&str; 9] = [
    "format",
    "lint",
    "types",
    "compile",
    "test",
    "dependency",
    "infrastructure",
    "setup",
    "delivery",
];

fn main() {
    println!("cargo::rerun-if-changed=rules");
    println!("cargo::rerun-if-changed=build");
    let mut table = String::from("&[\n");
    for family in FAMILIES {
        let path = format!("rules/{family}.rules");
        let text = fs::read_to_string(&path).expect(&path);
        for (number, line) in text.lines().enumerate() {
            if let Some(source) = expression(line) {
                match literal::required(source) {
                    Ok(required) => push(&mut table, &required),
                    Err(error) => panic!("{path}:{}: {error}", number + 1),
                }
            }
        }
    }
    table.push_str("]\n");
    let out = std::env::var("OUT_DIR").expect("cargo names it");
    fs::write(Path::new(&out).join("index.rs"), table).expect("a writable directory");
}

fn push(table: &mut String, required: &literal::Required) {
    let literals = &required.literals;
    // Not `{:?}` of the bytes: the table is read as Rust.
    let _ = write!(
        table,
        "Required {{ at_start: {}, literals: &[",
        required.at_start
    );
    for literal in literals {
        let _ = write!(table, "&{literal:?}, ");
    }
    let first: &[u8] = if literals.is_empty() {
        &required.first
    } else {
        &[]
    };
    let _ = writeln!(table, "], first: &{first:?} }},");
}

/// The expression of a rule's line: behind role, strength, class and lines.
fn expression(line: &str) -> Option<&str> {
    let line = line.trim();
    if line.is_empty() || line.starts_with(['#', '[']) {
        return None;
    }
    let mut rest = behind_word(behind_word(line));
    if rest.starts_with("class=") {
        rest = behind_word(rest);
    }
    let lines = rest
        .strip_prefix('+')
        .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    Some(if lines { behind_word(rest) } else { rest })
}

fn behind_word(text: &str) -> &str {
    text.split_once(' ')
        .map_or("", |(_, rest)| rest.trim_start())
}
