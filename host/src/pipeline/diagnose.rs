//! A failure that no patch mends: an agent is asked what is missing, and a
//! person is told.

use std::sync::Arc;

use serde_json::json;

use super::agents::RepairJob;
use super::analyze::{provider, retry_host_fault};
use super::check::{End, findings};
use super::ran::Ran;
use super::record::record;
use super::{LogInput, Pipeline, StageError};
use crate::event::PipelineFailed;
use crate::failure::Failure;
use crate::forge::checkout;
use crate::incident::may_pass_again;
use crate::ledger::Kind;
use crate::sandbox::{Output, Report, Workspace};
use crate::store::TaskRow;
use crate::task::TaskState;
use crate::tree::Tree;

/// What is told about failures that are only reported, `why` first.
///
/// The agent is shown the log alone: it says what is missing, and a forge that
/// is in trouble itself then holds up nothing.
pub(super) async fn diagnose(
    pipeline: &Pipeline,
    task: &TaskRow,
    event: &PipelineFailed,
    (failures, log): (&[Failure], &LogInput),
    why: &str,
) -> Result<(Ran, End), StageError> {
    let nothing = pipeline.store.scratch()?;
    let workspace = Workspace {
        tree: Arc::new(Tree::default()),
        files: checkout::files(nothing.path())?,
    };
    let job = RepairJob {
        repository: Some(&task.repository),
        commit: Some(&event.commit),
        failures,
        log,
        provider: provider(event),
        workspace,
        command: event.command.as_deref(),
        push: None,
        trusted: false,
    };
    let report = pipeline.agents.repair(task.id.clone(), &job).await;
    retry_host_fault(&report)?;
    let (blobs, agents) = (pipeline.store.blobs().clone(), pipeline.agents.clone());
    let kept = tokio::task::spawn_blocking(move || {
        let recording = record(&blobs, &agents, &report)?;
        Ok::<_, crate::store::StoreError>((report, recording))
    });
    let (report, recording) = kept
        .await
        .map_err(|panic| StageError::GiveUp(format!("keeping a run panicked: {panic}")))??;
    let ran = Ran::new(task, &report, recording, pipeline.now());
    let rerun = failures.first().is_some_and(may_pass_again);
    Ok((ran, told(task, &report, why, rerun)))
}

/// The report. Patches play no part in it: for these failures none is taken,
/// whoever proposes it. Nor does it depend on the agent: one that fails leaves
/// what is known without it.
fn told(task: &TaskRow, report: &Report, why: &str, rerun: bool) -> End {
    let found = match &report.outcome {
        Ok(Output::Proposals(proposals)) => findings(proposals),
        Ok(Output::Abstained(_) | Output::Failures(_)) | Err(_) => Vec::new(),
    };
    let note = std::iter::once(why)
        .chain(found.iter().map(String::as_str))
        .collect::<Vec<_>>()
        .join("\n\n");
    End {
        state: TaskState::Reported,
        kind: Kind::TaskReported,
        facts: json!({ "failure": task.record.subject, "note": why, "findings": found }),
        note,
        rerun,
    }
}
