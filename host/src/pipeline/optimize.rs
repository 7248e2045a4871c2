//! Tree and past runs → checked changes of the CI configuration, and findings
//! for people.

use std::io::Write as _;

use super::agents::{Agents, BesideInput};
use super::check::{Candidate, check_proposals};
use super::lint::lint;
use crate::ci_history::{CiHistory, FILE, KIND};
use crate::evidence::Evidence;
use crate::failure::{Location, Severity};
use crate::ids::{Digest, TaskId};
use crate::policy::PatchRules;
use crate::proposal::Action;
use crate::redact::redact;
use crate::sandbox::{Output, TaskError, Workspace};

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

/// Has ConfigOptimizer look over a tree, checks what it proposes and lints it.
pub async fn optimize(
    agents: &Agents,
    workspace: Workspace,
    history: Option<&CiHistory>,
    rules: &PatchRules,
) -> Result<Advised, OptimizeError> {
    let tree = workspace.tree.id();
    let tree = tree.map(|id| id.to_string()).unwrap_or_default();
    let task = TaskId::derive(&["optimize", &tree]);
    // The file lives as long as the run.
    let mut file = tempfile::NamedTempFile::new()?;
    let mounted = history
        .map(|history| mount(history, &mut file))
        .transpose()?;
    let report = agents
        .optimize(task, workspace.clone(), mounted.as_ref())
        .await;
    let proposals = match report.outcome? {
        Output::Proposals(proposals) => proposals,
        Output::Abstained(reason) => {
            return Ok(Advised {
                reasons: vec![redact(&reason).into_owned()],
                ..Advised::default()
            });
        }
        Output::Failures(_) => return Err(OptimizeError::AnotherAnswer),
    };
    let actions = proposals.iter().flat_map(|proposal| &proposal.actions);
    let mut advised = Advised {
        findings: actions.filter_map(finding).collect(),
        ..Advised::default()
    };
    for (proposal, checked) in check_proposals(&proposals, &workspace, rules) {
        if proposal.edits().next().is_none() {
            continue;
        }
        let patch = match checked {
            Ok(patch) => patch,
            Err(refusal) => {
                advised.reasons.push(refusal.to_string());
                continue;
            }
        };
        match lint(agents.commands(), &workspace, &patch).await {
            Ok(evidence) => {
                let proposal = proposal.clone();
                advised
                    .changes
                    .push((Candidate { proposal, patch }, evidence));
            }
            Err(refused) => advised.reasons.push(refused),
        }
    }
    Ok(advised)
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
