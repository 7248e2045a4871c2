//! Earlier repairs → what an agent is told of them.

use crate::effect::Past;
use crate::ids::{Repository, TaskId};
use crate::proposal::Proposal;
use crate::redact::redact;
use crate::store::past::{PastRepair, repairs};
use crate::store::{Blobs, Store, StoreError};

/// Longest summary and name of a strategy, in characters: a line.
const MAX_LINE_CHARS: usize = 200;

/// Paths told of one repair.
const MAX_PATHS: usize = 100;

/// Bytes of proposals read for one look: each holds the whole files it writes.
/// What is beyond that is told without strategy and paths.
const MAX_PROPOSAL_BYTES: u64 = 16 * 1024 * 1024;

/// At most `limit` earlier repairs of a repository.
pub(super) async fn entries(
    store: &Store,
    repository: Repository,
    task: TaskId,
    limit: u32,
) -> Result<Vec<Past>, StoreError> {
    let blobs = store.blobs().clone();
    store
        .read(move |connection| {
            let repairs = repairs(connection, &repository, &task, limit)?;
            let mut left = MAX_PROPOSAL_BYTES;
            let told = |repair: &PastRepair| told(&blobs, repair, &mut left);
            Ok(repairs.iter().map(told).collect())
        })
        .await
}

fn told(blobs: &Blobs, repair: &PastRepair, left: &mut u64) -> Past {
    let proposal = proposal(blobs, repair, left);
    let paths = proposal.iter().flat_map(Proposal::edits);
    Past {
        fingerprint: repair.fingerprint.clone(),
        class: repair.class,
        summary: line(&repair.task.record.subject),
        strategy: proposal.as_ref().map(|proposal| line(&proposal.strategy)),
        fate: repair.fate,
        paths: paths
            .take(MAX_PATHS)
            .map(|edit| edit.path.clone())
            .collect(),
    }
}

/// The proposal, where there was one, it is still there, and there is room.
fn proposal(blobs: &Blobs, repair: &PastRepair, left: &mut u64) -> Option<Proposal> {
    let digest = repair.task.record.proposal.as_ref()?;
    let bytes = std::fs::metadata(blobs.path(digest)).ok()?.len();
    *left = left.checked_sub(bytes)?;
    serde_json::from_slice(&blobs.get(digest).ok()?).ok()
}

/// One line: logs and other agents wrote it, and an agent will read it.
fn line(text: &str) -> String {
    let text = redact(text);
    let visible = text
        .chars()
        .filter(|c| !crate::patch::path::is_invisible(*c));
    visible.take(MAX_LINE_CHARS).collect()
}
