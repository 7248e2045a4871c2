//! `sentinel approve TASK` of a task whose job may run again.

use std::process::ExitCode;

use anyhow::Context as _;
use serde_json::json;

use super::who;
use crate::cli::compose;
use crate::cli::render::line;
use crate::incident::Urgency;
use crate::ledger::{Entry, Kind};
use crate::store::{Stage, Store, TaskRow};
use crate::task::TaskState;

/// A person's word that a job may run again: for both tries, at this commit.
pub(super) async fn approve(store: &Store, task: &TaskRow) -> anyhow::Result<ExitCode> {
    let now = compose::now();
    let by = who();
    let facts = json!({ "by": by, "rerun": task.run });
    let entry = Entry {
        at: now,
        kind: Kind::TaskApproved,
        subject: task.id.to_string(),
        facts,
    };
    let id = task.id.clone();
    store
        .write(move |tx| {
            tx.step_task(&id, TaskState::Held, now, |record| {
                if let Some(wish) = &mut record.rerun {
                    wish.approved_by = Some(by);
                }
            })?;
            tx.record(&entry)?;
            tx.enqueue_as(Stage::Rerun, id.as_str(), Urgency::HIGHEST, now)
        })
        .await
        .with_context(|| format!("{} was not approved", task.id))?;
    line(&format!(
        "{}: its job may run again; the server sees to it.",
        task.id
    ));
    Ok(ExitCode::SUCCESS)
}
