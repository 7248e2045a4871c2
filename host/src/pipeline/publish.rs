//! Checked patch → change: decide, record the intent, publish, record the
//! outcome.

use std::time::Duration;

use serde_json::json;

use super::analyze::origin;
use super::check::End;
use super::hold;
use super::past::{changes_last_hour, past};
use super::repair::{end_task, finish, load, refusal};
use super::seen::{Seen, seen};
use super::{HOUR_MS, Pipeline, StageError};
use crate::change::text::{ChangeText, Manner, Story};
use crate::change::{Change, Draft, Form, Publication, branch_name};
use crate::decision::{Decision, PublishFacts, Question, Reason, Verdict, decide};
use crate::event::{PipelineFailed, Trigger};
use crate::evidence::Evidence;
use crate::forge::Forge;
use crate::incident::Sightings;
use crate::ledger::Kind;
use crate::patch::ScopedPatch;
use crate::proposal::Proposal;
use crate::store::{Claimed, StoreError, TaskRow, delivery, failure};
use crate::task::TaskState;

pub(super) async fn run(pipeline: &Pipeline, work: &Claimed) -> Result<(), StageError> {
    let Some((task, event)) = load(pipeline, work).await? else {
        return Ok(());
    };
    let forge = pipeline.forges.get(task.repository.forge)?;
    let candidate = match task.state {
        TaskState::Proposed | TaskState::Approved | TaskState::Publishing => {
            stored(pipeline, &task)?
        }
        TaskState::Held if task.waits_for_an_outage() => stored(pipeline, &task)?,
        // A person was faster.
        _ => return finish(pipeline, work).await,
    };
    let evidence = task.record.evidence.clone().unwrap_or(Evidence::NotRun {
        reason: "the failed command was not run on the patched tree".into(),
    });
    let resumed = task.state == TaskState::Publishing;
    let seen = seen(pipeline, forge, &task, &event).await?;
    let decision = match (
        resumed && has_begun(forge, &task).await?,
        &task.record.decision,
    ) {
        // The forge shows something of it: it is carried to its end.
        (true, Some(decided)) => decided.clone(),
        _ => {
            let facts = facts(pipeline, forge, &task, &event, &candidate, &evidence);
            let facts = PublishFacts {
                seen: seen.sightings,
                ..facts.await?
            };
            decision(pipeline, &task, facts)
        }
    };
    if decision.reason_codes == [Reason::RateLimited] {
        return Err(rate_limited());
    }
    if decision.waits_for_an_outage() {
        return match resumed {
            // Its intent is recorded: it has no way back to being held.
            true => Err(StageError::Retry {
                why: Reason::Outage.sentence().to_owned(),
                after: Some(RATE_WAIT),
            }),
            false => hold::wait(pipeline, work, &task, decision, &seen).await,
        };
    }
    let task = match task.waits_for_an_outage() {
        true => hold::release(pipeline, &task, TaskState::Proposed, &seen).await?,
        false => task,
    };
    match decision.decision {
        Verdict::Warn if !resumed => hold(pipeline, work, &task, decision).await,
        Verdict::Allow => {
            let publication = compose(
                pipeline,
                forge,
                &task,
                &event,
                candidate,
                &evidence,
                (&decision, &seen),
            )
            .await?;
            if !resumed {
                intend(pipeline, &task, &publication, &decision, &evidence).await?;
            }
            publish(pipeline, work, forge, &task, &publication).await
        }
        Verdict::Warn | Verdict::Block | Verdict::Error => {
            // A publication that was intended can only be refused.
            let end = match refusal(&decision, &seen) {
                end if resumed => End {
                    state: TaskState::Refused,
                    kind: Kind::TaskDecided,
                    ..end
                },
                end => end,
            };
            end_task(pipeline, work, &task.id, None, end).await
        }
    }
}

/// Whether a publication that was intended before shows on the forge. If it
/// does not, the world may have changed since: it is decided again.
async fn has_begun(forge: &dyn Forge, task: &TaskRow) -> Result<bool, StageError> {
    let incident = task
        .incident
        .as_ref()
        .ok_or_else(|| give_up("a repair without an incident"))?;
    let branch = branch_name(incident, &task.record.target, task.record.generation);
    Ok(forge
        .branch_head(&task.repository, &branch)
        .await?
        .is_some())
}

fn decision(pipeline: &Pipeline, task: &TaskRow, mut facts: PublishFacts) -> Decision {
    if task.state == TaskState::Publishing {
        // Its own intent is among those counted.
        facts.changes_last_hour = facts.changes_last_hour.saturating_sub(1);
    }
    let question = Question::Publish(Box::new(facts));
    decide(&pipeline.policy, &question, pipeline.now())
}

/// A limit of the hour passes by itself.
fn rate_limited() -> StageError {
    let why = Reason::RateLimited.sentence().to_owned();
    StageError::Retry {
        why,
        after: Some(RATE_WAIT),
    }
}

/// How long a publication waits when the hour is full.
const RATE_WAIT: Duration = Duration::from_secs(600);

fn give_up(why: &str) -> StageError {
    StageError::GiveUp(why.to_owned())
}

fn stored(pipeline: &Pipeline, task: &TaskRow) -> Result<(Proposal, ScopedPatch), StageError> {
    let missing = || give_up("a proposed task without its patch");
    let blobs = pipeline.store.blobs();
    let patch = task.record.patch.ok_or_else(missing)?;
    let proposal = task.record.proposal.ok_or_else(missing)?;
    let proposal = serde_json::from_slice(&blobs.get(&proposal)?).map_err(StoreError::from)?;
    Ok((
        proposal,
        ScopedPatch::from_bytes(&blobs.get(&patch)?, &patch)?,
    ))
}

async fn facts(
    pipeline: &Pipeline,
    forge: &dyn Forge,
    task: &TaskRow,
    event: &PipelineFailed,
    (proposal, patch): &(Proposal, ScopedPatch),
    evidence: &Evidence,
) -> Result<PublishFacts, StageError> {
    let (past, _) = past(forge, task).await?;
    Ok(PublishFacts {
        origin: origin(event),
        past,
        changes_last_hour: changes_last_hour(pipeline, task).await?,
        cancelled: false,
        seen: Sightings::default(),
        confidence: proposal.confidence,
        evidence: evidence.clone(),
        from_log: proposal.is_from_log(),
        from_model: proposal.is_from_model(),
        unproven: pipeline.publishing.unproven(task.repository.forge),
        touches_protected: patch.touches_protected(),
        changes_expectation: !patch.doubts().is_empty(),
        agent_asks: proposal.asks_for_approval(),
        tree: patch.result().clone(),
        base: patch.base().clone(),
        head: task.record.head.clone(),
        branch_head: forge
            .branch_head(&task.repository, &task.record.target)
            .await?,
        approval: task.record.approval.clone(),
    })
}

async fn hold(
    pipeline: &Pipeline,
    work: &Claimed,
    task: &TaskRow,
    decision: Decision,
) -> Result<(), StageError> {
    let facts = json!({ "decision": decision, "tree": task.record.result_tree });
    let entry = pipeline.entry(Kind::TaskHeld, task.id.as_str(), facts);
    let note = decision
        .sentences()
        .join("; ")
        .replace("TASK", task.id.as_str());
    let (work, id) = (work.clone(), task.id.clone());
    pipeline
        .store
        .write(move |tx| {
            tx.step_task(&id, TaskState::Held, entry.at, |record| {
                record.note = Some(note);
                record.decision = Some(decision);
                record.approval = None;
            })?;
            tx.record(&entry)?;
            tx.finish(&work)
        })
        .await?;
    Ok(())
}

async fn compose(
    pipeline: &Pipeline,
    forge: &dyn Forge,
    task: &TaskRow,
    event: &PipelineFailed,
    (proposal, patch): (Proposal, ScopedPatch),
    evidence: &Evidence,
    (decision, seen): (&Decision, &Seen),
) -> Result<Publication, StageError> {
    let incident = task
        .incident
        .clone()
        .ok_or_else(|| give_up("a repair without an incident"))?;
    let (row, of) = (task.clone(), incident.clone());
    let (failures, job) = pipeline
        .store
        .read(move |connection| {
            let logs = delivery::logs(connection, &row.run)?;
            let job = logs
                .into_iter()
                .find(|log| log.job == row.job)
                .map(|log| log.name);
            Ok((failure::of_incident(connection, &row.run, &of)?, job))
        })
        .await?;
    let failures: Vec<_> = failures.into_iter().map(|stored| stored.failure).collect();
    let messages = forge
        .recent_messages(&task.repository, &task.record.head, Manner::LOOKED_AT)
        .await?;
    let text = ChangeText::compose(&Story {
        task: &task.id,
        incident: &incident,
        agent: &task.record.agent,
        failures: &failures,
        proposal: &proposal,
        patch: &patch,
        evidence,
        reasons: &decision.sentences(),
        workflow: &event.workflow,
        job: job.as_deref().unwrap_or(&event.workflow),
        run_url: event.url.as_deref(),
        manner: &pipeline.publishing.manner(&messages),
        also_on: &seen.also_on,
        form: form(event, evidence),
    });
    let draft = Draft {
        task: task.id.clone(),
        incident,
        repository: task.repository.clone(),
        target: task.record.target.clone(),
        head: task.record.head.clone(),
        generation: task.record.generation,
        form: form(event, evidence),
        patch,
        text,
    };
    Publication::authorised(draft, decision)
        .ok_or_else(|| give_up("the decision does not allow it"))
}

/// A red pull request is its author's: it gets a check run with the patch, and
/// nothing is pushed.
fn form(event: &PipelineFailed, evidence: &Evidence) -> Form {
    match event.trigger {
        Trigger::PullRequest { .. } => Form::CheckRun,
        Trigger::Push | Trigger::MergeQueue | Trigger::Other { .. } => Form::PullRequest {
            draft: !evidence.is_proven(),
        },
    }
}

async fn intend(
    pipeline: &Pipeline,
    task: &TaskRow,
    publication: &Publication,
    decision: &Decision,
    evidence: &Evidence,
) -> Result<(), StageError> {
    let facts = json!({
        "decision": decision,
        "evidence": evidence,
        "branch": publication.branch(),
        "target": publication.target(),
        "tree": publication.patch().result(),
        "form": publication.form(),
    });
    let entry = pipeline.entry(Kind::ChangeIntended, task.id.as_str(), facts);
    let (publication, decision) = (publication.clone(), decision.clone());
    let (evidence, id) = (evidence.clone(), task.id.clone());
    let since = entry.at.plus_ms(-HOUR_MS);
    let limit = pipeline.policy.max_changes_per_hour;
    let intended = pipeline
        .store
        .write(move |tx| {
            // Counted again where it is written: other workers publish too.
            if tx.intended_since(publication.repository(), since)? >= limit {
                return Ok(false);
            }
            tx.step_task(&id, TaskState::Publishing, entry.at, |record| {
                record.decision = Some(decision);
                record.evidence = Some(evidence);
            })?;
            tx.intend_change(&publication, entry.at)?;
            tx.record(&entry)?;
            Ok(true)
        })
        .await?;
    if intended {
        Ok(())
    } else {
        Err(rate_limited())
    }
}

async fn publish(
    pipeline: &Pipeline,
    work: &Claimed,
    forge: &dyn Forge,
    task: &TaskRow,
    publication: &Publication,
) -> Result<(), StageError> {
    let change = forge.publish(publication).await?;
    let facts = json!({
        "branch": change.branch,
        "number": change.number,
        "url": change.url,
        "commit": change.commit,
        "found": change.found,
        "title": publication.text().title,
    });
    let entry = pipeline.entry(Kind::ChangePublished, task.id.as_str(), facts);
    let (work, publication, id) = (work.clone(), publication.clone(), task.id.clone());
    pipeline
        .store
        .write(move |tx| {
            let published: Change = change.clone();
            tx.step_task(&id, TaskState::Published, entry.at, |record| {
                record.note = Some(publication.text().title.clone());
                record.change = Some(change);
            })?;
            tx.complete_change(&publication, &published)?;
            tx.record(&entry)?;
            tx.finish(&work)
        })
        .await?;
    Ok(())
}
