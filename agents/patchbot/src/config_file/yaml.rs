//! YAML that lacks a blank, or has one too few in front of a key.

use crate::transcript::Step;
use crate::workspace::Workspace;

/// Lines above the place that is named in which the cause may be.
const MAX_ABOVE: usize = 2;

pub(super) fn mend(path: &str, text: &str, step: &Step, _: &dyn Workspace) -> Option<String> {
    if !path.ends_with(".yml") && !path.ends_with(".yaml") {
        return None;
    }
    let number = super::lines(step).find_map(place)?;
    let lines: Vec<&str> = text.split('\n').collect();
    let near = number.saturating_sub(1 + MAX_ABOVE)..number.min(lines.len());
    let colons: Vec<usize> = near.filter(|at| lacks_blank(lines[*at])).collect();
    match colons[..] {
        [at] => {
            let new = lines[at].replacen(':', ": ", 1);
            Some(with(&lines, at, &new))
        }
        [] => shifted(&lines, number.checked_sub(1)?),
        _ => None,
    }
}

/// The line of the first error that is one of syntax: `4:3  error  syntax
/// error: …`, `in "config/app.yml", line 4, column 3`.
fn place(line: &str) -> Option<usize> {
    if line.contains("syntax error") {
        let (place, _) = line.trim_start().split_once(' ')?;
        let place = place.trim_end_matches(':');
        let mut numbers = place.rsplit(':').filter_map(|part| part.parse().ok());
        let (last, before) = (numbers.next()?, numbers.next());
        return before.or(Some(last));
    }
    let (_, rest) = line.split_once("\", line ")?;
    rest.split(',').next()?.parse().ok()
}

/// `port:8080`, and no address.
fn lacks_blank(line: &str) -> bool {
    let text = line.trim_start();
    let text = text.strip_prefix("- ").unwrap_or(text);
    let Some((key, value)) = text.split_once(':') else {
        return false;
    };
    let plain = |c: char| c.is_alphanumeric() || "_-".contains(c);
    let word = !key.is_empty() && key.chars().all(plain);
    word && !value.is_empty() && !value.starts_with([' ', '/', ':']) && !value.contains(": ")
}

/// A key that is one blank off from those beside it.
fn shifted(lines: &[&str], at: usize) -> Option<String> {
    let depth = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let line = lines.get(at)?;
    let own = depth(line);
    let is_key = line
        .trim_start()
        .split_once(':')
        .is_some_and(|(key, _)| !key.contains(' '));
    let above = lines[..at]
        .iter()
        .rev()
        .filter(|line| !line.trim().is_empty());
    let mut levels: Vec<usize> = Vec::new();
    for line in above {
        let depth = depth(line);
        if levels.last().is_none_or(|last| depth < *last) {
            levels.push(depth);
        }
    }
    let near: Vec<usize> = levels
        .into_iter()
        .filter(|level| level.abs_diff(own) == 1)
        .collect();
    // Of two levels the one that what stands below is one step deeper than.
    let below = lines[at + 1..].iter().find(|line| !line.trim().is_empty());
    let step = lines
        .iter()
        .map(|line| depth(line))
        .filter(|depth| *depth > 1)
        .min();
    let parent = below
        .zip(step)
        .and_then(|(below, step)| depth(below).checked_sub(step));
    let parents: Vec<usize> = near
        .iter()
        .copied()
        .filter(|level| parent == Some(*level))
        .collect();
    let near = if near.len() > 1 { parents } else { near };
    match near[..] {
        [wanted] if is_key => {
            let new = format!("{}{}", " ".repeat(wanted), line.trim_start());
            Some(with(lines, at, &new))
        }
        _ => None,
    }
}

fn with(lines: &[&str], at: usize, new: &str) -> String {
    let mut lines = lines.to_vec();
    lines[at] = new;
    lines.join("\n")
}
