//! How many findings a tool says there are: mending fewer leaves it failing,
//! and more are not its own.

use crate::candidate::Refusal;
use crate::tool::Tool;
use crate::transcript::Step;

/// Refuses where the tool counts otherwise. Not every tool counts.
pub(super) fn check(tool: Tool, read: usize, step: &Step) -> Result<(), Refusal> {
    let lines = step.output.lines();
    let lines = lines.filter_map(|line| std::str::from_utf8(line.text).ok());
    let warnings = super::read::fails_by_warnings(step);
    let counts = lines.filter_map(|line| announced(tool, line, warnings));
    let counts: Vec<usize> = counts.collect();
    let total: usize = counts.iter().sum();
    if counts.is_empty() || total == read {
        return Ok(());
    }
    Err(Refusal(format!(
        "it says that its findings are {total}, and {read} are all that was read of them"
    )))
}

fn announced(tool: Tool, line: &str, warnings: bool) -> Option<usize> {
    let number = |text: &str| text.split(' ').next()?.parse().ok();
    match tool {
        // `Found 3 errors in 2 files (checked 9 source files)`
        Tool::RuffCheck | Tool::Mypy | Tool::Tsc => {
            let rest = line.strip_prefix("Found ")?;
            rest.contains(" error").then(|| number(rest))?
        }
        // `✖ 21 problems (20 errors, 1 warning)`
        Tool::Eslint => {
            let rest = line.strip_prefix("✖ ")?;
            match warnings {
                true => number(rest),
                false => rest.split_once('(').and_then(|(_, rest)| number(rest)),
            }
        }
        // `3 errors, 0 warnings, 0 informations`
        Tool::Pyright => line.contains(" warning").then(|| number(line))?,
        _ => None,
    }
}
