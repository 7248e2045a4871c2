//! Tree and past runs → checked changes of the CI configuration, and findings
//! for people.

use std::io::Write as _;

use super::agents::{Agents, BesideInput};
use super::check::{Candidate, check_proposals};
use super::lint::lint;
use crate::change::{MAX_ADVICE_LINES, is_configuration};
use crate::ci_history::{CiHistory, FILE, KIND};
use crate::evidence::Evidence;
use crate::failure::{Location, Severity};
use crate::ids::{Digest, ObjectId, Repository, TaskId};
use crate::patch::ScopedPatch;
use crate::patch::diff::changed_lines;
use crate::policy::PatchRules;
use crate::proposal::{Action, Proposal};
use crate::redact::redact;
use crate::sandbox::{Output, Report, TaskError, Workspace};

/// What ConfigOptimizer came to.
#[derive(Debug, Default)]
pub struct Advised {
    /// Changes that passed the check, and what a linter says of each.
    pub changes: Vec<(Candidate, Evidence)>,
    pub findings: Vec<Finding>,
    /// Why changes were left out, or there are none.
    pub reasons: Vec<String>,
}

/// Something that a person has to decide.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Finding {
    pub title: String,
    pub body: String,
    pub severity: Severity,
    pub location: Option<Location>,
}

/// What ConfigOptimizer looks at.
pub(super) struct Subject {
    pub task: TaskId,
    /// Which commit of which repository, where that is known.
    pub place: Option<(Repository, ObjectId)>,
    pub workspace: Workspace,
    /// What past runs were like.
    pub history: Option<BesideInput>,
}

/// Has ConfigOptimizer look over a tree, checks what it proposes and lints it.
pub async fn optimize(
    agents: &Agents,
    workspace: Workspace,
    history: Option<&CiHistory>,
    rules: &PatchRules,
) -> Result<Advised, OptimizeError> {
    let tree = workspace.tree.id();
    let tree = tree.map(|id| id.to_string()).unwrap_or_default();
    // The file lives as long as the run.
    let mut file = tempfile::NamedTempFile::new()?;
    let mounted = history
        .map(|history| mount(history, &mut file))
        .transpose()?;
    let subject = Subject {
        task: TaskId::derive(&["optimize", &tree]),
        place: None,
        workspace,
        history: mounted,
    };
    look_over(agents, &subject, rules).await.1
}

/// The same, with the run's report.
pub(super) async fn look_over(
    agents: &Agents,
    subject: &Subject,
    rules: &PatchRules,
) -> (Report, Result<Advised, OptimizeError>) {
    let report = agents
        .optimize(
            subject.task.clone(),
            subject.place.clone(),
            subject.workspace.clone(),
            subject.history.as_ref(),
        )
        .await;
    let advised = match &report.outcome {
        Ok(Output::Proposals(proposals)) => {
            Ok(weigh(agents, &subject.workspace, proposals, rules).await)
        }
        Ok(Output::Abstained(reason)) => Ok(Advised {
            reasons: vec![redact(reason).into_owned()],
            ..Advised::default()
        }),
        Ok(Output::Failures(_)) => Err(OptimizeError::AnotherAnswer),
        Err(error) => Err(OptimizeError::Sandbox(error.clone())),
    };
    (report, advised)
}

/// What is left of proposals after the check, the scope and the linter.
async fn weigh(
    agents: &Agents,
    workspace: &Workspace,
    proposals: &[Proposal],
    rules: &PatchRules,
) -> Advised {
    let actions = proposals.iter().flat_map(|proposal| &proposal.actions);
    let mut advised = Advised {
        findings: actions.filter_map(finding).collect(),
        ..Advised::default()
    };
    for (proposal, checked) in check_proposals(proposals, workspace, rules) {
        if proposal.edits().next().is_none() {
            continue;
        }
        let checked = checked.map_err(|refusal| refusal.to_string());
        let patch = match checked.and_then(in_scope) {
            Ok(patch) => patch,
            Err(refusal) => {
                advised.reasons.push(refusal);
                continue;
            }
        };
        match lint(agents.commands(), workspace, &patch).await {
            Ok(evidence) => {
                let proposal = proposal.clone();
                advised
                    .changes
                    .push((Candidate { proposal, patch }, evidence));
            }
            Err(refused) => advised.reasons.push(refused),
        }
    }
    advised
}

/// Whoever looks over CI configuration changes that and nothing else, a little
/// at a time: another file, a new one or a rewritten one is no such change.
fn in_scope(patch: ScopedPatch) -> Result<ScopedPatch, String> {
    let [file] = patch.files() else {
        return Err(format!(
            "it changes {} files; a change of the CI configuration is of one",
            patch.files().len()
        ));
    };
    let path = file.path.as_str();
    if !is_configuration(&file.path) {
        return Err(format!(
            "{path}: neither a workflow in .github/workflows nor .gitlab-ci.yml, and ConfigOptimizer \
             changes nothing else"
        ));
    }
    if file.before.is_none() || file.after.is_none() {
        return Err(format!("{path}: it is made or removed, not changed"));
    }
    match changed_lines(file) {
        lines if lines > MAX_ADVICE_LINES => Err(format!(
            "{path}: {lines} lines are changed; a small change has at most {MAX_ADVICE_LINES}"
        )),
        _ => Ok(patch),
    }
}

/// Why there is no advice at all.
#[derive(Debug, thiserror::Error)]
pub enum OptimizeError {
    #[error("ConfigOptimizer did not finish: {0}")]
    Sandbox(#[from] TaskError),
    #[error("ConfigOptimizer answered with an analysis")]
    AnotherAnswer,
    #[error("what past runs were like cannot be handed to the sandbox: {0}")]
    History(#[from] std::io::Error),
}

fn mount(history: &CiHistory, file: &mut tempfile::NamedTempFile) -> std::io::Result<BesideInput> {
    let bytes = serde_json::to_vec(history)?;
    file.write_all(&bytes)?;
    BesideInput::of(FILE, KIND, file.path(), Digest::of(&bytes))
}

fn finding(action: &Action) -> Option<Finding> {
    match action {
        Action::Report {
            title,
            body,
            severity,
            location,
        } => Some(Finding {
            title: title.clone(),
            body: body.clone(),
            severity: *severity,
            location: location.clone(),
        }),
        Action::Change { .. } | Action::Rerun { .. } => None,
    }
}
