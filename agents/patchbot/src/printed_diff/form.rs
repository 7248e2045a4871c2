//! Who prints diffs in which form.

use super::diff::{FileDiff, Form};
use crate::tool::Tool;
use crate::trust::Trust;

/// The tool a diff is from: of those whose form it has, the one that the step
/// runs.
pub(super) fn printed_by(diff: &FileDiff, trust: &Trust) -> Option<Tool> {
    let possible = tools(diff.form).iter().copied();
    let allowed: Vec<Tool> = possible.filter(|tool| trust.believes(*tool)).collect();
    let owner = allowed.iter().find(|tool| tool.owns(&diff.path));
    owner.or(allowed.first()).copied()
}

fn tools(form: Form) -> &'static [Tool] {
    match form {
        Form::Rustfmt | Form::OldRustfmt => &[Tool::Rustfmt],
        Form::Stylua => &[Tool::Stylua],
        Form::Black => &[Tool::Black],
        Form::Isort => &[Tool::Isort],
        Form::Plain => &[Tool::RuffFormat, Tool::RuffCheck],
        Form::Autopep8 => &[Tool::Autopep8],
        Form::Reformatted => &[Tool::Yapf, Tool::ClangFormat],
        Form::BeforeAfter => &[Tool::Docformatter],
        Form::Orig => &[Tool::Gofmt, Tool::Shfmt],
        Form::OldNew => &[Tool::Terraform],
        Form::Git => &[Tool::ClangFormat, Tool::GitDiff],
        Form::Hooks => &[Tool::PreCommit],
        Form::Unknown => &[],
    }
}
