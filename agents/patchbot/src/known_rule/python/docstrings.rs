//! pydocstyle's rules about how a docstring is laid out and how its first line
//! ends. What it says, and whether there is one, is for a person.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{Finding, is_name, misfit};
use crate::text_edit::{Edits, Source};

/// What becomes of a docstring's text, its quotes left and right not counted.
type Rule = fn(&mut Text<'_>) -> Result<(), String>;

/// Lines between a definition and its docstring: parameters, a line each.
const MAX_HEAD: u64 = 60;

/// In the order in which they are applied: each leaves what the next expects.
#[rustfmt::skip]
const RULES: &[(&str, Rule)] = &[
    ("D300", double_quotes),
    ("D210", without_blanks),
    ("D200", in_one_line),
    ("D212", first_line),
    ("D213", second_line),
    ("D205", blank_below),
    ("D209", quotes_apart),
    ("D403", capital),
    ("D400", full_stop),
    ("D415", full_stop),
];

/// Rules about the lines around a docstring.
type Around = fn(&Docstring<'_>, &Source<'_>, &mut Edits) -> Result<(), String>;

const AROUND: &[(&str, Around)] = &[
    ("D201", nothing_above),
    ("D202", nothing_below),
    ("D204", one_below),
];

/// Whether the rule has one remedy.
pub(in super::super) fn knows(code: &str) -> bool {
    let own = |(rule, _): &&(&str, Rule)| *rule == code;
    RULES.iter().any(|rule| own(&rule)) || AROUND.iter().any(|(rule, _)| *rule == code)
}

/// Adds what mends the findings. Those of one docstring are seen together:
/// what joins its lines moves what others are about.
pub(in super::super) fn mend<'f>(
    findings: impl Iterator<Item = &'f Finding>,
    source: &Source<'_>,
    edits: &mut Edits,
) -> Result<(), String> {
    let mut texts: BTreeMap<u64, BTreeSet<&str>> = BTreeMap::new();
    for finding in findings.filter(|finding| knows(&finding.code)) {
        let code = finding.code.as_str();
        let about = |why: String| format!("{code} in line {}: {why}", finding.line);
        let doc = Docstring::at(finding.line, source).map_err(about)?;
        match AROUND.iter().find(|(rule, _)| *rule == code) {
            Some((_, rule)) => rule(&doc, source, edits).map_err(about)?,
            None => {
                texts.entry(doc.first).or_default().insert(code);
            }
        }
    }
    for (first, codes) in texts {
        let doc = Docstring::of(first, source)?;
        let mut text = doc.text(source)?;
        for (code, rule) in RULES.iter().filter(|(code, _)| codes.contains(code)) {
            rule(&mut text).map_err(|why| format!("{code} in line {first}: {why}"))?;
        }
        let line = source.line(first)?;
        let Text { quotes, inner, .. } = text;
        let whole = format!("{}{}{quotes}{inner}{quotes}", doc.indent, doc.opening);
        edits.replace(first, 0, line.len(), whole);
        (first + 1..=doc.last).for_each(|number| edits.remove(number));
    }
    Ok(())
}

/// What stands between the quotes.
struct Text<'a> {
    indent: &'a str,
    quotes: &'a str,
    inner: String,
}

impl Text<'_> {
    fn is_one_line(&self) -> bool {
        !self.inner.contains('\n')
    }

    /// Where its first sentence stands, as far as that is a line: the first
    /// that says something, of the first two.
    fn summary(&self) -> Result<(usize, usize), String> {
        let start = self.inner.len() - self.inner.trim_start().len();
        let end = self.inner[start..]
            .find('\n')
            .map_or(self.inner.len(), |end| start + end);
        let lines = self.inner[..start].matches('\n').count();
        let end = start + self.inner[start..end].trim_end().len();
        match start == end || lines > 1 {
            true => misfit("a docstring that says something in its first lines"),
            false => Ok((start, end)),
        }
    }
}

/// A docstring with three quotes, where it stands.
struct Docstring<'a> {
    /// Its first line and its last.
    first: u64,
    last: u64,
    /// What stands before the quotes of the first line.
    indent: &'a str,
    /// The letters before the quotes (`r`) and the quotes.
    opening: &'a str,
    quotes: &'a str,
    /// Offsets of what is inside: in the first line, and in the last.
    from: usize,
    to: usize,
    /// The line of the definition it belongs to; none for a module's.
    definition: Option<u64>,
}

impl<'a> Docstring<'a> {
    /// The docstring at a line, or of the definition at a line.
    fn at(line: u64, source: &Source<'a>) -> Result<Self, String> {
        let text = source.line(line)?.trim_start();
        let first = match opening(text) {
            Some(_) => line,
            None => below(line, source)?,
        };
        Self::of(first, source)
    }

    fn of(first: u64, source: &Source<'a>) -> Result<Self, String> {
        let line = source.line(first)?;
        let text = line.trim_start();
        let indent = &line[..line.len() - text.len()];
        let (opening, quotes) = opening(text).ok_or("there is no docstring")?;
        let from = indent.len() + opening.len() + quotes.len();
        let mut number = first;
        let mut start = from;
        loop {
            let line = source.line(number)?;
            if let Some(at) = line.get(start..).and_then(|rest| rest.find(quotes)) {
                let to = start + at;
                if !line[to + quotes.len()..].trim().is_empty() || line[..to].ends_with('\\') {
                    return misfit("a docstring that ends its line");
                }
                return Ok(Docstring {
                    first,
                    last: number,
                    indent,
                    opening,
                    quotes,
                    from,
                    to,
                    definition: above(first, source),
                });
            }
            (number, start) = (number + 1, 0);
        }
    }

    fn text(&self, source: &Source<'a>) -> Result<Text<'a>, String> {
        let line = |number: u64| -> Result<&str, String> {
            let line = source.line(number)?;
            let from = if number == self.first { self.from } else { 0 };
            let to = if number == self.last {
                self.to
            } else {
                line.len()
            };
            Ok(&line[from..to])
        };
        let lines: Result<Vec<&str>, String> = (self.first..=self.last).map(line).collect();
        Ok(Text {
            indent: self.indent,
            quotes: self.quotes,
            inner: lines?.join("\n"),
        })
    }
}

/// The letters and the quotes that begin a docstring.
fn opening(text: &str) -> Option<(&str, &str)> {
    let letters = text.len() - text.trim_start_matches(['r', 'R', 'u', 'U']).len();
    let (letters, rest) = text.split_at(letters.min(1));
    let quotes = rest.get(..3)?;
    matches!(quotes, "\"\"\"" | "'''").then_some((letters, quotes))
}

/// The docstring below a definition that a line begins.
fn below(line: u64, source: &Source<'_>) -> Result<u64, String> {
    let layout = source.python()?;
    let begins = |number: u64| layout.line(number).is_some_and(|line| line.first == number);
    let head = source.line(line)?.trim_start();
    if !["def ", "class ", "async def ", "@"]
        .iter()
        .any(|word| head.starts_with(word))
    {
        return misfit("a docstring, nor a definition");
    }
    let mut rest = (line + 1..line + MAX_HEAD).filter(|number| begins(*number));
    let found = rest.find(|number| {
        let text = source.find(*number).unwrap_or_default().trim_start();
        opening(text).is_some()
    });
    found.ok_or_else(|| "the definition has no docstring".to_owned())
}

/// The line of the definition above a docstring, where nothing but blank lines
/// stands between.
fn above(first: u64, source: &Source<'_>) -> Option<u64> {
    let mut before = (1..first)
        .rev()
        .filter_map(|number| Some((number, source.find(number)?)));
    let (number, line) = before.find(|(_, line)| !line.trim().is_empty())?;
    line.trim_end().ends_with(':').then_some(number)
}

fn nothing_above(doc: &Docstring<'_>, _: &Source<'_>, edits: &mut Edits) -> Result<(), String> {
    let definition = doc.definition.ok_or("it belongs to no definition")?;
    if definition + 1 == doc.first {
        return misfit("a docstring below a blank line");
    }
    (definition + 1..doc.first).for_each(|number| edits.remove(number));
    Ok(())
}

/// No blank lines between a function's docstring and its body.
fn nothing_below(
    doc: &Docstring<'_>,
    source: &Source<'_>,
    edits: &mut Edits,
) -> Result<(), String> {
    let mut number = doc.last + 1;
    while source
        .find(number)
        .is_some_and(|line| line.trim().is_empty())
    {
        edits.remove(number);
        number += 1;
    }
    match number > doc.last + 1 && source.find(number).is_some() {
        true => Ok(()),
        false => misfit("a docstring above a blank line"),
    }
}

/// One blank line between a class's docstring and its body.
fn one_below(doc: &Docstring<'_>, source: &Source<'_>, edits: &mut Edits) -> Result<(), String> {
    let next = source.find(doc.last + 1).unwrap_or_default();
    if next.trim().is_empty() {
        return misfit("a docstring with its body right below");
    }
    edits.insert_above(doc.last + 1, "");
    Ok(())
}

/// The closing quotes of several lines in one of their own.
fn quotes_apart(text: &mut Text<'_>) -> Result<(), String> {
    let kept = text.inner.trim_end().len();
    if text.is_one_line() || kept == 0 {
        return misfit("a docstring of several lines");
    }
    text.inner.truncate(kept);
    text.inner.push('\n');
    text.inner.push_str(text.indent);
    Ok(())
}

/// `""" Text """` as `"""Text"""`.
fn without_blanks(text: &mut Text<'_>) -> Result<(), String> {
    let blanks = [' ', '\t'];
    let inner = match text.is_one_line() {
        true => text.inner.trim_matches(blanks),
        false => text.inner.trim_start_matches(blanks),
    };
    // A quote right at the quotes would be one of them.
    if inner.is_empty() || inner.starts_with('"') || inner.ends_with(['"', '\\']) {
        return misfit("a docstring between blanks");
    }
    text.inner = inner.to_owned();
    Ok(())
}

/// `"""\n    Text\n    """` as `"""Text"""`.
fn in_one_line(text: &mut Text<'_>) -> Result<(), String> {
    let inner = text.inner.trim();
    if inner.is_empty() || inner.contains('\n') || inner.ends_with(['"', '\'', '\\']) {
        return misfit("a docstring that can be joined");
    }
    text.inner = inner.to_owned();
    Ok(())
}

/// The text in the line of the opening quotes.
fn first_line(text: &mut Text<'_>) -> Result<(), String> {
    // What was joined begins there already.
    if !text.is_one_line() {
        let (start, _) = text.summary()?;
        text.inner.replace_range(..start, "");
    }
    Ok(())
}

/// The text below the line of the opening quotes.
fn second_line(text: &mut Text<'_>) -> Result<(), String> {
    if !text.is_one_line() {
        let (start, _) = text.summary()?;
        text.inner
            .replace_range(..start, &format!("\n{}", text.indent));
    }
    Ok(())
}

/// A blank line below the first, where that ends a sentence.
fn blank_below(text: &mut Text<'_>) -> Result<(), String> {
    let (start, end) = text.summary()?;
    let whole = text.inner[start..end].ends_with(['.', '!', '?']);
    let below = &text.inner[end..];
    let blanks = below.len() - below.trim_start().len();
    let feeds = below[..blanks].matches('\n').count();
    if !whole || feeds == 0 || feeds == 2 || blanks == below.len() {
        return misfit("a first line that is a sentence above another");
    }
    let indent = below[..blanks].rsplit('\n').next().unwrap_or_default();
    let gap = format!("\n\n{indent}");
    text.inner.replace_range(end..end + blanks, &gap);
    Ok(())
}

/// `'''` as `"""`, where the text has no such quotes.
fn double_quotes(text: &mut Text<'_>) -> Result<(), String> {
    if text.quotes != "'''" || text.inner.contains('"') {
        return misfit("a docstring between three single quotes");
    }
    text.quotes = "\"\"\"";
    Ok(())
}

/// A full stop behind the first line, where that is the whole sentence.
fn full_stop(text: &mut Text<'_>) -> Result<(), String> {
    let (_, end) = text.summary()?;
    let rest = text.inner[end..].trim_start_matches([' ', '\t']);
    let next = rest
        .strip_prefix('\n')
        .and_then(|rest| rest.split('\n').next());
    let goes_on = next.is_some_and(|next| !next.trim().is_empty());
    let last = text.inner[..end].chars().last().unwrap_or_default();
    // One rule wants a full stop, the other takes a question, too.
    if last == '.' {
        return Ok(());
    }
    // An example is no sentence.
    let example = text.inner.trim_start().starts_with(">>>");
    if goes_on || example || !(last.is_alphanumeric() || ")'`\"".contains(last)) {
        return misfit("a first line that is a sentence without its full stop");
    }
    text.inner.insert(end, '.');
    Ok(())
}

/// `get it` as `Get it`: a plain word of small letters.
fn capital(text: &mut Text<'_>) -> Result<(), String> {
    let (start, end) = text.summary()?;
    let summary = &text.inner[start..end];
    let length = summary
        .find(|letter| !is_name(letter))
        .unwrap_or(summary.len());
    let (word, after) = summary.split_at(length);
    let plain = word.len() > 1 && word.bytes().all(|byte| byte.is_ascii_lowercase());
    if !plain || !(after.is_empty() || after.starts_with([' ', '.', ',', ':'])) {
        return misfit("a first word of small letters");
    }
    let first = word[..1].to_uppercase();
    text.inner.replace_range(start..start + 1, &first);
    Ok(())
}
