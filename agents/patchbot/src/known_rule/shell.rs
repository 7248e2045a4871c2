//! shellcheck's rules that have one remedy.

use super::{Finding, is_name, misfit, offset};
use crate::text_edit::{Edits, Source};

pub(crate) mod splitting;

type Rule = fn(&Finding, &Source<'_>, &mut Edits) -> Result<(), String>;

#[rustfmt::skip]
fn rule(code: &str) -> Option<Rule> {
    Some(match code {
        "SC2086" | "SC2248" => quoted,
        "SC2068" | "SC2048" => all_arguments,
        "SC2006" => dollar,
        "SC2164" => or_exit,
        "SC2162" => raw_read,
        "SC2004" => bare_in_arithmetic,
        "SC2236" | "SC2237" => not_negated,
        "SC3014" => one_equals,
        "SC2196" | "SC2197" => plain_grep,
        "SC2155" => apart,
        "SC2166" => two_tests,
        "SC2115" => must_be_set,
        "SC2005" => without_echo,
        "SC2045" => pattern,
        "SC2046" => quoted_command,
        _ => return None,
    })
}

/// Whether the rule has one remedy.
pub(super) fn knows(finding: &Finding) -> bool {
    rule(&finding.code).is_some()
}

/// Adds what mends the finding.
pub(super) fn mend(
    finding: &Finding,
    source: &Source<'_>,
    edits: &mut Edits,
) -> Result<(), String> {
    match rule(&finding.code) {
        Some(rule) => rule(finding, source, edits),
        None => Err("the rule has more than one remedy".into()),
    }
}

/// How long the variable is that a text begins with: `$a`, `${a}`, `$1`, `$@`.
fn variable(text: &str) -> Option<usize> {
    let rest = text.strip_prefix('$')?;
    if let Some(inner) = rest.strip_prefix('{') {
        let end = inner.find('}')?;
        return (!inner[..end].contains(['{', '"', '\'', '`'])).then_some(end + 3);
    }
    match rest.chars().next()? {
        '@' | '*' | '#' | '?' | '-' | '$' | '!' | '0'..='9' => Some(2),
        first if is_name(first) => {
            Some(1 + rest.find(|letter| !is_name(letter)).unwrap_or(rest.len()))
        }
        _ => None,
    }
}

/// Whether a place is outside of the quotes of its line.
fn is_bare(line: &str, at: usize) -> bool {
    let (mut quote, mut escaped) = (None, false);
    for letter in line[..at].chars() {
        match (quote, letter) {
            _ if escaped => escaped = false,
            (None | Some('"'), '\\') => escaped = true,
            (Some(open), close) if open == close => quote = None,
            (None, '"' | '\'') => quote = Some(letter),
            _ => {}
        }
    }
    quote.is_none()
}

fn found<'l>(finding: &Finding, source: &Source<'l>) -> Result<(&'l str, usize), String> {
    let line = source.line(finding.line)?;
    let at = offset(finding, source)?;
    if line.get(at..).is_none_or(str::is_empty) {
        return misfit("inside of its line");
    }
    Ok((line, at))
}

/// `$a` as `"$a"`.
fn quoted(finding: &Finding, source: &Source<'_>, edits: &mut Edits) -> Result<(), String> {
    let (line, at) = found(finding, source)?;
    let length = variable(&line[at..]);
    let name = length.map(|length| line[at..at + length].trim_matches(['$', '{', '}']));
    let script = || source.lines().map(|(_, line)| line);
    // An array in quotes keeps its words apart.
    let name = name.filter(|name| !name.contains('['));
    if name.is_some_and(|name| splitting::may_be_several(name, script())) {
        return misfit("a variable of one word");
    }
    match length {
        Some(length) if is_bare(line, at) => {
            edits.replace(
                finding.line,
                at,
                at + length,
                format!("\"{}\"", &line[at..at + length]),
            );
            Ok(())
        }
        _ => misfit("a variable without quotes"),
    }
}

/// `$@` and `$*` as `"$@"`.
fn all_arguments(finding: &Finding, source: &Source<'_>, edits: &mut Edits) -> Result<(), String> {
    let (line, at) = found(finding, source)?;
    let text = &line[at..];
    if is_bare(line, at) && (text.starts_with("$@") || text.starts_with("$*")) {
        edits.replace(finding.line, at, at + 2, "\"$@\"");
        return Ok(());
    }
    match variable(text).filter(|length| text[..*length].ends_with("[@]}")) {
        Some(_) if is_bare(line, at) => quoted(finding, source, edits),
        _ => misfit("all arguments without quotes"),
    }
}

/// `` `a` `` as `$(a)`, where nothing inside is escaped.
fn dollar(finding: &Finding, source: &Source<'_>, edits: &mut Edits) -> Result<(), String> {
    let (line, at) = found(finding, source)?;
    let inner = line[at..]
        .strip_prefix('`')
        .and_then(|rest| rest.split_once('`'));
    match inner {
        Some((command, _)) if !command.contains('\\') && !command.is_empty() => {
            edits.replace(finding.line, at, at + 1, "$(");
            let end = at + 1 + command.len();
            edits.replace(finding.line, end, end + 1, ")");
            Ok(())
        }
        _ => misfit("a command in back quotes"),
    }
}

/// `cd a` as `cd a || exit`, or `|| return` in a function.
fn or_exit(finding: &Finding, source: &Source<'_>, edits: &mut Edits) -> Result<(), String> {
    let (line, at) = found(finding, source)?;
    let command = line[at..].trim_end();
    let known = ["cd", "pushd", "popd"].iter().any(|word| {
        let rest = command.strip_prefix(word);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
    });
    if !known || command.contains([';', '&', '|', '#', '\\', ')', '}', '`']) {
        return misfit("a change of directory at the end of its line");
    }
    let end = at + command.len();
    edits.replace(finding.line, end, end, " || exit");
    Ok(())
}

/// `read a` as `read -r a`.
fn raw_read(finding: &Finding, source: &Source<'_>, edits: &mut Edits) -> Result<(), String> {
    let (line, at) = found(finding, source)?;
    let rest = line[at..].strip_prefix("read");
    if rest.is_none_or(|rest| rest.starts_with(is_name)) {
        return misfit("a read");
    }
    edits.replace(finding.line, at + 4, at + 4, " -r");
    Ok(())
}

/// `$((a + $b))` as `$((a + b))`.
fn bare_in_arithmetic(
    finding: &Finding,
    source: &Source<'_>,
    edits: &mut Edits,
) -> Result<(), String> {
    let (line, at) = found(finding, source)?;
    let length = variable(&line[at..]).unwrap_or_default();
    let name = line[at..at + length]
        .trim_start_matches(['$', '{'])
        .trim_end_matches('}');
    let plain = name.starts_with(|first: char| first.is_alphabetic() || first == '_');
    if !plain || !name.chars().all(is_name) {
        return misfit("a variable of a sum");
    }
    edits.replace(finding.line, at, at + length, name);
    Ok(())
}

/// `[ ! -z a ]` as `[ -n a ]`.
fn not_negated(finding: &Finding, source: &Source<'_>, edits: &mut Edits) -> Result<(), String> {
    let line = source.line(finding.line)?;
    let pairs = [("! -z ", "-n "), ("! -n ", "-z ")];
    let found: Vec<(usize, &str)> = pairs
        .iter()
        .flat_map(|(old, new)| line.match_indices(old).map(|(at, _)| (at, *new)))
        .collect();
    match found[..] {
        [(at, new)] => {
            edits.replace(finding.line, at, at + 5, new);
            Ok(())
        }
        _ => misfit("one negated test"),
    }
}

/// `==` as `=`, which every shell knows.
fn one_equals(finding: &Finding, source: &Source<'_>, edits: &mut Edits) -> Result<(), String> {
    let line = source.line(finding.line)?;
    let places: Vec<usize> = line.match_indices(" == ").map(|(at, _)| at).collect();
    match places[..] {
        [at] => {
            edits.replace(finding.line, at + 1, at + 3, "=");
            Ok(())
        }
        _ => misfit("one comparison"),
    }
}

/// `egrep` and `fgrep` by the names they have now.
fn plain_grep(finding: &Finding, source: &Source<'_>, edits: &mut Edits) -> Result<(), String> {
    let (line, at) = found(finding, source)?;
    let new = match line.get(at..at + 5) {
        Some("egrep") => "grep -E",
        Some("fgrep") => "grep -F",
        _ => return misfit("a search by an old name"),
    };
    edits.replace(finding.line, at, at + 5, new);
    Ok(())
}

/// `local a=$(b)` as `local a` and `a=$(b)`. Where the script stops at a
/// failure this would be one more place to stop at.
fn apart(finding: &Finding, source: &Source<'_>, edits: &mut Edits) -> Result<(), String> {
    let line = source.line(finding.line)?;
    let text = line.trim_start();
    let indent = &line[..line.len() - text.len()];
    let stops = |line: &str| {
        let set = line.trim_start().starts_with("set -") && line.contains('e');
        set || (line.starts_with("#!") && line.contains(" -"))
    };
    let plain = ["local ", "export ", "declare ", "readonly ", "typeset "]
        .iter()
        .find_map(|word| Some((*word, text.strip_prefix(word)?)));
    let Some((word, assignment)) = plain.filter(|_| !source.lines().any(|(_, line)| stops(line)))
    else {
        return misfit("a declaration in a script that goes on after failures");
    };
    let (name, value) = assignment
        .split_once('=')
        .ok_or("the declaration sets nothing")?;
    let closed = value.matches("$(").count() + value.matches('`').count() / 2;
    let single =
        value.matches('=').count() == 0 && closed == 1 && !value.contains([';', '#', '\\']);
    let late = word == "readonly " && name.chars().all(is_name);
    if !name.chars().all(is_name) || name.is_empty() || !single {
        return misfit("a declaration of one name");
    }
    let new = match (word, late) {
        ("readonly " | "export ", _) => format!("{indent}{assignment}\n{indent}{word}{name}"),
        _ => format!("{indent}{word}{name}\n{indent}{assignment}"),
    };
    edits.replace(finding.line, 0, line.len(), new);
    Ok(())
}

/// `[ a -a b ]` as `[ a ] && [ b ]`.
fn two_tests(finding: &Finding, source: &Source<'_>, edits: &mut Edits) -> Result<(), String> {
    let line = source.line(finding.line)?;
    let pairs = [(" -a ", " ] && [ "), (" -o ", " ] || [ ")];
    let found: Vec<(usize, &str)> = pairs
        .iter()
        .flat_map(|(old, new)| line.match_indices(old).map(|(at, _)| (at, *new)))
        .filter(|(at, _)| is_bare(line, *at))
        .collect();
    let grouped = line.contains("\\(") || line.contains("[[") || line.contains("[ ! ");
    let tests = line.matches("[ ").count() == 1 && line.matches(" ]").count() == 1;
    let joined = line.contains("&&") || line.contains("||");
    match found[..] {
        [(at, new)] if tests && !grouped && !joined => {
            edits.replace(finding.line, at, at + 4, new);
            Ok(())
        }
        _ => misfit("one test of two parts"),
    }
}

/// `rm -rf "$a/"*` as `rm -rf "${a:?}/"*`.
fn must_be_set(finding: &Finding, source: &Source<'_>, edits: &mut Edits) -> Result<(), String> {
    let (line, at) = found(finding, source)?;
    let rest = &line[at..];
    let from = at + rest.len() - rest.trim_start_matches('"').len();
    let length = variable(&line[from..]).unwrap_or_default();
    let name = line[from..from + length]
        .trim_start_matches(['$', '{'])
        .trim_end_matches('}');
    let plain = name.starts_with(|first: char| first.is_alphabetic() || first == '_');
    if !plain || !name.chars().all(is_name) {
        return misfit("a variable");
    }
    edits.replace(finding.line, from, from + length, format!("${{{name}:?}}"));
    Ok(())
}

/// The command that a text begins with in `$(…)` or back quotes: its length
/// with the signs, and what is inside.
fn substituted(text: &str) -> Option<(usize, &str)> {
    if let Some(rest) = text.strip_prefix('`') {
        let (inner, _) = rest.split_once('`')?;
        return (!inner.contains('\\')).then_some((inner.len() + 2, inner));
    }
    let rest = text
        .strip_prefix("$(")
        .filter(|rest| !rest.starts_with('('))?;
    let (mut depth, mut quote) = (0_usize, None);
    for (at, letter) in rest.char_indices() {
        match (quote, letter) {
            (_, '\\') => return None,
            (Some(open), close) if open == close => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(letter),
            (None, '(') => depth += 1,
            (None, ')') if depth == 0 => return Some((at + 3, &rest[..at])),
            (None, ')') => depth -= 1,
            (None, _) => {}
        }
    }
    None
}

/// `echo $(a)` as `a`.
fn without_echo(finding: &Finding, source: &Source<'_>, edits: &mut Edits) -> Result<(), String> {
    let (line, at) = found(finding, source)?;
    let head = line[..at].strip_suffix("echo ");
    match (head, substituted(&line[at..])) {
        (Some(head), Some((length, inner))) if line[at + length..].trim().is_empty() => {
            edits.replace(finding.line, head.len(), at + length, inner);
            Ok(())
        }
        _ => misfit("an echo of a command alone"),
    }
}

/// `for a in $(ls *.txt)` as `for a in *.txt`.
fn pattern(finding: &Finding, source: &Source<'_>, edits: &mut Edits) -> Result<(), String> {
    let (line, at) = found(finding, source)?;
    let inner = substituted(&line[at..]);
    let names = inner.and_then(|(length, inner)| Some((length, inner.strip_prefix("ls ")?)));
    let plain = |names: &str| {
        let own = |c: char| is_name(c) || "*?./-[] ".contains(c);
        names.contains('*')
            && names.chars().all(own)
            && !names.contains(" -")
            && !names.starts_with('-')
    };
    match names.filter(|(_, names)| plain(names) && line[..at].ends_with(" in ")) {
        Some((length, names)) => {
            edits.replace(finding.line, at, at + length, names);
            Ok(())
        }
        None => misfit("a loop over a pattern"),
    }
}

/// `$(a)` as `"$(a)"`, of a command that does not print a list.
fn quoted_command(finding: &Finding, source: &Source<'_>, edits: &mut Edits) -> Result<(), String> {
    const LISTS: &[&str] = &[
        "find", "ls", "git", "grep", "cat", "seq", "xargs", "awk", "sed", "jq", "cut", "tr",
        "sort", "pgrep", "pidof", "docker", "kubectl", "echo", "printf", "comm", "diff",
    ];
    let (line, at) = found(finding, source)?;
    let Some((length, inner)) = substituted(&line[at..]).filter(|_| is_bare(line, at)) else {
        return misfit("a command without quotes");
    };
    let mut programs = inner
        .split(['|', ';', '&'])
        .filter_map(|part| part.split_whitespace().next());
    let list = programs.any(|program| LISTS.contains(&program)) || inner.trim().is_empty();
    if list || line.trim_start().starts_with("for ") {
        return misfit("a command that prints one word");
    }
    edits.replace(finding.line, at, at + length, format!("\"$({inner})\""));
    Ok(())
}
