//! Registered components: which one of a name is active, which one waits.

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use serde::Serialize;

use super::{Result, StoreError, Tx};
use crate::grant::AgentRef;
use crate::ids::Digest;
use crate::manifest::Manifest;
use crate::time::Timestamp;

/// Where a registered component is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Registration {
    /// Tasks are given to it.
    Active,
    /// It asks for more than the active one: a person decides.
    Held,
    /// Another took its place.
    Former,
}

impl Registration {
    fn as_str(self) -> &'static str {
        match self {
            Registration::Active => "active",
            Registration::Held => "held",
            Registration::Former => "former",
        }
    }

    fn parse(text: &str) -> Result<Registration> {
        match text {
            "active" => Ok(Registration::Active),
            "held" => Ok(Registration::Held),
            "former" => Ok(Registration::Former),
            other => Err(StoreError::Damaged(format!("a registration is {other:?}"))),
        }
    }
}

/// A component as stored; its bytes are the blob of its digest.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AgentRow {
    pub agent: AgentRef,
    pub manifest: Manifest,
    pub state: Registration,
    pub registered_at: Timestamp,
}

impl Tx<'_> {
    /// Stores a component in a state. One that becomes active makes the one
    /// that was active before a former one.
    pub fn register(
        &mut self,
        agent: &AgentRef,
        manifest: &Manifest,
        state: Registration,
        at: Timestamp,
    ) -> Result<()> {
        if state == Registration::Active {
            self.connection
                .prepare_cached(
                    "UPDATE agent SET state = 'former' WHERE name = ? AND state = 'active'",
                )?
                .execute([&agent.name])?;
        }
        // Of several that waited, the newest is the one to decide about.
        if state == Registration::Held {
            self.connection
                .prepare_cached(
                    "UPDATE agent SET state = 'former' WHERE name = ? AND state = 'held'",
                )?
                .execute([&agent.name])?;
        }
        self.connection
            .prepare_cached(
                "INSERT INTO agent (name, version, digest, manifest, state, registered_at)
                 VALUES (?, ?, ?, ?, ?, ?)
                 ON CONFLICT (name, digest) DO UPDATE
                 SET state = excluded.state, registered_at = excluded.registered_at",
            )?
            .execute(params![
                agent.name,
                agent.version,
                agent.digest.hex(),
                serde_json::to_string(manifest)?,
                state.as_str(),
                at.0
            ])?;
        Ok(())
    }
}

const COLUMNS: &str = "name, version, digest, manifest, state, registered_at";

/// All registered components, by name, the newest first.
pub fn list(connection: &Connection) -> Result<Vec<AgentRow>> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM agent ORDER BY name, registered_at DESC"
    ))?;
    let mut rows = statement.query([])?;
    let mut agents = Vec::new();
    while let Some(row) = rows.next()? {
        agents.push(from_row(row)?);
    }
    Ok(agents)
}

/// The component of a name that is in a state.
pub fn find(connection: &Connection, name: &str, state: Registration) -> Result<Option<AgentRow>> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM agent WHERE name = ? AND state = ?"
    ))?;
    let row = statement.query_row([name, state.as_str()], |row| Ok(from_row(row)));
    row.optional()?.transpose()
}

fn from_row(row: &Row<'_>) -> Result<AgentRow> {
    let digest: String = row.get(2)?;
    let manifest: String = row.get(3)?;
    let state: String = row.get(4)?;
    Ok(AgentRow {
        agent: AgentRef {
            name: row.get(0)?,
            version: row.get(1)?,
            digest: Digest::try_from(digest)
                .map_err(|error| StoreError::Damaged(error.to_string()))?,
        },
        manifest: serde_json::from_str(&manifest)?,
        state: Registration::parse(&state)?,
        registered_at: Timestamp(row.get(5)?),
    })
}
