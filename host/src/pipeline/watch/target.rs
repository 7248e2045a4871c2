//! Whether the branch that a change is proposed to has overtaken it.

use super::Watch;
use crate::change::{Fits, Standing};
use crate::ids::ForgeKind;
use crate::patch::ScopedPatch;
use crate::pipeline::StageError;
use crate::pipeline::publish::stored;
use crate::pipeline::seen::seen;

impl Watch<'_> {
    /// Why there is nothing left to do, in the host's words.
    pub(super) async fn overtaken(
        &self,
        standing: &Standing,
    ) -> Result<Option<String>, StageError> {
        let (repository, target) = (&self.task.repository, &self.task.record.target);
        let Some(head) = self.forge.branch_head(repository, target).await? else {
            return Ok(Some("the branch it was proposed to is gone".into()));
        };
        let seen = seen(self.pipeline, self.forge, &self.task, &self.event).await?;
        if seen.sightings.went_green {
            return Ok(Some("a later run of the branch passed without it".into()));
        }
        if seen.sightings.passed_after {
            return Ok(Some(
                "the same job passed without it, on the same code".into(),
            ));
        }
        if head == self.task.record.head {
            return Ok(None);
        }
        let listing = self.forge.listing(repository, &head).await?;
        let (_, patch) = stored(self.pipeline, &self.task)?;
        Ok(self.moved(standing, Fits::of(&listing, patch.files()), &patch))
    }

    fn moved(&self, standing: &Standing, fits: Fits, patch: &ScopedPatch) -> Option<String> {
        let conflicts = match standing.applies {
            Some(applies) => !applies,
            // A local repository says nothing of conflicts; a forge that is
            // still finding out says so at the next look.
            None => self.task.repository.forge == ForgeKind::Local,
        };
        match fits {
            Fits::Before => None,
            Fits::After if patch.files().is_empty() => None,
            Fits::After => Some("the branch holds the same change already".into()),
            Fits::Neither if conflicts => {
                Some("the branch moved on in the same files, and it no longer applies".into())
            }
            Fits::Neither => None,
        }
    }
}
