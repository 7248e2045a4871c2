//! `shellcheck`: a line with its findings, and `Did you mean:` below.

use std::collections::{BTreeMap, BTreeSet};

use super::Reading;
use crate::fitting::{Fix, Fixed};
use crate::known_rule::may_be_several;
use crate::tool::Tool;
use crate::transcript::Output;

/// Findings whose fix is always part of the suggested line. Of others,
/// shellcheck leaves some out, and the command would go on failing.
const FIXED: [&str; 3] = ["SC2086", "SC2006", "SC2164"];

/// What shellcheck wants; none where it suggests nothing, an error where it
/// has a finding without a fix.
pub(super) fn read(output: &Output) -> Option<Result<Reading, String>> {
    let mut lines = output.lines().filter_map(|line| {
        let text = std::str::from_utf8(line.text).ok().filter(|_| !line.cut)?;
        Some((line.number, text))
    });
    let mut files: BTreeMap<String, Lines> = BTreeMap::new();
    let mut unfixed = None;
    let mut open: Option<Finding> = None;
    let mut log = None;
    while let Some((number, text)) = lines.next() {
        if let Some((path, line)) = heading(text) {
            unfixed = unfixed.or(open.take().map(|open| open.log_line));
            let (_, old) = lines.next()?;
            let old = old.to_owned();
            open = Some(Finding {
                path: path.to_owned(),
                line,
                old,
                log_line: number,
            });
        } else if let Some(code) = code(text) {
            if !FIXED.contains(&code) {
                unfixed = unfixed.or(Some(number));
            }
        } else if text.trim_end() == "Did you mean:"
            && let Some(finding) = open.take()
        {
            let (last, new) = lines.next()?;
            // A suggestion of several lines is not told from what follows.
            let ends = lines.next().is_none_or(|(_, text)| text.is_empty());
            unfixed = unfixed.or((!ends).then_some(last));
            log = Some((log.map_or(finding.log_line, |(first, _)| first), last));
            let file = files.entry(finding.path).or_default();
            file.0.push((finding.line, finding.old, new.to_owned()));
        }
    }
    unfixed = unfixed.or(open.map(|open| open.log_line));
    let log = log?;
    if let Some(line) = unfixed {
        return Some(Err(format!(
            "it prints no whole fix for the finding at log line {line}"
        )));
    }
    let files = files
        .into_iter()
        .map(|(path, lines)| (path, Box::new(lines) as Box<dyn Fix>));
    Some(Ok(Reading {
        tool: Tool::Shellcheck,
        files: files.collect(),
        log,
    }))
}

struct Finding {
    path: String,
    line: usize,
    old: String,
    log_line: u64,
}

/// `In deploy.sh line 4:`
fn heading(text: &str) -> Option<(&str, usize)> {
    let (path, line) = text
        .strip_prefix("In ")?
        .strip_suffix(':')?
        .rsplit_once(" line ")?;
    Some((path, line.parse().ok().filter(|line| *line > 0)?))
}

/// `     ^-- SC2086 (info): …`
fn code(text: &str) -> Option<&str> {
    let rest = text
        .trim_start()
        .strip_prefix('^')?
        .trim_start_matches(['-', '^']);
    let code = rest.trim_start().split(' ').next()?;
    code.starts_with("SC").then_some(code)
}

/// Line, what it is, what it becomes.
#[derive(Default)]
struct Lines(Vec<(usize, String, String)>);

impl Fix for Lines {
    fn fix(&self, _: &str, file: &[u8]) -> Result<Fixed, String> {
        let mut lines: Vec<&[u8]> = file.split(|byte| *byte == b'\n').collect();
        let script = std::str::from_utf8(file).map_err(|_| "it is not UTF-8")?;
        let quoted: BTreeSet<&str> = self
            .0
            .iter()
            .flat_map(|(_, old, new)| quoted(old, new))
            .collect();
        let mut quoted = quoted.into_iter();
        if let Some(name) = quoted.find(|name| may_be_several(name, script.lines())) {
            return Err(format!("{name} may be meant to be several words"));
        }
        for (number, old, new) in &self.0 {
            let line = lines
                .get_mut(number - 1)
                .ok_or(format!("it has no line {number}"))?;
            if *line != old.as_bytes() {
                return Err(format!("line {number} is not what shellcheck shows"));
            }
            *line = new.as_bytes();
        }
        Ok(Fixed::in_place(lines.join(&b'\n')))
    }
}

/// The variables that a line has in quotes now and had not.
fn quoted<'l>(old: &'l str, new: &'l str) -> impl Iterator<Item = &'l str> {
    let names = new.match_indices("\"$").map(|(at, _)| {
        let rest = new[at + 2..].trim_start_matches('{');
        let end = rest.find(|letter: char| !letter.is_alphanumeric() && letter != '_');
        &rest[..end.unwrap_or(rest.len())]
    });
    let count = |text: &str, name: &str| {
        let forms = [format!("\"${name}"), format!("\"${{{name}")];
        forms
            .iter()
            .map(|form| text.matches(form.as_str()).count())
            .sum::<usize>()
    };
    names.filter(move |name| !name.is_empty() && count(new, name) > count(old, name))
}
