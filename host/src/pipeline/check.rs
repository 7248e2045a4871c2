//! Proposal → checked patch, or the end of the task.

use std::collections::BTreeMap;

use serde_json::json;

use crate::ledger::Kind;
use crate::patch::path::RepoPath;
use crate::patch::{Refusal, ScopedPatch};
use crate::policy::PatchRules;
use crate::proposal::{Action, Proposal};
use crate::sandbox::{Output, Report, Workspace};
use crate::task::TaskState;
use crate::tree;

/// A proposal that passed the check.
#[derive(Debug, Clone)]
pub struct Candidate {
    pub proposal: Proposal,
    pub patch: ScopedPatch,
}

/// How a task ends without a candidate.
pub(super) struct End {
    pub state: TaskState,
    pub note: String,
    pub kind: Kind,
    pub facts: serde_json::Value,
    /// Running the job again may be enough.
    pub rerun: bool,
}

/// Sorts what PatchBot came to: the patches that passed the check, in its order.
pub(super) fn judge(
    report: &Report,
    workspace: &Workspace,
    rules: &PatchRules,
) -> Result<Vec<Candidate>, End> {
    let proposals = match &report.outcome {
        Ok(Output::Proposals(proposals)) => proposals,
        Ok(Output::Abstained(reason)) => return Err(abstained(reason)),
        Ok(Output::Failures(_)) => {
            let why = "the agent answered a repair with an analysis".to_owned();
            let facts = json!({ "why": why });
            return Err(End {
                state: TaskState::Failed,
                note: why,
                kind: Kind::TaskFailed,
                facts,
                rerun: false,
            });
        }
        Err(error) => {
            let facts = json!({ "error": error });
            let note = error.to_string();
            return Err(End {
                state: TaskState::Failed,
                note,
                kind: Kind::TaskFailed,
                facts,
                rerun: false,
            });
        }
    };
    let (mut candidates, mut refusals) = (Vec::new(), Vec::new());
    for (proposal, checked) in check_proposals(proposals, workspace, rules) {
        match checked {
            Ok(patch) => candidates.push(Candidate {
                proposal: proposal.clone(),
                patch,
            }),
            Err(refusal) => refusals.push(refusal),
        }
    }
    match candidates.is_empty() {
        true => Err(without_patch(proposals, &refusals)),
        false => Ok(candidates),
    }
}

/// The end of a task whose patches all turned out not to mend it.
pub(super) fn disproved(why: Vec<String>) -> End {
    let note = format!("tried and dropped: {}", why.join("; "));
    let facts = json!({ "disproved": why });
    End {
        state: TaskState::Refused,
        note,
        kind: Kind::TaskRefused,
        facts,
        rerun: false,
    }
}

fn abstained(reason: &str) -> End {
    let note = crate::redact::redact(reason).into_owned();
    let facts = json!({ "reason": note });
    End {
        state: TaskState::Abstained,
        note,
        kind: Kind::TaskAbstained,
        facts,
        rerun: false,
    }
}

/// Findings of one run that are told, and characters of each: what a person
/// reads.
const MAX_FINDINGS: usize = 5;
const MAX_FINDING_CHARS: usize = 2_000;

/// What proposals tell people, for people: without secrets, and bounded.
pub(super) fn findings(proposals: &[Proposal]) -> Vec<String> {
    let told = |action: &Action| match action {
        Action::Report { title, body, .. } => Some(format!("{title}\n{body}")),
        Action::Rerun { reason } => Some(format!("run the job again: {reason}")),
        Action::Change { .. } => None,
    };
    let actions = proposals.iter().flat_map(|proposal| &proposal.actions);
    let bounded = |text: String| -> String {
        let text = crate::redact::redact(&text);
        text.trim_end().chars().take(MAX_FINDING_CHARS).collect()
    };
    let told = actions.filter_map(told).map(bounded);
    told.take(MAX_FINDINGS).collect()
}

/// Proposals that only report are findings; edits that did not pass the check
/// are refused.
fn without_patch(proposals: &[Proposal], refusals: &[Refusal]) -> End {
    let found = findings(proposals);
    if !found.is_empty() && proposals.iter().all(|p| p.edits().next().is_none()) {
        let mut actions = proposals.iter().flat_map(|proposal| &proposal.actions);
        return End {
            state: TaskState::Reported,
            note: found.join("\n\n"),
            kind: Kind::TaskReported,
            facts: json!({ "findings": found }),
            rerun: actions.any(|action| matches!(action, Action::Rerun { .. })),
        };
    }
    let note = refusals
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("; ");
    let facts = json!({ "refusals": refusals });
    End {
        state: TaskState::Refused,
        note,
        kind: Kind::TaskRefused,
        facts,
        rerun: false,
    }
}

/// Checks proposals against the tree they were made for, in their order.
pub fn check_proposals<'a>(
    proposals: &'a [Proposal],
    workspace: &'a Workspace,
    rules: &'a PatchRules,
) -> impl Iterator<Item = (&'a Proposal, Result<ScopedPatch, Refusal>)> {
    proposals.iter().map(move |proposal| {
        let before = before(proposal, workspace, rules);
        let checked = ScopedPatch::check(&workspace.tree, &before, proposal, rules);
        (proposal, checked)
    })
}

/// Bytes of all files that one proposal names: far more than any patch may
/// write, far less than memory.
const MAX_BEFORE_BYTES: usize = 256 * 1024 * 1024;

/// The bytes of the files a proposal names, as the tree has them. Each is
/// read once, and no more files than a patch may have: a guest may name a
/// hundred thousand.
fn before(
    proposal: &Proposal,
    workspace: &Workspace,
    rules: &PatchRules,
) -> BTreeMap<RepoPath, Vec<u8>> {
    let mut before = BTreeMap::new();
    let mut total = 0;
    for edit in proposal.edits() {
        let Ok(path) = RepoPath::parse(&edit.path) else {
            continue;
        };
        if before.len() >= rules.max_files || total > MAX_BEFORE_BYTES {
            break;
        }
        let listed = workspace
            .tree
            .get(&path)
            .filter(|entry| entry.kind.is_file());
        if let (Some(entry), false) = (listed, before.contains_key(&path))
            && let Ok(bytes) = tree::read(&*workspace.files, path.as_str(), entry)
        {
            total += bytes.len();
            before.insert(path, bytes);
        }
    }
    before
}
