//! Recording → the same run again, compared.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use super::artifacts::{self, Artifacts};
use super::record::parse_listing;
use crate::ids::Digest;
use crate::sandbox::{
    Component, Divergence, Ended, InputFile, Inspection, Job, LoadError, Mounts, Recording, Replay,
    Report, Sandbox, Workspace,
};
use crate::store::{Blobs, StoreError};
use crate::tree::{Entry, Files};

/// A replay may be on a slower machine than the run; time is not what it is
/// held to.
const PATIENCE: u64 = 20;

/// Why a recording could not be run again.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Recording(#[from] crate::sandbox::InvalidRecording),
    #[error("{what} is not what was recorded: {why}")]
    Damaged { what: &'static str, why: String },
    #[error("the recorded component does not load: {0}")]
    Load(#[from] LoadError),
}

/// What became of a replay.
#[derive(Debug, Serialize)]
pub struct Replayed {
    /// Nothing differed that must not.
    pub same: bool,
    /// The first host call that was another one.
    pub diverged: Option<Divergence>,
    /// What differed, in words.
    pub differences: Vec<String>,
    /// Whether everything was compared, or only the answer (another version
    /// made the recording) or the calls before its end.
    pub compared: &'static str,
    pub host_calls: u64,
    pub fuel: u64,
}

/// Runs recordings.
pub struct Player<'a> {
    pub sandbox: &'a Arc<Sandbox>,
    pub blobs: &'a Blobs,
    pub artifacts: Option<&'a Artifacts>,
}

/// The workspace's files as far as they were read when the run was recorded.
#[derive(Debug)]
struct Recorded {
    blobs: Blobs,
    files: BTreeMap<String, Digest>,
}

impl Files for Recorded {
    fn bytes(&self, path: &str, _: &Entry) -> std::io::Result<Vec<u8>> {
        let Some(digest) = self.files.get(path) else {
            let why = format!("{path:?} was not read when the run was recorded");
            return Err(std::io::Error::new(std::io::ErrorKind::NotFound, why));
        };
        self.blobs
            .get(digest)
            .map_err(|error| std::io::Error::other(error.to_string()))
    }
}

impl Player<'_> {
    /// The recording in a blob.
    pub fn read(&self, digest: &Digest) -> Result<Recording, ReplayError> {
        Ok(Recording::from_bytes(&self.blobs.get(digest)?)?)
    }

    /// The component a recording was made with.
    pub async fn component(&self, recording: &Recording) -> Result<Component, ReplayError> {
        let bytes = self.blobs.get(&recording.grant.agent.digest)?;
        let inspection = self.sandbox.inspect(&bytes)?;
        self.load(inspection, bytes).await
    }

    /// A component for this player's sandbox.
    pub async fn load(
        &self,
        inspection: Inspection,
        bytes: Vec<u8>,
    ) -> Result<Component, ReplayError> {
        Ok(artifacts::load(self.sandbox, self.artifacts, inspection, bytes.into()).await?)
    }

    /// Runs it again and compares.
    pub async fn replay(
        &self,
        recording: &Recording,
        component: Component,
    ) -> Result<Replayed, ReplayError> {
        let expected = self.blobs.get(&recording.trace)?;
        let job = Job {
            expected: Some(expected),
            ..self.job(recording, component)?
        };
        let report = self.sandbox.run(job).await;
        Ok(compare(recording, &report))
    }

    /// The job of a recording, for this or another component.
    pub fn job(&self, recording: &Recording, component: Component) -> Result<Job, ReplayError> {
        let mut grant = recording.grant.clone();
        grant.agent = component.agent().clone();
        grant.limits.wall_ms = grant.limits.wall_ms.saturating_mul(PATIENCE);
        let mounts = self.mounts(recording)?;
        Ok(Job {
            settings: recording.settings.clone(),
            effects: Box::new(Replay::of(recording.journal.clone())),
            ..Job::new(component, grant, mounts, recording.task.clone())
        })
    }

    fn mounts(&self, recording: &Recording) -> Result<Mounts, ReplayError> {
        let mut inputs = Vec::new();
        for input in &recording.inputs {
            self.blobs.check(&input.digest)?;
            let place = self.blobs.path(&input.digest);
            let file = InputFile::open(&input.path, input.kind.clone(), &place, Some(input.digest));
            inputs.push(file.map_err(|error| ReplayError::Damaged {
                what: "an input",
                why: error.to_string(),
            })?);
        }
        let workspace = recording.tree.map(|tree| self.workspace(recording, &tree));
        Ok(Mounts {
            input: Some(inputs),
            workspace: workspace.transpose()?,
        })
    }

    fn workspace(&self, recording: &Recording, tree: &Digest) -> Result<Workspace, ReplayError> {
        let listing = self.blobs.get(tree)?;
        let tree = parse_listing(&listing).map_err(|error| ReplayError::Damaged {
            what: "the tree",
            why: error.to_string(),
        })?;
        Ok(Workspace {
            tree: Arc::new(tree),
            files: Arc::new(Recorded {
                blobs: self.blobs.clone(),
                files: recording.files.clone(),
            }),
        })
    }
}

fn compare(recording: &Recording, report: &Report) -> Replayed {
    let now = Ended::of(report);
    let then = &recording.ended;
    let trail = report.trail.as_ref();
    let diverged = trail.and_then(|trail| trail.diverged.clone());
    let calls = trail.map_or(0, |trail| trail.traced.calls);
    let mut differences = Vec::new();
    let mut differ = |what: &str, then: &dyn std::fmt::Display, now: &dyn std::fmt::Display| {
        differences.push(format!("{what}: recorded {then}, now {now}"));
    };
    let compared = match (recording.is_of_this_version(), then.exact) {
        (false, _) => "the answer",
        (true, false) => "the host calls before its end",
        (true, true) => "everything",
    };
    if then.exact && now.outcome != then.outcome {
        differ("the answer", &then.outcome, &now.outcome);
    }
    if recording.is_of_this_version() && then.exact {
        let chain = trail.map_or(0, |trail| trail.traced.chain);
        for (what, then, now) in [
            ("fuel", then.fuel, now.fuel),
            ("memory", then.memory, now.memory),
            ("host calls", then.host_calls, now.host_calls),
            ("traced calls", recording.calls, calls),
            ("the hash over all calls", recording.chain, chain),
        ] {
            if then != now {
                differ(what, &then, &now);
            }
        }
        if now.cleanup != then.cleanup {
            differ("cleanup", &then.cleanup, &now.cleanup);
        }
    }
    // A run that was cut off is repeated as far as it went; what a replay does
    // after that was not recorded.
    let early = diverged
        .as_ref()
        .is_some_and(|diverged| diverged.call < recording.calls);
    if recording.is_of_this_version() && !then.exact && early {
        differ("the calls", &recording.calls, &calls);
    }
    Replayed {
        same: differences.is_empty(),
        diverged: diverged.filter(|_| !differences.is_empty()),
        differences,
        compared,
        host_calls: now.host_calls,
        fuel: now.fuel,
    }
}
