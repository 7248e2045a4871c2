//! A run of a repository on this machine's disk, reported to
//! `POST /webhooks/local` with its log.

use serde::{Deserialize, Serialize};

use super::{Conclusion, Event, Malformed, Normalised, NotForUs, PipelineFailed, Trigger, is_own};
use crate::delivery::VerifiedDelivery;
use crate::ids::{Branch, ForgeKind, ObjectId, Repository, RepositoryName, RunKey, Source};

/// The body of a `run_failed` delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunFailed {
    /// The name under which `sentinel.toml` lists the repository.
    pub repository: RepositoryName,
    pub run: u64,
    #[serde(default = "first")]
    pub attempt: u32,
    pub branch: Branch,
    pub commit: ObjectId,
    /// What ran, for people: `cargo fmt --check`.
    pub job: String,
    /// The whole log.
    pub log: String,
}

fn first() -> u32 {
    1
}

/// The event name a local delivery carries in `X-GitHub-Event`'s place.
pub const EVENT: &str = "run_failed";

/// Reads the body of a verified local delivery.
pub fn parse(body: &[u8]) -> Result<RunFailed, Malformed> {
    serde_json::from_slice(body).map_err(|error| Malformed::Json(error.to_string()))
}

/// Says what a verified local delivery means.
pub fn normalise(delivery: &VerifiedDelivery) -> Result<Normalised, Malformed> {
    if delivery.event() != EVENT {
        return Ok(Normalised::NotForUs(NotForUs::UnknownEvent));
    }
    let run = parse(delivery.body())?;
    if is_own(&run.branch) {
        return Ok(Normalised::NotForUs(NotForUs::OwnBranch));
    }
    Ok(Normalised::Event(Box::new(Event::PipelineFailed(event(
        &run,
    )))))
}

/// The event of a run on a local repository.
pub fn event(run: &RunFailed) -> PipelineFailed {
    PipelineFailed {
        run: RunKey {
            repository: Repository::new(ForgeKind::Local, run.repository.clone()),
            source: Source::Forge,
            run: run.run,
            attempt: u64::from(run.attempt.max(1)),
        },
        conclusion: Conclusion::Failure,
        commit: run.commit.clone(),
        branch: run.branch.clone(),
        base: None,
        trigger: Trigger::Push,
        fork: false,
        by_bot: false,
        workflow: super::bounded(&run.job),
        url: None,
        installation: None,
        command: None,
        log_format: None,
    }
}
