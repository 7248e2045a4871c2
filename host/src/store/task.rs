//! Tasks and their steps.

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use serde::{Deserialize, Serialize};

use super::{Result, StoreError, Tx};
use crate::change::{Advice, Change};
use crate::confidence::Lesson;
use crate::decision::{Approval, Decision};
use crate::event::PipelineFailed;
use crate::evidence::Evidence;
use crate::grant::AgentRef;
use crate::ids::{Branch, Digest, IncidentId, ObjectId, Repository, TaskId};
use crate::incident::Urgency;
use crate::task::{TaskKind, TaskState};
use crate::time::Timestamp;

/// What is known about a task beside its state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TaskRecord {
    pub agent: AgentRef,
    /// The failing branch and commit.
    pub target: Branch,
    pub head: ObjectId,
    /// One line for people: what failed.
    pub subject: String,
    /// One line for people: why the task is where it is.
    #[serde(default)]
    pub note: Option<String>,
    /// The proposal's and the checked patch's blobs.
    #[serde(default)]
    pub proposal: Option<Digest>,
    #[serde(default)]
    pub patch: Option<Digest>,
    /// The trees the patch applies to and results in.
    #[serde(default)]
    pub base_tree: Option<ObjectId>,
    #[serde(default)]
    pub result_tree: Option<ObjectId>,
    #[serde(default)]
    pub confidence: Option<f64>,
    #[serde(default)]
    pub evidence: Option<Evidence>,
    #[serde(default)]
    pub decision: Option<Decision>,
    #[serde(default)]
    pub approval: Option<Approval>,
    /// How many changes for the incident and branch were merged before.
    #[serde(default)]
    pub generation: u32,
    #[serde(default)]
    pub change: Option<Change>,
    /// Set while it is held for an outage.
    #[serde(default)]
    pub waits: Option<Wait>,
    #[serde(default)]
    pub urgency: Urgency,
    /// What made the proposal.
    #[serde(default)]
    pub strategy: Option<String>,
    /// Set once running its job again was thought of.
    #[serde(default)]
    pub rerun: Option<RerunWish>,
    /// What a change of the CI configuration rests on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advice: Option<Advice>,
}

/// Why a job is to be run again, and how far that is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RerunWish {
    /// For people.
    pub why: String,
    /// Who approved it, where the policy asks.
    #[serde(default)]
    pub approved_by: Option<String>,
    /// The attempt that failed last.
    pub attempt: u64,
    /// Since when the newest one has been waited for.
    #[serde(default)]
    pub asked_at: Option<Timestamp>,
}

/// How long a task has been held for an outage, and when it is looked at
/// again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wait {
    pub since: Timestamp,
    pub until: Timestamp,
}

impl TaskRecord {
    /// The record of a task about a failing commit, before anything is known.
    pub fn new(agent: AgentRef, event: &PipelineFailed, subject: String) -> TaskRecord {
        TaskRecord {
            agent,
            target: event.branch.clone(),
            head: event.commit.clone(),
            subject,
            note: None,
            proposal: None,
            patch: None,
            base_tree: None,
            result_tree: None,
            confidence: None,
            evidence: None,
            decision: None,
            approval: None,
            generation: 0,
            change: None,
            waits: None,
            urgency: Urgency::default(),
            strategy: None,
            rerun: None,
            advice: None,
        }
    }
}

/// A task as stored.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TaskRow {
    pub id: TaskId,
    pub kind: TaskKind,
    pub state: TaskState,
    pub repository: Repository,
    pub run: String,
    /// The job whose log it is about.
    pub job: String,
    pub incident: Option<IncidentId>,
    pub record: TaskRecord,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl TaskRow {
    /// Whether it is held until an outage is over, not for a person.
    pub fn waits_for_an_outage(&self) -> bool {
        self.state == TaskState::Held && self.record.waits.is_some()
    }

    /// Whether it is held for a job that runs again, or may.
    pub fn waits_for_a_rerun(&self) -> bool {
        self.state == TaskState::Held && self.record.rerun.is_some()
    }
}

pub(super) const COLUMNS: &str =
    "id, kind, state, repository, run, job, incident, record, created_at, updated_at";

impl Tx<'_> {
    /// Stores a new task; says whether it was new.
    pub fn insert_task(&mut self, task: &TaskRow) -> Result<bool> {
        let inserted = self
            .connection
            .prepare_cached(&format!(
                "INSERT INTO task ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                 ON CONFLICT DO NOTHING"
            ))?
            .execute(params![
                task.id.as_str(),
                task.kind.as_str(),
                task.state.as_str(),
                serde_json::to_string(&task.repository)?,
                task.run,
                task.job,
                task.incident.as_ref().map(IncidentId::as_str),
                serde_json::to_string(&task.record)?,
                task.created_at.0,
                task.updated_at.0
            ])?;
        Ok(inserted == 1)
    }

    /// One task.
    pub fn task(&self, id: &TaskId) -> Result<TaskRow> {
        find(self.connection, id)
    }

    /// Moves a task to another state, if the states allow it *now*: what a
    /// person did meanwhile (cancel, reject) wins over a stage's result.
    pub fn step_task(
        &mut self,
        id: &TaskId,
        to: TaskState,
        now: Timestamp,
        update: impl FnOnce(&mut TaskRecord),
    ) -> Result<TaskRow> {
        let mut task = find(self.connection, id)?;
        task.state = task.state.step(to)?;
        update(&mut task.record);
        task.updated_at = now;
        self.connection
            .prepare_cached("UPDATE task SET state = ?, record = ?, updated_at = ? WHERE id = ?")?
            .execute(params![
                task.state.as_str(),
                serde_json::to_string(&task.record)?,
                now.0,
                id.as_str()
            ])?;
        if to == TaskState::Rejected {
            self.learn(&task, Lesson::Rejected, now)?;
        }
        Ok(task)
    }

    /// Changes what is known of a task, and not its state: one that is over
    /// still learns what became of its change.
    pub fn amend_task(
        &mut self,
        id: &TaskId,
        now: Timestamp,
        update: impl FnOnce(&mut TaskRecord),
    ) -> Result<()> {
        let mut task = find(self.connection, id)?;
        update(&mut task.record);
        self.connection
            .prepare_cached("UPDATE task SET record = ?, updated_at = ? WHERE id = ?")?
            .execute(params![
                serde_json::to_string(&task.record)?,
                now.0,
                id.as_str()
            ])?;
        Ok(())
    }
}

/// One task.
pub fn find(connection: &Connection, id: &TaskId) -> Result<TaskRow> {
    let task = connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM task WHERE id = ?"))?
        .query_row([id.as_str()], |row| Ok(parse(row)))
        .optional()?;
    task.ok_or_else(|| StoreError::Missing {
        what: "task",
        id: id.to_string(),
    })?
}

/// The tasks of an incident, newest first.
pub fn of_incident(
    connection: &Connection,
    incident: &IncidentId,
    limit: usize,
) -> Result<Vec<TaskRow>> {
    let mut query = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM task WHERE incident = ? ORDER BY created_at DESC, id LIMIT ?"
    ))?;
    let rows = query.query_map(params![incident.as_str(), limit as i64], |row| {
        Ok(parse(row))
    })?;
    rows.map(|row| row.map_err(StoreError::from)?).collect()
}

/// The newest tasks first.
pub fn list(connection: &Connection, limit: usize) -> Result<Vec<TaskRow>> {
    let mut query = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM task ORDER BY created_at DESC, id LIMIT ?"
    ))?;
    let rows = query.query_map([limit as i64], |row| Ok(parse(row)))?;
    rows.map(|row| row.map_err(StoreError::from)?).collect()
}

pub(super) fn parse(row: &Row<'_>) -> Result<TaskRow> {
    let damaged = |error: &dyn std::fmt::Display| StoreError::Damaged(error.to_string());
    let text = |index: usize| row.get::<_, String>(index);
    let incident: Option<String> = row.get(6)?;
    Ok(TaskRow {
        id: text(0)?.parse().map_err(|e| damaged(&e))?,
        kind: serde_json::from_value(text(1)?.into())?,
        state: TaskState::parse(&text(2)?).ok_or_else(|| damaged(&"task state"))?,
        repository: serde_json::from_str(&text(3)?)?,
        run: text(4)?,
        job: text(5)?,
        incident: incident
            .map(|id| id.parse())
            .transpose()
            .map_err(|e| damaged(&e))?,
        record: serde_json::from_str(&text(7)?)?,
        created_at: Timestamp(row.get(8)?),
        updated_at: Timestamp(row.get(9)?),
    })
}
