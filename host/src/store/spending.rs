//! What language models cost, kept so that a restart forgets nothing.

use rusqlite::{Connection, params};

use super::{Result, Tx};
use crate::ids::{Repository, TaskId};
use crate::spending::{Amount, DAY_MS, Spent, Tokens};
use crate::time::Timestamp;

/// Whose request it is.
#[derive(Debug, Clone)]
pub struct Payer {
    /// The operator's name for the model.
    pub model: String,
    pub task: TaskId,
    pub repository: Option<Repository>,
}

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    Answered,
    Failed,
}

impl Settled {
    fn as_str(self) -> &'static str {
        match self {
            Settled::Answered => "answered",
            Settled::Failed => "failed",
        }
    }
}

/// A reserved request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reserved(i64);

/// All requests of one model that ended, or did not, in one way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Total {
    pub model: String,
    /// `answered`, `failed`, or `reserved`: under way, or cut off.
    pub outcome: String,
    pub requests: u64,
    pub tokens: Tokens,
    pub micros: u64,
}

impl Tx<'_> {
    /// What was spent and is reserved, of each budget of this payer.
    pub fn model_spent(&self, payer: &Payer, now: Timestamp) -> Result<Spent> {
        let since = now.plus_ms(-DAY_MS).0;
        let model = &payer.model;
        let sum = |which: &str, values: &[&dyn rusqlite::ToSql]| {
            let query = format!(
                "SELECT COALESCE(SUM(tokens), 0), COALESCE(SUM(micros), 0) FROM model_use \
                 WHERE model = ? AND {which}"
            );
            let mut query = self.connection.prepare_cached(&query)?;
            Ok::<_, super::StoreError>(query.query_row(values, amount)?)
        };
        let task = payer.task.as_str();
        let repository = payer.repository.as_ref().map(ToString::to_string);
        Ok(Spent {
            task: sum("task = ?", &[model, &task])?,
            // What belongs to no repository shares one budget.
            repository_day: sum("repository IS ? AND at >= ?", &[model, &repository, &since])?,
            day: sum("at >= ?", &[model, &since])?,
        })
    }

    /// Counts a request at its worst, before it is sent.
    pub fn reserve_model(
        &mut self,
        payer: &Payer,
        worst: Amount,
        at: Timestamp,
    ) -> Result<Reserved> {
        let repository = payer.repository.as_ref().map(ToString::to_string);
        self.connection
            .prepare_cached(
                "INSERT INTO model_use (at, model, task, repository, outcome, tokens, micros) \
                 VALUES (?, ?, ?, ?, 'reserved', ?, ?)",
            )?
            .execute(params![
                at.0,
                payer.model,
                payer.task.as_str(),
                repository,
                stored(worst.tokens),
                stored(worst.micros),
            ])?;
        Ok(Reserved(self.connection.last_insert_rowid()))
    }

    /// Puts what it cost in the place of the worst.
    pub fn settle_model(
        &mut self,
        request: Reserved,
        how: Settled,
        tokens: Tokens,
        amount: Amount,
    ) -> Result<()> {
        self.connection
            .prepare_cached(
                "UPDATE model_use SET outcome = ?, input_tokens = ?, output_tokens = ?, \
                 tokens = ?, micros = ? WHERE id = ?",
            )?
            .execute(params![
                how.as_str(),
                stored(tokens.input),
                stored(tokens.output),
                stored(amount.tokens),
                stored(amount.micros),
                request.0,
            ])?;
        Ok(())
    }
}

/// A request whose end nobody wrote down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Abandoned {
    pub model: String,
    pub task: String,
    /// What it stays counted as: its worst.
    pub amount: Amount,
}

impl Tx<'_> {
    /// Ends the requests that are under way, as those of a host that died.
    pub fn close_abandoned_models(&mut self) -> Result<Vec<Abandoned>> {
        let mut query = self.connection.prepare_cached(
            "UPDATE model_use SET outcome = 'failed' WHERE outcome = 'reserved' \
             RETURNING model, task, tokens, micros",
        )?;
        let rows = query.query_map([], |row| {
            Ok(Abandoned {
                model: row.get(0)?,
                task: row.get(1)?,
                amount: Amount {
                    tokens: read(row.get(2)?),
                    micros: read(row.get(3)?),
                },
            })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }
}

fn amount(row: &rusqlite::Row<'_>) -> rusqlite::Result<Amount> {
    Ok(Amount {
        tokens: read(row.get(0)?),
        micros: read(row.get(1)?),
    })
}

/// Amounts are bounded where they are made; what a damaged file holds is not.
fn read(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

/// A number as it is stored: a million such still have a sum.
fn stored(number: u64) -> i64 {
    const MOST: u64 = 1 << 42;
    number.min(MOST).cast_signed()
}

/// Everything that models were asked, for metrics.
pub fn totals(connection: &Connection) -> Result<Vec<Total>> {
    let mut query = connection.prepare_cached(
        "SELECT model, outcome, COUNT(*), SUM(input_tokens), SUM(output_tokens), SUM(micros) \
         FROM model_use GROUP BY model, outcome ORDER BY model, outcome",
    )?;
    let rows = query.query_map([], |row| {
        Ok(Total {
            model: row.get(0)?,
            outcome: row.get(1)?,
            requests: read(row.get(2)?),
            tokens: Tokens {
                input: read(row.get(3)?),
                output: read(row.get(4)?),
            },
            micros: read(row.get(5)?),
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
