//! Python files that do not load: the parser says what it expects, or a name of
//! the library is not imported.
//!
//! Whoever runs tests also loads their files, and a test can print anything.
//! So nothing here is taken without the failed command: what is added is a
//! sign, a blank or an import of Python's own library.

use std::collections::BTreeMap;

mod node;

use super::python::missing;
use super::{Finding, NAME, misfit};
use crate::candidate::{Candidate, naming};
use crate::fitting::{Fix, Fixed, fit};
use crate::limits::MAX_MENDED;
use crate::text_edit::{Edits, Source, joined};
use crate::tool::Tool;
use crate::transcript::{Step, Transcript};
use crate::workspace::Workspace;

/// How sure, before the failed command ran.
const CONFIDENCE: f64 = 0.7;

/// A candidate for each failed step in which Python files do not load.
pub fn propose(transcript: &Transcript, workspace: &dyn Workspace) -> Vec<Candidate> {
    let steps = || transcript.failed().map(|(_, step)| step);
    let python = steps().filter_map(|step| of_step(step, workspace));
    python
        .chain(steps().filter_map(|step| node::of_step(step, workspace)))
        .collect()
}

fn of_step(step: &Step, workspace: &dyn Workspace) -> Option<Candidate> {
    let mut files: BTreeMap<String, Unloaded> = BTreeMap::new();
    let (mut first, mut last) = (u64::MAX, 0);
    for finding in read(step).into_iter().take(MAX_MENDED) {
        (first, last) = (first.min(finding.log_line), last.max(finding.log_line));
        let own = &mut files.entry(finding.path.clone()).or_default().0;
        if !own.contains(&finding) {
            own.push(finding);
        }
    }
    let wanted = files
        .iter()
        .map(|(path, fix)| (path.as_str(), fix as &dyn Fix));
    let files = fit(Tool::Mypy, wanted, workspace).ok()?;
    if files.is_empty() {
        return None;
    }
    Some(Candidate {
        strategy: NAME,
        title: format!("make {} load", naming(&files)),
        rationale: format!(
            "Python does not load this (log lines {first} to {last}), and says what it expects \
             there. Nothing else changes."
        ),
        confidence: CONFIDENCE,
        files,
        log: Some((first, last)),
        approval: false,
        proven: None,
    })
}

/// What Python says behind the last place that it names, in a traceback of its
/// own or of pytest.
fn read(step: &Step) -> Vec<Finding> {
    let mut place: Option<(String, u64)> = None;
    let mut findings: Vec<Finding> = Vec::new();
    for line in step.output.lines() {
        let Ok(text) = std::str::from_utf8(line.text) else {
            continue;
        };
        let text = text.strip_prefix("E  ").unwrap_or(text);
        let text = text.trim_start_matches(['*', ' ']);
        if let Some(found) = named(text) {
            place = Some(found);
            continue;
        }
        let said = text
            .split_once(": ")
            .filter(|(kind, _)| matches!(*kind, "SyntaxError" | "IndentationError" | "NameError"));
        if let (Some((kind, message)), Some((path, number))) = (said, &place) {
            let finding = Finding {
                path: path.clone(),
                line: *number,
                column: None,
                code: kind.to_owned(),
                message: message.to_owned(),
                shown: None,
                log_line: line.number,
            };
            // It is said again in the summary.
            let again = |other: &Finding| other.path == finding.path && other.line == finding.line;
            if !findings.iter().any(again) {
                findings.push(finding);
            }
            place = None;
        }
    }
    findings
}

/// `File "shop/cart.py", line 5`, `shop/cart.py:1: in <module>`
fn named(text: &str) -> Option<(String, u64)> {
    if let Some(rest) = text.strip_prefix("File \"") {
        let (path, rest) = rest.split_once("\", line ")?;
        let end = rest
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(rest.len());
        return Some((path.to_owned(), rest[..end].parse().ok()?));
    }
    let (place, _) = text.split_once(": in ")?;
    let (path, line) = place.rsplit_once(':')?;
    path.ends_with(".py").then_some(())?;
    Some((path.to_owned(), line.parse().ok()?))
}

#[derive(Default)]
struct Unloaded(Vec<Finding>);

impl Fix for Unloaded {
    fn fix(&self, _: &str, file: &[u8]) -> Result<Fixed, String> {
        let source = Source::parse(file)?;
        let mut edits = Edits::default();
        let names: Vec<Finding> = self.0.iter().filter_map(undefined).collect();
        if !names.is_empty() {
            missing::mend(&names, &source, &mut edits)?;
        }
        for finding in self.0.iter().filter(|finding| finding.code != "NameError") {
            mend(finding, &source, &mut edits)?;
        }
        Ok(Fixed::in_place(joined(edits.apply(&source)?)))
    }
}

/// `name 'decimal' is not defined` as linters say it.
fn undefined(finding: &Finding) -> Option<Finding> {
    let rest = finding.message.strip_prefix("name '")?;
    let (name, _) = rest.split_once("' is not defined")?;
    let finding = Finding {
        code: "F821".to_owned(),
        message: format!("undefined name '{name}'"),
        ..finding.clone()
    };
    missing::named(&finding).is_some().then_some(finding)
}

fn mend(finding: &Finding, source: &Source<'_>, edits: &mut Edits) -> Result<(), String> {
    let number = finding.line;
    let line = source.line(number)?;
    let message = finding.message.as_str();
    if message == "expected ':'" {
        return colon(number, line, edits);
    }
    if message.ends_with(" was never closed") {
        return bracket(number, source, edits);
    }
    if message == "unexpected indent" {
        return indent(number, source, edits);
    }
    if message.starts_with("Missing parentheses in call to 'print'") {
        return print(number, line, edits);
    }
    Err(format!("line {number}: what is meant is not said"))
}

/// `def f(x)` as `def f(x):`
fn colon(number: u64, line: &str, edits: &mut Edits) -> Result<(), String> {
    const HEADS: &[&str] = &[
        "async", "case", "class", "def", "elif", "else", "except", "finally", "for", "if", "match",
        "try", "while", "with",
    ];
    let text = line.trim_end();
    let head = text
        .trim_start()
        .split([' ', '('])
        .next()
        .unwrap_or_default();
    let odd = text.contains('#') || text.ends_with([',', '\\', '(', '[', '{', ':']);
    if !HEADS.contains(&head) || odd || unclosed(text) != Some(Vec::new()) {
        return misfit("the head of a block on one line");
    }
    edits.replace(number, text.len(), text.len(), ":");
    Ok(())
}

/// The bracket at the end of the line that opens it, where the next line
/// begins a statement.
fn bracket(number: u64, source: &Source<'_>, edits: &mut Edits) -> Result<(), String> {
    let line = source.line(number)?;
    let text = line.trim_end();
    let depth = |line: &str| line.len() - line.trim_start().len();
    let mut below = (number + 1..).map_while(|number| source.find(number));
    let next = below
        .find(|line| !line.trim().is_empty())
        .unwrap_or_default();
    let open = unclosed(text).unwrap_or_default();
    let odd = text.contains('#')
        || text.ends_with([
            ',', '(', '[', '{', '+', '-', '*', '/', '=', '\\', '.', '|', '&',
        ]);
    match open[..] {
        [close] if !odd && depth(next) <= depth(line) && !next.trim_start().starts_with(close) => {
            edits.replace(number, text.len(), text.len(), close.to_string());
            Ok(())
        }
        _ => misfit("a line that lacks one bracket"),
    }
}

/// What would close the brackets that a line leaves open; none where one is
/// closed that it does not open, or a text does not end.
fn unclosed(line: &str) -> Option<Vec<char>> {
    let mut open = Vec::new();
    let mut quote = None;
    let mut escaped = false;
    for letter in line.chars() {
        match (quote, letter) {
            _ if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(sign), other) if sign == other => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(letter),
            (None, '(') => open.push(')'),
            (None, '[') => open.push(']'),
            (None, '{') => open.push('}'),
            (None, ')' | ']' | '}') if open.pop() != Some(letter) => return None,
            _ => {}
        }
    }
    quote.is_none().then_some(open)
}

/// As deep as the statement above it.
fn indent(number: u64, source: &Source<'_>, edits: &mut Edits) -> Result<(), String> {
    /// Blanks by which a line is off by a slip; more is a block.
    const SLIP: usize = 3;
    let line = source.line(number)?;
    let depth = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let mut above = (1..number).rev().map_while(|number| source.find(number));
    let before = above
        .find(|line| !line.trim().is_empty())
        .unwrap_or_default();
    let (own, wanted) = (depth(line), depth(before));
    let code = before.trim_end();
    let odd = code.ends_with([':', '\\', ',', '(', '[', '{']) || code.trim_start().starts_with('#');
    if odd || own <= wanted || own - wanted > SLIP || line.starts_with('\t') {
        return misfit("a line that is a slip too deep");
    }
    edits.replace(number, wanted, own, "");
    Ok(())
}

/// `print x` as `print(x)`
fn print(number: u64, line: &str, edits: &mut Edits) -> Result<(), String> {
    let text = line.trim_end();
    let at = text.len() - text.trim_start().len();
    let rest = text[at..].strip_prefix("print ").map(str::trim);
    let plain =
        |rest: &&str| !rest.starts_with(">>") && !rest.ends_with(',') && !rest.contains('#');
    match rest
        .filter(plain)
        .filter(|rest| unclosed(rest) == Some(Vec::new()))
    {
        Some(rest) => {
            edits.replace(number, at, text.len(), format!("print({rest})"));
            Ok(())
        }
        None => misfit("a plain print statement"),
    }
}
