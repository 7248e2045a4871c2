//! Tasks that wait for an outage to be over. They go on by themselves: when
//! their time is over, or when their branch goes green.

use serde_json::json;

use super::analyze::origin;
use super::place::expected;
use super::seen::{Seen, outage_sentence};
use super::{Pipeline, StageError};
use crate::decision::{Decision, Past, Question, RepairFacts, decide};
use crate::event::PipelineFailed;
use crate::failure::Failure;
use crate::incident::{Sightings, Spread, is_infrastructure, urgency};
use crate::ledger::Kind;
use crate::policy::Policy;
use crate::store::{Claimed, Stage, TaskRow, Tx, Wait};
use crate::task::TaskState;
use crate::time::Timestamp;

/// How far back branches and repositories count for the urgency of an
/// incident, in milliseconds: a week, as long as anybody remembers.
const REACH_MS: i64 = 7 * 24 * 3_600_000;

/// Holds a claimed task for as long as the window of outages.
pub(super) async fn wait(
    pipeline: &Pipeline,
    work: &Claimed,
    task: &TaskRow,
    decision: Decision,
    seen: &Seen,
) -> Result<(), StageError> {
    let now = pipeline.now();
    let wait = Wait {
        since: task.record.waits.map_or(now, |wait| wait.since),
        until: now.plus_ms(pipeline.policy.outage_window_ms()),
    };
    let facts = json!({ "decision": decision, "seen": seen.evidence, "until": wait.until });
    let entry = pipeline.entry(Kind::TaskHeld, task.id.as_str(), facts);
    let note = note(&decision, &seen.told, wait);
    let (work, id) = (work.clone(), task.id.clone());
    pipeline
        .store
        .write(move |tx| {
            tx.step_task(&id, TaskState::Held, entry.at, |record| {
                record.note = Some(note);
                record.decision = Some(decision);
                record.waits = Some(wait);
            })?;
            tx.record(&entry)?;
            tx.defer(&work, wait.until)
        })
        .await?;
    Ok(())
}

fn note(decision: &Decision, told: &[String], wait: Wait) -> String {
    let sentences = decision.sentences().join("; ");
    format!(
        "{sentences}; {}; held until {}",
        told.join("; "),
        wait.until
    )
}

/// Lets a held task go on where it was.
pub(super) async fn release(
    pipeline: &Pipeline,
    task: &TaskRow,
    to: TaskState,
    seen: &Seen,
) -> Result<TaskRow, StageError> {
    let facts = json!({ "seen": seen.sightings, "evidence": seen.evidence });
    let entry = pipeline.entry(Kind::TaskReleased, task.id.as_str(), facts);
    let id = task.id.clone();
    let released = pipeline
        .store
        .write(move |tx| {
            let task = tx.step_task(&id, to, entry.at, |record| {
                record.note = None;
                record.waits = None;
            })?;
            tx.record(&entry)?;
            Ok(task)
        })
        .await?;
    Ok(released)
}

/// Gives a new task its urgency, and holds it where what failed is an outage:
/// counted in the transaction that stores its failure, so that the task that
/// makes it one is held already.
pub(super) fn weigh(
    tx: &mut Tx<'_>,
    policy: &Policy,
    event: &PipelineFailed,
    failure: &Failure,
    task: &mut TaskRow,
    now: Timestamp,
) -> crate::store::Result<()> {
    let Some(incident) = task.incident.clone() else {
        return Ok(());
    };
    let reach = tx.reach(&incident, now, now.plus_ms(-REACH_MS))?;
    // A glob that does not compile was refused with the configuration.
    let branch = policy.branch_kind(&event.branch, event.base.as_ref());
    if let Ok(branch) = branch {
        let urgency = urgency(failure.class, failure.severity, branch, &reach);
        task.record.urgency = urgency;
        tx.set_urgency(&incident, urgency)?;
    }
    let counted = tx.counted(
        &failure.fingerprint,
        now.plus_ms(-policy.outage_window_ms()),
    )?;
    let spread = Spread {
        infrastructure: is_infrastructure(failure),
        repositories: counted.repositories,
        red: counted.red,
        held_ms: 0,
    };
    let waiting = matches!(task.state, TaskState::Queued | TaskState::Reported);
    if waiting && spread.is_outage(policy) {
        hold(policy, event, spread, task, now);
    }
    Ok(())
}

/// Also what would end as a report is held: a report from each of a hundred
/// repositories that a registry is down helps nobody.
fn hold(
    policy: &Policy,
    event: &PipelineFailed,
    spread: Spread,
    task: &mut TaskRow,
    now: Timestamp,
) {
    let facts = RepairFacts {
        origin: origin(event),
        form: expected(event),
        past: Past::default(),
        changes_last_hour: 0,
        cancelled: false,
        seen: Sightings {
            spread,
            ..Sightings::default()
        },
    };
    let decision = decide(policy, &Question::Repair(facts), now);
    if !decision.waits_for_an_outage() {
        return;
    }
    let wait = Wait {
        since: now,
        until: now.plus_ms(policy.outage_window_ms()),
    };
    let told = [outage_sentence(&spread, policy.outage_window_minutes)];
    task.state = TaskState::Held;
    task.record.note = Some(note(&decision, &told, wait));
    task.record.decision = Some(decision);
    task.record.waits = Some(wait);
}

/// Puts a new task in the queue: at once, or when it has waited.
pub(super) fn enqueue(tx: &mut Tx<'_>, task: &TaskRow, now: Timestamp) -> crate::store::Result<()> {
    let at = task.record.waits.map_or(now, |wait| wait.until);
    tx.enqueue_as(Stage::Repair, task.id.as_str(), task.record.urgency, at)
}
