//! What one task may do, and how much of everything it may use.
//!
//! A component asks (its [manifest](crate::manifest)), the operator grants
//! (the configuration), the task narrows (its repository, commit and time).
//! The effective grant is the intersection: a value every run demands, and
//! [`Grant::authorise`] is the one function that decides every effect.

mod address;
mod authorise;
mod given;
mod host;
mod limits;
mod permissions;

use serde::{Deserialize, Serialize};

pub use address::{AddressKind, kind_of};
pub use authorise::{Effect, Permit, Refusal};
pub use given::{Given, Hosts, Paths, Plain, Switch};
pub use host::{canonical, is_address, split_port};
pub use limits::Limits;
pub use permissions::{
    Budgets, Capability, Globs, HostPattern, HostRule, InvalidScope, PathRule, Permissions,
};

use crate::ids::{Digest, ObjectId, Repository, TaskId};
use crate::task::TaskKind;
use crate::time::Timestamp;

/// A component as registered: `name@version`, known by its digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentRef {
    pub name: String,
    pub version: String,
    pub digest: Digest,
}

impl std::fmt::Display for AgentRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}@{}", self.name, self.version)
    }
}

/// What one task may do. Made by intersecting, never by adding.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Grant {
    pub task: TaskId,
    pub kind: TaskKind,
    pub agent: AgentRef,
    pub repository: Option<Repository>,
    pub commit: Option<ObjectId>,
    pub permissions: Permissions,
    pub limits: Limits,
    /// When the grant was made: where the guest's clock starts.
    pub issued: Timestamp,
    /// From then on nothing is authorised any more.
    pub expires: Timestamp,
}

/// How long a grant counts, in milliseconds. A task runs for seconds; a grant
/// that lay in a queue for longer was made for another situation.
pub const GRANT_MS: i64 = 15 * 60 * 1000;

/// The most a task of a kind ever needs, whatever was requested and granted.
pub fn needs(kind: TaskKind) -> &'static [Capability] {
    use Capability::*;
    match kind {
        // Reading a log takes the log. What past logs said is `history`.
        TaskKind::Analyze => &[Input, History],
        TaskKind::Repair => &[Input, Workspace, Runner, Model, History, Http],
        TaskKind::Optimize => &[Input, Workspace, Runner, Model, History, Http],
    }
}
