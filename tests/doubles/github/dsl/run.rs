//! How a test says what ran.

use super::super::state::{self, JobState, Log};
use super::{Repository, Run};

/// A run being described.
pub struct RunBuilder {
    pub(super) repository: Repository,
    pub(super) run: state::Run,
}

impl RunBuilder {
    /// A job that failed in a step of its own name.
    pub fn job(self, name: &str, log: impl Into<Log>) -> RunBuilder {
        let step = format!("Run {name}");
        self.any_job(
            name,
            "failure",
            &[("Set up job", "success"), (&step, "failure")],
            log,
        )
    }

    pub fn passed_job(self, name: &str) -> RunBuilder {
        self.any_job(name, "success", &[("Run it", "success")], "all is well\n")
    }

    pub fn any_job(
        mut self,
        name: &str,
        conclusion: &str,
        steps: &[(&str, &str)],
        log: impl Into<Log>,
    ) -> RunBuilder {
        let id = 40_000_000 + self.repository.hub.state().next();
        let steps = steps
            .iter()
            .map(|(name, end)| ((*name).into(), (*end).into()));
        self.run.jobs.push(JobState {
            id,
            name: name.to_owned(),
            conclusion: conclusion.to_owned(),
            steps: steps.collect(),
            log: log.into(),
            queued: 1,
            seconds: 30,
        });
        self
    }

    /// How long the last job waited and ran, in seconds.
    pub fn took(mut self, queued: u32, seconds: u32) -> RunBuilder {
        let job = self.run.jobs.last_mut().expect("a job");
        (job.queued, job.seconds) = (queued, seconds);
        self
    }

    pub fn conclusion(mut self, conclusion: &str) -> RunBuilder {
        self.run.conclusion = conclusion.to_owned();
        self
    }

    pub fn workflow(mut self, name: &str) -> RunBuilder {
        self.run.workflow = name.to_owned();
        self
    }

    pub fn attempt(mut self, attempt: u32) -> RunBuilder {
        self.run.attempt = attempt;
        self
    }

    /// Another attempt of a run that was there before.
    pub fn of_run(mut self, id: u64) -> RunBuilder {
        self.run.id = id;
        self
    }

    /// The run tested a pull request of that number.
    pub fn pull_request(mut self, number: u64) -> RunBuilder {
        self.run.event = "pull_request".into();
        self.run.pulls = vec![number];
        self
    }

    pub fn event(mut self, event: &str) -> RunBuilder {
        self.run.event = event.to_owned();
        self
    }

    /// The commit comes from another repository.
    pub fn forked_from(mut self, name: &str) -> RunBuilder {
        self.run.head_repository = name.to_owned();
        self.run.event = "pull_request".into();
        self
    }

    pub fn by_bot(mut self) -> RunBuilder {
        self.run.actor_type = "Bot".into();
        self
    }

    pub fn created_at(mut self, time: &str) -> RunBuilder {
        self.run.created_at = time.to_owned();
        self
    }

    pub fn finish(self) -> Run {
        let run = Run {
            id: self.run.id,
            attempt: self.run.attempt,
            repository: self.repository.name.clone(),
            branch: self.run.branch.clone(),
            commit: self.run.commit.clone(),
        };
        self.repository.with(|repo| repo.runs.push(self.run));
        run
    }
}
