//! What a run leaves behind: its line in the ledger, and where it can be
//! replayed from.

use serde_json::json;

use crate::confidence::Lesson;
use crate::ids::Digest;
use crate::ledger::{Entry, Kind};
use crate::sandbox::{GuestEvent, Output, Report};
use crate::store::{TaskRow, Tx};
use crate::time::Timestamp;

/// A run, ready to be written in the transaction of the state it led to.
pub(super) struct Ran {
    task: TaskRow,
    entry: Entry,
    recording: Option<Digest>,
    disproved: Vec<(String, f64)>,
}

impl Ran {
    pub fn new(task: &TaskRow, report: &Report, recording: Option<Digest>, now: Timestamp) -> Ran {
        Ran {
            entry: usage(task, report, recording.as_ref(), now),
            task: task.clone(),
            recording,
            disproved: Vec::new(),
        }
    }

    /// With the strategies whose patches turned out not to mend it.
    pub fn teaching(mut self, disproved: Vec<(String, f64)>) -> Ran {
        self.disproved = disproved;
        self
    }

    pub fn write(&self, tx: &mut Tx<'_>) -> crate::store::Result<()> {
        if let Some(recording) = &self.recording {
            let agent = self.task.record.agent.to_string();
            let (task, kind) = (&self.task.id, self.task.kind);
            tx.set_recording(task, recording, &agent, kind, self.entry.at)?;
        }
        for (strategy, stated) in &self.disproved {
            let taught = (strategy.as_str(), *stated);
            tx.learn_of(&self.task, taught, Lesson::Disproved, self.entry.at)?;
        }
        tx.record(&self.entry)
    }
}

/// The one line of usage every task leaves in the ledger.
fn usage(task: &TaskRow, report: &Report, recording: Option<&Digest>, at: Timestamp) -> Entry {
    let outcome = match &report.outcome {
        Ok(Output::Failures(failures)) => json!({ "failures": failures.len() }),
        Ok(Output::Proposals(proposals)) => json!({ "proposals": proposals.len() }),
        Ok(Output::Abstained(reason)) => json!({ "abstained": crate::redact::redact(reason) }),
        Err(error) => json!({ "error": error.kind(), "why": error.to_string() }),
    };
    let facts = json!({
        "agent": task.record.agent.to_string(),
        "outcome": outcome,
        "messages": messages(report),
        "usage": report.usage,
        "denials": report.denials,
        "unused": report.unused,
        "recording": recording,
        "cleanup": report.cleanup.as_ref().map(ToString::to_string),
    });
    Entry {
        at,
        kind: Kind::TaskRun,
        subject: task.id.to_string(),
        facts,
    }
}

/// Messages of a guest that the ledger keeps, the last ones.
const MAX_MESSAGES: usize = 20;

/// Characters kept of one.
const MAX_MESSAGE_CHARS: usize = 200;

/// What the guest had to say to whoever reads about the task.
fn messages(report: &Report) -> Vec<String> {
    let said = report.events.iter().filter_map(|event| match event {
        GuestEvent::Log { level, message } => Some(format!("{level}: {message}")),
        GuestEvent::Progress { .. } => None,
    });
    let said: Vec<String> = said.collect();
    let last = &said[said.len().saturating_sub(MAX_MESSAGES)..];
    let kept = |message: &String| {
        crate::redact::redact(message)
            .chars()
            .take(MAX_MESSAGE_CHARS)
            .collect()
    };
    last.iter().map(kept).collect()
}
