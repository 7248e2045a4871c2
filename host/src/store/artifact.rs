//! Which bytes are the machine code this host compiled.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::{Result, StoreError, Tx};
use crate::ids::Digest;

impl Tx<'_> {
    /// Records the digest of an artifact under its key.
    pub fn set_artifact(&mut self, key: &Digest, digest: &Digest) -> Result<()> {
        self.connection
            .prepare_cached(
                "INSERT INTO artifact (key, digest) VALUES (?, ?)
                 ON CONFLICT (key) DO UPDATE SET digest = excluded.digest",
            )?
            .execute(params![key.hex(), digest.hex()])?;
        Ok(())
    }
}

/// The digest recorded under a key.
pub fn find(connection: &Connection, key: &Digest) -> Result<Option<Digest>> {
    let digest: Option<String> = connection
        .prepare_cached("SELECT digest FROM artifact WHERE key = ?")?
        .query_row([key.hex()], |row| row.get(0))
        .optional()?;
    digest
        .map(|digest| {
            Digest::try_from(digest).map_err(|error| StoreError::Damaged(error.to_string()))
        })
        .transpose()
}
