//! What a look came to, stored with its ledger entries and the next look, in
//! one transaction.

use serde_json::{Value, json};

use super::choose::{Chosen, New};
use super::{Looked, Turn};
use crate::ids::{Digest, TaskId};
use crate::ledger::{Entry, Kind};
use crate::pipeline::StageError;
use crate::redact::redact;
use crate::store::look::LookRow;
use crate::store::{Claimed, Stage, Tx};
use crate::task::TaskState;
use crate::time::Timestamp;

/// Characters of a finding's title in a note.
const MAX_TITLE_CHARS: usize = 120;

impl Turn<'_> {
    pub(super) async fn keep(&self, work: &Claimed, mut looked: Looked) -> Result<(), StageError> {
        let chosen = self.choose(&looked).await?;
        let due = self.plan.next(self.repository, self.now);
        looked.task.record.note = Some(match looked.task.record.note.take() {
            Some(failed) => failed,
            None => note(&looked, &chosen),
        });
        let entry = self.entry(Kind::LookEnded, facts(&looked, &chosen, due));
        let row = LookRow {
            looked_at: self.now,
            due_at: due,
            trouble: None,
        };
        let (repository, work, now) = (self.repository.clone(), work.clone(), self.now);
        let Looked {
            event,
            task,
            ran,
            recording,
            ..
        } = looked;
        self.pipeline
            .store
            .write(move |tx| {
                tx.insert_look(&event, now)?;
                tx.insert_task(&task)?;
                ran.write(tx)?;
                for new in &chosen.new {
                    propose(tx, new, recording.as_ref(), now)?;
                }
                tx.looked(&repository, &row)?;
                tx.record(&entry)?;
                tx.defer(&work, due)
            })
            .await?;
        Ok(())
    }

    /// Nothing could be looked at. Said, and not tried again before its next
    /// turn: a permission that is missing is not there a minute later.
    pub(super) async fn give_up(
        &self,
        work: &Claimed,
        error: &StageError,
    ) -> Result<(), StageError> {
        let due = self.plan.next(self.repository, self.now);
        let why = redact(&error.to_string()).into_owned();
        tracing::warn!(repository = %self.repository, why, "CI configuration was not looked at");
        let facts = json!({
            "why": why,
            "again": due,
            "sooner": format!("sentinel optimize --of {} --now", self.repository),
        });
        let entry = self.entry(Kind::LookFailed, facts);
        let row = LookRow {
            looked_at: self.now,
            due_at: due,
            trouble: Some(why),
        };
        let (repository, work) = (self.repository.clone(), work.clone());
        self.pipeline
            .store
            .write(move |tx| {
                tx.looked(&repository, &row)?;
                tx.record(&entry)?;
                tx.defer(&work, due)
            })
            .await?;
        Ok(())
    }

    fn entry(&self, kind: Kind, facts: Value) -> Entry {
        Entry {
            at: self.now,
            kind,
            subject: self.repository.to_string(),
            facts,
        }
    }
}

/// A held change gives way to the newer one of its kind; false where a person
/// has approved it meanwhile.
fn replace(
    tx: &mut Tx<'_>,
    id: &TaskId,
    by: &TaskId,
    now: Timestamp,
) -> crate::store::Result<bool> {
    if tx.task(id)?.state != TaskState::Held {
        return Ok(false);
    }
    let note = format!("looked at again: {by} takes its place");
    let facts = json!({ "why": note });
    tx.step_task(id, TaskState::Cancelled, now, |record| {
        record.note = Some(note)
    })?;
    tx.record(&Entry {
        at: now,
        kind: Kind::TaskCancelled,
        subject: id.to_string(),
        facts,
    })?;
    Ok(true)
}

/// Stores a change and sends it on to its decision. It can be replayed by the
/// run of the look that it came from.
fn propose(
    tx: &mut Tx<'_>,
    new: &New,
    recording: Option<&Digest>,
    now: Timestamp,
) -> crate::store::Result<()> {
    let New {
        task, fingerprint, ..
    } = new;
    if let Some(old) = &new.replaces
        && !replace(tx, old, &task.id, now)?
    {
        return Ok(());
    }
    if let Some(incident) = &task.incident {
        tx.insert_advised(incident, (&task.repository, fingerprint), now)?;
    }
    if !tx.insert_task(task)? {
        return Ok(());
    }
    let record = &task.record;
    if let Some(recording) = recording {
        tx.set_recording(
            &task.id,
            recording,
            &record.agent.to_string(),
            task.kind,
            now,
        )?;
    }
    let files: Vec<_> = new.patch.files().iter().map(|file| &file.path).collect();
    let facts = json!({
        "strategy": record.strategy,
        "confidence": record.confidence,
        "files": files,
        "proposal": record.proposal,
        "patch": record.patch,
        "base_tree": record.base_tree,
        "result_tree": record.result_tree,
        "evidence": record.evidence,
        "advice": record.advice,
        "incident": task.incident,
    });
    tx.record(&Entry {
        at: now,
        kind: Kind::TaskProposed,
        subject: task.id.to_string(),
        facts,
    })?;
    tx.enqueue(Stage::Publish, task.id.as_str(), now)
}

fn facts(looked: &Looked, chosen: &Chosen, due: Timestamp) -> Value {
    let runs = &looked.history.runs;
    json!({
        "task": looked.task.id,
        "state": looked.task.state.as_str(),
        "branch": looked.event.branch,
        "commit": looked.event.commit,
        "days": looked.history.days,
        "runs": runs.len(),
        "jobs": runs.iter().map(|run| run.jobs.len()).sum::<usize>(),
        "proposed": chosen.new.iter().map(|new| &new.task.id).collect::<Vec<_>>(),
        "left_out": chosen.left_out,
        "findings": titles(looked),
        "refused": looked.advised.reasons,
        "again": due,
    })
}

fn titles(looked: &Looked) -> Vec<String> {
    let findings = looked.advised.findings.iter();
    let title = |title: &str| redact(title).chars().take(MAX_TITLE_CHARS).collect();
    findings.map(|finding| title(&finding.title)).collect()
}

/// One line for people.
fn note(looked: &Looked, chosen: &Chosen) -> String {
    let count = |number: usize, what: &str| match number {
        1 => format!("1 {what}"),
        more => format!("{more} {what}s"),
    };
    let runs = count(looked.history.runs.len(), "run");
    let mut said = format!("{runs} of {} days looked at: ", looked.history.days);
    let (titles, reasons) = (titles(looked), &looked.advised.reasons);
    if looked.advised.changes.is_empty() && titles.is_empty() && !reasons.is_empty() {
        return said + &reasons.join("; ");
    }
    said += &format!(
        "{} proposed, {} left out",
        count(chosen.new.len(), "change"),
        chosen.left_out.len() + reasons.len()
    );
    if !titles.is_empty() {
        said += &format!(
            "; {}: {}",
            count(titles.len(), "finding"),
            titles.join(", ")
        );
    }
    said
}
