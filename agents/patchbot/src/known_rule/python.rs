//! pycodestyle's and pyflakes' rules, by the codes that flake8 and ruff share.

use std::collections::{BTreeMap, BTreeSet};

use super::{Finding, misfit, name_at, offset};
use crate::text_edit::{Edits, Source};
use crate::tool::Tool;

mod blank_lines;
mod blanks;
mod comments;
pub(super) mod compound;
mod comprehensions;
pub(super) mod continued;
pub(super) mod docstrings;
pub(super) mod indent;
pub(super) mod lexer;
pub(super) mod long;
pub(super) mod missing;
mod operators;
mod quotes;
mod same;
pub(super) mod statements;
pub(super) mod unused;

/// Whether the rule has one remedy.
pub(super) fn knows(finding: &Finding) -> bool {
    let code = finding.code.as_str();
    let grouped = code == "F401" || continued::is_one(code) || indent::is_one(code);
    let grouped = grouped || docstrings::knows(code);
    grouped || rule(&finding.code).is_some() || missing::named(finding).is_some()
}

type Rule = fn(&Finding, &Source<'_>, &mut Edits) -> Result<(), String>;

#[rustfmt::skip]
fn rule(code: &str) -> Option<Rule> {
    Some(match code {
        "W291" | "W293" => trailing_blanks,
        "W292" => final_newline,
        "W391" => blank_end,
        "W605" => escape,
        "E201" | "E202" | "E203" | "E204" | "E211" | "E251" => blanks::none,
        "E221" | "E222" | "E223" | "E224" | "E241" | "E242" | "E271" | "E272" | "E273" | "E274" => blanks::one,
        "E231" => blanks::after_separator,
        "E275" => blanks::after_keyword,
        "E225" | "E226" | "E227" | "E228" | "E252" => operators::spaced,
        "E261" | "E262" | "E265" | "E266" => comments::spaced,
        "E501" => long::broken,
        "E701" | "E704" => compound::body_below,
        "E711" => compound::none,
        "E722" => compound::everything,
        "E301" | "E302" | "E305" | "E306" => blank_lines::more,
        "E303" => blank_lines::fewer,
        "E304" => blank_lines::none,
        "E401" => statements::imports_apart,
        "E702" => statements::apart,
        "E703" => statements::without_semicolon,
        "E713" | "E714" => compound::not_in,
        "F541" => statements::plain_string,
        "F632" => statements::equality,
        "F811" => unused::imported_twice,
        "F841" => unused::plain_value,
        "C812" | "COM812" => quotes::comma,
        "Q000" => quotes::other,
        "E721" => same::same_class,
        "E731" => same::function,
        "SIM118" | "SIM201" | "SIM202" | "SIM203" | "SIM300" => same::as_told,
        code if comprehensions::knows(code) => comprehensions::mend,
        _ => return None,
    })
}

/// Adds what mends the findings that have to be seen together: imports that
/// are missing, and lines that hang on each other.
pub(super) fn mend_groups(
    findings: &[Finding],
    source: &Source<'_>,
    edits: &mut Edits,
) -> Result<(), String> {
    missing::mend(findings, source, edits)?;
    indent::mend(findings, source, edits)?;
    docstrings::mend(findings.iter(), source, edits)?;
    continued::mend(findings, source, edits)
}

/// Whether a finding that is mended with others can be mended at all.
pub(super) fn can_be_grouped(finding: &Finding, source: &Source<'_>) -> bool {
    let one = std::iter::once(finding);
    docstrings::mend(one, source, &mut Edits::default()).is_ok()
}

/// Adds what mends the finding. Unused imports are left to
/// [`unused_imports`]: they stand in groups.
pub(super) fn mend(
    finding: &Finding,
    source: &Source<'_>,
    edits: &mut Edits,
) -> Result<(), String> {
    match rule(&finding.code) {
        Some(rule) => rule(finding, source, edits),
        // These stand in groups, and are mended together.
        None if knows(finding) => Ok(()),
        None => Err("the rule has more than one remedy".into()),
    }
}

/// The unused names of each line, as the tool writes them.
pub(super) fn unused_imports(tool: Tool, findings: &[Finding]) -> BTreeMap<u64, BTreeSet<String>> {
    let mut imports: BTreeMap<u64, BTreeSet<String>> = BTreeMap::new();
    for finding in findings {
        let name = match tool {
            Tool::Pylint => super::pylint::unused_import(finding),
            Tool::Flake8 | Tool::RuffCheck if finding.code == "F401" => quoted(&finding.message),
            _ => None,
        };
        if let Some(name) = name {
            imports.entry(finding.line).or_default().insert(name);
        }
    }
    imports
}

/// `'os' imported but unused`, `` `os` imported but unused``
fn quoted(message: &str) -> Option<String> {
    let name = message.strip_suffix(" imported but unused")?;
    let name = name.strip_prefix(['\'', '`'])?.strip_suffix(['\'', '`'])?;
    Some(name.to_owned())
}

pub(super) fn trailing_blanks(
    finding: &Finding,
    source: &Source<'_>,
    edits: &mut Edits,
) -> Result<(), String> {
    let line = source.line(finding.line)?;
    let kept = line.trim_end_matches([' ', '\t', '\u{b}']).len();
    if kept == line.len() {
        return misfit("a line that ends in blanks");
    }
    edits.replace(finding.line, kept, line.len(), "");
    Ok(())
}

pub(super) fn final_newline(
    _: &Finding,
    source: &Source<'_>,
    edits: &mut Edits,
) -> Result<(), String> {
    if source.find(source.len() as u64) == Some("") {
        return misfit("a file without a final line feed");
    }
    edits.end_with_newline();
    Ok(())
}

pub(super) fn blank_end(_: &Finding, _: &Source<'_>, edits: &mut Edits) -> Result<(), String> {
    edits.end_without_blanks();
    Ok(())
}

/// `'\d'` is the two characters that `'\\d'` is, too.
fn escape(finding: &Finding, source: &Source<'_>, edits: &mut Edits) -> Result<(), String> {
    let at = offset(finding, source)?;
    let line = source.line(finding.line)?;
    let mut sequence = line[at..].chars();
    let known = "\n\\'\"abfnrtv01234567xNuU";
    match (sequence.next(), sequence.next()) {
        (Some('\\'), Some(letter)) if !known.contains(letter) => {
            edits.replace(finding.line, at, at, "\\");
            Ok(())
        }
        _ => misfit("an unknown escape"),
    }
}

/// The keyword at an offset.
fn keyword_at(line: &str, at: usize) -> Option<&'static str> {
    const KEYWORDS: &[&str] = &[
        "and", "in", "is", "or", "not", "if", "elif", "return", "import", "from", "yield",
        "assert", "raise", "del", "while", "for", "with", "lambda", "else", "except", "await",
        "as", "print",
    ];
    let name = name_at(line, at);
    KEYWORDS.iter().find(|keyword| **keyword == name).copied()
}
