//! Why a decision is what it is: the closed set, and what each calls for.

use serde::{Deserialize, Serialize};

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
