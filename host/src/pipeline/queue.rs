//! Causes → repairs: queued, held or ended at once, with their failures.

use serde_json::json;

use super::analyze::{Read, origin};
use super::place::expected;
use super::{Pipeline, hold};
use crate::decision::{Past, Question, RepairFacts, decide};
use crate::event::PipelineFailed;
use crate::failure::Failure;
use crate::ids::TaskId;
use crate::incident::{Group, Remedy, Sightings, remedy};
use crate::ledger::{Entry, Kind};
use crate::policy::Policy;
use crate::store::{StoredFailure, TaskRecord, TaskRow, Tx};
use crate::task::{TaskKind, TaskState};
use crate::time::Timestamp;

/// A repair that is queued, or the reason why it is not.
pub(super) struct Repair {
    pub group: Group,
    pub task: TaskRow,
}

pub(super) fn queue(pipeline: &Pipeline, event: &PipelineFailed, group: Group) -> Repair {
    let now = pipeline.now();
    let mut task = task(pipeline, event, &group, now);
    let decision = match remedy(&group.failures[0]) {
        // It is asked about, whatever a decision would say of a patch.
        Remedy::Report(_) => None,
        // What the forge knows is asked when the task is claimed.
        Remedy::Repair => {
            let facts = RepairFacts {
                origin: origin(event),
                form: expected(event),
                past: Past::default(),
                changes_last_hour: 0,
                cancelled: false,
                seen: Sightings::default(),
            };
            let decision = decide(&pipeline.policy, &Question::Repair(facts), now);
            if !decision.allows() {
                task.state = TaskState::Refused;
                task.record.note = Some(decision.sentences().join("; "));
            }
            Some(decision)
        }
    };
    task.record.decision = decision;
    Repair { group, task }
}

/// The same cause at the same commit is one task, in however many jobs and
/// attempts it shows.
fn task(pipeline: &Pipeline, event: &PipelineFailed, group: &Group, now: Timestamp) -> TaskRow {
    let agent = pipeline.agents.patchbot();
    let parts = [
        "repair",
        group.incident.as_str(),
        event.branch.as_str(),
        event.commit.as_str(),
        &agent.digest.hex(),
    ];
    TaskRow {
        id: TaskId::derive(&parts),
        kind: TaskKind::Repair,
        state: TaskState::Queued,
        repository: event.run.repository.clone(),
        run: event.run.to_string(),
        job: group.job.clone(),
        incident: Some(group.incident.clone()),
        record: TaskRecord::new(agent.clone(), event, summary(&group.failures[0])),
        created_at: now,
        updated_at: now,
    }
}

/// A failure in one line, redacted.
fn summary(failure: &Failure) -> String {
    const CHARS: usize = 160;
    let line = failure
        .key_lines
        .first()
        .map_or("", |line| line.text.as_str());
    let line = crate::redact::redact(line);
    let tool = failure.tool.as_deref().unwrap_or("?");
    format!("{} ({tool}): {line}", failure.class.as_str())
        .chars()
        .take(CHARS)
        .collect()
}

/// The failures of one cause, under its incident.
pub(super) fn insert_failures(
    tx: &mut Tx<'_>,
    event: &PipelineFailed,
    read: &[Read],
    group: &Group,
    now: Timestamp,
) -> crate::store::Result<()> {
    let run = event.run.to_string();
    let of_group = |failure: &Failure| {
        let mut failures = group.failures.iter();
        failures.any(|known| known.fingerprint == failure.fingerprint)
    };
    for read in read {
        for (ordinal, failure) in read.failures().iter().enumerate() {
            if of_group(failure) {
                let failure = StoredFailure {
                    job: read.log.job.clone(),
                    incident: group.incident.clone(),
                    failure: failure.clone(),
                };
                tx.insert_failure(&event.run.repository, &run, ordinal, &failure, now)?;
            }
        }
    }
    Ok(())
}

pub(super) fn insert_repair(
    tx: &mut Tx<'_>,
    policy: &Policy,
    event: &PipelineFailed,
    repair: Repair,
    now: Timestamp,
) -> crate::store::Result<()> {
    let Repair { group, mut task } = repair;
    hold::weigh(tx, policy, event, &group.failures[0], &mut task, now)?;
    if !tx.insert_task(&task)? {
        return Ok(());
    }
    let (kind, facts) = told(&task);
    tx.record(&Entry {
        at: now,
        kind,
        subject: task.id.to_string(),
        facts,
    })?;
    match task.state {
        TaskState::Queued | TaskState::Held => hold::enqueue(tx, &task, now),
        _ => Ok(()),
    }
}

/// How a new task begins, for the ledger.
fn told(task: &TaskRow) -> (Kind, serde_json::Value) {
    let record = &task.record;
    match task.state {
        TaskState::Queued => (
            Kind::TaskQueued,
            json!({
                "incident": task.incident,
                "failure": record.subject,
                "agent": record.agent.to_string(),
                "decision": record.decision,
                "urgency": record.urgency,
            }),
        ),
        TaskState::Held => (
            Kind::TaskHeld,
            json!({
                "incident": task.incident,
                "failure": record.subject,
                "decision": record.decision,
                "note": record.note,
                "until": record.waits.map(|wait| wait.until),
                "urgency": record.urgency,
            }),
        ),
        TaskState::Reported => (
            Kind::TaskReported,
            json!({ "failure": record.subject, "note": record.note }),
        ),
        _ => (Kind::TaskDecided, json!({ "decision": record.decision })),
    }
}
