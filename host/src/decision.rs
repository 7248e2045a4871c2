//! The one place that decides: may this task start, may this patch be
//! published. Pure, deterministic, fail-closed.

mod command;
mod ready;
mod rerun;

pub use command::{CommandFacts, Patches, Standing};
pub use rerun::{MAX_RERUNS, RerunFacts};

use serde::{Deserialize, Serialize};

use crate::change::Form;
use crate::evidence::Evidence;
use crate::ids::{Digest, ObjectId};
use crate::incident::Sightings;
use crate::policy::{Policy, Unproven};
use crate::time::Timestamp;

/// What may be done about a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Verdict {
    Allow,
    /// Needs a person.
    Warn,
    Block,
    /// The question makes no sense; callers treat it as `Block`.
    Error,
}

impl Verdict {
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Allow => "ALLOW",
            Verdict::Warn => "WARN",
            Verdict::Block => "BLOCK",
            Verdict::Error => "ERROR",
        }
    }
}

/// Declares the closed set of reasons with the verdict each calls for and the
/// sentence a person reads.
macro_rules! reasons {
    ($($name:ident = $code:literal, $verdict:ident, $sentence:literal;)*) => {
        /// Why a decision is what it is. Only the decision sets these.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum Reason {
            $(#[serde(rename = $code)] $name,)*
        }

        impl Reason {
            pub const ALL: &'static [Reason] = &[$(Reason::$name,)*];

            pub fn code(self) -> &'static str {
                match self { $(Reason::$name => $code,)* }
            }

            /// The verdict this reason alone calls for.
            pub fn verdict(self) -> Verdict {
                match self { $(Reason::$name => Verdict::$verdict,)* }
            }

            /// Why, and what changes it.
            pub fn sentence(self) -> &'static str {
                match self { $(Reason::$name => $sentence,)* }
            }
        }
    };
}

reasons! {
    Admitted = "SNTL_ADMITTED", Allow,
        "nothing speaks against starting the task";
    WithinPolicy = "SNTL_WITHIN_POLICY", Allow,
        "nothing speaks against publishing";
    Approved = "SNTL_APPROVED", Allow,
        "a person approved exactly this tree";
    UnprovenHeld = "SNTL_UNPROVEN_HELD", Warn,
        "the failed command was not run on the patched tree and publish.unproven is \"hold\"; \
         `sentinel approve TASK` releases it";
    FromLog = "SNTL_FROM_LOG", Warn,
        "the patch is text that a log printed and no tool was run that comes to the same; pushing \
         it runs it with the repository's secrets; `sentinel approve TASK` releases it";
    FromModel = "SNTL_FROM_MODEL", Warn,
        "a language model had a part in the patch: pushing it runs what nobody has read with the \
         repository's secrets, however well it is proven; `sentinel approve TASK` releases it";
    ProtectedPath = "SNTL_PROTECTED_PATH", Warn,
        "the patch touches a protected path; `sentinel approve TASK` releases it";
    ChangesExpectation = "SNTL_CHANGES_EXPECTATION", Warn,
        "the patch changes what a test, a recorded expectation or a build says, and no re-run can \
         tell whether that is right; `sentinel approve TASK` releases it";
    AgentAsks = "SNTL_AGENT_ASKS", Warn,
        "the agent itself asks for a person to look at it; `sentinel approve TASK` releases it";
    ObserveOnly = "SNTL_OBSERVE_ONLY", Block,
        "policy.observe_only is on: everything is recorded, nothing is published";
    LowConfidence = "SNTL_LOW_CONFIDENCE", Block,
        "the proposal's confidence is below policy.min_confidence";
    OpenChange = "SNTL_OPEN_CHANGE", Block,
        "a change for this incident and branch is open already; merge or close it";
    ClosedByPerson = "SNTL_CLOSED_BY_PERSON", Block,
        "a person closed the change for this incident unmerged; it is not proposed again";
    Ignored = "SNTL_IGNORED", Block,
        "a person put the label sentinel:ignore on a change of this incident";
    RateLimited = "SNTL_RATE_LIMITED", Block,
        "the repository reached policy.max_changes_per_hour";
    RunsRateLimited = "SNTL_RUNS_RATE_LIMITED", Block,
        "the repository reached policy.max_runs_per_hour";
    OwnBranch = "SNTL_OWN_BRANCH", Block,
        "the run is on a branch of Sentinel's own: acting on it would be a loop";
    Fork = "SNTL_FORK", Block,
        "the run comes from a fork: it gets a report, nothing is pushed";
    MergeQueue = "SNTL_MERGE_QUEUE", Block,
        "the run is a merge queue's: it gets a report, nothing is pushed";
    BotBranch = "SNTL_BOT_BRANCH", Block,
        "the branch belongs to another bot: it gets a report, nothing is pushed";
    BranchMoved = "SNTL_BRANCH_MOVED", Block,
        "the branch no longer points at the failing commit; its next run is read instead";
    ApprovalMismatch = "SNTL_APPROVAL_MISMATCH", Warn,
        "the approval names another tree, head or policy, or has expired; approve again";
    Flaky = "SNTL_FLAKY", Block,
        "the same job passes and fails on unchanged code: a patch would hide a matter of chance; \
         running the job again may be enough";
    PreExisting = "SNTL_PRE_EXISTING", Block,
        "the base branch fails in the same way: it is not this branch's fault, and it is repaired \
         where it comes from";
    WentGreen = "SNTL_WENT_GREEN", Block,
        "a later run of the branch passed: there is nothing left to repair";
    Outage = "SNTL_OUTAGE", Warn,
        "many repositories fail in the same way at once: a service they share is down; the task \
         is taken up again by itself";
    Cancelled = "SNTL_CANCELLED", Block,
        "a person cancelled the task";
    RejectedByPerson = "SNTL_REJECTED_BY_PERSON", Block,
        "a person rejected a patch for this failure on this branch; `/sentinel retry` lifts that";
    Stopped = "SNTL_STOPPED", Block,
        "a person stopped proposals for this branch; `/sentinel retry` lifts that";
    ProtectedBranch = "SNTL_PROTECTED_BRANCH", Block,
        "the branch is the default one or protected, and no commit is landed there without a pull \
         request";
    CommandAllowed = "SNTL_COMMAND_ALLOWED", Allow,
        "who asks may have this done";
    CommentChanged = "SNTL_COMMENT_CHANGED", Block,
        "the comment is gone, was edited or is not what was told; a command is a new comment";
    CommandByBot = "SNTL_COMMAND_BY_BOT", Block,
        "a program wrote the comment; commands are people's";
    UnknownCommand = "SNTL_UNKNOWN_COMMAND", Block,
        "there is no such command";
    NoPermission = "SNTL_NO_PERMISSION", Block,
        "this takes write permission in the repository, which the forge says you do not have";
    CommandsRateLimited = "SNTL_COMMANDS_RATE_LIMITED", Block,
        "there were too many commands in the last hour (policy.max_commands_per_person, \
         policy.max_commands_per_hour)";
    RetriesExhausted = "SNTL_RETRIES_EXHAUSTED", Block,
        "this branch was tried again as often today as policy.max_retries_per_day allows";
    NothingOffered = "SNTL_NOTHING_OFFERED", Block,
        "there is nothing here that this could be done with";
    SeveralPatches = "SNTL_SEVERAL_PATCHES", Block,
        "several patches wait here; name one with `/sentinel approve TREE`";
    TreeMismatch = "SNTL_TREE_MISMATCH", Block,
        "no patch that waits here results in the named tree; name it by at least 12 digits of its \
         id, as the check shows it";
    ChangeEnded = "SNTL_CHANGE_ENDED", Block,
        "the pull request is closed";
    Withdrawn = "SNTL_WITHDRAWN", Block,
        "Sentinel withdrew its change for this incident, because CI failed with it or nobody took \
         it up; it is not proposed again";
    RerunOff = "SNTL_RERUN_OFF", Block,
        "policy.rerun is \"off\": no job is run again";
    RerunAsks = "SNTL_RERUN_ASKS", Warn,
        "running the job again may be enough and policy.rerun is \"ask\"; \
         `sentinel approve TASK` lets it run";
    RerunLimit = "SNTL_RERUN_LIMIT", Block,
        "the job was run again as often as may be at this commit, and failed";
    RerunProtected = "SNTL_RERUN_PROTECTED", Block,
        "the run may deploy something: it is not run again by a program";
    BadInput = "SNTL_BAD_INPUT", Error,
        "a value the decision needs is missing, not finite or out of range";
}

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
        Question::Read(facts) => read(policy, facts),
        Question::Repair(facts) => repair(policy, facts),
        Question::Publish(facts) => publish(policy, facts, now),
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

fn read(policy: &Policy, facts: &ReadFacts) -> Vec<Reason> {
    let against = [
        when(facts.own_branch, Reason::OwnBranch),
        when(
            facts.runs_last_hour >= policy.max_runs_per_hour,
            Reason::RunsRateLimited,
        ),
    ];
    or_else_allow(against.into_iter().flatten().collect(), Reason::Admitted)
}

fn landing(
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
fn elsewhere(policy: &Policy, seen: &Sightings) -> impl Iterator<Item = Reason> {
    let reasons = [
        when(seen.is_flaky(), Reason::Flaky),
        when(seen.on_base, Reason::PreExisting),
        when(seen.went_green, Reason::WentGreen),
        when(seen.spread.is_outage(policy), Reason::Outage),
    ];
    reasons.into_iter().flatten()
}

fn repair(policy: &Policy, facts: &RepairFacts) -> Vec<Reason> {
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

fn publish(policy: &Policy, facts: &PublishFacts, now: Timestamp) -> Vec<Reason> {
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

fn is_sane(policy: &Policy, facts: &PublishFacts) -> bool {
    [facts.confidence, facts.stated, policy.min_confidence]
        .iter()
        .all(|value| (0.0..=1.0).contains(value))
}

/// A person's word in the place of what would need one.
fn approved(
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

fn needs_person(facts: &PublishFacts) -> impl Iterator<Item = Reason> {
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
