//! The words of a change that came of a look.

use super::super::{Pipeline, StageError};
use crate::change::text::advice::{AdviceStory, Waiting};
use crate::change::text::{ChangeText, Manner};
use crate::decision::Decision;
use crate::evidence::Evidence;
use crate::patch::ScopedPatch;
use crate::pipeline::weighed::known;
use crate::proposal::Proposal;
use crate::store::{TaskRow, look};

/// What a pull request says, with what else waits in the repository: nowhere
/// else on the forge could a person approve that.
pub(in crate::pipeline) async fn text(
    pipeline: &Pipeline,
    task: &TaskRow,
    (proposal, patch): (&Proposal, &ScopedPatch),
    (evidence, decision): (&Evidence, &Decision),
    manner: &Manner,
) -> Result<ChangeText, StageError> {
    let (advice, incident) = match (&task.record.advice, &task.incident) {
        (Some(advice), Some(incident)) => (advice, incident),
        _ => {
            return Err(StageError::GiveUp(
                "a change that nothing was measured for".into(),
            ));
        }
    };
    let known = known(pipeline, task, proposal).await?;
    let repository = task.repository.clone();
    let mut others = pipeline
        .store
        .read(move |connection| look::waiting(connection, &repository))
        .await?;
    others.retain(|other| other.id != task.id);
    let waiting = others.iter().filter_map(|other| {
        Some(Waiting {
            subject: &other.record.subject,
            tree: other.record.result_tree.as_ref()?,
        })
    });
    let waiting: Vec<Waiting<'_>> = waiting.collect();
    Ok(ChangeText::advise(&AdviceStory {
        task: &task.id,
        incident,
        agent: &task.record.agent,
        commit: &task.record.head,
        branch: &task.record.target,
        proposal,
        patch,
        advice,
        evidence,
        reasons: &decision.plain_sentences(),
        approved_by: task
            .record
            .approval
            .as_ref()
            .map(|approval| approval.by.as_str()),
        known: &known,
        manner,
        waiting: &waiting,
    }))
}
