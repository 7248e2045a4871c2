//! Calls around comprehensions and literals that say the same without the
//! call: flake8-comprehensions' rules, where the place is one of one line.

use super::super::{Finding, misfit, offset};
use crate::text_edit::{Edits, Source};

type Rule = fn(&Call<'_>) -> Option<String>;

#[rustfmt::skip]
fn rule(code: &str) -> Option<Rule> {
    Some(match code {
        "C400" | "C403" => generated,
        "C401" => set_of_generator,
        "C404" => dict_of_pairs,
        "C405" => set_of_literal,
        "C408" => empty_or_named,
        "C409" | "C410" => literal,
        "C411" => inner,
        "C414" => without_inner_call,
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
    let line = source.line(finding.line)?;
    let at = offset(finding, source)?;
    let layout = source.python()?;
    let code = layout.code(finding.line, line);
    let Some(call) = Call::at(line, at, &code) else {
        return misfit("a call of one line");
    };
    let new = rule(&finding.code).and_then(|rule| rule(&call));
    match new {
        Some(new) => {
            edits.replace(finding.line, at, call.end, new);
            Ok(())
        }
        None => misfit("a call that says the same without"),
    }
}

/// `name(argument)`
struct Call<'a> {
    name: &'a str,
    argument: &'a str,
    /// Behind the closing parenthesis.
    end: usize,
}

impl<'a> Call<'a> {
    fn at(line: &'a str, at: usize, code: &[(usize, u8, usize)]) -> Option<Self> {
        let open = at + line[at..].find('(')?;
        let name = &line[at..open];
        let known = ["list", "set", "dict", "tuple", "sorted"].contains(&name);
        let begin = code.iter().position(|(place, ..)| *place == open)?;
        let depth = code[begin].2;
        let mut after = code[begin + 1..].iter();
        let (close, ..) = after.find(|(_, letter, own)| *letter == b')' && *own == depth)?;
        // A text may hold what looks like code.
        let plain = !line[at..*close].contains(['"', '\'', '#', '\\']);
        (known && plain).then(|| Call {
            name,
            argument: line[open + 1..*close].trim(),
            end: close + 1,
        })
    }

    /// What stands in the one pair of brackets that is the whole argument.
    fn within(&self, open: char, close: char) -> Option<&'a str> {
        let inner = self.argument.strip_prefix(open)?.strip_suffix(close)?;
        let mut depth = 0_i32;
        for letter in inner.chars() {
            match letter {
                '(' | '[' | '{' => depth += 1,
                ')' | ']' | '}' => depth -= 1,
                _ => {}
            }
            if depth < 0 {
                return None;
            }
        }
        (depth == 0).then(|| inner.trim())
    }
}

fn is_generator(text: &str) -> bool {
    text.contains(" for ") && text.contains(" in ") && !text.starts_with("yield")
}

/// `list(x for x in y)` and `set([x for x in y])`
fn generated(call: &Call<'_>) -> Option<String> {
    match call.name {
        "list" if is_generator(call.argument) && call.within('[', ']').is_none() => {
            Some(format!("[{}]", call.argument))
        }
        "set" => {
            let inner = call.within('[', ']').filter(|text| is_generator(text))?;
            Some(format!("{{{inner}}}"))
        }
        _ => None,
    }
}

/// `set(x for x in y)`
fn set_of_generator(call: &Call<'_>) -> Option<String> {
    let plain = call.name == "set" && is_generator(call.argument);
    (plain && call.within('[', ']').is_none()).then(|| format!("{{{}}}", call.argument))
}

/// `dict([(k, v) for k, v in y])`
fn dict_of_pairs(call: &Call<'_>) -> Option<String> {
    let inner = call.within('[', ']').filter(|_| call.name == "dict")?;
    let close = inner.find(')')?;
    let pair = inner.strip_prefix('(')?.get(..close - 1)?;
    let rest = &inner[close + 1..];
    let (key, value) = pair.split_once(',')?;
    let plain = !pair.contains(['(', '[', '{']) && value.matches(',').count() == 0;
    let follows = rest.trim_start().starts_with("for ");
    (plain && follows).then(|| format!("{{{}: {}{rest}}}", key.trim(), value.trim()))
}

/// `set([1, 2])`
fn set_of_literal(call: &Call<'_>) -> Option<String> {
    let inner = call.within('[', ']').or_else(|| call.within('(', ')'))?;
    let inner = inner.trim_end_matches(',');
    let plain = call.name == "set" && !inner.is_empty() && !inner.contains(" for ");
    plain.then(|| format!("{{{inner}}}"))
}

/// `dict()`, `list()`, `tuple()`, and `dict(a=1)`
fn empty_or_named(call: &Call<'_>) -> Option<String> {
    let empty = match call.name {
        "dict" => "{}",
        "list" => "[]",
        "tuple" => "()",
        _ => return None,
    };
    call.argument.is_empty().then(|| empty.to_owned())
}

/// `tuple([1, 2])`, `list((1, 2))`
fn literal(call: &Call<'_>) -> Option<String> {
    let inner = call.within('[', ']').or_else(|| call.within('(', ')'))?;
    let several = inner.contains(',');
    if inner.contains(" for ") {
        return None;
    }
    match call.name {
        "tuple" if several || inner.is_empty() => Some(format!("({inner})")),
        "tuple" => Some(format!("({inner},)")),
        "list" => Some(format!("[{}]", inner.trim_end_matches(','))),
        _ => None,
    }
}

/// `list([x for x in y])`
fn inner(call: &Call<'_>) -> Option<String> {
    call.within('[', ']')?;
    (call.name == "list").then(|| call.argument.to_owned())
}

/// `sorted(list(x))`, `set(sorted(x))`
fn without_inner_call(call: &Call<'_>) -> Option<String> {
    let calls = ["list(", "tuple(", "sorted(", "reversed("];
    let inner = calls
        .iter()
        .find_map(|name| call.argument.strip_prefix(name))?;
    let argument = inner.strip_suffix(')')?;
    let plain = !argument.contains(['(', ')', ',', '=']);
    (plain && matches!(call.name, "sorted" | "set" | "list" | "tuple"))
        .then(|| format!("{}({argument})", call.name))
}
