//! Closing our own change, because a person rejected it.

use serde_json::json;

use super::people::opened_a_pull_request;
use super::repair::{finish, load};
use super::{Pipeline, StageError};
use crate::ledger::Kind;
use crate::store::Claimed;

pub(super) async fn run(pipeline: &Pipeline, work: &Claimed) -> Result<(), StageError> {
    let Some((task, _)) = load(pipeline, work).await? else {
        return Ok(());
    };
    let change = task.record.change.clone();
    let Some(change) = change.filter(|_| opened_a_pull_request(&task)) else {
        return finish(pipeline, work).await;
    };
    let forge = pipeline.forges.get(task.repository.forge)?;
    // What is closed already stays so: a try that was cut off does no harm.
    forge.close(&task.repository, &change.branch).await?;
    let facts = json!({ "branch": change.branch, "number": change.number });
    let entry = pipeline.entry(Kind::ChangeWithdrawn, task.id.as_str(), facts);
    let work = work.clone();
    pipeline
        .store
        .write(move |tx| {
            tx.record(&entry)?;
            tx.finish(&work)
        })
        .await?;
    Ok(())
}
