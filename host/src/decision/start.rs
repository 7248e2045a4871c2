//! May this log be read, may a repair be tried?

use serde::{Deserialize, Serialize};

use super::{Reason, or_else_allow, when};
use crate::change::Form;
use crate::incident::Sightings;
use crate::policy::Policy;

/// Whose branch failed, as far as it matters for what may be done about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    pub own_branch: bool,
    pub fork: bool,
    pub merge_queue: bool,
    pub bot: bool,
}

/// What became of earlier changes for this incident and branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Past {
    /// A change is open on the forge.
    pub open: bool,
    /// A person closed one unmerged.
    pub closed_unmerged: bool,
    /// A person put `sentinel:ignore` on one.
    pub ignored: bool,
    /// A person rejected a patch for it on this branch.
    pub rejected: bool,
    /// A person stopped proposals for this branch.
    pub stopped: bool,
    /// We withdrew one, for a reason that still holds.
    #[serde(default)]
    pub withdrawn: bool,
}

/// May the log of this run be read?
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReadFacts {
    pub own_branch: bool,
    /// Runs of this repository admitted in the last hour.
    pub runs_last_hour: u32,
}

/// May a repair be tried?
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RepairFacts {
    pub origin: Origin,
    /// What a patch would be published as.
    pub form: Form,
    pub past: Past,
    pub changes_last_hour: u32,
    pub cancelled: bool,
    /// What is known of the failure elsewhere.
    pub seen: Sightings,
}

pub(super) fn read(policy: &Policy, facts: &ReadFacts) -> Vec<Reason> {
    let against = [
        when(facts.own_branch, Reason::OwnBranch),
        when(
            facts.runs_last_hour >= policy.max_runs_per_hour,
            Reason::RunsRateLimited,
        ),
    ];
    or_else_allow(against.into_iter().flatten().collect(), Reason::Admitted)
}

pub(super) fn landing(
    policy: &Policy,
    (origin, form): (Origin, Form),
    past: Past,
    changes_last_hour: u32,
    cancelled: bool,
) -> Vec<Reason> {
    let against = [
        when(origin.own_branch, Reason::OwnBranch),
        when(origin.fork && !for_forks(form), Reason::Fork),
        when(origin.merge_queue, Reason::MergeQueue),
        when(origin.bot, Reason::BotBranch),
        when(past.open, Reason::OpenChange),
        when(past.closed_unmerged, Reason::ClosedByPerson),
        when(past.ignored, Reason::Ignored),
        when(past.rejected, Reason::RejectedByPerson),
        when(past.stopped, Reason::Stopped),
        when(past.withdrawn, Reason::Withdrawn),
        when(
            changes_last_hour >= policy.max_changes_per_hour,
            Reason::RateLimited,
        ),
        when(cancelled, Reason::Cancelled),
    ];
    against.into_iter().flatten().collect()
}

/// A fork gets what is written under its pull request, and nothing else.
fn for_forks(form: Form) -> bool {
    match form {
        Form::Suggestion { .. } => true,
        Form::PullRequest { .. } | Form::CheckRun | Form::Commit => false,
    }
}

/// What other runs, branches and repositories say against a repair here.
pub(super) fn elsewhere(policy: &Policy, seen: &Sightings) -> impl Iterator<Item = Reason> {
    let reasons = [
        when(seen.is_flaky(), Reason::Flaky),
        when(seen.on_base, Reason::PreExisting),
        when(seen.went_green, Reason::WentGreen),
        when(seen.spread.is_outage(policy), Reason::Outage),
    ];
    reasons.into_iter().flatten()
}

pub(super) fn repair(policy: &Policy, facts: &RepairFacts) -> Vec<Reason> {
    let mut against = landing(
        policy,
        (facts.origin, facts.form),
        facts.past,
        facts.changes_last_hour,
        facts.cancelled,
    );
    against.extend(elsewhere(policy, &facts.seen));
    or_else_allow(against, Reason::Admitted)
}
