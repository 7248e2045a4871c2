//! pylint's rules, by symbol. Its other findings (missing docstrings, too many
//! of this and that) ask for words or for judgement.

use super::python::statements::plain_string;
use super::python::{blank_end, final_newline, trailing_blanks};
use super::python::{indent, long};
use super::{Finding, misfit, offset};
use crate::text_edit::{Edits, Source};

mod rewrites;

/// Whether the rule has one remedy.
pub(super) fn knows(finding: &Finding) -> bool {
    const OWN: &[&str] = &[
        "trailing-whitespace",
        "missing-final-newline",
        "trailing-newlines",
        "unused-import",
        "unnecessary-semicolon",
        "useless-object-inheritance",
        "f-string-without-interpolation",
    ];
    let code = finding.code.as_str();
    let undefined = super::python::missing::named(finding).is_some();
    undefined || OWN.contains(&code) || indent::is_one(code) || rewrite(code).is_some()
}

type Rule = fn(&Finding, &Source<'_>, &mut Edits) -> Result<(), String>;

/// Rules whose remedy is another way to write the same.
fn rewrite(code: &str) -> Option<Rule> {
    Some(match code {
        "superfluous-parens" => rewrites::parentheses,
        "unneeded-not" | "unnecessary-negation" => rewrites::not,
        "super-with-arguments" => rewrites::bare_super,
        "use-list-literal" => rewrites::list,
        "use-dict-literal" => rewrites::dict,
        "redundant-u-string-prefix" => rewrites::prefix,
        "unnecessary-pass" => rewrites::pass,
        "no-else-return" | "no-else-raise" | "no-else-continue" | "no-else-break" => {
            rewrites::without_else
        }
        "line-too-long" => long::broken,
        "multiple-imports" => super::python::statements::imports_apart,
        "multiple-statements" => super::python::compound::body_below,
        "singleton-comparison" => super::python::compound::none,
        "reimported" => super::python::unused::imported_twice,
        "unused-variable" => super::python::unused::plain_value,
        _ => return None,
    })
}

/// Adds what mends the finding.
pub(super) fn mend(
    finding: &Finding,
    source: &Source<'_>,
    edits: &mut Edits,
) -> Result<(), String> {
    match finding.code.as_str() {
        "trailing-whitespace" => trailing_blanks(finding, source, edits),
        "missing-final-newline" => final_newline(finding, source, edits),
        "trailing-newlines" => blank_end(finding, source, edits),
        // These are mended all together.
        "unused-import" | "undefined-variable" => Ok(()),
        code if indent::is_one(code) => Ok(()),
        "f-string-without-interpolation" => plain_string(finding, source, edits),
        "unnecessary-semicolon" => semicolon(finding, source, edits),
        "useless-object-inheritance" => inheritance(finding, source, edits),
        code => match rewrite(code) {
            Some(rule) => rule(finding, source, edits),
            None => Err("the rule has more than one remedy".into()),
        },
    }
}

fn semicolon(finding: &Finding, source: &Source<'_>, edits: &mut Edits) -> Result<(), String> {
    let line = source.line(finding.line)?;
    let Some(head) = line.trim_end().strip_suffix(';') else {
        return misfit("a line that ends in a semicolon");
    };
    edits.replace(finding.line, head.trim_end().len(), line.len(), "");
    Ok(())
}

fn inheritance(finding: &Finding, source: &Source<'_>, edits: &mut Edits) -> Result<(), String> {
    let line = source.line(finding.line)?;
    // Not every form of its output has columns; a class begins its line.
    let begin = line.len() - line.trim_start().len();
    let at = finding
        .column
        .map_or(Ok(begin), |_| offset(finding, source))?;
    match line[at..].find("(object):") {
        Some(found) if line[at..].starts_with("class ") => {
            let from = at + found;
            edits.replace(finding.line, from, from + "(object)".len(), "");
            Ok(())
        }
        _ => misfit("a class of object alone"),
    }
}

/// `Unused import os`, `Unused Optional imported from typing`, `Unused numpy
/// imported as np`: the name as flake8 has it.
pub(super) fn unused_import(finding: &Finding) -> Option<String> {
    if finding.code != "unused-import" {
        return None;
    }
    let text = finding.message.strip_prefix("Unused ")?;
    if let Some(name) = text.strip_prefix("import ") {
        return Some(name.to_owned());
    }
    let without_alias = |text: &str| text.split(" as ").next().unwrap_or_default().to_owned();
    match text.split_once(" imported from ") {
        Some((name, module)) => Some(format!("{}.{name}", without_alias(module))),
        None => text
            .split_once(" imported as ")
            .map(|(name, _)| name.to_owned()),
    }
}
