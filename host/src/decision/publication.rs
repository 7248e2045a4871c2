//! May this patch be published, and what needs a person's word?

use serde::{Deserialize, Serialize};

use super::start::{Origin, Past, elsewhere, landing};
use super::{Reason, or_else_allow, when};
use crate::change::Form;
use crate::evidence::Evidence;
use crate::ids::{Digest, ObjectId};
use crate::incident::Sightings;
use crate::policy::{Policy, Unproven};
use crate::time::Timestamp;

/// A person's word on one tree. It binds all it names: another head, tree,
/// base or policy needs another approval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    pub by: String,
    pub tree: ObjectId,
    pub base: ObjectId,
    pub head: ObjectId,
    pub policy: Digest,
    pub expires: Timestamp,
}

/// May this patch be published?
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PublishFacts {
    pub origin: Origin,
    pub form: Form,
    /// The failing branch is the default one, or rules protect it. Known where
    /// a commit is to be landed on it.
    pub protected_branch: bool,
    pub past: Past,
    pub changes_last_hour: u32,
    pub cancelled: bool,
    pub seen: Sightings,
    /// What the stated confidence is worth (`confidence::calibrated`).
    pub confidence: f64,
    /// What the agent said.
    pub stated: f64,
    pub evidence: Evidence,
    /// Its bytes come from a log.
    pub from_log: bool,
    /// A language model had a part in it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub from_model: bool,
    pub unproven: Unproven,
    pub touches_protected: bool,
    /// It changes tests, recorded expectations or build files.
    pub changes_expectation: bool,
    /// The agent asks for an approval.
    pub agent_asks: bool,
    /// The tree the patch results in.
    pub tree: ObjectId,
    /// The tree it applies to.
    pub base: ObjectId,
    /// The failing commit.
    pub head: ObjectId,
    /// Where the branch points now; none where it is gone.
    pub branch_head: Option<ObjectId>,
    pub approval: Option<Approval>,
}

pub(super) fn publish(policy: &Policy, facts: &PublishFacts, now: Timestamp) -> Vec<Reason> {
    if !is_sane(policy, facts) {
        return vec![Reason::BadInput];
    }
    let mut against = landing(
        policy,
        (facts.origin, facts.form),
        facts.past,
        facts.changes_last_hour,
        facts.cancelled,
    );
    against.extend(elsewhere(policy, &facts.seen));
    let moved = facts.branch_head.as_ref() != Some(&facts.head);
    against.extend(when(policy.observe_only, Reason::ObserveOnly));
    against.extend(when(
        facts.confidence < policy.min_confidence,
        Reason::LowConfidence,
    ));
    against.extend(when(moved, Reason::BranchMoved));
    let lands = facts.form == Form::Commit;
    against.extend(when(
        lands && facts.protected_branch,
        Reason::ProtectedBranch,
    ));
    let allow = approved(policy, facts, now, &mut against, needs_person(facts));
    or_else_allow(against, allow)
}

pub(super) fn is_sane(policy: &Policy, facts: &PublishFacts) -> bool {
    [facts.confidence, facts.stated, policy.min_confidence]
        .iter()
        .all(|value| (0.0..=1.0).contains(value))
}

/// A person's word in the place of what would need one.
pub(super) fn approved(
    policy: &Policy,
    facts: &PublishFacts,
    now: Timestamp,
    against: &mut Vec<Reason>,
    needed: impl IntoIterator<Item = Reason>,
) -> Reason {
    let lands = facts.form == Form::Commit;
    match &facts.approval {
        Some(approval) if approves(approval, facts, policy, now) => Reason::Approved,
        Some(_) => {
            against.push(Reason::ApprovalMismatch);
            Reason::WithinPolicy
        }
        // Somebody else's branch is written to only on a person's word.
        None if lands => {
            against.push(Reason::ApprovalMismatch);
            Reason::WithinPolicy
        }
        // What only shows the patch leaves the pushing to whoever reads it.
        None if !facts.form.pushes() => Reason::WithinPolicy,
        None => {
            against.extend(needed);
            Reason::WithinPolicy
        }
    }
}

pub(super) fn needs_person(facts: &PublishFacts) -> impl Iterator<Item = Reason> {
    // Whoever lets unproven patches out as drafts lets all of them out.
    let hold = facts.unproven == Unproven::Hold;
    let (unproven, printed) = match &facts.evidence {
        // What a linter passes has still not been run.
        Evidence::Lint { .. } | Evidence::NotRun { .. } => (true, false),
        Evidence::ForgeCi(_) => (false, facts.from_log),
        // A hostile log may print a patch that mends the command and does more.
        Evidence::Proven(proven) => (false, facts.from_log && !proven.derived),
    };
    let reasons = [
        when(hold && unproven, Reason::UnprovenHeld),
        when(hold && printed, Reason::FromLog),
        // Whatever may be published unproven, and whatever derives it.
        when(facts.from_model, Reason::FromModel),
        when(facts.touches_protected, Reason::ProtectedPath),
        when(facts.changes_expectation, Reason::ChangesExpectation),
        when(facts.agent_asks, Reason::AgentAsks),
    ];
    reasons.into_iter().flatten()
}

fn approves(approval: &Approval, facts: &PublishFacts, policy: &Policy, now: Timestamp) -> bool {
    approval.tree == facts.tree
        && approval.base == facts.base
        && approval.head == facts.head
        && approval.policy == policy.digest()
        && now < approval.expires
}
