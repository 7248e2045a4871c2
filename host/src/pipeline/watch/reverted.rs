//! Whether a merged change was taken back.

use serde_json::Value;

use super::{DAY_MS, HOUR_MS, Next, Watch};
use crate::change::{Fits, Outcome, Standing, reverts};
use crate::ids::ObjectId;
use crate::pipeline::StageError;
use crate::pipeline::publish::stored;

/// How long a merged change is looked after, in milliseconds: two weeks. What
/// is taken back later was right for a while.
const LOOKED_AFTER_MS: i64 = 14 * DAY_MS;

/// Between two looks at it.
const PACE_MS: i64 = 12 * HOUR_MS;

/// Commits of the target whose messages are read.
const MESSAGES: usize = 100;

impl Watch<'_> {
    pub(super) async fn merged(&self, standing: &Standing) -> Result<Next, StageError> {
        self.became(Outcome::Merged, None, Value::Null).await?;
        let since = self.knows(Outcome::Merged).map_or(self.now, |row| row.at);
        if let Some(why) = self.taken_back(standing).await? {
            self.became(Outcome::Reverted, Some(why), Value::Null)
                .await?;
            return Ok(Next::Done);
        }
        Ok(match self.now.0.saturating_sub(since.0) > LOOKED_AFTER_MS {
            true => Next::Done,
            false => Next::Later(PACE_MS),
        })
    }

    /// A later commit says so, or every file is as it was before.
    async fn taken_back(&self, standing: &Standing) -> Result<Option<&'static str>, StageError> {
        let (repository, target) = (&self.task.repository, &self.task.record.target);
        let Some(head) = self.forge.branch_head(repository, target).await? else {
            return Ok(None);
        };
        let ours = [standing.landed.as_ref(), self.change.commit.as_ref()];
        let ours: Vec<&ObjectId> = ours.into_iter().flatten().collect();
        if ours.contains(&&head) {
            return Ok(None);
        }
        let messages = self.forge.recent_messages(repository, &head, MESSAGES);
        if messages.await?.iter().any(|said| reverts(said, &ours)) {
            return Ok(Some("a later commit says that it takes it back"));
        }
        let listing = self.forge.listing(repository, &head).await?;
        let (_, patch) = stored(self.pipeline, &self.task)?;
        Ok(match Fits::of(&listing, patch.files()) {
            Fits::Before => Some("the files it changed are as they were before"),
            Fits::After | Fits::Neither => None,
        })
    }
}
