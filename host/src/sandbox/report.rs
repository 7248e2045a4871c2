//! All there is to say about a run once it is over.

use std::collections::BTreeSet;

use serde::Serialize;

use super::error::{LoadError, Phase, TaskError};
use super::files::{InputFile, Workspace};
use super::state::{GuestEvent, Uses};
use super::task::{Output, TaskInput};
use super::trace::{Divergence, Traced};
use crate::effect::Journalled;
use crate::failure::Attribute;
use crate::grant::{Capability, Grant, Refusal};

/// What a run used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Usage {
    pub fuel: u64,
    pub wall_ms: u64,
    /// Milliseconds it waited for a slot before it started.
    pub waited_ms: u64,
    /// Linear memory in bytes at its peak.
    pub memory: u64,
    pub host_calls: u64,
}

/// What a recording keeps of a run.
#[derive(Debug)]
pub struct Trail {
    pub grant: Grant,
    pub settings: Vec<Attribute>,
    pub task: TaskInput,
    pub inputs: Vec<InputFile>,
    pub workspace: Option<Workspace>,
    pub traced: Traced,
    pub journal: Vec<Journalled>,
    /// Paths of the workspace whose bytes were read.
    pub read: BTreeSet<String>,
    /// Where it parted from the recording it was held to.
    pub diverged: Option<Divergence>,
}

/// All there is to say about a run.
#[derive(Debug)]
pub struct Report {
    pub outcome: Result<Output, TaskError>,
    /// A failure of `cleanup`, which never loses the outcome.
    pub cleanup: Option<TaskError>,
    pub usage: Usage,
    pub events: Vec<GuestEvent>,
    pub denials: Vec<Refusal>,
    /// What of the grant was really used.
    pub uses: Uses,
    /// What was granted and never used.
    pub unused: Vec<Capability>,
    /// Slices of time that the sandbox's guests had had when it began.
    pub began: u64,
    /// None where it did not start.
    pub trail: Option<Trail>,
}

impl Report {
    /// The component could not be loaded: the host chose it, so the host is
    /// at fault.
    pub fn not_loaded(error: &LoadError) -> Report {
        let why = error.to_string();
        Report::not_started(TaskError::HostFault {
            phase: Phase::Instantiate,
            why,
        })
    }

    pub(super) fn not_started(error: TaskError) -> Report {
        Report {
            outcome: Err(error),
            cleanup: None,
            usage: Usage::default(),
            events: Vec::new(),
            denials: Vec::new(),
            uses: Uses::new(),
            unused: Vec::new(),
            began: 0,
            trail: None,
        }
    }
}
