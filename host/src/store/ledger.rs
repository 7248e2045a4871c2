//! The append-only log: entries come with the state change they record; the
//! sequencer gives them their place.

use rusqlite::{Connection, OptionalExtension as _, params};
use serde::Serialize;

use super::{Result, StoreError, Tx};
use crate::ids::Digest;
use crate::ledger::{Entry, link};

impl Tx<'_> {
    /// Records what this transaction does.
    pub fn record(&mut self, entry: &Entry) -> Result<()> {
        let body = entry.bytes();
        let content = Digest::of(&body).hex();
        let body = String::from_utf8_lossy(&body);
        self.connection
            .prepare_cached(
                "INSERT INTO ledger (at, kind, subject, body, content) VALUES (?, ?, ?, ?, ?)",
            )?
            .execute(params![
                entry.at.0,
                entry.kind.as_str(),
                entry.subject,
                body,
                content
            ])?;
        Ok(())
    }
}

/// Numbers and links entries that have no place yet, in the order of their
/// insertion. Runs at the end of a commit: SQLite lets one process write at a
/// time, so no other sequencer can be between the last link and the next.
pub(super) fn sequence(connection: &Connection) -> rusqlite::Result<()> {
    let mut fresh = connection
        .prepare_cached("SELECT id, content FROM ledger WHERE idx IS NULL ORDER BY id")?;
    let entries: Vec<(i64, String)> = fresh
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    if entries.is_empty() {
        return Ok(());
    }
    let (mut index, mut previous) = last(connection)?;
    for (id, content) in entries {
        let linked = link(previous, index, digest(&content)?);
        connection
            .prepare_cached("UPDATE ledger SET idx = ?, link = ? WHERE id = ?")?
            .execute(params![index as i64, linked.hex(), id])?;
        previous = Some(linked);
        index += 1;
    }
    Ok(())
}

/// The next index and the last link.
fn last(connection: &Connection) -> rusqlite::Result<(u64, Option<Digest>)> {
    let last: Option<(i64, String)> = connection
        .prepare_cached(
            "SELECT idx, link FROM ledger WHERE idx IS NOT NULL ORDER BY idx DESC LIMIT 1",
        )?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    match last {
        Some((index, link)) => Ok((index as u64 + 1, Some(digest(&link)?))),
        None => Ok((0, None)),
    }
}

fn digest(text: &str) -> rusqlite::Result<Digest> {
    Digest::try_from(text.to_owned()).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(error))
    })
}

/// An entry as it lies in the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LedgerEntry {
    pub index: u64,
    pub kind: String,
    pub subject: String,
    /// Canonical JSON.
    pub body: String,
    pub content: String,
    pub link: String,
}

impl LedgerEntry {
    /// All entries in order, or those about one subject.
    pub fn list(connection: &Connection, subject: Option<&str>) -> Result<Vec<LedgerEntry>> {
        let mut query = connection.prepare_cached(
            "SELECT idx, kind, subject, body, content, link FROM ledger
             WHERE idx IS NOT NULL AND (?1 IS NULL OR subject = ?1) ORDER BY idx",
        )?;
        let entries = query.query_map([subject], |row| {
            Ok(LedgerEntry {
                index: row.get::<_, i64>(0)? as u64,
                kind: row.get(1)?,
                subject: row.get(2)?,
                body: row.get(3)?,
                content: row.get(4)?,
                link: row.get(5)?,
            })
        })?;
        Ok(entries.collect::<rusqlite::Result<_>>()?)
    }
}

/// Recomputes every content hash and link; the error names the first entry
/// that does not fit.
pub fn verify_chain(entries: &[LedgerEntry]) -> Result<()> {
    let mut previous = None;
    for (expected, entry) in (0..).zip(entries) {
        let content = Digest::of(entry.body.as_bytes());
        let linked = link(previous, expected, content);
        let fits =
            entry.index == expected && entry.content == content.hex() && entry.link == linked.hex();
        if !fits {
            let damage = format!("ledger entry {expected} ({}) does not fit", entry.kind);
            return Err(StoreError::Damaged(damage));
        }
        previous = Some(linked);
    }
    Ok(())
}
