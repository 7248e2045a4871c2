//! The way of the data, from a stored delivery to a published change.
//!
//! A stage is claimed from the queue, does its work, and commits its result,
//! the ledger's entry and its successor in one transaction. Killed anywhere, it
//! is simply run again; what reaches the forge is idempotent.

mod agents;
mod analyze;
mod artifacts;
mod backtest;
mod base;
mod beside;
pub mod bundle;
mod check;
mod command;
mod diagnose;
mod effects;
mod fetch;
mod fix;
mod history;
mod hold;
mod intake;
mod known;
mod lint;
mod look;
mod optimize;
mod past;
pub mod people;
mod place;
mod poll;
mod prove;
mod publish;
mod pushed;
mod queue;
mod ran;
mod record;
mod recover;
mod redacted;
pub mod register;
mod repair;
mod replay;
mod rerun;
mod seen;
mod show;
mod watch;
mod weighed;
mod withdraw;
mod worker;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

pub use agents::{
    Agents, Asked, BesideInput, ComponentBytes, LogInput, Outside, RepairJob, Roles, Scene, Setup,
    grant,
};
pub use artifacts::{Artifacts, COMPILE, Compiler, PATIENCE, load};
pub use backtest::{Tested, Verdict, backtest};
pub use check::{Candidate, check_proposals};
pub use effects::{Bench, Commands, Models, Preparing, Priced, World, close_abandoned};
pub use fix::Fixer;
pub use intake::{Arrival, accept};
pub use lint::lint;
pub use look::{past_runs, schedule};
pub use optimize::{Advised, Finding, OptimizeError, optimize};
pub use poll::poll;
pub use prove::{Proved, prove};
pub use record::{listing, parse_listing, record, record_with};
pub use recover::{recover, recover_once};
pub use redacted::RedactedLog;
pub use replay::{Player, ReplayError, Replayed};
pub use worker::{drain, work};

use crate::change::text::Manner;
use crate::forge::local::Identity;
use crate::forge::{Ci, Forge, ForgeError};
use crate::ids::{ForgeKind, Repository, RunKey, Source};
use crate::ledger::{Entry, Kind};
use crate::patch::DamagedPatch;
use crate::policy::{PatchRules, Policy, Unproven};
use crate::store::{Store, StoreError};
use crate::time::Timestamp;
use crate::timetable::Plan;

/// The forges that are configured.
#[derive(Clone, Default)]
pub struct Forges {
    pub github: Option<Arc<dyn Forge>>,
    pub gitlab: Option<Arc<dyn Forge>>,
    pub local: Option<Arc<dyn Forge>>,
}

/// The CI systems that are configured: where logs come from.
#[derive(Clone)]
pub struct Systems {
    pub github: Option<Arc<dyn Ci>>,
    pub gitlab: Option<Arc<dyn Ci>>,
    pub jenkins: Option<Arc<dyn Ci>>,
    /// Senders that tell of a run with its log; always there.
    pub told: Arc<dyn Ci>,
}

impl Systems {
    /// The CI system that comes with a forge.
    fn of(&self, kind: ForgeKind) -> Result<&dyn Ci, StageError> {
        let (system, name) = match kind {
            ForgeKind::GitHub => (&self.github, "GitHub"),
            ForgeKind::GitLab => (&self.gitlab, "GitLab"),
            ForgeKind::Local => (&None, "CI system"),
        };
        system.as_deref().ok_or_else(|| {
            StageError::GiveUp(format!("no {name} is configured to read past runs from"))
        })
    }

    fn get(&self, run: &RunKey) -> Result<&dyn Ci, StageError> {
        let (system, name) = match (&run.source, run.repository.forge) {
            (Source::Told { .. }, _) | (Source::Forge, ForgeKind::Local) => {
                return Ok(self.told.as_ref());
            }
            (Source::Jenkins { .. }, _) => (&self.jenkins, "Jenkins"),
            (Source::Forge | Source::CheckRun, ForgeKind::GitHub) => (&self.github, "GitHub"),
            (Source::Forge, ForgeKind::GitLab) => (&self.gitlab, "GitLab"),
            (Source::CheckRun, ForgeKind::GitLab | ForgeKind::Local) => (&None, "check run"),
            (Source::Timetable, kind) => return self.of(kind),
        };
        system
            .as_deref()
            .ok_or_else(|| StageError::GiveUp(format!("no {name} is configured to read logs from")))
    }
}

impl Forges {
    fn get(&self, kind: ForgeKind) -> Result<&dyn Forge, StageError> {
        let forge = match kind {
            ForgeKind::GitHub => &self.github,
            ForgeKind::GitLab => &self.gitlab,
            ForgeKind::Local => &self.local,
        };
        forge
            .as_deref()
            .ok_or_else(|| StageError::GiveUp(format!("no {} forge is configured", kind.as_str())))
    }
}

/// How changes are published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publishing {
    /// For forges with CI, and for local ones: a pushed branch executes only
    /// where CI runs.
    pub unproven_ci: Unproven,
    pub unproven_local: Unproven,
    /// Who commits on local forges and signs off where that is the manner.
    pub identity: Identity,
}

impl Publishing {
    fn unproven(&self, kind: ForgeKind) -> Unproven {
        match kind {
            ForgeKind::GitHub | ForgeKind::GitLab => self.unproven_ci,
            ForgeKind::Local => self.unproven_local,
        }
    }

    fn manner(&self, messages: &[String]) -> Manner {
        let identity = format!("{} <{}>", self.identity.name, self.identity.email);
        Manner::of(messages, &identity)
    }
}

/// Everything the stages work with.
pub struct Pipeline {
    pub store: Store,
    pub agents: Arc<Agents>,
    pub forges: Forges,
    pub systems: Systems,
    pub policy: Policy,
    pub rules: PatchRules,
    pub publishing: Publishing,
    /// What ConfigOptimizer looks at, and how often.
    pub timetable: BTreeMap<Repository, Plan>,
    pub clock: fn() -> Timestamp,
}

impl Pipeline {
    pub fn now(&self) -> Timestamp {
        (self.clock)()
    }

    fn entry(&self, kind: Kind, subject: &str, facts: serde_json::Value) -> Entry {
        Entry {
            at: self.now(),
            kind,
            subject: subject.to_owned(),
            facts,
        }
    }
}

/// Milliseconds of the windows that rates are counted in.
const HOUR_MS: i64 = 3_600_000;

/// Why a stage did not finish.
#[derive(Debug, thiserror::Error)]
pub enum StageError {
    /// Something outside; later it may work.
    #[error("{why}")]
    Retry {
        why: String,
        after: Option<Duration>,
    },
    /// It will not work however often it is tried.
    #[error("{0}")]
    GiveUp(String),
    /// This version does not do that: an end people read, no failure.
    #[error("{0}")]
    Report(String),
}

impl From<ForgeError> for StageError {
    fn from(error: ForgeError) -> Self {
        match error {
            ForgeError::Unsupported(why) => StageError::Report(why),
            error if error.is_transient() => StageError::Retry {
                why: error.to_string(),
                after: error.retry_after(),
            },
            error => StageError::GiveUp(error.to_string()),
        }
    }
}

impl From<StoreError> for StageError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Sqlite(_)
            | StoreError::Io { .. }
            | StoreError::Commit(_)
            | StoreError::Closed => StageError::Retry {
                why: error.to_string(),
                after: None,
            },
            error => StageError::GiveUp(error.to_string()),
        }
    }
}

impl From<DamagedPatch> for StageError {
    fn from(error: DamagedPatch) -> Self {
        StageError::GiveUp(error.to_string())
    }
}

impl From<std::io::Error> for StageError {
    fn from(error: std::io::Error) -> Self {
        StageError::Retry {
            why: error.to_string(),
            after: None,
        }
    }
}
