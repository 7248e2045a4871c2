//! The one place that decides: may this task start, may this patch be
//! published. Pure, deterministic, fail-closed.

mod command;
mod publication;
mod ready;
mod reason;
mod rerun;
mod start;

pub use command::{CommandFacts, Patches, Standing};
pub use publication::{Approval, PublishFacts};
pub use reason::{Reason, Verdict};
pub use rerun::{MAX_RERUNS, RerunFacts};
pub use start::{Origin, Past, ReadFacts, RepairFacts};

use serde::{Deserialize, Serialize};

use crate::ids::Digest;
use crate::policy::Policy;
use crate::time::Timestamp;

/// What the decision answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    pub decision: Verdict,
    pub reason_codes: Vec<Reason>,
    /// SHA-256 over the canonical JSON (RFC 8785) of the question, the
    /// policy's digest and the contract's version: what was decided upon.
    pub context_hash: Digest,
    pub contract_version: u32,
}

/// The version of this request and response.
pub const CONTRACT_VERSION: u32 = 3;

impl Decision {
    pub fn allows(&self) -> bool {
        self.decision == Verdict::Allow
    }

    /// Nothing is wrong with the wish, there is only nothing to repair here: it
    /// ends as a report.
    pub fn is_report(&self) -> bool {
        let report = |reason: &Reason| {
            matches!(
                reason,
                Reason::Flaky | Reason::PreExisting | Reason::WentGreen | Reason::Outage
            )
        };
        self.decision == Verdict::Block && self.reason_codes.iter().all(report)
    }

    /// It waits, and nobody has to do anything.
    pub fn waits_for_an_outage(&self) -> bool {
        self.decision == Verdict::Warn && self.reason_codes.contains(&Reason::Outage)
    }

    /// The same where there is no held task to approve any more.
    pub fn plain_sentences(&self) -> Vec<&'static str> {
        let sentences = self.sentences().into_iter();
        let plain = sentences.map(|said| said.split("; `sentinel approve").next().unwrap_or(said));
        plain.collect()
    }

    /// The reasons for people, one sentence each.
    pub fn sentences(&self) -> Vec<&'static str> {
        self.reason_codes
            .iter()
            .map(|reason| reason.sentence())
            .collect()
    }
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "question")]
pub enum Question {
    Read(ReadFacts),
    Repair(RepairFacts),
    Publish(Box<PublishFacts>),
    /// May this person have that done?
    Command(CommandFacts),
    /// May a published draft become ready for review? The same facts, with new
    /// evidence.
    Ready(Box<PublishFacts>),
    Rerun(RerunFacts),
}

/// Decides. The gravest reason's verdict is the decision; without any reason
/// against it the answer is `ALLOW`.
pub fn decide(policy: &Policy, question: &Question, now: Timestamp) -> Decision {
    let mut reasons = match question {
        Question::Read(facts) => start::read(policy, facts),
        Question::Repair(facts) => start::repair(policy, facts),
        Question::Publish(facts) => publication::publish(policy, facts, now),
        Question::Command(facts) => command::command(policy, facts),
        Question::Ready(facts) => ready::ready(policy, facts, now),
        Question::Rerun(facts) => rerun::rerun(policy, facts),
    };
    reasons.sort();
    reasons.dedup();
    let gravest = reasons
        .iter()
        .map(|reason| reason.verdict())
        .max_by_key(|v| gravity(*v));
    let decision = gravest.unwrap_or(Verdict::Error);
    // A reason to allow beside a reason not to would only confuse.
    reasons.retain(|reason| decision == Verdict::Allow || reason.verdict() != Verdict::Allow);
    Decision {
        decision,
        reason_codes: reasons,
        context_hash: context_hash(policy, question, now),
        contract_version: CONTRACT_VERSION,
    }
}

fn gravity(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Allow => 0,
        Verdict::Warn => 1,
        Verdict::Block => 2,
        Verdict::Error => 3,
    }
}

fn when(condition: bool, reason: Reason) -> Option<Reason> {
    condition.then_some(reason)
}

fn or_else_allow(mut against: Vec<Reason>, allow: Reason) -> Vec<Reason> {
    if against.is_empty() {
        against.push(allow);
    }
    against
}

fn context_hash(policy: &Policy, question: &Question, now: Timestamp) -> Digest {
    #[derive(Serialize)]
    struct Context<'a> {
        contract_version: u32,
        policy: String,
        question: &'a Question,
        now: Timestamp,
    }
    let policy = policy.digest().hex();
    let context = Context {
        contract_version: CONTRACT_VERSION,
        policy,
        question,
        now,
    };
    // Not-a-number has no JSON; the hash then covers only that it was there.
    match serde_json_canonicalizer::to_vec(&context) {
        Ok(json) => Digest::of(&json),
        Err(_) => Digest::of(b"not serialisable"),
    }
}
