//! A delivery normalised: what happened, in our words.

pub mod command;
pub mod generic;
pub mod github;
pub mod gitlab;
pub mod jenkins;
pub mod local;

use serde::{Deserialize, Serialize};

use crate::ids::{Branch, ObjectId, Repository, RunKey};
use command::CommandWord;

/// Branches Sentinel makes begin with this; runs on them start no work.
pub const OWN_BRANCH_PREFIX: &str = "sentinel/";

/// Why a CI run ended red.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Conclusion {
    Failure,
    TimedOut,
    /// The workflow could not start; such a run usually has no jobs.
    StartupFailure,
    /// Nothing ran: ConfigOptimizer looked at the branch.
    Looked,
}

impl Conclusion {
    pub const fn as_str(self) -> &'static str {
        match self {
            Conclusion::Failure => "failure",
            Conclusion::TimedOut => "timed_out",
            Conclusion::StartupFailure => "startup_failure",
            Conclusion::Looked => "looked",
        }
    }
}

/// What started the run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Trigger {
    Push,
    /// The run tested a pull request. Its number is unknown where the forge
    /// does not say (GitHub names none for forks).
    PullRequest {
        number: Option<u64>,
    },
    /// A merge queue's temporary branch.
    MergeQueue,
    /// A timetable, a person, another workflow.
    Other {
        name: String,
    },
    /// Our own timetable: nothing failed, ConfigOptimizer looked.
    Timetable,
}

/// A CI run ended red.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PipelineFailed {
    pub run: RunKey,
    pub conclusion: Conclusion,
    /// The head commit of the branch, not a merge commit.
    pub commit: ObjectId,
    pub branch: Branch,
    /// What the branch is to be merged into, or else the repository's default
    /// branch, as far as the payload names either.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<Branch>,
    pub trigger: Trigger,
    /// The commit comes from another repository than the one that ran.
    pub fork: bool,
    /// Pushed by a program, not a person.
    pub by_bot: bool,
    /// The workflow's name. Written by whoever writes the workflow.
    pub workflow: String,
    /// Where a person reads about the run.
    pub url: Option<String>,
    /// The GitHub App installation the payload names.
    pub installation: Option<u64>,
    /// The failed command, where the sender states it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// Which CI system wrote the log, where the sender states it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_format: Option<LogFormat>,
}

/// Which CI system's frame is around a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    GitHub,
    GitLab,
    Jenkins,
    /// To be seen from the log.
    Auto,
}

/// A CI run ended green. Kept because the same commit ending red and green
/// tells a flaky job, and because an incident ends with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PipelinePassed {
    pub run: RunKey,
    pub commit: ObjectId,
    pub branch: Branch,
    /// Missing in what was stored before it was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trigger: Option<Trigger>,
    pub fork: bool,
    pub workflow: String,
}

/// One job of a run ended red. The run itself tells when it is over, and work
/// begins then: this is only written down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobFailed {
    pub repository: Repository,
    /// The run's number at its forge.
    pub run: u64,
    pub job: u64,
    /// Written by whoever writes the workflow.
    pub name: String,
    pub commit: ObjectId,
    /// The forge's own word for why, where it has one.
    pub reason: Option<String>,
}

/// A change of ours ended: merged, or closed unmerged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeEnded {
    pub repository: Repository,
    /// The branch it was made from, one of ours.
    pub branch: Branch,
    pub number: u64,
    /// When, as the forge writes it: a change may be opened and closed again.
    pub at: String,
}

/// CI of a change of ours ended. Only a reason to look: how it ended, the forge
/// is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeChecked {
    pub run: RunKey,
    /// One of ours.
    pub branch: Branch,
    pub commit: ObjectId,
}

/// Where a command was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Said {
    /// In a comment, which can be read again.
    Comment { comment: u64 },
    /// By a button of our own check run on a commit. What tells one press from
    /// another is the delivery's bytes: nothing else in it does.
    Button {
        check: u64,
        commit: ObjectId,
        press: String,
    },
}

/// Somebody wrote `/sentinel …` under a change, or pressed the button that does
/// the same. Nobody has asked the forge yet whether they may: the payload's
/// word on that counts for nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandIssued {
    pub repository: Repository,
    pub change: u64,
    #[serde(flatten)]
    pub said: Said,
    pub word: CommandWord,
    /// What follows on the line.
    pub rest: String,
    /// Who the payload says it was.
    pub claimed_author: String,
}

/// What happened to a GitHub App's installation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InstallationChange {
    Created,
    Deleted,
    Suspended,
    Unsuspended,
    PermissionsAccepted,
    RepositoriesAdded,
    RepositoriesRemoved,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstallationChanged {
    pub installation: u64,
    pub change: InstallationChange,
    /// The account it is installed on, as the payload names it.
    pub account: String,
    /// What tells this change from an earlier one of the same kind.
    pub at: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum Event {
    PipelineFailed(PipelineFailed),
    PipelinePassed(PipelinePassed),
    JobFailed(JobFailed),
    ChangeMerged(ChangeEnded),
    ChangeClosed(ChangeEnded),
    ChangeChecked(ChangeChecked),
    CommandIssued(CommandIssued),
    InstallationChanged(InstallationChanged),
}

impl Event {
    /// What it is about: the same for every delivery that tells of it, whatever
    /// id that delivery came with.
    pub fn key(&self) -> String {
        let ended = |change: &ChangeEnded, how: &str| {
            let ChangeEnded {
                repository,
                number,
                at,
                branch: _,
            } = change;
            format!("{repository} change {number} {how} {at}")
        };
        match self {
            Event::PipelineFailed(run) => run.run.to_string(),
            Event::PipelinePassed(run) => run.run.to_string(),
            Event::JobFailed(job) => {
                format!("{} run {} job {} failed", job.repository, job.run, job.job)
            }
            Event::ChangeMerged(change) => ended(change, "merged"),
            Event::ChangeClosed(change) => ended(change, "closed"),
            Event::ChangeChecked(checked) => format!("{} of a change", checked.run),
            Event::CommandIssued(command) => {
                let repository = &command.repository;
                match &command.said {
                    Said::Comment { comment } => format!("{repository} comment {comment}"),
                    Said::Button { check, press, .. } => {
                        format!("{repository} check run {check} pressed {press}")
                    }
                }
            }
            Event::InstallationChanged(changed) => format!(
                "github installation {} {:?} {}",
                changed.installation, changed.change, changed.at
            ),
        }
    }
}

/// Declares why a verified delivery is nothing to act on, with the label each
/// is counted under.
macro_rules! not_for_us {
    ($($(#[$doc:meta])* $name:ident = $label:literal;)*) => {
        /// Verified, but nothing to act on.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum NotForUs {
            $($(#[$doc])* $name,)*
        }

        impl NotForUs {
            pub const ALL: &'static [NotForUs] = &[$(NotForUs::$name,)*];

            /// The label it is counted under.
            pub fn as_str(self) -> &'static str {
                match self { $(NotForUs::$name => $label,)* }
            }
        }
    };
}

not_for_us! {
    /// An event we take no interest in.
    UnknownEvent = "unknown_event";
    /// The forge's greeting.
    Ping = "ping";
    /// The run or job is not over.
    NotCompleted = "not_completed";
    /// It ended neither red nor green.
    NotFailed = "not_failed";
    /// Ours: acting on it would be a loop.
    OwnBranch = "own_branch";
    /// The check run that we publish ourselves.
    OwnCheck = "own_check";
    /// The run is a tag's: there is no branch to propose anything to.
    Tag = "tag";
    /// A job that may fail.
    AllowedToFail = "allowed_to_fail";
    /// A change, but none of ours.
    NotOurChange = "not_our_change";
    /// Something about a change other than its end.
    ChangeGoesOn = "change_goes_on";
    /// A comment that is no command.
    NoCommand = "no_command";
    /// A comment that was edited or deleted: commands are new comments.
    NotNewComment = "not_new_comment";
    /// A comment elsewhere than under a change.
    NotOnChange = "not_on_change";
    /// A button of a check that is none we know.
    UnknownButton = "unknown_button";
    /// Written by a program.
    ByBot = "by_bot";
    /// The same is told by another event, which we act on.
    ToldOtherwise = "told_otherwise";
    /// The run's branch is not named: it is a stranger's.
    NoBranch = "no_branch";
    /// A job of a Jenkins that no `[[jenkins]]` section names.
    NoSuchJob = "no_such_job";
    /// A build of another repository than its job is configured for.
    OtherRepository = "other_repository";
    /// A build that says nothing of its commit.
    NoCommit = "no_commit";
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Normalised {
    Event(Box<Event>),
    NotForUs(NotForUs),
}

/// A signed body we cannot make sense of.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    #[error("the body is not JSON of the expected form: {0}")]
    Json(String),
    #[error("the event header says `{header}`, but the body is no such event: {missing}")]
    EventMismatch { header: String, missing: String },
    #[error("{0}")]
    Name(#[from] crate::ids::InvalidName),
    #[error("{0}")]
    Value(&'static str),
}

/// Longest text of a payload that is kept (workflow names, URLs).
const MAX_TEXT_CHARS: usize = 512;

fn bounded(text: &str) -> String {
    text.chars().take(MAX_TEXT_CHARS).collect()
}

fn is_own(branch: &Branch) -> bool {
    branch.as_str().starts_with(OWN_BRANCH_PREFIX)
}
