//! What is done to a change: intended, done, completed.

use serde_json::{Value, json};

use super::{Next, Watch, pace_ms};
use crate::change::{ChangeEdit, ChangeState, Standing};
use crate::ledger::Kind;
use crate::pipeline::StageError;
use crate::store::outcome::{self, EditRow};

impl Watch<'_> {
    /// What an earlier look intended and is not known to have done. It was
    /// decided then, and half of it may be on the forge.
    pub(super) async fn carry_on(&self, standing: &Standing) -> Result<Option<Next>, StageError> {
        let id = self.task.id.clone();
        let open = self
            .pipeline
            .store
            .read(move |connection| outcome::open_edit(connection, &id))
            .await?;
        let Some(row) = open else { return Ok(None) };
        if standing.state == ChangeState::Merged {
            // A person was faster; theirs is what became of it.
            self.complete(&row, false).await?;
            return Ok(None);
        }
        self.perform(&row).await?;
        Ok(Some(match row.edit {
            ChangeEdit::Close { .. } => Next::Done,
            ChangeEdit::ReadyForReview { .. } => Next::Later(pace_ms(self.age_ms)),
        }))
    }

    /// Records the intent, and does it.
    pub(super) async fn edit(&self, row: EditRow, more: Value) -> Result<(), StageError> {
        let facts = json!({
            "edit": row.edit.as_str(),
            "outcome": row.outcome,
            "why": row.why,
            "number": self.change.number,
            "more": more,
        });
        let id = self.task.id.clone();
        let entry = self
            .pipeline
            .entry(Kind::ChangeEditIntended, id.as_str(), facts);
        let intended = row.clone();
        let fresh = self
            .pipeline
            .store
            .write(move |tx| {
                let fresh = tx.intend_edit(&id, &intended, entry.at)?;
                if fresh {
                    tx.record(&entry)?;
                }
                Ok(fresh)
            })
            .await?;
        match fresh {
            true => self.perform(&row).await,
            // Done before, and a person undid it: they have the last word.
            false => Ok(()),
        }
    }

    async fn perform(&self, row: &EditRow) -> Result<(), StageError> {
        self.forge
            .set_change(&self.task.repository, &self.change, &row.edit)
            .await?;
        self.complete(row, true).await
    }

    async fn complete(&self, row: &EditRow, done: bool) -> Result<(), StageError> {
        let facts = json!({
            "edit": row.edit.as_str(),
            "outcome": row.outcome,
            "why": row.why,
            "done": done,
        });
        let id = self.task.id.clone();
        let entry = self.pipeline.entry(Kind::ChangeEdited, id.as_str(), facts);
        let row = row.clone();
        self.pipeline
            .store
            .write(move |tx| {
                tx.complete_edit(&id, &row.edit, entry.at)?;
                if done {
                    tx.add_outcome(&id, row.outcome, Some(&row.why), entry.at)?;
                }
                tx.record(&entry)
            })
            .await?;
        Ok(())
    }
}
