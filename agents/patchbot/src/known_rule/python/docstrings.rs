//! pydocstyle's rules about how a docstring is laid out and how its first line
//! ends. What it says, and whether there is one, is for a person.

use super::super::{Finding, is_name, misfit};
use crate::text_edit::{Edits, Source};

type Rule = fn(&Docstring<'_>, &Source<'_>, &mut Edits) -> Result<(), String>;

/// Lines between a definition and its docstring: parameters, a line each.
const MAX_HEAD: u64 = 60;

#[rustfmt::skip]
fn rule(code: &str) -> Option<Rule> {
    Some(match code {
        "D200" => in_one_line,
        "D201" => nothing_above,
        "D202" => nothing_below,
        "D204" => one_below,
        "D209" => quotes_apart,
        "D210" => without_blanks,
        "D212" => first_line,
        "D213" => second_line,
        "D300" => double_quotes,
        "D400" | "D415" => full_stop,
        "D403" => capital,
        _ => return None,
    })
}

/// Whether the rule has one remedy.
pub(super) fn knows(code: &str) -> bool {
    rule(code).is_some()
}

/// Adds what mends the finding.
pub(super) fn mend(
    finding: &Finding,
    source: &Source<'_>,
    edits: &mut Edits,
) -> Result<(), String> {
    let Some(rule) = rule(&finding.code) else {
        return Err("the rule has more than one remedy".into());
    };
    rule(&Docstring::at(finding.line, source)?, source, edits)
}

/// Whether two findings of one docstring want the same place: what joins its
/// lines moves the first and the last of them.
pub(in super::super) fn covers(one: &str, other: &str) -> bool {
    matches!((one, other), ("D200", "D210" | "D212" | "D213" | "D209"))
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

    fn is_one_line(&self) -> bool {
        self.first == self.last
    }

    /// What the first line says, and from where.
    fn summary(&self, source: &Source<'a>) -> Result<(u64, usize, &'a str), String> {
        let inside = |number: u64| -> Result<(usize, &'a str), String> {
            let line = source.line(number)?;
            let from = if number == self.first { self.from } else { 0 };
            let to = if number == self.last {
                self.to
            } else {
                line.len()
            };
            Ok((from, &line[from..to]))
        };
        let own = inside(self.first)?;
        let number = match own.1.trim().is_empty() && !self.is_one_line() {
            true => self.first + 1,
            false => self.first,
        };
        let (from, text) = inside(number)?;
        let blanks = text.len() - text.trim_start().len();
        let text = text.trim();
        match text.is_empty() {
            true => misfit("a docstring that says something"),
            false => Ok((number, from + blanks, text)),
        }
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

/// `"""\n    Text\n    """` as `"""Text"""`.
fn in_one_line(doc: &Docstring<'_>, source: &Source<'_>, edits: &mut Edits) -> Result<(), String> {
    let (number, _, text) = doc.summary(source)?;
    let lines = (doc.first..=doc.last).filter(|at| *at != number);
    let bare = lines.map(|at| source.line(at).map(|line| (at, line)));
    for line in bare {
        let (at, line) = line?;
        let from = if at == doc.first { doc.from } else { 0 };
        let to = if at == doc.last { doc.to } else { line.len() };
        if !line[from..to].trim().is_empty() {
            return misfit("a docstring of one sentence in one line");
        }
    }
    // Quotes that follow upon a quote or a backslash end something else.
    if doc.is_one_line() || text.ends_with(['"', '\'', '\\']) {
        return misfit("a docstring that can be joined");
    }
    let (head, quotes) = (format!("{}{}", doc.indent, doc.opening), doc.quotes);
    let line = source.line(doc.first)?;
    edits.replace(
        doc.first,
        0,
        line.len(),
        format!("{head}{quotes}{text}{quotes}"),
    );
    (doc.first + 1..=doc.last).for_each(|number| edits.remove(number));
    Ok(())
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
fn quotes_apart(doc: &Docstring<'_>, source: &Source<'_>, edits: &mut Edits) -> Result<(), String> {
    let line = source.line(doc.last)?;
    let text = line[..doc.to].trim_end();
    if doc.is_one_line() || text.trim().is_empty() {
        return misfit("a docstring of several lines");
    }
    edits.replace(doc.last, text.len(), doc.to, format!("\n{}", doc.indent));
    Ok(())
}

/// `""" Text """` as `"""Text"""`.
fn without_blanks(
    doc: &Docstring<'_>,
    source: &Source<'_>,
    edits: &mut Edits,
) -> Result<(), String> {
    let line = source.line(doc.first)?;
    let end = if doc.is_one_line() {
        doc.to
    } else {
        line.len()
    };
    let inside = &line[doc.from..end];
    let before = inside.len() - inside.trim_start_matches([' ', '\t']).len();
    let after = inside.len() - inside.trim_end_matches([' ', '\t']).len();
    if before + after == 0 || inside.trim().is_empty() {
        return misfit("a docstring between blanks");
    }
    // A quote right at the quotes would be one of them.
    let text = inside.trim();
    if doc.is_one_line() && (text.ends_with('"') || text.starts_with('"')) {
        return misfit("a docstring without quotes at its ends");
    }
    if before > 0 {
        edits.replace(doc.first, doc.from, doc.from + before, "");
    }
    if doc.is_one_line() && after > 0 {
        edits.replace(doc.first, doc.to - after, doc.to, "");
    }
    Ok(())
}

/// The text in the line of the opening quotes.
fn first_line(doc: &Docstring<'_>, source: &Source<'_>, edits: &mut Edits) -> Result<(), String> {
    let (number, _, text) = doc.summary(source)?;
    if number == doc.first || number == doc.last {
        return misfit("a docstring that begins in its second line");
    }
    let line = source.line(doc.first)?;
    edits.replace(doc.first, doc.from, line.len(), text);
    edits.remove(number);
    Ok(())
}

/// The text below the line of the opening quotes.
fn second_line(doc: &Docstring<'_>, source: &Source<'_>, edits: &mut Edits) -> Result<(), String> {
    let (number, at, _) = doc.summary(source)?;
    if number != doc.first || doc.is_one_line() {
        return misfit("a docstring of several lines that begins in its first");
    }
    edits.replace(doc.first, doc.from, at, format!("\n{}", doc.indent));
    Ok(())
}

/// `'''` as `"""`, where the text has none of either.
fn double_quotes(
    doc: &Docstring<'_>,
    source: &Source<'_>,
    edits: &mut Edits,
) -> Result<(), String> {
    let mut lines = (doc.first..=doc.last).filter_map(|number| source.find(number));
    if doc.quotes != "'''" || lines.any(|line| line.contains('"')) {
        return misfit("a docstring between three single quotes");
    }
    edits.replace(doc.first, doc.from - 3, doc.from, "\"\"\"");
    edits.replace(doc.last, doc.to, doc.to + 3, "\"\"\"");
    Ok(())
}

/// A full stop behind the first line, where that is the whole sentence.
fn full_stop(doc: &Docstring<'_>, source: &Source<'_>, edits: &mut Edits) -> Result<(), String> {
    let (number, at, text) = doc.summary(source)?;
    let goes_on = number < doc.last && {
        let next = source.line(number + 1)?;
        let end = if number + 1 == doc.last {
            doc.to
        } else {
            next.len()
        };
        !next[..end].trim().is_empty()
    };
    let last = text.chars().last().unwrap_or_default();
    if goes_on || !(last.is_alphanumeric() || ")'`\"".contains(last)) {
        return misfit("a first line that is a sentence without its full stop");
    }
    // A quote in front of the closing ones would be read with them.
    edits.replace(number, at + text.len(), at + text.len(), ".");
    Ok(())
}

/// `get it` as `Get it`: a plain word of small letters.
fn capital(doc: &Docstring<'_>, source: &Source<'_>, edits: &mut Edits) -> Result<(), String> {
    let (number, at, text) = doc.summary(source)?;
    let end = text.find(|letter| !is_name(letter)).unwrap_or(text.len());
    let (word, after) = text.split_at(end);
    let plain = word.len() > 1 && word.bytes().all(|byte| byte.is_ascii_lowercase());
    if !plain || !(after.is_empty() || after.starts_with([' ', '.', ',', ':'])) {
        return misfit("a first word of small letters");
    }
    edits.replace(number, at, at + 1, word[..1].to_uppercase());
    Ok(())
}
