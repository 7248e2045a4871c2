//! May the failed jobs of a run be run again?

use serde::Serialize;

use super::{Origin, Reason, or_else_allow, when};
use crate::ids::ObjectId;
use crate::policy::{Policy, Rerun};

/// What is asked before a job is run again. That executes what it executes,
/// with the repository's secrets, so it is a publication of its own.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RerunFacts {
    pub origin: Origin,
    /// It was cancelled, or its branch passed meanwhile.
    pub cancelled: bool,
    pub went_green: bool,
    /// How often it was, at this commit and by us.
    pub tries: u32,
    /// It may deploy, or nobody can say that it does not.
    pub protected: bool,
    /// The failing commit, and where the branch points now.
    pub head: ObjectId,
    pub branch_head: Option<ObjectId>,
    /// A person said yes to running it again.
    pub approved: bool,
}

/// Times that a job is run again at one commit. A test that fails one time in
/// three fails three times in a row in four of a hundred runs: what is red then
/// is not a matter of chance.
pub const MAX_RERUNS: u32 = 2;

pub(super) fn rerun(policy: &Policy, facts: &RerunFacts) -> Vec<Reason> {
    let Origin {
        own_branch,
        fork,
        merge_queue,
        bot,
    } = facts.origin;
    let moved = facts.branch_head.as_ref() != Some(&facts.head);
    let against = [
        when(own_branch, Reason::OwnBranch),
        when(fork, Reason::Fork),
        when(merge_queue, Reason::MergeQueue),
        when(bot, Reason::BotBranch),
        when(facts.cancelled, Reason::Cancelled),
        when(facts.went_green, Reason::WentGreen),
        when(moved, Reason::BranchMoved),
        when(policy.observe_only, Reason::ObserveOnly),
        when(policy.rerun == Rerun::Off, Reason::RerunOff),
        when(facts.tries >= MAX_RERUNS, Reason::RerunLimit),
        when(facts.protected, Reason::RerunProtected),
        when(
            policy.rerun == Rerun::Ask && !facts.approved,
            Reason::RerunAsks,
        ),
    ];
    let allow = match facts.approved {
        true => Reason::Approved,
        false => Reason::WithinPolicy,
    };
    or_else_allow(against.into_iter().flatten().collect(), allow)
}
