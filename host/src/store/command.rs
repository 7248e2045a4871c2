//! Commands that were decided, and what people do not want.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::{Result, StoreError, TaskRow, Tx, task};
use crate::decision::Verdict;
use crate::event::command::Order;
use crate::event::{CommandIssued, Event, PipelineFailed};
use crate::ids::{Branch, IncidentId, Repository};
use crate::time::Timestamp;

/// A command that was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// What is said to the person; none where nothing is.
    pub answer: Option<String>,
}

/// What is kept of a decided command.
#[derive(Debug, Clone)]
pub struct Deciding<'a> {
    pub key: &'a str,
    pub command: &'a CommandIssued,
    /// By the forge's word.
    pub author: &'a str,
    pub verdict: Verdict,
    pub answer: Option<&'a str>,
}

impl Tx<'_> {
    /// Keeps that a command was decided; says whether it is the first time.
    pub fn decide_command(&mut self, deciding: &Deciding<'_>, now: Timestamp) -> Result<bool> {
        let inserted = self
            .connection
            .prepare_cached(
                "INSERT INTO command
                     (key, repository, change, author, word, verdict, answer, decided_at)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            )?
            .execute(params![
                deciding.key,
                deciding.command.repository.to_string(),
                number(deciding.command),
                deciding.author,
                deciding.command.word.as_str(),
                deciding.verdict.as_str(),
                deciding.answer,
                now.0
            ])?;
        Ok(inserted == 1)
    }

    /// Whether somebody was told before, under the same change, which commands
    /// there are.
    pub fn was_helped(&self, command: &CommandIssued) -> Result<bool> {
        let known = Order::ALL.map(|order| format!("'{}'", order.as_str()));
        let mut query = self.connection.prepare_cached(&format!(
            "SELECT 1 FROM command
             WHERE repository = ? AND change = ? AND answer IS NOT NULL AND word NOT IN ({})",
            known.join(", ")
        ))?;
        Ok(query.exists(params![command.repository.to_string(), number(command)])?)
    }

    /// The answer is on the forge.
    pub fn answer_command(&mut self, key: &str, now: Timestamp) -> Result<()> {
        self.connection
            .prepare_cached("UPDATE command SET answered_at = ? WHERE key = ?")?
            .execute(params![now.0, key])?;
        Ok(())
    }

    /// A person wants nothing more of this: of one incident, or of any.
    pub fn halt(
        &mut self,
        (repository, branch): (&Repository, &Branch),
        incident: Option<&IncidentId>,
        by: &str,
        now: Timestamp,
    ) -> Result<()> {
        self.connection
            .prepare_cached(
                "INSERT INTO halt (repository, branch, incident, by, at) VALUES (?, ?, ?, ?, ?)
                 ON CONFLICT DO UPDATE SET by = excluded.by, at = excluded.at",
            )?
            .execute(params![
                repository.to_string(),
                branch.as_str(),
                incident.map_or("", IncidentId::as_str),
                by,
                now.0
            ])?;
        Ok(())
    }

    /// A person wants it again after all.
    pub fn resume(&mut self, repository: &Repository, branch: &Branch) -> Result<()> {
        self.connection
            .prepare_cached("DELETE FROM halt WHERE repository = ? AND branch = ?")?
            .execute(params![repository.to_string(), branch.as_str()])?;
        Ok(())
    }
}

/// The command that a happening tells of.
pub fn issued(connection: &Connection, key: &str) -> Result<CommandIssued> {
    let event: Option<String> = connection
        .prepare_cached("SELECT event FROM happening WHERE key = ?")?
        .query_row([key], |row| row.get(0))
        .optional()?;
    let missing = || StoreError::Missing {
        what: "command",
        id: key.to_owned(),
    };
    match serde_json::from_str(&event.ok_or_else(missing)?)? {
        Event::CommandIssued(command) => Ok(command),
        Event::PipelineFailed(_)
        | Event::PipelinePassed(_)
        | Event::JobFailed(_)
        | Event::ChangeMerged(_)
        | Event::ChangeClosed(_)
        | Event::ChangeChecked(_)
        | Event::InstallationChanged(_) => Err(missing()),
    }
}

/// A command that was decided before.
pub fn decided(connection: &Connection, key: &str) -> Result<Option<Decided>> {
    Ok(connection
        .prepare_cached("SELECT answer FROM command WHERE key = ?")?
        .query_row([key], |row| {
            Ok(Decided {
                answer: row.get(0)?,
            })
        })
        .optional()?)
}

/// Commands in a repository since a time: of one person, and of all.
pub fn count_since(
    connection: &Connection,
    repository: &Repository,
    author: &str,
    since: Timestamp,
) -> Result<(u32, u32)> {
    Ok(connection
        .prepare_cached(
            "SELECT count(*) FILTER (WHERE author = ?2 COLLATE NOCASE), count(*) FROM command
             WHERE repository = ?1 AND decided_at > ?3",
        )?
        .query_row(params![repository.to_string(), author, since.0], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?)
}

/// How often one word was obeyed under a change since a time.
pub fn obeyed_since(
    connection: &Connection,
    command: &CommandIssued,
    since: Timestamp,
) -> Result<u32> {
    Ok(connection
        .prepare_cached(
            "SELECT count(*) FROM command
             WHERE repository = ? AND decided_at > ? AND change = ? AND word = ?
                 AND verdict = 'ALLOW'",
        )?
        .query_row(
            params![
                command.repository.to_string(),
                since.0,
                number(command),
                command.word.as_str()
            ],
            |row| row.get(0),
        )?)
}

fn number(command: &CommandIssued) -> i64 {
    i64::try_from(command.change).unwrap_or(i64::MAX)
}

/// Whether a person rejected an incident's repair on a branch, and whether
/// proposals for the branch were stopped altogether.
pub fn halted(
    connection: &Connection,
    repository: &Repository,
    branch: &Branch,
    incident: &IncidentId,
) -> Result<(bool, bool)> {
    let mut query = connection.prepare_cached(
        "SELECT 1 FROM halt WHERE repository = ? AND branch = ? AND incident = ?",
    )?;
    let (repository, branch) = (repository.to_string(), branch.as_str());
    Ok((
        query.exists(params![repository, branch, incident.as_str()])?,
        query.exists(params![repository, branch, ""])?,
    ))
}

/// The newest repairs of a branch, those of forks' branches of its name left
/// out.
pub fn repairs_of_branch(
    connection: &Connection,
    repository: &Repository,
    branch: &Branch,
    limit: u32,
) -> Result<Vec<TaskRow>> {
    let of = "record ->> '$.target' = ?2 AND NOT EXISTS (
                  SELECT 1 FROM run WHERE run.key = task.run AND run.event ->> '$.fork')";
    repairs(
        connection,
        of,
        params![json(repository)?, branch.as_str(), limit],
    )
}

/// The newest repairs of a commit, forks' too.
pub fn repairs_of_commit(
    connection: &Connection,
    repository: &Repository,
    commit: &crate::ids::ObjectId,
    limit: u32,
) -> Result<Vec<TaskRow>> {
    let of = "record ->> '$.head' = ?2";
    repairs(
        connection,
        of,
        params![json(repository)?, commit.as_str(), limit],
    )
}

/// The newest tasks whose change was made from one of our branches.
pub fn made_from(
    connection: &Connection,
    repository: &Repository,
    branch: &Branch,
    limit: u32,
) -> Result<Vec<TaskRow>> {
    let of = "id IN (SELECT task FROM change WHERE repository = ?4 AND branch = ?2)";
    let named = repository.to_string();
    let params = params![json(repository)?, branch.as_str(), limit, named];
    tasks(connection, of, params)
}

fn json(repository: &Repository) -> Result<String> {
    Ok(serde_json::to_string(repository)?)
}

fn repairs(
    connection: &Connection,
    of: &str,
    params: impl rusqlite::Params,
) -> Result<Vec<TaskRow>> {
    tasks(connection, &format!("kind = 'repair' AND {of}"), params)
}

fn tasks(connection: &Connection, of: &str, params: impl rusqlite::Params) -> Result<Vec<TaskRow>> {
    let mut query = connection.prepare_cached(&format!(
        "SELECT {} FROM task WHERE repository = ?1 AND {of}
         ORDER BY created_at DESC, rowid DESC LIMIT ?3",
        task::COLUMNS
    ))?;
    let rows = query.query_map(params, |row| Ok(task::parse(row)))?;
    rows.map(|row| row.map_err(StoreError::from)?).collect()
}

/// The newest run of a branch that failed, forks' left out, and whether
/// anything was made of it.
pub fn newest_failure(
    connection: &Connection,
    repository: &Repository,
    branch: &Branch,
) -> Result<Option<(PipelineFailed, bool)>> {
    let row: Option<(String, bool)> = connection
        .prepare_cached(
            "SELECT event, EXISTS (SELECT 1 FROM task WHERE task.run = run.key) FROM run
             WHERE repository = ? AND branch = ? AND conclusion NOT IN ('success', 'looked')
                 AND NOT event ->> '$.fork'
             ORDER BY received_at DESC, rowid DESC LIMIT 1",
        )?
        .query_row(params![repository.to_string(), branch.as_str()], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    row.map(|(event, made)| Ok((serde_json::from_str(&event)?, made)))
        .transpose()
}
