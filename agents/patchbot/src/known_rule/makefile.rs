//! Recipes that begin with blanks: make takes a tab and nothing else.

use super::{Finding, misfit};
use crate::places::places;
use crate::text_edit::{Edits, Source};
use crate::transcript::Step;

const RULE: &str = "missing-separator";

/// `Makefile:4: *** missing separator (did you mean TAB instead of 8 spaces?).
/// Stop.`
pub(super) fn read(step: &Step) -> Vec<Finding> {
    let read = places(&step.output).filter_map(|(place, log_line)| {
        let message = place.rest.strip_prefix("*** missing separator")?;
        Some(Finding {
            path: place.path.to_owned(),
            line: place.line,
            column: None,
            code: RULE.to_owned(),
            message: message.to_owned(),
            shown: None,
            log_line,
        })
    });
    read.collect()
}

pub(super) fn knows(finding: &Finding) -> bool {
    finding.code == RULE
}

/// A tab for the blanks of the recipe that is named, and of those behind it:
/// make stops at the first, and would name each of the others in turn.
pub(super) fn mend(
    finding: &Finding,
    source: &Source<'_>,
    edits: &mut Edits,
) -> Result<(), String> {
    let named = source.line(finding.line)?;
    let above = (1..finding.line)
        .rev()
        .filter_map(|number| source.find(number));
    let above = above.into_iter().find(|line| !line.trim().is_empty());
    let follows = above.is_some_and(|line| is_target(line) || is_recipe(line));
    if !named.starts_with(' ') || named.trim().is_empty() || !follows {
        return misfit("a recipe that begins with blanks");
    }
    let width = blanks(named);
    let (mut inside, mut goes_on) = (true, false);
    for number in finding.line.. {
        let Some(line) = source.find(number) else {
            break;
        };
        if inside && !goes_on && line.starts_with(' ') && !is_other(line) {
            edits.replace(number, 0, blanks(line).min(width), "\t");
        } else if !goes_on && !line.trim().is_empty() && !line.starts_with([' ', '\t', '#']) {
            inside = is_target(line);
        }
        goes_on = line.ends_with('\\');
    }
    Ok(())
}

fn blanks(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

fn is_recipe(line: &str) -> bool {
    line.starts_with('\t')
}

/// `name: what comes before`
fn is_target(line: &str) -> bool {
    let head = line
        .split_once(':')
        .filter(|(_, rest)| !rest.starts_with([':', '=']));
    let plain =
        |name: &str| !name.is_empty() && !name.starts_with([' ', '\t', '#']) && !name.contains('=');
    head.is_some_and(|(name, _)| plain(name))
}

/// What may begin with blanks below a target: conditions, comments, values.
fn is_other(line: &str) -> bool {
    const WORDS: [&str; 9] = [
        "ifeq", "ifneq", "ifdef", "ifndef", "else", "endif", "include", "define", "endef",
    ];
    let text = line.trim_start();
    let word = text.split([' ', '(']).next().unwrap_or_default();
    let value = text.split_once('=').is_some_and(|(name, _)| {
        let name = name.trim_end_matches([':', '?', '+', ' ']);
        !name.is_empty()
            && name
                .chars()
                .all(|letter| letter.is_alphanumeric() || letter == '_')
    });
    text.is_empty() || text.starts_with('#') || value || WORDS.contains(&word)
}
