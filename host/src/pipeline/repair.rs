//! Task → checked patch: decide again, show PatchBot the tree, check what it
//! proposes.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde_json::json;

use super::agents::{RepairJob, workspace};
use super::analyze::{origin, provider, task_run};
use super::{HOUR_MS, LogInput, Pipeline, StageError};
use crate::change::{ChangeState, branch_name};
use crate::decision::{Decision, Past, Question, RepairFacts, decide};
use crate::event::PipelineFailed;
use crate::forge::{Forge, checkout};
use crate::ids::TaskId;
use crate::ledger::{Entry, Kind};
use crate::patch::path::RepoPath;
use crate::patch::{Refusal, ScopedPatch};
use crate::policy::PatchRules;
use crate::proposal::{Action, Proposal};
use crate::sandbox::{Output, Report};
use crate::store::{
    Claimed, Stage, StoreError, StoredFailure, TaskRecord, TaskRow, change, delivery, failure, task,
};
use crate::task::TaskState;
use crate::tree::Tree;

pub(super) async fn run(pipeline: &Pipeline, work: &Claimed) -> Result<(), StageError> {
    let Some((task, event)) = load(pipeline, work).await? else {
        return Ok(());
    };
    if task.state != TaskState::Queued {
        // A person was faster.
        return finish(pipeline, work).await;
    }
    let forge = pipeline.forges.get(task.repository.forge)?;
    let (past, generation) = past(forge, &task).await?;
    let decision = admit(pipeline, &task, &event, past).await?;
    if !decision.allows() {
        let note = decision.sentences().join("; ");
        let facts = json!({ "decision": decision });
        let end = End {
            state: TaskState::Refused,
            note,
            kind: Kind::TaskDecided,
            facts,
        };
        return end_task(pipeline, work, &task.id, Vec::new(), end).await;
    }
    let propose = propose(pipeline, forge, &task, &event).await?;
    let ran = task_run(
        &task.id,
        &task.record.agent.to_string(),
        &propose.report,
        pipeline.now(),
    );
    match propose.result {
        Ok(candidate) => store(pipeline, work, &task, ran, candidate, generation).await,
        Err(end) => end_task(pipeline, work, &task.id, vec![ran], end).await,
    }
}

/// The task and its run; none where the task is gone, which ends the work.
pub(super) async fn load(
    pipeline: &Pipeline,
    work: &Claimed,
) -> Result<Option<(TaskRow, PipelineFailed)>, StageError> {
    let id: TaskId = work
        .subject
        .parse()
        .map_err(|error| StageError::GiveUp(format!("{error}")))?;
    let loaded = pipeline
        .store
        .read(move |connection| {
            let task = task::find(connection, &id)?;
            let event = delivery::run(connection, &task.run)?;
            Ok((task, event))
        })
        .await;
    match loaded {
        Ok(loaded) => Ok(Some(loaded)),
        Err(StoreError::Missing { .. }) => finish(pipeline, work).await.map(|()| None),
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn finish(pipeline: &Pipeline, work: &Claimed) -> Result<(), StageError> {
    let work = work.clone();
    pipeline.store.write(move |tx| tx.finish(&work)).await?;
    Ok(())
}

/// Merged changes for one incident and branch that are looked back on.
const MAX_GENERATIONS: u32 = 20;

/// What became of earlier changes, asked of the forge: people close and label
/// there, and it remembers when our database is lost.
pub(super) async fn past(forge: &dyn Forge, task: &TaskRow) -> Result<(Past, u32), StageError> {
    let incident = task
        .incident
        .as_ref()
        .ok_or_else(|| StageError::GiveUp("a repair without an incident".into()))?;
    let mut past = Past::default();
    for generation in 0..MAX_GENERATIONS {
        let branch = branch_name(incident, &task.record.target, generation);
        let Some(seen) = forge.find_change(&task.repository, &branch).await? else {
            return Ok((past, generation));
        };
        past.ignored |= seen.ignored;
        match seen.state {
            ChangeState::Merged => continue,
            ChangeState::Open => past.open = true,
            ChangeState::Closed => past.closed_unmerged = true,
        }
        return Ok((past, generation));
    }
    // It was "repaired" twenty times: that is no repair.
    past.closed_unmerged = true;
    Ok((past, MAX_GENERATIONS))
}

pub(super) async fn changes_last_hour(
    pipeline: &Pipeline,
    task: &TaskRow,
) -> Result<u32, StageError> {
    let repository = task.repository.clone();
    let since = pipeline.now().plus_ms(-HOUR_MS);
    let count = pipeline
        .store
        .read(move |connection| change::intended_since(connection, &repository, since))
        .await?;
    Ok(count)
}

async fn admit(
    pipeline: &Pipeline,
    task: &TaskRow,
    event: &PipelineFailed,
    past: Past,
) -> Result<Decision, StageError> {
    let facts = RepairFacts {
        origin: origin(event),
        past,
        changes_last_hour: changes_last_hour(pipeline, task).await?,
        cancelled: false,
    };
    Ok(decide(
        &pipeline.policy,
        &Question::Repair(facts),
        pipeline.now(),
    ))
}

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
}

struct Proposed {
    report: Report,
    result: Result<Candidate, End>,
}

async fn propose(
    pipeline: &Pipeline,
    forge: &dyn Forge,
    task: &TaskRow,
    event: &PipelineFailed,
) -> Result<Proposed, StageError> {
    let (failures, log) = evidence(pipeline, task).await?;
    let directory = pipeline.store.scratch()?;
    let tree = Arc::new(
        forge
            .checkout(&task.repository, &event.commit, directory.path())
            .await?,
    );
    let failures: Vec<_> = failures.into_iter().map(|stored| stored.failure).collect();
    let job = RepairJob {
        repository: Some(&task.repository),
        commit: Some(&event.commit),
        failures: &failures,
        log: &log,
        provider: provider(event),
        workspace: workspace(directory.path(), tree.clone()),
        command: None,
        observer: None,
    };
    let report = pipeline.agents.repair(task.id.clone(), &job).await;
    let result = judge(&report, &tree, directory.path(), &pipeline.rules);
    Ok(Proposed { report, result })
}

/// The failures of the task's incident in its run, and the log of its job.
async fn evidence(
    pipeline: &Pipeline,
    task: &TaskRow,
) -> Result<(Vec<StoredFailure>, LogInput), StageError> {
    let row = task.clone();
    let (mut failures, log) = pipeline
        .store
        .read(move |connection| {
            let incident = row.incident.as_ref().expect("repairs have incidents");
            let failures = failure::of_incident(connection, &row.run, incident)?;
            let logs = delivery::logs(connection, &row.run)?;
            let log = logs.into_iter().find(|log| log.job == row.job);
            Ok((
                failures,
                log.ok_or(StoreError::Missing {
                    what: "log of job",
                    id: row.job,
                })?,
            ))
        })
        .await?;
    // Line numbers are those of the log the agent gets.
    failures.retain(|failure| failure.job == task.job);
    Ok((
        failures,
        LogInput::of(
            &pipeline.store.blobs().path(&log.digest),
            pipeline.store.scratch()?,
        )?,
    ))
}

/// Sorts what PatchBot came to.
fn judge(
    report: &Report,
    tree: &Tree,
    directory: &Path,
    rules: &PatchRules,
) -> Result<Candidate, End> {
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
            });
        }
    };
    let mut refusals = Vec::new();
    for (proposal, checked) in check_proposals(proposals, tree, directory, rules) {
        match checked {
            Ok(patch) => {
                return Ok(Candidate {
                    proposal: proposal.clone(),
                    patch,
                });
            }
            Err(refusal) => refusals.push(refusal),
        }
    }
    Err(without_patch(proposals, &refusals))
}

fn abstained(reason: &str) -> End {
    let note = crate::redact::redact(reason).into_owned();
    let facts = json!({ "reason": note });
    End {
        state: TaskState::Abstained,
        note,
        kind: Kind::TaskAbstained,
        facts,
    }
}

/// Proposals that only report are findings; edits that did not pass the check
/// are refused.
fn without_patch(proposals: &[Proposal], refusals: &[Refusal]) -> End {
    let reports = proposals
        .iter()
        .flat_map(|proposal| &proposal.actions)
        .filter_map(|action| match action {
            Action::Report { title, .. } => Some(crate::redact::redact(title).into_owned()),
            Action::Change { .. } | Action::Rerun { .. } => None,
        });
    let titles: Vec<String> = reports.collect();
    if !titles.is_empty() && proposals.iter().all(|p| p.edits().next().is_none()) {
        let note = titles.join("; ");
        let facts = json!({ "findings": titles });
        return End {
            state: TaskState::Reported,
            note,
            kind: Kind::TaskReported,
            facts,
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
    }
}

/// Checks proposals against the tree they were made for, in their order.
pub fn check_proposals<'a>(
    proposals: &'a [Proposal],
    tree: &'a Tree,
    directory: &'a Path,
    rules: &'a PatchRules,
) -> impl Iterator<Item = (&'a Proposal, Result<ScopedPatch, Refusal>)> {
    proposals.iter().map(move |proposal| {
        let before = before(proposal, tree, directory);
        (proposal, ScopedPatch::check(tree, &before, proposal, rules))
    })
}

/// The bytes of the files a proposal names, from the host's own copy.
fn before(proposal: &Proposal, tree: &Tree, directory: &Path) -> BTreeMap<RepoPath, Vec<u8>> {
    let mut before = BTreeMap::new();
    for edit in proposal.edits() {
        let Ok(path) = RepoPath::parse(&edit.path) else {
            continue;
        };
        let listed = tree.get(&path).is_some_and(|entry| entry.kind.is_file());
        let place = checkout::place(directory, path.as_str());
        if let (true, Some(place)) = (listed, place)
            && let Ok(bytes) = std::fs::read(place)
        {
            before.insert(path, bytes);
        }
    }
    before
}

async fn store(
    pipeline: &Pipeline,
    work: &Claimed,
    task: &TaskRow,
    ran: Entry,
    candidate: Candidate,
    generation: u32,
) -> Result<(), StageError> {
    let proposal = serde_json::to_vec(&candidate.proposal).map_err(StoreError::from)?;
    let blobs = pipeline.store.blobs();
    let proposal = blobs.put(&proposal)?;
    let patch = blobs.put(&candidate.patch.to_bytes())?;
    let (base, result) = (
        candidate.patch.base().clone(),
        candidate.patch.result().clone(),
    );
    let confidence = candidate.proposal.confidence;
    let facts = json!({
        "strategy": candidate.proposal.strategy,
        "confidence": confidence,
        "files": candidate.patch.files().iter().map(|file| &file.path).collect::<Vec<_>>(),
        "proposal": proposal,
        "patch": patch,
        "base_tree": base,
        "result_tree": result,
    });
    let entry = pipeline.entry(Kind::TaskProposed, task.id.as_str(), facts);
    let update = move |record: &mut TaskRecord| {
        record.proposal = Some(proposal);
        record.patch = Some(patch);
        record.base_tree = Some(base);
        record.result_tree = Some(result);
        record.confidence = Some(confidence);
        record.generation = generation;
    };
    let (work, id) = (work.clone(), task.id.clone());
    pipeline
        .store
        .write(move |tx| {
            tx.step_task(&id, TaskState::Proposed, entry.at, update)?;
            tx.record(&ran)?;
            tx.record(&entry)?;
            tx.enqueue(Stage::Publish, id.as_str(), entry.at)?;
            tx.finish(&work)
        })
        .await?;
    Ok(())
}

/// Ends a task with a note for people.
pub(super) async fn end_task(
    pipeline: &Pipeline,
    work: &Claimed,
    id: &TaskId,
    mut entries: Vec<Entry>,
    end: End,
) -> Result<(), StageError> {
    let entry = pipeline.entry(end.kind, id.as_str(), end.facts);
    let at = entry.at;
    entries.push(entry);
    let (work, id) = (work.clone(), id.clone());
    pipeline
        .store
        .write(move |tx| {
            tx.step_task(&id, end.state, at, |record| record.note = Some(end.note))?;
            for entry in &entries {
                tx.record(entry)?;
            }
            tx.finish(&work)
        })
        .await?;
    Ok(())
}
