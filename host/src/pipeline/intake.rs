//! Event → store: what was told is made durable, with its ledger entry and the
//! work it calls for, in one transaction. Webhooks and `sentinel ingest` come
//! through here.

use std::borrow::Cow;

use serde_json::{Value, json};

use crate::change::Outcome;
use crate::event::{ChangeChecked, ChangeEnded, Event, PipelineFailed, PipelinePassed};
use crate::ids::Digest;
use crate::ledger::{Entry, Kind};
use crate::redact::redact;
use crate::store::{Accepted, Result, Store, Tx};
use crate::time::Timestamp;

/// A delivery that told of an event.
pub struct Arrival {
    /// Whose: `github`, `gitlab`, …
    pub provider: &'static str,
    pub id: String,
    /// The signature covers the id, so that the id alone tells a repetition.
    pub id_is_signed: bool,
    pub body: Vec<u8>,
}

/// Stores an event, once: a delivery's id is seldom covered by its signature,
/// so what the event is about decides whether it is new.
pub async fn accept(
    store: &Store,
    arrival: Arrival,
    event: Event,
    now: Timestamp,
) -> Result<Accepted> {
    let digest = Digest::of(&arrival.body);
    let facts = facts(&arrival, &digest, &event);
    store
        .write(move |tx| {
            let repeated =
                arrival.id_is_signed && tx.knows_delivery(arrival.provider, &arrival.id)?;
            // Asked first even so: who tells of a run again wants it read.
            if is_known(tx, &event, now)? || repeated {
                return Ok(Accepted::Duplicate);
            }
            let body = kept(&event, &arrival.body);
            let body = (body.as_ref(), &digest);
            let row = tx.insert_delivery(arrival.provider, &arrival.id, body, now)?;
            insert(tx, &event, row, now)?;
            tx.record(&Entry {
                at: now,
                kind: kind(&event),
                subject: event.key(),
                facts,
            })?;
            Ok(Accepted::New)
        })
        .await
}

/// Every green run and failed job is told too, and nobody reads those bodies
/// again: what they say is in the event, and the ledger has their digest. A log
/// that came along is kept without its secrets, as any log is.
fn kept<'a>(event: &Event, body: &'a [u8]) -> Cow<'a, [u8]> {
    match event {
        Event::PipelinePassed(_) | Event::JobFailed(_) | Event::ChangeChecked(_) => {
            Cow::Borrowed(&[])
        }
        Event::PipelineFailed(_) => log_redacted(body),
        Event::ChangeMerged(_)
        | Event::ChangeClosed(_)
        | Event::CommandIssued(_)
        | Event::InstallationChanged(_) => Cow::Borrowed(body),
    }
}

/// Where senders put a log: their own form's, and Jenkins'.
const LOGS: [&str; 2] = ["/log", "/build/log"];

fn log_redacted(body: &[u8]) -> Cow<'_, [u8]> {
    // Few have a log in them, and all have been read once already.
    if memchr::memmem::find(body, b"\"log\"").is_none() {
        return Cow::Borrowed(body);
    }
    let Ok(mut value) = serde_json::from_slice::<Value>(body) else {
        return Cow::Borrowed(body);
    };
    for place in LOGS {
        if let Some(Value::String(log)) = value.pointer_mut(place) {
            *log = redact(log).into_owned();
        }
    }
    Cow::Owned(value.to_string().into_bytes())
}

fn is_known(tx: &mut Tx<'_>, event: &Event, now: Timestamp) -> Result<bool> {
    match event {
        Event::PipelineFailed(PipelineFailed { run, .. })
        | Event::PipelinePassed(PipelinePassed { run, .. }) => tx.knows_run(run, now),
        Event::JobFailed(_)
        | Event::ChangeMerged(_)
        | Event::ChangeClosed(_)
        | Event::ChangeChecked(_)
        | Event::CommandIssued(_)
        | Event::InstallationChanged(_) => tx.knows_happening(&event.key()),
    }
}

fn insert(tx: &mut Tx<'_>, event: &Event, delivery: i64, now: Timestamp) -> Result<Accepted> {
    match event {
        Event::PipelineFailed(run) => tx.insert_run(run, Some(delivery), now),
        Event::PipelinePassed(run) => tx.insert_passed(run, Some(delivery), now),
        Event::ChangeMerged(ended) => end(tx, event, ended, Outcome::Merged, delivery, now),
        Event::ChangeClosed(ended) => end(tx, event, ended, Outcome::Closed, delivery, now),
        Event::ChangeChecked(checked) => {
            let ChangeChecked { run, branch, .. } = checked;
            tx.wake_watch(&run.repository, branch, now)?;
            tx.insert_happening(event, Some(delivery), now)
        }
        Event::JobFailed(_) | Event::CommandIssued(_) | Event::InstallationChanged(_) => {
            tx.insert_happening(event, Some(delivery), now)
        }
    }
}

fn end(
    tx: &mut Tx<'_>,
    event: &Event,
    ended: &ChangeEnded,
    outcome: Outcome,
    delivery: i64,
    now: Timestamp,
) -> Result<Accepted> {
    for (task, outcome) in tx.end_change(ended, outcome, now)? {
        tx.record(&Entry {
            at: now,
            kind: Kind::ChangeOutcome,
            subject: task.to_string(),
            facts: json!({ "outcome": outcome, "told": event.key() }),
        })?;
    }
    tx.insert_happening(event, Some(delivery), now)
}

fn kind(event: &Event) -> Kind {
    match event {
        Event::PipelineFailed(_) => Kind::DeliveryAccepted,
        Event::PipelinePassed(_) => Kind::RunPassed,
        Event::JobFailed(_) => Kind::JobFailed,
        Event::ChangeMerged(_) => Kind::ChangeMerged,
        Event::ChangeClosed(_) => Kind::ChangeClosed,
        Event::ChangeChecked(_) => Kind::ChangeChecked,
        Event::CommandIssued(_) => Kind::CommandReceived,
        Event::InstallationChanged(_) => Kind::InstallationChanged,
    }
}

/// What the ledger keeps: whose word it is, and what it says.
fn facts(arrival: &Arrival, digest: &Digest, event: &Event) -> Value {
    let told = match event {
        Event::PipelineFailed(run) => {
            json!({"branch": run.branch, "commit": run.commit, "fork": run.fork})
        }
        Event::PipelinePassed(run) => {
            json!({"branch": run.branch, "commit": run.commit, "fork": run.fork})
        }
        Event::JobFailed(job) => {
            json!({"job": job.name, "commit": job.commit, "reason": job.reason})
        }
        Event::ChangeMerged(ended) | Event::ChangeClosed(ended) => {
            json!({"branch": ended.branch, "number": ended.number})
        }
        Event::ChangeChecked(checked) => {
            json!({"branch": checked.branch, "commit": checked.commit})
        }
        Event::CommandIssued(command) => json!({
            "change": command.change,
            "word": command.word,
            "rest": redact(&command.rest),
            "claimed_author": command.claimed_author,
            "permission": "not asked yet",
        }),
        Event::InstallationChanged(changed) => {
            json!({"change": changed.change, "account": changed.account})
        }
    };
    let mut facts = json!({
        "provider": arrival.provider,
        "delivery": arrival.id,
        "digest": digest,
    });
    if let (Value::Object(facts), Value::Object(told)) = (&mut facts, told) {
        facts.extend(told);
    }
    facts
}
