//! The way without a forge: a log and a directory at hand, proposals out.

use std::collections::BTreeSet;

use super::Scene;
use super::agents::{Agents, BesideInput, LogInput, RepairJob};
use super::check::{Candidate, check_proposals, findings};
use super::prove::{Proved, prove};
use crate::failure::Failure;
use crate::ids::{ForgeKind, Repository, TaskId};
use crate::incident::{Group, Remedy, group, remedy};
use crate::policy::PatchRules;
use crate::redact::redact;
use crate::sandbox::{Input, Output, TaskError, Workspace};
use crate::time::Timestamp;

/// What every repair of one log shares.
pub struct Fixer<'a> {
    pub agents: &'a Agents,
    pub log: LogInput,
    pub provider: Input,
    pub workspace: Workspace,
    pub rules: PatchRules,
    /// The failed command where somebody stated it.
    pub command: Option<&'a str>,
    /// What the push changed, where it is known.
    pub push: Option<BesideInput>,
    /// When it was asked for: each time is a task of its own, with a budget of
    /// its own.
    pub now: Timestamp,
}

impl Fixer<'_> {
    /// The checked proposals, best first, and why there are not more.
    pub async fn propose(&self, failures: &[Failure]) -> (Vec<Proved>, Vec<String>) {
        let mut candidates: Vec<Proved> = Vec::new();
        let mut reasons = Vec::new();
        if failures.is_empty() {
            reasons.push("nothing failed in this log".to_owned());
        }
        let here = "here".parse().expect("a constant name");
        let repository = Repository::new(ForgeKind::Local, here);
        let failures = failures
            .iter()
            .map(|failure| (String::new(), failure.clone()));
        for group in group(&repository, failures.collect()) {
            match remedy(&group.failures[0]) {
                Remedy::Report(why) => {
                    let told = std::iter::once(why.to_owned()).chain(self.diagnosis(&group).await);
                    reasons.push(told.collect::<Vec<_>>().join("\n"));
                }
                Remedy::Repair => {
                    let (more, why) = self.repair(&group).await;
                    candidates.extend(more);
                    reasons.extend(why);
                }
            }
        }
        let mut seen = BTreeSet::new();
        candidates.retain(|proved| seen.insert(proved.candidate.patch.result().clone()));
        // Stable: among equals the likelier cause stays first.
        candidates.sort_by(|a, b| {
            let confidence = |proved: &Proved| proved.candidate.proposal.confidence;
            let proven = b.evidence.is_proven().cmp(&a.evidence.is_proven());
            proven.then(confidence(b).total_cmp(&confidence(a)))
        });
        let mut said = BTreeSet::new();
        reasons.retain(|reason| said.insert(reason.clone()));
        (candidates, reasons)
    }

    /// What an agent tells about a failure that no patch mends.
    async fn diagnosis(&self, group: &Group) -> Vec<String> {
        match self.asked(group).await.1 {
            Ok(Output::Proposals(proposals)) => findings(&proposals),
            Ok(Output::Abstained(_) | Output::Failures(_)) | Err(_) => Vec::new(),
        }
    }

    /// What PatchBot answers, and to which task.
    async fn asked(&self, group: &Group) -> (TaskId, Result<Output, TaskError>) {
        let job = RepairJob {
            repository: None,
            commit: None,
            failures: &group.failures,
            log: &self.log,
            provider: self.provider,
            workspace: self.workspace.clone(),
            command: self.command,
            push: self.push.as_ref(),
            trusted: false,
        };
        let at = self.now.0.to_string();
        let task = TaskId::derive(&["cli", "fix", group.incident.as_str(), &at]);
        let report = self.agents.repair(task.clone(), &job).await;
        (task, report.outcome)
    }

    async fn repair(&self, group: &Group) -> (Vec<Proved>, Vec<String>) {
        let (task, answer) = self.asked(group).await;
        let proposals = match answer {
            Ok(Output::Proposals(proposals)) => proposals,
            Ok(Output::Abstained(reason)) => return (Vec::new(), vec![redact(&reason).into()]),
            Ok(other) => return (Vec::new(), vec![format!("PatchBot answered {other:?}")]),
            Err(error) => return (Vec::new(), vec![error.to_string()]),
        };
        let checked = check_proposals(&proposals, &self.workspace, &self.rules);
        let (mut candidates, mut refused) = (Vec::new(), Vec::new());
        for (proposal, checked) in checked {
            match checked {
                Ok(patch) => candidates.push(Candidate {
                    proposal: proposal.clone(),
                    patch,
                }),
                Err(refusal) => refused.push(refusal.to_string()),
            }
        }
        if candidates.is_empty() {
            return (Vec::new(), refused);
        }
        let scene = Scene {
            workspace: Some(self.workspace.clone()),
            failures: group.failures.clone(),
            stated: self.command.map(str::to_owned),
            trusted: false,
        };
        let (proved, dropped) = prove(self.agents, &task, None, &scene, candidates).await;
        refused.extend(dropped);
        (proved, refused)
    }
}
