//! What deliveries told besides runs: failed jobs, changes that ended,
//! commands, installations.

use rusqlite::params;

use super::{Accepted, Result, Stage, Tx};
use crate::event::Event;
use crate::incident::Urgency;
use crate::time::Timestamp;

impl Tx<'_> {
    /// Whether something is known already.
    pub fn knows_happening(&self, key: &str) -> Result<bool> {
        Ok(self
            .connection
            .prepare_cached("SELECT 1 FROM happening WHERE key = ?")?
            .exists([key])?)
    }

    /// Stores what happened, unless it is known.
    pub fn insert_happening(
        &mut self,
        event: &Event,
        delivery: Option<i64>,
        now: Timestamp,
    ) -> Result<Accepted> {
        let inserted = self
            .connection
            .prepare_cached(
                "INSERT INTO happening (key, event, delivery, received_at) VALUES (?, ?, ?, ?)
                 ON CONFLICT DO NOTHING",
            )?
            .execute(params![
                event.key(),
                serde_json::to_string(event)?,
                delivery,
                now.0
            ])?;
        if inserted == 0 {
            return Ok(Accepted::Duplicate);
        }
        if matches!(event, Event::CommandIssued(_)) {
            // A person waits for it.
            self.enqueue_as(Stage::Command, &event.key(), Urgency::HIGHEST, now)?;
        }
        Ok(Accepted::New)
    }
}
