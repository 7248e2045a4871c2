//! May a published draft become ready for review?

use super::publication::{approved, is_sane, needs_person};
use super::start::{elsewhere, landing};
use super::{Past, PublishFacts, Reason, or_else_allow, when};
use crate::policy::{Policy, Unproven};
use crate::time::Timestamp;

/// It is open already and counted; what moved beside it, its forge says. But
/// CI that is green says nothing about what a patch does beside mending: what a
/// log printed waits for a person whatever `publish.unproven` lets out.
pub(super) fn ready(policy: &Policy, facts: &PublishFacts, now: Timestamp) -> Vec<Reason> {
    if !is_sane(policy, facts) {
        return vec![Reason::BadInput];
    }
    let past = Past {
        open: false,
        ..facts.past
    };
    let mut against = landing(policy, (facts.origin, facts.form), past, 0, facts.cancelled);
    against.retain(|reason| *reason != Reason::RateLimited);
    against.extend(elsewhere(policy, &facts.seen));
    against.extend(when(policy.observe_only, Reason::ObserveOnly));
    against.extend(when(
        facts.confidence < policy.min_confidence,
        Reason::LowConfidence,
    ));
    let strict = PublishFacts {
        unproven: Unproven::Hold,
        ..facts.clone()
    };
    let needed: Vec<Reason> = needs_person(&strict).collect();
    let unproven = needed.contains(&Reason::UnprovenHeld);
    let allow = approved(policy, facts, now, &mut against, needed);
    // An approval of a tree is no evidence: without any it stays a draft.
    against.extend(when(unproven, Reason::UnprovenHeld));
    or_else_allow(against, allow)
}
