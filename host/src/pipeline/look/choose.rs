//! Which of the checked changes become proposals: no more than a few at a time,
//! none that a person said no to, and none that waits or is open already.

use std::collections::BTreeSet;

use serde::Serialize;

use super::super::check::Candidate;
use super::super::past::past;
use super::{Looked, Turn};
use crate::change::{Advice, Form, subject};
use crate::decision::{Origin, Past, Question, RepairFacts, decide};
use crate::evidence::Evidence;
use crate::ids::{Fingerprint, IncidentId, TaskId};
use crate::incident::Sightings;
use crate::patch::{FileChange, ScopedPatch};
use crate::pipeline::StageError;
use crate::pipeline::publish::stored;
use crate::store::{StoreError, TaskRow, lesson, look};
use crate::task::TaskState;

/// Changes of one repository that wait or are open at once: a list that is
/// longer than that is read by nobody.
pub const MAX_OPEN: usize = 3;

/// The attribute with what an agent expects to save.
const SAVES: &str = "saves-minutes-a-month";

/// What is to be stored of a look.
#[derive(Default)]
pub(super) struct Chosen {
    pub new: Vec<New>,
    pub left_out: Vec<LeftOut>,
}

/// A change that is proposed.
pub(super) struct New {
    pub task: TaskRow,
    pub fingerprint: Fingerprint,
    pub patch: ScopedPatch,
    /// The held one that it takes the place of.
    pub replaces: Option<TaskId>,
}

/// One that is not, and why.
#[derive(Debug, Serialize)]
pub(super) struct LeftOut {
    strategy: String,
    path: String,
    why: String,
}

impl Turn<'_> {
    pub(super) async fn choose(&self, looked: &Looked) -> Result<Chosen, StageError> {
        let mut chosen = Chosen::default();
        let repository = self.repository.clone();
        let open = self
            .pipeline
            .store
            .read(move |connection| look::open(connection, &repository))
            .await?;
        let mut room = MAX_OPEN.saturating_sub(open.len());
        let mut seen = BTreeSet::new();
        for (candidate, evidence) in most_first(looked) {
            let (mut new, path) = self.proposal(looked, candidate, evidence)?;
            let incident = new.task.incident.clone();
            let why = match open.iter().find(|task| task.incident == incident) {
                _ if !seen.insert(incident.clone()) => {
                    Some("another of its kind is proposed".into())
                }
                Some(there) => self.against_waiting(there, &new)?,
                None => self.against_past(looked, &mut new).await?,
            };
            let waits = open.iter().find(|task| task.incident == incident);
            let why = match why {
                None if waits.is_none() && room == 0 => Some(format!(
                    "{MAX_OPEN} changes wait or are open already; merge or close one"
                )),
                why => why,
            };
            match (why, waits) {
                (Some(why), _) => chosen.left_out.push(LeftOut {
                    strategy: lesson::named(&candidate.proposal.strategy),
                    path,
                    why,
                }),
                (None, Some(waits)) => {
                    new.task.record.generation = waits.record.generation;
                    new.replaces = Some(waits.id.clone());
                    chosen.new.push(new);
                }
                (None, None) => {
                    room -= 1;
                    chosen.new.push(new);
                }
            }
        }
        Ok(chosen)
    }

    /// A task for a change, as it would be stored, and the file it is about.
    fn proposal(
        &self,
        looked: &Looked,
        candidate: &Candidate,
        evidence: &Evidence,
    ) -> Result<(New, String), StageError> {
        let Candidate { proposal, patch } = candidate;
        let [file] = patch.files() else {
            return Err(StageError::GiveUp("a change of more than one file".into()));
        };
        let path = file.path.as_str().to_owned();
        let fingerprint = Advice::fingerprint(&proposal.strategy, &file.path);
        let incident = IncidentId::derive(self.repository, &fingerprint);
        let blobs = self.pipeline.store.blobs();
        let bytes = serde_json::to_vec(proposal).map_err(StoreError::from)?;
        let mut task = looked.task.clone();
        task.id = TaskId::derive(&["advice", looked.task.id.as_str(), incident.as_str()]);
        task.state = TaskState::Proposed;
        task.incident = Some(incident);
        task.record.note = None;
        task.record.subject = subject(&proposal.strategy, &path);
        task.record.proposal = Some(blobs.put(&bytes)?);
        task.record.patch = Some(blobs.put(&patch.to_bytes())?);
        task.record.base_tree = Some(patch.base().clone());
        task.record.result_tree = Some(patch.result().clone());
        task.record.confidence = Some(proposal.confidence);
        task.record.strategy = Some(lesson::named(&proposal.strategy));
        task.record.evidence = Some(evidence.clone());
        let measured = looked.history.measured(&path);
        task.record.advice = Some(Advice {
            look: looked.task.id.clone(),
            measured,
            saves: saves(candidate).filter(|saves| (0.0..=measured.minutes).contains(saves)),
        });
        let new = New {
            task,
            fingerprint,
            patch: patch.clone(),
            replaces: None,
        };
        Ok((new, path))
    }

    /// Why the one that is there stays as it is.
    fn against_waiting(&self, there: &TaskRow, new: &New) -> Result<Option<String>, StageError> {
        let id = &there.id;
        if there.state != TaskState::Held {
            return Ok(Some(format!("{id} is {}", there.state.as_str())));
        }
        let (_, patch) = stored(self.pipeline, there)?;
        let same = same_files(patch.files(), new.patch.files());
        Ok(same.then(|| format!("{id} waits for a person with the same change")))
    }

    /// Why it is not proposed again; else its branch is one that was not used.
    async fn against_past(
        &self,
        looked: &Looked,
        new: &mut New,
    ) -> Result<Option<String>, StageError> {
        let forge = self.pipeline.forges.get(self.repository.forge)?;
        let (past, generation) = past(self.pipeline, forge, &new.task, &looked.event).await?;
        new.task.record.generation = generation;
        let decision = decide(&self.pipeline.policy, &question(past), self.now);
        Ok((!decision.allows()).then(|| decision.sentences().join("; ")))
    }
}

fn question(past: Past) -> Question {
    Question::Repair(RepairFacts {
        origin: Origin {
            own_branch: false,
            fork: false,
            merge_queue: false,
            bot: false,
        },
        form: Form::PullRequest { draft: false },
        past,
        // Counted where it is published.
        changes_last_hour: 0,
        cancelled: false,
        seen: Sightings::default(),
    })
}

/// The changes, those that save most first.
fn most_first(looked: &Looked) -> Vec<(&Candidate, &Evidence)> {
    let changes = looked.advised.changes.iter();
    let mut changes: Vec<(&Candidate, &Evidence)> = changes
        .map(|(candidate, evidence)| (candidate, evidence))
        .collect();
    let saved = |candidate: &Candidate| saves(candidate).unwrap_or_default();
    changes.sort_by(|(one, _), (other, _)| saved(other).total_cmp(&saved(one)));
    changes
}

/// What the agent expects, if it is a number.
fn saves(candidate: &Candidate) -> Option<f64> {
    let mut said = candidate.proposal.attributes.iter();
    let said = said.find(|attribute| attribute.key == SAVES)?;
    let minutes: f64 = said.value.parse().ok()?;
    minutes.is_finite().then_some(minutes)
}

fn same_files(one: &[FileChange], other: &[FileChange]) -> bool {
    one.len() == other.len()
        && one
            .iter()
            .zip(other)
            .all(|(a, b)| a.path == b.path && a.before == b.before && a.after == b.after)
}
