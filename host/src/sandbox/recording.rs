//! A run as it can be repeated: what went in by digest, what came from outside
//! as the guest observed it, and what to hold a replay to.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::error::TaskError;
use super::files::InputKind;
use super::report::Report;
use super::task::TaskInput;
use crate::effect::Journalled;
use crate::failure::Attribute;
use crate::grant::Grant;
use crate::ids::Digest;

/// The only version of the format so far.
const FORMAT: u32 = 1;

/// Largest recording read, in bytes: a journal holds whole answers.
pub const MAX_RECORDING_BYTES: usize = 256 * 1024 * 1024;

/// One run. Blobs are named by their SHA-256 and travel beside it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recording {
    pub format: u32,
    /// The version of Sentinel that ran it. Another version's fuel is another.
    pub sentinel: String,
    /// Names the component's bytes by its digest.
    pub grant: Grant,
    pub settings: Vec<Attribute>,
    pub task: TaskInput,
    pub inputs: Vec<RecordedInput>,
    /// The listing of the tree, where there was a workspace.
    pub tree: Option<Digest>,
    /// The files of the workspace whose bytes were read, by path.
    pub files: BTreeMap<String, Digest>,
    pub journal: Vec<Journalled>,
    /// The kept calls of the trace.
    pub trace: Digest,
    pub calls: u64,
    /// The hash over all calls.
    pub chain: u64,
    pub ended: Ended,
}

/// A file under `/input`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordedInput {
    pub path: String,
    pub kind: InputKind,
    pub digest: Digest,
}

/// How it ended, and what a replay must come to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ended {
    /// `returned`, or the kind of the error.
    pub how: String,
    /// Whether the end is the guest's own (a return, an error, a trap, a
    /// budget that is counted) and so the same in every run. A deadline, a
    /// cancellation, a host fault or the end of the native stack is not: then
    /// a replay is held to the calls before it.
    pub exact: bool,
    /// The canonical JSON of the outcome.
    pub outcome: Digest,
    /// The same of what `cleanup` came to.
    pub cleanup: Digest,
    pub fuel: u64,
    /// Linear memory in bytes at its peak.
    pub memory: u64,
    pub host_calls: u64,
}

impl Ended {
    /// How a run ended, from its report.
    pub fn of(report: &Report) -> Ended {
        Ended {
            how: match &report.outcome {
                Ok(_) => "returned".to_owned(),
                Err(error) => error.kind().to_owned(),
            },
            exact: report.outcome.as_ref().err().is_none_or(is_exact)
                && report.cleanup.as_ref().is_none_or(is_exact),
            outcome: digest(&report.outcome),
            cleanup: digest(&report.cleanup),
            fuel: report.usage.fuel,
            memory: report.usage.memory,
            host_calls: report.usage.host_calls,
        }
    }
}

fn is_exact(error: &TaskError) -> bool {
    use super::error::Budget;
    match error {
        TaskError::OutOfBudget { budget, .. } => *budget != Budget::Stack,
        TaskError::Trap { .. } | TaskError::Guest { .. } | TaskError::InvalidAnswer { .. } => true,
        TaskError::Denied { .. } | TaskError::Deadline { .. } | TaskError::HostFault { .. } => {
            false
        }
    }
}

fn digest(value: &impl Serialize) -> Digest {
    let bytes = serde_json_canonicalizer::to_vec(value).expect("an outcome is plain JSON");
    Digest::of(&bytes)
}

/// Why bytes are not a recording.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRecording {
    #[error("the recording is larger than {MAX_RECORDING_BYTES} bytes")]
    TooLarge,
    #[error("the recording is damaged: {0}")]
    Damaged(String),
    #[error("the recording has format {found}; this version reads {FORMAT}")]
    Format { found: u32 },
}

impl Recording {
    /// What can be recorded of a run: not one that did not start, and not one
    /// whose input the host knows no digest of. The blobs of tree, files and
    /// trace are named by whoever stores them.
    pub fn of(report: &Report) -> Option<Recording> {
        let trail = report.trail.as_ref()?;
        let input = |file: &super::files::InputFile| {
            Some(RecordedInput {
                path: file.path.clone(),
                kind: file.kind.clone(),
                digest: file.digest?,
            })
        };
        Some(Recording {
            format: FORMAT,
            sentinel: env!("CARGO_PKG_VERSION").to_owned(),
            grant: trail.grant.clone(),
            settings: trail.settings.clone(),
            task: trail.task.clone(),
            inputs: trail.inputs.iter().map(input).collect::<Option<_>>()?,
            tree: None,
            files: BTreeMap::new(),
            journal: trail.journal.clone(),
            trace: Digest::of(&trail.traced.kept),
            calls: trail.traced.calls,
            chain: trail.traced.chain,
            ended: Ended::of(report),
        })
    }

    /// Whether this version of Sentinel made it.
    pub fn is_of_this_version(&self) -> bool {
        self.sentinel == env!("CARGO_PKG_VERSION")
    }

    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("a recording is plain JSON")
    }

    pub fn from_bytes(bytes: &[u8]) -> Result<Recording, InvalidRecording> {
        if bytes.len() > MAX_RECORDING_BYTES {
            return Err(InvalidRecording::TooLarge);
        }
        let damaged = |error: serde_json::Error| InvalidRecording::Damaged(error.to_string());
        let recording: Recording = serde_json::from_slice(bytes).map_err(damaged)?;
        match recording.format {
            FORMAT => Ok(recording),
            found => Err(InvalidRecording::Format { found }),
        }
    }

    /// Every blob a replay needs.
    pub fn blobs(&self) -> Vec<Digest> {
        let inputs = self.inputs.iter().map(|input| input.digest);
        let mut blobs: Vec<Digest> = inputs
            .chain(self.tree)
            .chain(self.files.values().copied())
            .chain([self.trace, self.grant.agent.digest])
            .collect();
        blobs.sort_unstable();
        blobs.dedup();
        blobs
    }
}
