//! Logs of jobs that passed, which lie beside those of failed ones when they
//! are read.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::{Result, StoreError, Tx};
use crate::ids::{Digest, RunKey};
use crate::time::Timestamp;

impl Tx<'_> {
    /// Keeps the log of a job that passed, or that there is none to be had.
    pub fn insert_passing(
        &mut self,
        run: &RunKey,
        name: &str,
        digest: Option<&Digest>,
        now: Timestamp,
    ) -> Result<()> {
        self.connection
            .prepare_cached(
                "INSERT OR REPLACE INTO passing_log (run, name, digest, fetched_at)
                 VALUES (?, ?, ?, ?)",
            )?
            .execute(params![
                run.to_string(),
                name,
                digest.map(Digest::hex),
                now.0
            ])?;
        Ok(())
    }
}

/// What is known of the log of a job that passed: nothing, that there is none,
/// or where it is.
pub fn passing(
    connection: &Connection,
    run: &RunKey,
    name: &str,
) -> Result<Option<Option<Digest>>> {
    let found: Option<Option<String>> = connection
        .prepare_cached("SELECT digest FROM passing_log WHERE run = ? AND name = ?")?
        .query_row([&run.to_string(), name], |row| row.get(0))
        .optional()?;
    let parse = |digest: String| {
        Digest::try_from(digest).map_err(|error| StoreError::Damaged(error.to_string()))
    };
    found
        .map(|digest| digest.map(parse).transpose())
        .transpose()
}
