//! What proposals taught, counted per strategy.

use rusqlite::{Connection, params};
use serde::Serialize;

use super::{Result, StoreError, TaskRow, Tx};
use crate::confidence::{Lesson, MAX_HERE, MAX_OF_ONE_REPOSITORY, Record};
use crate::ids::Repository;
use crate::time::Timestamp;

/// Lessons of one strategy that are counted over all repositories, the newest.
const MAX_ELSEWHERE: u32 = 2_000;

/// Characters kept of a strategy's name, which is its agent's to choose.
const MAX_NAME_CHARS: usize = 64;

/// Rows of a table for people.
const MAX_SHOWN: u32 = 1_000;

/// How a strategy is called in the store.
pub fn named(strategy: &str) -> String {
    let visible = strategy
        .chars()
        .filter(|c| !crate::patch::path::is_invisible(*c));
    let name: String = visible.take(MAX_NAME_CHARS).collect();
    crate::redact::redact(&name).into_owned()
}

impl Tx<'_> {
    /// What became of a task's proposal teaches something about its strategy.
    pub fn learn(&mut self, task: &TaskRow, lesson: Lesson, now: Timestamp) -> Result<()> {
        let (Some(strategy), Some(stated)) = (&task.record.strategy, task.record.confidence) else {
            return Ok(());
        };
        let strategy = strategy.clone();
        self.learn_of(task, (&strategy, stated), lesson, now)
    }

    /// The same of one of a task's proposals that was not chosen. What is
    /// learnt later takes the place of what was.
    pub fn learn_of(
        &mut self,
        task: &TaskRow,
        (strategy, stated): (&str, f64),
        lesson: Lesson,
        now: Timestamp,
    ) -> Result<()> {
        self.connection
            .prepare_cached(
                "INSERT INTO lesson (task, strategy, agent, repository, stated, lesson, at)
                 VALUES (?, ?, ?, ?, ?, ?, ?)
                 ON CONFLICT (task, strategy) DO UPDATE
                 SET lesson = excluded.lesson, at = excluded.at",
            )?
            .execute(params![
                task.id.as_str(),
                named(strategy),
                task.record.agent.name,
                task.repository.to_string(),
                stated,
                lesson.as_str(),
                now.0
            ])?;
        Ok(())
    }
}

/// What is known of an agent's strategy, seen from a repository.
pub fn record(
    connection: &Connection,
    agent: &str,
    strategy: &str,
    repository: &Repository,
) -> Result<Record> {
    let strategy = named(strategy);
    let here = repository.to_string();
    let mut record = Record::default();
    let mut query = connection.prepare_cached(
        "SELECT lesson, count(*) FROM (
             SELECT lesson FROM lesson WHERE agent = ? AND strategy = ? AND repository = ?
             ORDER BY at DESC LIMIT ?)
         GROUP BY lesson",
    )?;
    let counted = query.query_map(params![agent, strategy, here, MAX_HERE], pair)?;
    for row in counted {
        let (lesson, count) = row?;
        record.here.add(parsed(&lesson)?, count);
    }
    let mut query = connection.prepare_cached(
        "SELECT lesson, count(*) FROM (
             SELECT lesson FROM (
                 SELECT lesson, at, row_number() OVER (
                     PARTITION BY repository ORDER BY at DESC) AS nth
                 FROM lesson WHERE agent = ?1 AND strategy = ?2 AND repository <> ?3)
             WHERE nth <= ?4 ORDER BY at DESC LIMIT ?5)
         GROUP BY lesson",
    )?;
    let limits = params![agent, strategy, here, MAX_OF_ONE_REPOSITORY, MAX_ELSEWHERE];
    for row in query.query_map(limits, pair)? {
        let (lesson, count) = row?;
        record.elsewhere.add(parsed(&lesson)?, count);
    }
    Ok(record)
}

fn pair(row: &rusqlite::Row<'_>) -> rusqlite::Result<(String, u32)> {
    Ok((row.get(0)?, row.get(1)?))
}

fn parsed(lesson: &str) -> Result<Lesson> {
    Lesson::parse(lesson).ok_or_else(|| StoreError::Damaged(format!("a lesson is {lesson:?}")))
}

/// One strategy in one repository.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    pub agent: String,
    pub strategy: String,
    pub repository: String,
    /// The mean of what was stated.
    pub stated: f64,
    /// How often which lesson was learnt.
    pub lessons: std::collections::BTreeMap<String, u32>,
}

/// Every strategy in every repository, by name.
pub fn table(connection: &Connection) -> Result<Vec<Row>> {
    let mut query = connection.prepare_cached(
        "SELECT agent, strategy, repository, lesson, count(*), sum(stated) FROM lesson
         GROUP BY agent, strategy, repository, lesson
         ORDER BY agent, strategy, repository, lesson LIMIT ?",
    )?;
    type Columns = (String, String, String, String, u32, f64);
    let rows = query.query_map([MAX_SHOWN], |row| {
        Ok((
            row.get(0)?,
            row.get(1)?,
            row.get(2)?,
            row.get(3)?,
            row.get(4)?,
            row.get(5)?,
        ))
    })?;
    let rows: Vec<Columns> = rows.collect::<rusqlite::Result<_>>()?;
    let mut table: Vec<Row> = Vec::new();
    for (agent, strategy, repository, lesson, count, stated) in rows {
        let same = |row: &&mut Row| {
            row.agent == agent && row.strategy == strategy && row.repository == repository
        };
        if table.last_mut().filter(same).is_none() {
            table.push(Row {
                agent,
                strategy,
                repository,
                stated: 0.0,
                lessons: std::collections::BTreeMap::new(),
            });
        }
        if let Some(row) = table.last_mut() {
            row.stated += stated;
            row.lessons.insert(lesson, count);
        }
    }
    for row in &mut table {
        let all: u32 = row.lessons.values().sum();
        row.stated /= f64::from(all.max(1));
    }
    Ok(table)
}
