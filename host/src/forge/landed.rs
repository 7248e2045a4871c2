//! What is said of a commit on somebody's own branch, whatever the forge.

use super::ForgeError;
use crate::change::{Change, Form, Publication};
use crate::ids::ObjectId;

pub(super) const LANDING: &str = "landing the commit";

/// The branch is not where the patch was made for; nothing was written.
pub(super) fn moved(publication: &Publication, why: &str) -> ForgeError {
    ForgeError::Moved {
        what: LANDING,
        why: format!(
            "{} is no longer at {}, which the patch was made for: {why}",
            publication.target(),
            publication.head()
        ),
    }
}

/// A commit that is there now, made just now or found from an earlier try.
pub(super) fn landed(publication: &Publication, commit: ObjectId, found: bool) -> Change {
    Change {
        form: Form::Commit,
        branch: publication.branch().clone(),
        number: None,
        url: None,
        commit: Some(commit),
        found,
    }
}
