//! eslint's rules, by name; those of its stylistic plug-in have the same.

use layout::{after_comma, blank_at, brace, debugger, empty_lines, keyword, operator, spaces};

use super::python::{final_newline, trailing_blanks};
use super::{Finding, is_name, misfit, name_at, offset};
use crate::text_edit::{Edits, Source};

pub(super) mod imports;
mod layout;
mod more;

/// The rule without the plug-in's name in front.
fn rule(finding: &Finding) -> &str {
    let code = finding.code.as_str();
    code.strip_prefix("@stylistic/")
        .or_else(|| code.strip_prefix("@typescript-eslint/"))
        .unwrap_or(code)
}

/// The message without its full stop, which some formatters take off.
fn text(finding: &Finding) -> &str {
    finding
        .message
        .strip_suffix('.')
        .unwrap_or(&finding.message)
}

/// Whether the rule has one remedy.
pub(super) fn knows(finding: &Finding) -> bool {
    let message = text(finding);
    match rule(finding) {
        "no-trailing-spaces" => true,
        "eol-last" => message.starts_with("Newline required"),
        "semi" => message == "Missing semicolon" || message == "Extra semicolon",
        "no-extra-semi" => true,
        "quotes" => message.ends_with("singlequote") || message.ends_with("doublequote"),
        "comma-dangle" => message.ends_with("trailing comma"),
        "prefer-const" => message.ends_with("Use 'const' instead"),
        "no-multiple-empty-lines" => message.starts_with("More than "),
        "no-multi-spaces" => message.starts_with("Multiple spaces found before"),
        "no-debugger" => true,
        "object-curly-spacing" => message.starts_with("A space is required"),
        "space-before-blocks" => message.starts_with("Missing space"),
        "keyword-spacing" => message.starts_with("Expected space"),
        "comma-spacing" => message == "A space is required after ','",
        "space-infix-ops" => message.starts_with("Operator '"),
        "no-unused-vars" => message.contains(" is defined but never used"),
        "dot-notation" => message.ends_with(" is better written in dot notation"),
        other => more::rule(other).is_some(),
    }
}

/// Adds what mends the finding.
pub(super) fn mend(
    finding: &Finding,
    source: &Source<'_>,
    edits: &mut Edits,
) -> Result<(), String> {
    match rule(finding) {
        "no-trailing-spaces" => return trailing_blanks(finding, source, edits),
        "eol-last" => return final_newline(finding, source, edits),
        _ => {}
    }
    let line = source.line(finding.line)?;
    let at = offset(finding, source)?;
    match rule(finding) {
        "semi" if text(finding) == "Missing semicolon" => semicolon(finding.line, at, line, edits),
        "semi" | "no-extra-semi" => no_semicolon(finding.line, at, line, edits),
        "quotes" => quotes(finding, at, line, edits),
        "comma-dangle" => comma(finding, at, line, edits),
        "prefer-const" => constant(finding, at, line, edits),
        "no-multiple-empty-lines" => empty_lines(finding, source, edits),
        "no-multi-spaces" => spaces(finding.line, at, line, edits),
        "no-debugger" => debugger(finding.line, line, edits),
        "object-curly-spacing" => brace(finding, at, line, edits),
        "space-before-blocks" => blank_at(finding.line, at, line, edits, '{'),
        "keyword-spacing" => keyword(finding, at, line, edits),
        "comma-spacing" => after_comma(finding.line, at, line, edits),
        "space-infix-ops" => operator(finding, at, line, edits),
        "no-unused-vars" => unused_import(finding, at, source, edits),
        "dot-notation" => dotted(finding, at, line, edits),
        other => match more::rule(other) {
            Some(rule) => rule(finding, source, edits),
            None => Err("the rule has more than one remedy".into()),
        },
    }
}

type Mended = Result<(), String>;

fn semicolon(number: u64, at: usize, line: &str, edits: &mut Edits) -> Mended {
    // The end of the statement is named, which is the end of its line.
    if !line[at..].trim().is_empty() || line[..at].trim_end().ends_with([';', '{', ',']) || at == 0
    {
        return misfit("the end of a statement");
    }
    edits.replace(number, at, at, ";");
    Ok(())
}

fn no_semicolon(number: u64, at: usize, line: &str, edits: &mut Edits) -> Mended {
    if !line[at..].starts_with(';') || !line[at + 1..].trim().is_empty() {
        return misfit("a semicolon at the end of a line");
    }
    edits.replace(number, at, at + 1, "");
    Ok(())
}

/// Other quotes around a text that has neither kind nor an escape inside.
fn quotes(finding: &Finding, at: usize, line: &str, edits: &mut Edits) -> Mended {
    let new = if text(finding).ends_with("singlequote") {
        '\''
    } else {
        '"'
    };
    let old = line[at..]
        .chars()
        .next()
        .filter(|c| "'\"`".contains(*c) && *c != new);
    let old = old.ok_or("the place is not a text in other quotes")?;
    let length = line[at + 1..]
        .find(old)
        .ok_or("the text does not end in its line")?;
    let text = &line[at + 1..at + 1 + length];
    if text.contains(['\\', '\'', '"', '`', '$']) {
        return misfit("a text without quotes inside");
    }
    edits.replace(finding.line, at, at + 1, new);
    edits.replace(finding.line, at + 1 + length, at + 2 + length, new);
    Ok(())
}

fn comma(finding: &Finding, at: usize, line: &str, edits: &mut Edits) -> Mended {
    if text(finding) == "Missing trailing comma" {
        if !line[at..].trim().is_empty() || line[..at].ends_with(',') {
            return misfit("the end of an element");
        }
        edits.replace(finding.line, at, at, ",");
        return Ok(());
    }
    if !line[at..].starts_with(',') {
        return misfit("a trailing comma");
    }
    edits.replace(finding.line, at, at + 1, "");
    Ok(())
}

/// `let x = 1` of one name that is never set again.
fn constant(finding: &Finding, at: usize, line: &str, edits: &mut Edits) -> Mended {
    let head = line[..at].strip_suffix(' ').unwrap_or_default();
    let word = head
        .strip_suffix("let")
        .or_else(|| head.strip_suffix("var"));
    let start = word
        .filter(|before| !before.ends_with(is_name))
        .map(str::len);
    let name = name_at(line, at);
    let rest = line[at + name.len()..].trim_start();
    // `let a = 1, b;` declares another that may be set again.
    let alone = rest.starts_with("= ") && !top_level_comma(rest);
    match start.filter(|_| alone && !name.is_empty()) {
        Some(start) => {
            edits.replace(finding.line, start, start + 3, "const");
            Ok(())
        }
        None => misfit("a declaration of one name with its value"),
    }
}

fn top_level_comma(text: &str) -> bool {
    let mut depth = 0_i32;
    for letter in text.chars() {
        match letter {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            // A comma in a text is none, but who knows where texts end.
            ',' if depth <= 0 => return true,
            _ => {}
        }
    }
    // What goes on in the next line may have one.
    depth > 0 || text.trim_end().ends_with(',')
}

/// The import of a name that is never used. Other unused names may have been
/// meant to be used.
fn unused_import(finding: &Finding, at: usize, source: &Source<'_>, edits: &mut Edits) -> Mended {
    let line = source.line(finding.line)?;
    let name = finding.message.split('\'').nth(1).unwrap_or_default();
    if name.is_empty() {
        return misfit("the name");
    }
    // These are taken out of their line all together.
    if imports::sees(line, name) {
        return Ok(());
    }
    if name_at(line, at) != name {
        return misfit("the name");
    }
    // `catch (error)` that does not look at it.
    let end = at + name.len();
    if line[..at].ends_with("catch (") && line[end..].starts_with(") {") {
        edits.replace(finding.line, at - 1, end + 2, "");
        return Ok(());
    }
    if super::typescript::drop_member(finding.line, name, source, edits) {
        return Ok(());
    }
    super::typescript::drop_import(finding.line, at, name, line, edits)
}

/// `a["b"]` as `a.b`.
fn dotted(finding: &Finding, at: usize, line: &str, edits: &mut Edits) -> Mended {
    let name = finding.message.split(['[', ']']).nth(1).unwrap_or_default();
    let bare = name.trim_matches(['"', '\'']);
    let from = [Some(at), at.checked_sub(1)]
        .into_iter()
        .flatten()
        .find(|from| line[*from..].starts_with(&format!("[{name}]")));
    match from {
        Some(from) if !bare.is_empty() && bare.chars().all(is_name) => {
            edits.replace(
                finding.line,
                from,
                from + name.len() + 2,
                format!(".{bare}"),
            );
            Ok(())
        }
        _ => misfit("a member in brackets"),
    }
}
