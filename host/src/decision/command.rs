//! May this person have that done?

use serde::Serialize;

use super::{Reason, or_else_allow, when};
use crate::change::talk::Permission;
use crate::event::command::Order;
use crate::policy::Policy;

/// What the forge says of a command's comment when it is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// As it was told: the same words of the same person.
    Stands,
    /// Gone, edited, or other than was told.
    Changed,
    ByBot,
}

/// What a command could be carried out on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Patches {
    /// Nothing waits or was tried here.
    #[default]
    None,
    /// What there is was made for another commit.
    Moved,
    /// Exactly one, or for orders that take all of them at least one.
    Found,
    Several,
    /// None that results in the named tree.
    OtherTree,
}

/// A command, as far as it matters for whether it is obeyed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CommandFacts {
    /// None where the word is none we know.
    pub order: Option<Order>,
    pub comment: Standing,
    /// Asked of the forge at that moment.
    pub permission: Permission,
    /// The person made the pull request.
    pub own_pull: bool,
    /// Commands of the person, and of everybody, in the last hour.
    pub by_person: u32,
    pub by_all: u32,
    /// How often the branch was tried again in the last day.
    pub retries: u32,
    pub open: bool,
    pub fork: bool,
    /// A commit would have to go to the default branch or a protected one.
    pub protected_branch: bool,
    pub patches: Patches,
}

/// Why a command is obeyed or not. What a program wrote or somebody edited is
/// not looked at any further: it gets no answer.
pub(super) fn command(policy: &Policy, facts: &CommandFacts) -> Vec<Reason> {
    match facts.comment {
        Standing::Stands => {}
        Standing::Changed => return vec![Reason::CommentChanged],
        Standing::ByBot => return vec![Reason::CommandByBot],
    }
    let too_many = facts.by_person >= policy.max_commands_per_person
        || facts.by_all >= policy.max_commands_per_hour;
    if too_many {
        return vec![Reason::CommandsRateLimited];
    }
    let Some(order) = facts.order else {
        return vec![Reason::UnknownCommand];
    };
    if !may(order, facts) {
        return vec![Reason::NoPermission];
    }
    or_else_allow(against(policy, order, facts), Reason::CommandAllowed)
}

/// Whoever made a pull request may ask why; to have something done takes the
/// right to do it oneself.
fn may(order: Order, facts: &CommandFacts) -> bool {
    match order {
        Order::Explain => facts.own_pull || facts.permission >= Permission::Write,
        Order::Apply | Order::Approve | Order::Reject | Order::Retry | Order::Stop => {
            facts.permission >= Permission::Write
        }
    }
}

fn against(policy: &Policy, order: Order, facts: &CommandFacts) -> Vec<Reason> {
    let lands = matches!(order, Order::Apply | Order::Approve);
    let acts = order != Order::Explain;
    let reasons = [
        when(acts && facts.fork, Reason::Fork),
        when(acts && !facts.open, Reason::ChangeEnded),
        when(lands && policy.observe_only, Reason::ObserveOnly),
        when(lands && facts.protected_branch, Reason::ProtectedBranch),
        when(
            order == Order::Retry && facts.retries >= policy.max_retries_per_day,
            Reason::RetriesExhausted,
        ),
        without(order, facts.patches),
    ];
    reasons.into_iter().flatten().collect()
}

/// What is missing for an order to be carried out.
fn without(order: Order, patches: Patches) -> Option<Reason> {
    match (order, patches) {
        // They mean the branch, whatever is there.
        (Order::Stop | Order::Explain, _) | (_, Patches::Found) => None,
        (_, Patches::None) => Some(Reason::NothingOffered),
        (_, Patches::Moved) => Some(Reason::BranchMoved),
        (_, Patches::Several) => Some(Reason::SeveralPatches),
        (_, Patches::OtherTree) => Some(Reason::TreeMismatch),
    }
}
