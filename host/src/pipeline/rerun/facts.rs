//! What the decision to run a job again is made of.

use super::Attempt;
use crate::command::{MAX_FILE_BYTES, deploys};
use crate::decision::{Decision, Question, RerunFacts, decide};
use crate::failure::FailureClass;
use crate::forge::{Forge, ForgeError};
use crate::pipeline::StageError;
use crate::pipeline::analyze::origin;
use crate::pipeline::seen::seen;
use crate::store::{delivery, failure, rerun};

/// The decision, and what it was asked about.
pub(super) struct Facts {
    pub decision: Decision,
    pub job: String,
    /// Why the run may deploy something, if it may.
    pub protected: Option<String>,
}

impl Attempt<'_> {
    pub(super) async fn facts(&self) -> Result<Facts, StageError> {
        let pipeline = self.pipeline;
        let forge = pipeline.forges.get(self.task.repository.forge)?;
        let seen = seen(pipeline, forge, &self.task, &self.event).await?;
        let (job, tries, deployment) = self.known().await?;
        let protected = match deployment {
            true => Some("a deployment failed".to_owned()),
            false => self.protected(forge).await?,
        };
        let target = &self.task.record.target;
        let facts = RerunFacts {
            origin: origin(&self.event),
            cancelled: false,
            went_green: seen.sightings.went_green || seen.sightings.passed_after,
            tries,
            protected: protected.is_some(),
            head: self.task.record.head.clone(),
            branch_head: forge.branch_head(&self.task.repository, target).await?,
            approved: self.wish.approved_by.is_some(),
        };
        let decision = decide(&pipeline.policy, &Question::Rerun(facts), pipeline.now());
        Ok(Facts {
            decision,
            job,
            protected,
        })
    }

    /// The job's name, how often it was run again at this commit, and whether
    /// it deploys by what its log says.
    async fn known(&self) -> Result<(String, u32, bool), StageError> {
        let task = self.task.clone();
        let known = self
            .pipeline
            .store
            .read(move |connection| {
                let logs = delivery::logs(connection, &task.run)?;
                let log = logs.into_iter().find(|log| log.job == task.job);
                let job = log.map_or_else(|| task.job.clone(), |log| log.name);
                let (repository, head) = (&task.repository, &task.record.head);
                let tries = rerun::tries(connection, repository, head, &job)?;
                let failures = match &task.incident {
                    Some(incident) => failure::of_incident(connection, &task.run, incident)?,
                    None => Vec::new(),
                };
                let deploys = |stored: &failure::StoredFailure| {
                    stored.failure.class == FailureClass::Deployment
                };
                Ok((job, tries, failures.iter().any(deploys)))
            })
            .await?;
        Ok(known)
    }

    /// Looks at the file that says what the run does. What cannot be looked at
    /// may do anything.
    async fn protected(&self, forge: &dyn Forge) -> Result<Option<String>, StageError> {
        let now = self.ci.run_now(&self.run).await?;
        let Some(path) = now.definition else {
            return Ok(Some("nobody says which file it is defined in".into()));
        };
        let (repository, head) = (&self.task.repository, &self.task.record.head);
        let listing = unless_transient(forge.listing(repository, head).await)?;
        let entry = listing.as_ref().and_then(|tree| tree.entry(&path));
        let small = |size: Option<u64>| size.is_some_and(|size| size <= MAX_FILE_BYTES as u64);
        let Some(entry) = entry.filter(|entry| entry.kind.is_file() && small(entry.size)) else {
            return Ok(Some(
                "the file it is defined in is not at its commit".into(),
            ));
        };
        let bytes = unless_transient(forge.blob(repository, entry).await)?;
        let bytes = bytes.unwrap_or_default();
        Ok(deploys::why_protected(&now.trigger, &bytes))
    }
}

/// What the forge does not give, it does not give.
fn unless_transient<T>(answer: Result<T, ForgeError>) -> Result<Option<T>, StageError> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if error.is_transient() => Err(error.into()),
        Err(_) => Ok(None),
    }
}
