//! What may be tried for a class of failure, and what the other failures of
//! its kind say about that.

mod branch;
mod ended;
mod sightings;
mod urgency;

pub use branch::{BranchKind, kind_of};
pub use ended::Ended;
pub use sightings::{Sightings, Spread, drifts, is_infrastructure};
pub use urgency::{Reach, Urgency, of_run, urgency};

use crate::failure::{Failure, FailureClass};
use crate::ids::{IncidentId, Repository};

/// What Sentinel does about a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// A repair is tried.
    Repair,
    /// It is reported; a patch would paper over something else. The text says
    /// what a person should look at.
    Report(&'static str),
}

/// Below this confidence a class is a guess, and a repair is tried whatever it
/// says: an agent that finds nothing sure abstains.
const SURE: f64 = 0.7;

/// The remedy for a failure.
pub fn remedy(failure: &Failure) -> Remedy {
    match of_class(failure.class) {
        Remedy::Report(_) if failure.confidence < SURE => Remedy::Repair,
        remedy => remedy,
    }
}

/// Whether a failure may be gone when its job is run again: a server's doing,
/// by its class. What ran out of time or memory does so again, and for as long.
pub fn may_pass_again(failure: &Failure) -> bool {
    failure.class == FailureClass::FlakyOrInfraNetwork && failure.confidence >= SURE
}

/// Exhaustive on purpose: a new class needs a thought.
fn of_class(class: FailureClass) -> Remedy {
    use FailureClass::*;
    match class {
        Format
        | Lint
        | Compile
        | TypeCheck
        | TestFailure
        | DependencyResolution
        | Lockfile
        | ConfigOrWorkflowSyntax
        | DockerBuild
        | Unknown => Remedy::Repair,
        FlakyOrInfraNetwork => {
            Remedy::Report("the network or a service failed; running the job again may be enough")
        }
        Timeout => Remedy::Report("the job ran out of time; look at what it waited for"),
        OomOrDisk => Remedy::Report("the machine ran out of memory or disk"),
        PermissionOrSecret => {
            Remedy::Report("a credential or a permission is missing; no patch may supply one")
        }
        Deployment => Remedy::Report("a deployment failed; that is not repaired by a patch"),
    }
}

/// Failures of one cause, from whatever jobs of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    pub incident: IncidentId,
    /// The job of the first one: the log an agent is given.
    pub job: String,
    pub failures: Vec<Failure>,
}

/// Groups a run's failures by cause, in the order they came.
pub fn group(repository: &Repository, failures: Vec<(String, Failure)>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for (job, failure) in failures {
        let incident = IncidentId::derive(repository, &failure.fingerprint);
        match groups.iter_mut().find(|group| group.incident == incident) {
            Some(group) => group.failures.push(failure),
            None => groups.push(Group {
                incident,
                job,
                failures: vec![failure],
            }),
        }
    }
    groups
}
