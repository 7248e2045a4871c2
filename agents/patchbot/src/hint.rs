//! What would have helped: a reason to abstain that teaches.

use crate::failure::Cause;
use crate::tool::Tool;
use crate::transcript::Transcript;
use crate::trust::tools_run;

/// For each tool that a failed step runs and that kept its wishes to itself,
/// how it would print them.
pub fn hints(transcript: &Transcript, cause: &Cause) -> Vec<String> {
    let mut hints: Vec<String> = Vec::new();
    for (index, _) in transcript.failed() {
        for tool in tools_run(transcript, index, cause) {
            if let Some(how) = how(tool).filter(|_| cause.allows(tool)) {
                let name = tool.name();
                let hint = format!(
                    "{name} failed, but its output does not show the change it wants; {how}."
                );
                if !hints.contains(&hint) {
                    hints.push(hint);
                }
            }
        }
    }
    hints
}

fn how(tool: Tool) -> Option<&'static str> {
    Some(match tool {
        Tool::Black => "with --check --diff it would",
        Tool::Isort => "with --check-only --diff it would",
        Tool::RuffFormat | Tool::Yapf => "with --diff it would",
        Tool::RuffCheck => "with --output-format=full it would, where it has a safe fix",
        Tool::Autopep8 => "with --diff --exit-code it would",
        Tool::Docformatter => "with --check --diff it would",
        Tool::Gofmt => "with -d in place of -l it would",
        Tool::Shfmt => "with -d it would",
        Tool::Terraform => "with -check -diff it would",
        Tool::ClangFormat => "git clang-format --diff would",
        Tool::PreCommit => "with --show-diff-on-failure it would",
        Tool::Prettier => {
            "it has no such option, but prettier --write and then git diff --exit-code would"
        }
        _ => return None,
    })
}
