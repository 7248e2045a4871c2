//! markdownlint's rules.

use super::python::{final_newline, trailing_blanks};
use super::{Finding, misfit};
use crate::text_edit::{Edits, Source};

mod inline;
mod lists;

/// Whether the rule has one remedy.
pub(super) fn knows(finding: &Finding) -> bool {
    const OWN: &[&str] = &[
        "MD009", "MD012", "MD018", "MD019", "MD022", "MD023", "MD026", "MD027", "MD031", "MD032",
        "MD034", "MD047",
    ];
    let code = finding.code.as_str();
    OWN.contains(&code) || lists::rule(code).is_some() || inline::rule(code).is_some()
}

type Rule = fn(&Finding, &Source<'_>, &mut Edits) -> Result<(), String>;

/// `[Expected: dash; Actual: asterisk]`
fn expected(finding: &Finding) -> Option<(&str, &str)> {
    let (_, rest) = finding.message.split_once("[Expected: ")?;
    let (expected, rest) = rest.split_once("; Actual: ")?;
    let end = rest.find([';', ']']).unwrap_or(rest.len());
    Some((expected, &rest[..end]))
}

/// Adds what mends the finding.
pub(super) fn mend(
    finding: &Finding,
    source: &Source<'_>,
    edits: &mut Edits,
) -> Result<(), String> {
    let line = source.line(finding.line)?;
    let number = finding.line;
    match finding.code.as_str() {
        "MD009" => trailing_blanks(finding, source, edits),
        "MD047" => final_newline(finding, source, edits),
        "MD012" => many_blanks(number, source, edits),
        "MD018" => {
            // What was text becomes a heading, and gets what headings need.
            let blank = |number: u64| {
                source
                    .find(number)
                    .is_none_or(|line| line.trim().is_empty())
            };
            if !blank(number - 1) {
                edits.insert_above(number, "");
            }
            if !blank(number + 1) {
                edits.insert_above(number + 1, "");
            }
            heading(finding, line, edits)
        }
        "MD019" | "MD023" => heading(finding, line, edits),
        "MD022" | "MD031" | "MD032" => surround(finding, source, edits),
        "MD026" => punctuation(number, line, edits),
        "MD027" => quote(number, line, edits),
        "MD034" => bare(finding, line, edits),
        code => match lists::rule(code).or_else(|| inline::rule(code)) {
            Some(rule) => rule(finding, source, edits),
            None => Err("the rule has more than one remedy".into()),
        },
    }
}

fn many_blanks(number: u64, source: &Source<'_>, edits: &mut Edits) -> Result<(), String> {
    let blank = |number: u64| {
        source
            .find(number)
            .is_some_and(|line| line.trim().is_empty())
    };
    if !blank(number) || !blank(number - 1) {
        return misfit("one blank line of several");
    }
    edits.remove(number);
    Ok(())
}

/// `#Title`, `#  Title`, ` # Title`
fn heading(finding: &Finding, line: &str, edits: &mut Edits) -> Result<(), String> {
    let text = line.trim_start();
    let indent = line.len() - text.len();
    let signs = text.len() - text.trim_start_matches('#').len();
    if !(1..=6).contains(&signs) || indent > 3 || text[signs..].trim().is_empty() {
        return misfit("a heading");
    }
    let blanks = text[signs..].len() - text[signs..].trim_start().len();
    if finding.code == "MD023" {
        edits.replace(finding.line, 0, indent, "");
    } else {
        edits.replace(finding.line, indent + signs, indent + signs + blanks, " ");
    }
    Ok(())
}

/// Blank lines around headings, fences and lists. Which side lacks one the
/// message says, or the place shows.
fn surround(finding: &Finding, source: &Source<'_>, edits: &mut Edits) -> Result<(), String> {
    let blank = |number: u64| {
        source
            .find(number)
            .is_none_or(|line| line.trim().is_empty())
    };
    let number = finding.line;
    // Inside of quotes and lists a blank line is not only a blank line.
    if source.line(number)?.starts_with(['>', ' ', '\t']) {
        return misfit("at the outermost level");
    }
    let wanted = |side: &str| finding.message.contains(&format!("; {side}]"));
    match finding.code.as_str() {
        "MD022" if wanted("Above") && !blank(number - 1) => edits.insert_above(number, ""),
        "MD022" if wanted("Below") && !blank(number + 1) => edits.insert_above(number + 1, ""),
        "MD031" | "MD032" if number > 1 && !blank(number - 1) && blank(number + 1) => {
            // A fence that ends, or a list's last line, lacks the line below.
            edits.insert_above(number, "");
        }
        "MD031" => fence(number, source, edits)?,
        "MD032" => list(number, source, edits)?,
        _ => return misfit("a heading without a blank line beside it"),
    }
    Ok(())
}

/// Whether a fence opens or closes here is told by counting those above.
fn fence(number: u64, source: &Source<'_>, edits: &mut Edits) -> Result<(), String> {
    let is_fence = |line: &str| line.starts_with("```");
    let above = source.lines().take_while(|(line, _)| *line < number);
    let opens = above.filter(|(_, line)| is_fence(line)).count() % 2 == 0;
    if !is_fence(source.line(number)?) {
        return misfit("a fence");
    }
    edits.insert_above(if opens { number } else { number + 1 }, "");
    Ok(())
}

/// The first line of a list lacks one above, or its last one below.
fn list(number: u64, source: &Source<'_>, edits: &mut Edits) -> Result<(), String> {
    let item = |line: &str| {
        let rest = line.trim_start_matches(|c: char| c.is_ascii_digit());
        let bullet = ["- ", "* ", "+ "].iter().any(|sign| line.starts_with(sign));
        bullet || (rest.len() < line.len() && rest.starts_with(". "))
    };
    let is_item = |number: u64| source.find(number).is_some_and(item);
    let blank = |number: u64| {
        source
            .find(number)
            .is_none_or(|line| line.trim().is_empty())
    };
    if !is_item(number) {
        return misfit("an item of a list");
    }
    if !is_item(number - 1) && !blank(number - 1) {
        edits.insert_above(number, "");
    } else if !is_item(number + 1) && !blank(number + 1) {
        edits.insert_above(number + 1, "");
    } else {
        return misfit("the edge of a list");
    }
    Ok(())
}

fn punctuation(number: u64, line: &str, edits: &mut Edits) -> Result<(), String> {
    let kept = line.trim_end_matches(['.', ',', ';', ':', '!', '。', '，', '；', '：', '！']);
    if !line.starts_with('#') || kept.len() == line.len() {
        return misfit("a heading that ends in punctuation");
    }
    edits.replace(number, kept.len(), line.len(), "");
    Ok(())
}

fn quote(number: u64, line: &str, edits: &mut Edits) -> Result<(), String> {
    let rest = line.strip_prefix('>').unwrap_or_default();
    let blanks = rest.len() - rest.trim_start_matches(' ').len();
    if blanks < 2 || blanks == rest.len() {
        return misfit("a quote with several blanks");
    }
    edits.replace(number, 2, 1 + blanks, "");
    Ok(())
}

/// `https://…` as `<https://…>`.
fn bare(finding: &Finding, line: &str, edits: &mut Edits) -> Result<(), String> {
    let context = finding.message.rsplit_once("[Context: \"");
    let url = context.and_then(|(_, rest)| rest.strip_suffix("\"]"));
    let url = url.filter(|url| url.starts_with("http") && !url.contains("..."));
    let url = url.ok_or("the message shows no whole address")?;
    let places: Vec<usize> = line.match_indices(url).map(|(at, _)| at).collect();
    let [at] = places[..] else {
        return misfit("a line that has the address once");
    };
    edits.replace(finding.line, at, at + url.len(), format!("<{url}>"));
    Ok(())
}
