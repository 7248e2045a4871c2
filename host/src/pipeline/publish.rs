//! Checked patch → change: decide, record the intent, publish, record the
//! outcome.

use std::time::Duration;

use serde_json::json;

use super::analyze::origin;
use super::check::End;
use super::past::{changes_last_hour, past};
use super::place::{Place, place};
use super::repair::{end_task, finish, load, refusal};
use super::seen::{Seen, seen};
use super::show::{offered, other, tasks_at};
use super::watch;
use super::weighed::{known, weighed};
use super::{HOUR_MS, Pipeline, StageError};
use super::{hold, look};
use crate::change::text::{ChangeText, Manner, Story};
use crate::change::{Change, Draft, Form, Publication, branch_name};
use crate::decision::{Decision, PublishFacts, Question, Reason, Verdict, decide};
use crate::event::PipelineFailed;
use crate::evidence::Evidence;
use crate::forge::{Forge, ForgeError};
use crate::incident::Sightings;
use crate::ledger::Kind;
use crate::patch::ScopedPatch;
use crate::proposal::Proposal;
use crate::store::{Claimed, Stage, StoreError, TaskRow, Tx, command, delivery, failure};
use crate::task::{TaskKind, TaskState};

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
    let evidence = evidence_of(&task);
    let resumed = task.state == TaskState::Publishing;
    let seen = seen(pipeline, forge, &task, &event).await?;
    let place = place_of(forge, (&task, &event), &candidate.1, &evidence).await?;
    let decision = match (
        resumed && has_begun(forge, &task, &place).await?,
        &task.record.decision,
    ) {
        // The forge shows something of it: it is carried to its end.
        (true, Some(decided)) => decided.clone(),
        _ => {
            let facts = facts(
                pipeline,
                forge,
                (&task, &event),
                &place,
                &candidate,
                &evidence,
            );
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
                (&evidence, place.form),
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

/// Where a patch goes now.
async fn place_of(
    forge: &dyn Forge,
    (task, event): (&TaskRow, &PipelineFailed),
    patch: &ScopedPatch,
    evidence: &Evidence,
) -> Result<Place, StageError> {
    match task.kind {
        TaskKind::Optimize => look::place(forge, task, patch).await,
        TaskKind::Repair | TaskKind::Analyze => place(forge, task, event, evidence).await,
    }
}

/// Whether a publication that was intended before shows on the forge. If it
/// does not, the world may have changed since: it is decided again.
async fn has_begun(forge: &dyn Forge, task: &TaskRow, place: &Place) -> Result<bool, StageError> {
    if place.form == Form::Commit {
        // Ours, or somebody's: the adapter tells which.
        return Ok(place.branch_head.as_ref() != Some(&task.record.head));
    }
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

pub(super) fn stored(
    pipeline: &Pipeline,
    task: &TaskRow,
) -> Result<(Proposal, ScopedPatch), StageError> {
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

pub(super) async fn facts(
    pipeline: &Pipeline,
    forge: &dyn Forge,
    (task, event): (&TaskRow, &PipelineFailed),
    place: &Place,
    (proposal, patch): &(Proposal, ScopedPatch),
    evidence: &Evidence,
) -> Result<PublishFacts, StageError> {
    let (past, _) = past(pipeline, forge, task, event).await?;
    let weighed = weighed(pipeline, task, proposal).await?;
    Ok(PublishFacts {
        origin: origin(event),
        form: place.form,
        protected_branch: place.protected_branch,
        past,
        changes_last_hour: changes_last_hour(pipeline, task).await?,
        cancelled: false,
        seen: Sightings::default(),
        confidence: weighed.confidence,
        stated: proposal.confidence,
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
        branch_head: place.branch_head.clone(),
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
    (evidence, form): (&Evidence, Form),
    (decision, seen): (&Decision, &Seen),
) -> Result<Publication, StageError> {
    let incident = task
        .incident
        .clone()
        .ok_or_else(|| give_up("a repair without an incident"))?;
    let messages = forge
        .recent_messages(&task.repository, &task.record.head, Manner::LOOKED_AT)
        .await?;
    let manner = pipeline.publishing.manner(&messages);
    let text = match task.kind {
        TaskKind::Optimize => {
            let (about, known) = ((&proposal, &patch), (evidence, decision));
            look::text(pipeline, task, about, known, &manner).await?
        }
        TaskKind::Repair | TaskKind::Analyze => {
            let about = (&proposal, &patch, evidence);
            repair_text(
                pipeline,
                (task, event),
                about,
                (form, &manner),
                (decision, seen),
            )
            .await?
        }
    };
    let (beside, text) = match form {
        Form::CheckRun => beside(pipeline, task, event, text).await?,
        Form::PullRequest { .. } | Form::Commit | Form::Suggestion { .. } => (Vec::new(), text),
    };
    let draft = Draft {
        task: task.id.clone(),
        incident,
        repository: task.repository.clone(),
        target: task.record.target.clone(),
        head: task.record.head.clone(),
        generation: task.record.generation,
        form,
        patch,
        text,
    };
    Publication::authorised(draft, decision)
        .map(|publication| publication.beside(beside))
        .ok_or_else(|| give_up("the decision does not allow it"))
}

/// What the pull request or the check of a repair says.
async fn repair_text(
    pipeline: &Pipeline,
    (task, event): (&TaskRow, &PipelineFailed),
    (proposal, patch, evidence): (&Proposal, &ScopedPatch, &Evidence),
    (form, manner): (Form, &Manner),
    (decision, seen): (&Decision, &Seen),
) -> Result<ChangeText, StageError> {
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
    let known = known(pipeline, task, proposal).await?;
    Ok(ChangeText::compose(&Story {
        task: &task.id,
        incident: &incident,
        agent: &task.record.agent,
        failures: &failures,
        proposal,
        patch,
        evidence,
        reasons: &decision.sentences(),
        workflow: &event.workflow,
        job: job.as_deref().unwrap_or(&event.workflow),
        run_url: event.url.as_deref(),
        manner,
        also_on: &seen.also_on,
        form,
        known: &known,
    }))
}

/// What else there is to say and to show at a red pull request's commit: it has
/// one check run, whatever failed there.
async fn beside(
    pipeline: &Pipeline,
    task: &TaskRow,
    event: &PipelineFailed,
    text: ChangeText,
) -> Result<(Vec<ScopedPatch>, ChangeText), StageError> {
    let mut tasks = tasks_at(pipeline, event).await?;
    tasks.retain(|other| other.id != task.id);
    let patches: Result<Vec<_>, StageError> =
        tasks.iter().map(|task| offered(pipeline, task)).collect();
    let others: Vec<_> = tasks.iter().map(other).collect();
    Ok((
        patches?.into_iter().flatten().collect(),
        text.beside(&others),
    ))
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
    let change = match forge.publish(publication).await {
        Ok(change) => change,
        Err(ForgeError::Moved { why, .. }) => return moved(pipeline, work, task, why).await,
        Err(error) => return Err(error.into()),
    };
    let state = match publication.form() {
        // Whoever may can still have it landed.
        Form::CheckRun => TaskState::Offered,
        Form::PullRequest { .. } | Form::Commit | Form::Suggestion { .. } => TaskState::Published,
    };
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
            let task = tx.step_task(&id, state, entry.at, |record| {
                record.note = Some(publication.text().title.clone());
                record.change = Some(change);
            })?;
            tx.complete_change(&publication, &published)?;
            tx.record(&entry)?;
            watch::begin(tx, &task, entry.at)?;
            tx.finish(&work)
        })
        .await?;
    Ok(())
}

/// Somebody pushed in between: what they pushed is looked at instead.
async fn moved(
    pipeline: &Pipeline,
    work: &Claimed,
    task: &TaskRow,
    why: String,
) -> Result<(), StageError> {
    let (repository, target) = (task.repository.clone(), task.record.target.clone());
    // What came of a look is looked at again when its turn comes.
    if task.kind == TaskKind::Repair {
        let newest = pipeline
            .store
            .read(move |connection| command::newest_failure(connection, &repository, &target))
            .await?;
        let now = pipeline.now();
        if let Some((run, false)) = newest {
            let key = run.run.to_string();
            let again = move |tx: &mut Tx<'_>| tx.enqueue(Stage::Fetch, &key, now);
            pipeline.store.write(again).await?;
        }
    }
    let end = End {
        state: TaskState::Refused,
        note: format!("{}; {why}", Reason::BranchMoved.sentence()),
        kind: Kind::TaskDecided,
        facts: json!({ "reason": Reason::BranchMoved, "why": why }),
        rerun: false,
    };
    end_task(pipeline, work, &task.id, None, end).await
}

/// What would be decided about publishing a task's patch if a person approved
/// it now.
pub(super) async fn foresee(
    pipeline: &Pipeline,
    forge: &dyn Forge,
    task: &TaskRow,
    event: &PipelineFailed,
) -> Result<Decision, StageError> {
    let candidate = stored(pipeline, task)?;
    let evidence = evidence_of(task);
    let seen = seen(pipeline, forge, task, event).await?;
    let place = place_of(forge, (task, event), &candidate.1, &evidence).await?;
    let facts = facts(
        pipeline,
        forge,
        (task, event),
        &place,
        &candidate,
        &evidence,
    );
    let facts = PublishFacts {
        seen: seen.sightings,
        ..facts.await?
    };
    Ok(decision(pipeline, task, facts))
}

fn evidence_of(task: &TaskRow) -> Evidence {
    task.record.evidence.clone().unwrap_or(Evidence::NotRun {
        reason: "the failed command was not run on the patched tree".into(),
    })
}
