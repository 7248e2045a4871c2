//! Statements of several parts: a body behind its colon, comparisons, and what
//! an `except` catches.

use super::super::{Finding, is_name, misfit, offset};
use crate::text_edit::{Edits, Source};

/// `if a: b` and `def f(): b` over two lines.
pub(in super::super) fn body_below(
    finding: &Finding,
    source: &Source<'_>,
    edits: &mut Edits,
) -> Result<(), String> {
    const WORDS: &[&str] = &[
        "if", "elif", "else", "for", "while", "try", "except", "finally", "with", "def", "class",
        "async",
    ];
    let line = source.line(finding.line)?;
    let layout = source.python()?;
    let code = layout.code(finding.line, line);
    let colon = code
        .iter()
        .find(|(_, letter, depth)| *letter == b':' && *depth == 0);
    let text = line.trim_start();
    let word = &text[..text.find(|letter| !is_name(letter)).unwrap_or(text.len())];
    let Some((at, ..)) = colon.filter(|_| WORDS.contains(&word) && layout.is_whole(finding.line))
    else {
        return misfit("a statement with its body");
    };
    let rest = &line[at + 1..];
    let body = rest.trim_start();
    let several = code
        .iter()
        .any(|(place, letter, _)| place > at && *letter == b';');
    if body.is_empty() || body.starts_with('#') || several || line[..*at].contains("lambda") {
        return misfit("a statement with a body of one part");
    }
    let indent = &line[..line.len() - text.len()];
    let end = at + 1 + (rest.len() - body.len());
    edits.replace(finding.line, at + 1, end, format!("\n{indent}    "));
    Ok(())
}

/// `x == None` as `x is None`, where the answer is a condition: what else a
/// type makes of `==` would not do as one.
pub(in super::super) fn none(
    finding: &Finding,
    source: &Source<'_>,
    edits: &mut Edits,
) -> Result<(), String> {
    let line = source.line(finding.line)?;
    let at = offset(finding, source)?;
    let layout = source.python()?;
    let text = line.trim_start();
    let condition = ["if ", "elif ", "while ", "assert "];
    let plain = condition.iter().any(|word| text.starts_with(word)) && !text.contains('[');
    let code = layout.code(finding.line, line);
    let operator = code.windows(2).find(|pair| {
        let [(first, one, depth), (_, two, _)] = pair else {
            return false;
        };
        // The operator is named, or what it compares with.
        let near = *first == at
            || line
                .get(first + 2..at)
                .is_some_and(|gap| gap.trim().is_empty());
        near && *depth == 0 && matches!(one, b'=' | b'!') && *two == b'='
    });
    let Some([(from, sign, _), _]) = operator.filter(|_| plain) else {
        return misfit("a condition that compares with None");
    };
    let rest = &line[from + 2..];
    let blanks = rest.len() - rest.trim_start().len();
    let follows = rest.trim_start().strip_prefix("None");
    if blanks == 0 || follows.is_none_or(|rest| rest.starts_with(is_name)) {
        return misfit("a comparison with None");
    }
    let new = if *sign == b'!' { "is not" } else { "is" };
    edits.replace(finding.line, *from, from + 2, new);
    Ok(())
}

/// `not a in b` as `a not in b`, where nothing else joins the comparison.
pub(in super::super) fn not_in(
    finding: &Finding,
    source: &Source<'_>,
    edits: &mut Edits,
) -> Result<(), String> {
    let line = source.line(finding.line)?;
    let layout = source.python()?;
    let word = if finding.code == "E714" { "is" } else { "in" };
    let code = layout.code(finding.line, line);
    let words = words(line, &code);
    let mut found = Vec::new();
    for (index, (at, text, depth)) in words.iter().enumerate() {
        if *text != "not"
            || words
                .get(index + 1)
                .is_some_and(|(_, next, _)| *next == "in")
        {
            continue;
        }
        let same = words[index + 1..]
            .iter()
            .take_while(|(_, _, own)| own >= depth)
            .filter(|(_, _, own)| own == depth);
        let mut same = same.filter(|(_, text, _)| {
            [
                "and", "or", "not", "if", "else", "is", "in", "for", "lambda",
            ]
            .contains(text)
        });
        if let Some((place, text, _)) = same.next()
            && *text == word
        {
            found.push((*at, *place));
        }
    }
    let [(not, place)] = found[..] else {
        return misfit("one negated comparison");
    };
    let operand = line[not + 3..place].trim();
    if operand.is_empty() || operand.contains(['<', '>', '=', '!', '#']) {
        return misfit("a negated comparison of one operand");
    }
    let new = if word == "in" { "not in" } else { "is not" };
    edits.replace(finding.line, not, place + 2, format!("{operand} {new}"));
    Ok(())
}

/// Words of code with their places and depths.
fn words<'l>(line: &'l str, code: &[(usize, u8, usize)]) -> Vec<(usize, &'l str, usize)> {
    let mut words: Vec<(usize, usize, usize)> = Vec::new();
    for (at, letter, depth) in code {
        if !(letter.is_ascii_alphanumeric() || *letter == b'_') {
            continue;
        }
        match words.last_mut() {
            Some((_, end, _)) if *end == *at => *end += 1,
            _ => words.push((*at, at + 1, *depth)),
        }
    }
    let text = |(at, end, depth): (usize, usize, usize)| (at, &line[at..end], depth);
    words.into_iter().map(text).collect()
}

/// `except:` as what it says: everything that can be raised.
pub(in super::super) fn everything(
    finding: &Finding,
    source: &Source<'_>,
    edits: &mut Edits,
) -> Result<(), String> {
    let line = source.line(finding.line)?;
    let indent = line.len() - line.trim_start().len();
    let bare = line[indent..].strip_prefix("except").map(str::trim_start);
    if !bare.is_some_and(|rest| rest.starts_with(':')) {
        return misfit("an except without a class");
    }
    let end = indent + "except".len();
    edits.replace(finding.line, end, end, " BaseException");
    Ok(())
}
