//! Expressions that say the same in another way, in words that the tool prints
//! or that leave no choice.

use super::super::{Finding, is_name, misfit};
use crate::text_edit::{Edits, Source};

/// `Use 'k not in d' instead of 'not k in d'`
pub(in super::super) fn as_told(
    finding: &Finding,
    source: &Source<'_>,
    edits: &mut Edits,
) -> Result<(), String> {
    let line = source.line(finding.line)?;
    let told = finding.message.strip_prefix("Use '");
    let (new, old) = told
        .and_then(|rest| rest.split_once("' instead of '"))
        .ok_or("the message does not say what to write")?;
    let old = old.split_once('\'').map_or(old, |(old, _)| old);
    let places: Vec<usize> = line.match_indices(old).map(|(at, _)| at).collect();
    let [at] = places[..] else {
        return misfit("a line that has this once");
    };
    // A part of a longer expression may bind otherwise.
    let apart = |text: &str| !text.starts_with(['.', '(', '[']) && !text.starts_with(is_name);
    let before = line[..at].ends_with(|letter: char| is_name(letter) || letter == '.');
    if before || !apart(&line[at + old.len()..]) || old.is_empty() || new.contains('\n') {
        return misfit("a whole expression");
    }
    edits.replace(finding.line, at, at + old.len(), new);
    Ok(())
}

/// `type(a) == type(b)` with `is`: classes are compared by what they are.
pub(in super::super) fn same_class(
    finding: &Finding,
    source: &Source<'_>,
    edits: &mut Edits,
) -> Result<(), String> {
    let line = source.line(finding.line)?;
    let code = source.python()?.code(finding.line, line);
    let signs: Vec<(usize, u8)> = code
        .windows(2)
        .filter(|pair| {
            matches!(pair[0].1, b'=' | b'!') && pair[1] == (pair[0].0 + 1, b'=', pair[0].2)
        })
        .map(|pair| (pair[0].0, pair[0].1))
        .collect();
    let [(at, sign)] = signs[..] else {
        return misfit("one comparison");
    };
    let (left, right) = (line[..at].trim_end(), line[at + 2..].trim_start());
    let blanks = line[..at].ends_with(' ') && line[at + 2..].starts_with(' ');
    let of_left = left.ends_with(')')
        && left
            .rfind("type(")
            .is_some_and(|open| is_call(&left[open..]));
    let named = right
        .split(|letter| !is_name(letter))
        .next()
        .unwrap_or_default();
    let class = [
        "str", "int", "float", "bool", "dict", "list", "tuple", "set", "bytes", "type",
    ];
    if !blanks || !of_left || !class.contains(&named) {
        return misfit("a comparison of classes");
    }
    edits.replace(
        finding.line,
        at,
        at + 2,
        if sign == b'!' { "is not" } else { "is" },
    );
    Ok(())
}

/// Whether a text is one call to its end.
fn is_call(text: &str) -> bool {
    let mut depth = 0_i32;
    let closes = text.char_indices().find(|(_, letter)| {
        match letter {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => return false,
        }
        depth == 0
    });
    closes.is_some_and(|(at, _)| at + 1 == text.len())
}

/// `f = lambda x: y` as a function of that name, set apart as pycodestyle
/// wants it.
pub(in super::super) fn function(
    finding: &Finding,
    source: &Source<'_>,
    edits: &mut Edits,
) -> Result<(), String> {
    let line = source.line(finding.line)?;
    let text = line.trim_start();
    let indent = &line[..line.len() - text.len()];
    let parts = text
        .split_once('=')
        .map(|(name, value)| (name.trim(), value.trim()));
    let lambda = parts.and_then(|(name, value)| {
        let lambda = value.strip_prefix("lambda")?;
        let (parameters, body) = lambda.split_once(':')?;
        Some((name, parameters.trim(), body.trim()))
    });
    let whole = source.python()?.is_whole(finding.line) && !line.contains('#');
    let Some((name, parameters, body)) = lambda.filter(|_| whole) else {
        return misfit("a lambda that is given a name in one line");
    };
    let plain = |letter: char| is_name(letter) || ", *=".contains(letter);
    if !name.chars().all(is_name) || !parameters.chars().all(plain) || body.is_empty() {
        return misfit("a lambda of plain parameters");
    }
    let blank = |number: Option<u64>| {
        let line = number.and_then(|number| source.find(number));
        line.is_none_or(|line| line.trim().is_empty())
    };
    let above = finding.line.checked_sub(1).filter(|above| *above > 0);
    let opens = above
        .and_then(|above| source.find(above))
        .is_none_or(|line| line.trim_end().ends_with(':'));
    let wanted = if indent.is_empty() { 2 } else { 1 };
    let before = (1..=wanted).take_while(|up| blank(finding.line.checked_sub(*up)));
    let missing = match opens {
        true => 0,
        false => wanted as usize - before.count(),
    };
    let after = (1..=2)
        .take_while(|down| blank(Some(finding.line + down)))
        .count();
    let gap = if indent.is_empty() { 2 - after } else { 0 };
    let new = format!(
        "{}{indent}def {name}({parameters}):\n{indent}    return {body}{}",
        "\n".repeat(missing),
        "\n".repeat(gap),
    );
    edits.replace(finding.line, 0, line.len(), new);
    Ok(())
}
