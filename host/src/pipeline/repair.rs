//! Task → checked patch: decide again, show PatchBot the tree, check what it
//! proposes.

use std::sync::Arc;

use serde_json::json;

use super::agents::RepairJob;
use super::analyze::{origin, provider, retry_host_fault};
use super::check::{Candidate, End, disproved, judge};
use super::diagnose::diagnose;
use super::hold;
use super::past::{Landing, changes_last_hour, landing};
use super::place::{expected, of_fork};
use super::prove::{Proved, prove};
use super::ran::Ran;
use super::record::record;
use super::rerun;
use super::seen::{Seen, seen};
use super::{LogInput, Pipeline, Scene, StageError, pushed, show};
use crate::change::Form;
use crate::confidence::Lesson;
use crate::decision::{Decision, Past, Question, Reason, RepairFacts, decide};
use crate::event::PipelineFailed;
use crate::failure::Failure;
use crate::forge::Forge;
use crate::ids::{Digest, TaskId};
use crate::incident::{Remedy, Sightings, Urgency, remedy};
use crate::ledger::{Entry, Kind};
use crate::sandbox::{Report, Workspace};
use crate::store::{
    Claimed, Stage, StoreError, TaskRecord, TaskRow, Tx, delivery, failure, lesson, task,
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
    let (failures, log) = evidence(pipeline, &task).await?;
    let told = failures.first().map(remedy);
    // What waits for an outage to be over goes by the decision first.
    if let Some(Remedy::Report(why)) = told
        && !task.waits_for_an_outage()
    {
        return tell(pipeline, work, (&task, &event), (&failures, &log), why).await;
    }
    let forge = pipeline.forges.get(task.repository.forge)?;
    let landing = landing(pipeline, forge, &task, &event).await?;
    let past = match &landing {
        Landing::Change { past, .. } => *past,
        Landing::Report { .. } => Past::default(),
    };
    let seen = seen(pipeline, forge, &task, &event).await?;
    let form = match (&landing, event.fork) {
        // Whether there is a pull request to review, only the forge knows.
        (Landing::Change { .. }, true) => of_fork(forge, &task, &event).await?.form,
        (Landing::Change { .. }, false) | (Landing::Report { .. }, _) => expected(&event),
    };
    let decision = admit(pipeline, &task, (&event, form), past, seen.sightings).await?;
    if decision.waits_for_an_outage() {
        return hold::wait(pipeline, work, &task, decision, &seen).await;
    }
    let task = match task.waits_for_an_outage() {
        true => hold::release(pipeline, &task, TaskState::Queued, &seen).await?,
        false => task,
    };
    if !decision.allows() {
        let end = refusal(&decision, &seen);
        return end_repair(pipeline, work, (&task, &event), None, end).await;
    }
    if let Some(Remedy::Report(why)) = told {
        return tell(pipeline, work, (&task, &event), (&failures, &log), why).await;
    }
    let propose = propose(pipeline, forge, (&task, &event), failures, log).await?;
    let now = pipeline.now();
    let ran = Ran::new(&task, &propose.report, propose.recording, now);
    let ran = ran.teaching(propose.disproved);
    match propose.result {
        Ok(proved) => store(pipeline, work, &task, ran, proved, landing).await,
        Err(end) => end_repair(pipeline, work, (&task, &event), Some(ran), end).await,
    }
}

/// Ends a task with what an agent finds to be missing.
async fn tell(
    pipeline: &Pipeline,
    work: &Claimed,
    (task, event): (&TaskRow, &PipelineFailed),
    about: (&[Failure], &LogInput),
    why: &str,
) -> Result<(), StageError> {
    let (ran, end) = diagnose(pipeline, task, event, about, why).await?;
    end_repair(pipeline, work, (task, event), Some(ran), end).await
}

/// Ends a repair; where running the job again may be enough, that comes first.
async fn end_repair(
    pipeline: &Pipeline,
    work: &Claimed,
    (task, event): (&TaskRow, &PipelineFailed),
    ran: Option<Ran>,
    end: End,
) -> Result<(), StageError> {
    match end.rerun {
        true => rerun::or_report(pipeline, work, (task, event), ran, end).await,
        false => end_task(pipeline, work, &task.id, ran, end).await,
    }
}

/// The end of a task that the decision says no to.
pub(super) fn refusal(decision: &Decision, seen: &Seen) -> End {
    let facts = json!({ "decision": decision, "seen": seen.evidence });
    let (state, kind) = match decision.is_report() {
        true => (TaskState::Reported, Kind::TaskReported),
        false => (TaskState::Refused, Kind::TaskDecided),
    };
    // What went away by itself needs no other try.
    let flaky = decision.reason_codes == [Reason::Flaky];
    End {
        state,
        note: seen.note(&decision.sentences()),
        kind,
        facts,
        rerun: decision.is_report() && flaky && !seen.sightings.passed_after,
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

async fn admit(
    pipeline: &Pipeline,
    task: &TaskRow,
    (event, form): (&PipelineFailed, Form),
    past: Past,
    seen: Sightings,
) -> Result<Decision, StageError> {
    let facts = RepairFacts {
        origin: origin(event),
        form,
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
    /// Strategies whose patches do not mend it, with what they stated.
    disproved: Vec<(String, f64)>,
}

async fn propose(
    pipeline: &Pipeline,
    forge: &dyn Forge,
    (task, event): (&TaskRow, &PipelineFailed),
    failures: Vec<Failure>,
    log: LogInput,
) -> Result<Proposed, StageError> {
    let scratch = pipeline.store.scratch()?;
    let (tree, files) = forge
        .open(&task.repository, &event.commit, scratch.path())
        .await?;
    let workspace = Workspace {
        tree: Arc::new(tree),
        files,
    };
    let push = pushed::input(pipeline, forge, event).await?;
    let job = RepairJob {
        repository: Some(&task.repository),
        commit: Some(&event.commit),
        failures: &failures,
        log: &log,
        provider: provider(event),
        workspace: workspace.clone(),
        command: event.command.as_deref(),
        push: push.as_ref(),
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
    let mut disproved = Vec::new();
    let result = match candidates {
        Ok(candidates) => {
            let scene = Scene {
                workspace: Some(workspace),
                failures,
                stated: event.command.clone(),
                trusted: is_trusted(pipeline, event),
            };
            chosen(pipeline, task, &scene, candidates, &mut disproved).await
        }
        Err(end) => Err(end),
    };
    drop(scratch);
    Ok(Proposed {
        report,
        recording,
        result,
        disproved,
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
    disproved_by: &mut Vec<(String, f64)>,
) -> Result<Proved, End> {
    let (agents, at) = (&pipeline.agents, Some(&task.repository));
    let stated = candidates.iter().map(|candidate| {
        let proposal = &candidate.proposal;
        (proposal.strategy.clone(), proposal.confidence)
    });
    let mut tried: Vec<(String, f64)> = stated.collect();
    let (proved, why) = prove(agents, &task.id, at, scene, candidates).await;
    // A strategy may have proposed several, and one of them may mend it.
    tried.retain(|(strategy, _)| {
        let mut left = proved
            .iter()
            .map(|proved| &proved.candidate.proposal.strategy);
        !left.any(|left| left == strategy)
    });
    *disproved_by = tried;
    proved.into_iter().next().ok_or_else(|| disproved(why))
}

/// The failures of the task's incident in its run, and the log of its job.
async fn evidence(
    pipeline: &Pipeline,
    task: &TaskRow,
) -> Result<(Vec<Failure>, LogInput), StageError> {
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
    let failures = failures.into_iter().map(|stored| stored.failure).collect();
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
    let strategy = lesson::named(&candidate.proposal.strategy);
    let proven = evidence.is_proven();
    let facts = json!({
        "strategy": crate::redact::redact(&candidate.proposal.strategy),
        "confidence": confidence,
        "files": candidate.patch.files().iter().map(|file| &file.path).collect::<Vec<_>>(),
        "proposal": proposal,
        "patch": patch,
        "base_tree": base,
        "result_tree": result,
        "evidence": evidence,
        "from_model": candidate.proposal.is_from_model(),
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
        record.strategy = Some(strategy);
        record.evidence = Some(evidence);
        record.generation = generation;
    };
    let (work, id) = (work.clone(), task.id.clone());
    pipeline
        .store
        .write(move |tx| {
            let task = tx.step_task(&id, TaskState::Proposed, entry.at, update)?;
            ran.write(tx)?;
            if proven {
                tx.learn(&task, Lesson::Proven, entry.at)?;
            }
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
            let task = tx.step_task(&id, end.state, at, |record| record.note = Some(end.note))?;
            if let Some(ran) = &ran {
                ran.write(tx)?;
            }
            tx.record(&entry)?;
            if entry.kind != Kind::TaskDecided {
                show::enqueue(tx, &task, at)?;
            }
            tx.finish(&work)
        })
        .await?;
    Ok(())
}
