//! Task → checked patch: decide again, show PatchBot the tree, check what it
//! proposes.

use std::sync::Arc;

use serde_json::json;

use super::agents::RepairJob;
use super::analyze::{origin, provider, retry_host_fault};
use super::check::{Candidate, End, disproved, judge};
use super::hold;
use super::past::{Landing, changes_last_hour, landing};
use super::prove::{Proved, prove};
use super::ran::Ran;
use super::record::record;
use super::seen::{Seen, seen};
use super::{LogInput, Pipeline, Scene, StageError};
use crate::decision::{Decision, Past, Question, RepairFacts, decide};
use crate::event::PipelineFailed;
use crate::forge::Forge;
use crate::ids::{Digest, TaskId};
use crate::incident::{Remedy, Sightings, Urgency, remedy};
use crate::ledger::{Entry, Kind};
use crate::sandbox::{Report, Workspace};
use crate::store::{
    Claimed, Stage, StoreError, StoredFailure, TaskRecord, TaskRow, Tx, delivery, failure, task,
};
use crate::task::TaskState;
use crate::time::Timestamp;

pub(super) async fn run(pipeline: &Pipeline, work: &Claimed) -> Result<(), StageError> {
    let Some((task, event)) = load(pipeline, work).await? else {
        return Ok(());
    };
    if task.state != TaskState::Queued && !task.waits_for_an_outage() {
        // A person was faster.
        return finish(pipeline, work).await;
    }
    let forge = pipeline.forges.get(task.repository.forge)?;
    let landing = landing(forge, &task).await?;
    let past = match &landing {
        Landing::Change { past, .. } => *past,
        Landing::Report { .. } => Past::default(),
    };
    let seen = seen(pipeline, forge, &task, &event).await?;
    let decision = admit(pipeline, &task, &event, past, seen.sightings).await?;
    if decision.waits_for_an_outage() {
        return hold::wait(pipeline, work, &task, decision, &seen).await;
    }
    let task = match task.waits_for_an_outage() {
        true => hold::release(pipeline, &task, TaskState::Queued, &seen).await?,
        false => task,
    };
    if !decision.allows() {
        return end_task(pipeline, work, &task.id, None, refusal(&decision, &seen)).await;
    }
    if let Some(end) = report(pipeline, &task).await? {
        return end_task(pipeline, work, &task.id, None, end).await;
    }
    let propose = propose(pipeline, forge, &task, &event).await?;
    let now = pipeline.now();
    let ran = Ran::new(&task, &propose.report, propose.recording, now);
    match propose.result {
        Ok(proved) => store(pipeline, work, &task, ran, proved, landing).await,
        Err(end) => end_task(pipeline, work, &task.id, Some(ran), end).await,
    }
}

/// The end of a task that the decision says no to.
pub(super) fn refusal(decision: &Decision, seen: &Seen) -> End {
    let facts = json!({ "decision": decision, "seen": seen.evidence });
    let (state, kind) = match decision.is_report() {
        true => (TaskState::Reported, Kind::TaskReported),
        false => (TaskState::Refused, Kind::TaskDecided),
    };
    End {
        state,
        note: seen.note(&decision.sentences()),
        kind,
        facts,
    }
}

/// The end of a task whose failure is only reported: what was held as part of
/// an outage was put in the queue whatever it is.
async fn report(pipeline: &Pipeline, task: &TaskRow) -> Result<Option<End>, StageError> {
    let (failures, _) = evidence(pipeline, task).await?;
    let remedy = failures.first().map(|stored| remedy(&stored.failure));
    Ok(match remedy {
        Some(Remedy::Report(why)) => Some(End {
            state: TaskState::Reported,
            note: why.to_owned(),
            kind: Kind::TaskReported,
            facts: json!({ "failure": task.record.subject, "note": why }),
        }),
        Some(Remedy::Repair) | None => None,
    })
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

async fn admit(
    pipeline: &Pipeline,
    task: &TaskRow,
    event: &PipelineFailed,
    past: Past,
    seen: Sightings,
) -> Result<Decision, StageError> {
    let facts = RepairFacts {
        origin: origin(event),
        past,
        changes_last_hour: changes_last_hour(pipeline, task).await?,
        cancelled: false,
        seen,
    };
    Ok(decide(
        &pipeline.policy,
        &Question::Repair(facts),
        pipeline.now(),
    ))
}

struct Proposed {
    report: Report,
    recording: Option<Digest>,
    result: Result<Proved, End>,
}

async fn propose(
    pipeline: &Pipeline,
    forge: &dyn Forge,
    task: &TaskRow,
    event: &PipelineFailed,
) -> Result<Proposed, StageError> {
    let (failures, log) = evidence(pipeline, task).await?;
    let scratch = pipeline.store.scratch()?;
    let (tree, files) = forge
        .open(&task.repository, &event.commit, scratch.path())
        .await?;
    let workspace = Workspace {
        tree: Arc::new(tree),
        files,
    };
    let failures: Vec<_> = failures.into_iter().map(|stored| stored.failure).collect();
    let job = RepairJob {
        repository: Some(&task.repository),
        commit: Some(&event.commit),
        failures: &failures,
        log: &log,
        provider: provider(event),
        workspace: workspace.clone(),
        command: event.command.as_deref(),
        trusted: is_trusted(pipeline, event),
    };
    let report = pipeline.agents.repair(task.id.clone(), &job).await;
    retry_host_fault(&report)?;
    let rules = pipeline.rules.clone();
    let (blobs, agents) = (pipeline.store.blobs().clone(), pipeline.agents.clone());
    let tree = workspace.clone();
    // Reading and comparing files is not for a thread that serves others.
    let judged = tokio::task::spawn_blocking(move || {
        let recording = record(&blobs, &agents, &report)?;
        let candidates = judge(&report, &tree, &rules);
        Ok::<_, StoreError>((report, recording, candidates))
    });
    let (report, recording, candidates) = judged
        .await
        .map_err(|panic| StageError::GiveUp(format!("the check panicked: {panic}")))??;
    let result = match candidates {
        Ok(candidates) => {
            let scene = Scene {
                workspace: Some(workspace),
                failures,
                stated: event.command.clone(),
                trusted: is_trusted(pipeline, event),
            };
            chosen(pipeline, task, &scene, candidates).await
        }
        Err(end) => Err(end),
    };
    drop(scratch);
    Ok(Proposed {
        report,
        recording,
        result,
    })
}

/// Whether only people who may write to the repository made a run's tree, on a
/// branch that lives on.
fn is_trusted(pipeline: &Pipeline, event: &PipelineFailed) -> bool {
    let long_lived = pipeline.policy.long_lived();
    !event.fork && long_lived.is_ok_and(|names| names.is_match(event.branch.as_str()))
}

/// The best of the patches that passed the check: the first that is proven, or
/// else the first that nothing speaks against.
async fn chosen(
    pipeline: &Pipeline,
    task: &TaskRow,
    scene: &Scene,
    candidates: Vec<Candidate>,
) -> Result<Proved, End> {
    let (agents, at) = (&pipeline.agents, Some(&task.repository));
    let (proved, why) = prove(agents, &task.id, at, scene, candidates).await;
    proved.into_iter().next().ok_or_else(|| disproved(why))
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
    Ok((failures, LogInput::stored(pipeline.store.blobs(), &log)?))
}

async fn store(
    pipeline: &Pipeline,
    work: &Claimed,
    task: &TaskRow,
    ran: Ran,
    Proved {
        candidate,
        evidence,
    }: Proved,
    landing: Landing,
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
        "strategy": crate::redact::redact(&candidate.proposal.strategy),
        "confidence": confidence,
        "files": candidate.patch.files().iter().map(|file| &file.path).collect::<Vec<_>>(),
        "proposal": proposal,
        "patch": patch,
        "base_tree": base,
        "result_tree": result,
        "evidence": evidence,
    });
    let entry = pipeline.entry(Kind::TaskProposed, task.id.as_str(), facts);
    let generation = match &landing {
        Landing::Change { generation, .. } => *generation,
        Landing::Report { .. } => 0,
    };
    let update = move |record: &mut TaskRecord| {
        record.proposal = Some(proposal);
        record.patch = Some(patch);
        record.base_tree = Some(base);
        record.result_tree = Some(result);
        record.confidence = Some(confidence);
        record.evidence = Some(evidence);
        record.generation = generation;
    };
    let (work, id) = (work.clone(), task.id.clone());
    pipeline
        .store
        .write(move |tx| {
            let task = tx.step_task(&id, TaskState::Proposed, entry.at, update)?;
            ran.write(tx)?;
            tx.record(&entry)?;
            land(tx, &id, task.record.urgency, landing, entry.at)?;
            tx.finish(&work)
        })
        .await?;
    Ok(())
}

/// Sends a proposed patch on: to its publication, or to whoever reads reports.
fn land(
    tx: &mut Tx<'_>,
    id: &TaskId,
    urgency: Urgency,
    landing: Landing,
    at: Timestamp,
) -> crate::store::Result<()> {
    match landing {
        Landing::Change { .. } => tx.enqueue_as(Stage::Publish, id.as_str(), urgency, at),
        Landing::Report { why } => {
            let note = format!("{why}; `sentinel task show {id}` prints the patch");
            let facts = json!({ "report": note });
            tx.step_task(id, TaskState::Reported, at, |record| {
                record.note = Some(note)
            })?;
            tx.record(&Entry {
                at,
                kind: Kind::TaskReported,
                subject: id.to_string(),
                facts,
            })
        }
    }
}

/// Ends a task with a note for people.
pub(super) async fn end_task(
    pipeline: &Pipeline,
    work: &Claimed,
    id: &TaskId,
    ran: Option<Ran>,
    end: End,
) -> Result<(), StageError> {
    let entry = pipeline.entry(end.kind, id.as_str(), end.facts);
    let at = entry.at;
    let (work, id) = (work.clone(), id.clone());
    pipeline
        .store
        .write(move |tx| {
            tx.step_task(&id, end.state, at, |record| record.note = Some(end.note))?;
            if let Some(ran) = &ran {
                ran.write(tx)?;
            }
            tx.record(&entry)?;
            tx.finish(&work)
        })
        .await?;
    Ok(())
}
