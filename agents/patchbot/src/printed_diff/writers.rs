//! Who rewrote the tree before `git diff --exit-code` looked at it.
//!
//! The diff shows whatever changed since the checkout, also what an
//! installation or a test left. It is a wish only where something ran whose
//! work is to rewrite these files.

use crate::candidate::Refusal;
use crate::command::{Role, commands, role};
use crate::tool::Tool;
use crate::transcript::Step;

/// Words in the name of a target or a script that rewrites files.
const REWRITING: &[&str] = &[
    "fmt",
    "format",
    "generate",
    "gen",
    "codegen",
    "generated",
    "tidy",
    "docs",
    "schema",
    "sort",
    "fix",
    "update",
    "sync",
    "manifests",
    "license",
    "headers",
    "proto",
    "bindings",
    "types",
    "openapi",
    "regenerate",
    "autogen",
];

/// Whether each path belongs to a formatter that ran in these steps, or a
/// generator ran.
pub(super) fn check<'a>(
    steps: &[Step],
    paths: impl Iterator<Item = &'a str>,
) -> Result<(), Refusal> {
    let mut tools: Vec<Tool> = Vec::new();
    let mut generators = false;
    for command in steps.iter().flat_map(|step| commands(&step.script)) {
        match role(&command) {
            Role::Tool(Tool::GitDiff | Tool::GitCheck)
            | Role::Neutral
            | Role::Test
            | Role::Compiled(_) => {
                generators |= is_tidy(&command.words);
            }
            // These read, unless they are told to write.
            Role::Tool(tool)
                if tool.reads_code() || matches!(tool, Tool::Pylint | Tool::Hadolint) =>
            {
                if command.words.iter().any(|word| word == "--fix") {
                    tools.push(tool);
                }
            }
            Role::Tool(tool) => tools.push(tool),
            Role::Wrapper => generators |= rewrites(&command.words),
        }
    }
    for path in paths {
        if !generators && !tools.iter().any(|tool| tool.owns(path)) {
            return Err(Refusal(format!(
                "git shows {path} as changed, but nothing is known to have run that rewrites it"
            )));
        }
    }
    Ok(())
}

fn rewrites(words: &[String]) -> bool {
    let parts = words
        .iter()
        .flat_map(|word| word.split(|character: char| !character.is_ascii_alphanumeric()));
    parts.into_iter().any(|part| REWRITING.contains(&part))
}

/// `go mod tidy`
fn is_tidy(words: &[String]) -> bool {
    words
        .iter()
        .map(String::as_str)
        .take(3)
        .eq(["go", "mod", "tidy"])
}
