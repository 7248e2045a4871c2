//! What the operator allows. Data only: the deciding is in `decision`.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use serde::{Deserialize, Serialize};

use crate::ids::{Branch, Digest};
use crate::incident::{BranchKind, kind_of};
use crate::patch::path::RepoPath;
use crate::time::Timestamp;

/// What happens to a patch whose evidence is `NotRun`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unproven {
    /// It waits for `sentinel approve TASK`. Pushing is executing: a pushed
    /// branch runs CI with the repository's secrets.
    Hold,
    /// It is published as a draft.
    Draft,
}

/// What happens where running a job again may be enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Rerun {
    /// It is reported.
    Off,
    /// It waits for `sentinel approve TASK`.
    Ask,
    /// It is run again, unless it may deploy something.
    Auto,
}

/// The `[policy]` section of the configuration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    /// Decide and record, but publish nothing.
    pub observe_only: bool,
    /// A proposal below this confidence is not published; from 0 to 1.
    pub min_confidence: f64,
    /// Changes opened in one repository in any hour.
    pub max_changes_per_hour: u32,
    /// Analyses of one repository started in any hour: a repository that
    /// fails in a loop must not starve the others.
    pub max_runs_per_hour: u32,
    /// Commands of one person that are obeyed in one repository in any hour:
    /// more than anybody types, less than a script does harm with.
    pub max_commands_per_person: u32,
    /// The same of everybody together.
    pub max_commands_per_hour: u32,
    /// How often one branch is tried again in any day because somebody asks.
    pub max_retries_per_day: u32,
    /// Days that an approval counts: by then the branch has moved, or nobody
    /// cares any more.
    pub approval_days: u32,
    /// Files of one patch.
    pub max_files: usize,
    /// Lines removed plus lines added by one patch.
    pub max_lines: usize,
    /// Bytes written by one patch, and bytes it replaces.
    pub max_bytes: usize,
    /// Globs of paths that a patch touches only with an approval, matched
    /// without regard to case. They add to the built-in ones.
    pub protected_paths: Vec<String>,
    /// Globs of branches that live on beside the default one, so that a change
    /// there does not reach them.
    pub long_lived_branches: Vec<String>,
    /// Repositories that show one failure of a service within the window, from
    /// which on it counts as an outage: two may be a coincidence.
    pub outage_repositories: u32,
    /// The share of the repositories that were red within the window which
    /// must show it, in percent. Ordinary failures differ from repository to
    /// repository: a quarter alike is none.
    pub outage_percent: u32,
    /// The window, in minutes; also how long a task is held before it is asked
    /// again whether the outage is over.
    pub outage_window_minutes: u32,
    /// What is flaky, or failed because of a server.
    pub rerun: Rerun,
    /// Days after which a change that nobody took up is closed: what is older
    /// was made for other code, and a list full of them is read by nobody.
    pub change_expiry_days: u32,
}

impl Default for Policy {
    fn default() -> Self {
        Policy {
            observe_only: false,
            min_confidence: 0.7,
            max_changes_per_hour: 10,
            max_runs_per_hour: 120,
            max_commands_per_person: 20,
            max_commands_per_hour: 60,
            max_retries_per_day: 5,
            approval_days: 7,
            max_files: 100,
            max_lines: 5_000,
            max_bytes: 4 * 1024 * 1024,
            protected_paths: Vec::new(),
            long_lived_branches: LONG_LIVED.map(str::to_owned).to_vec(),
            outage_repositories: 3,
            outage_percent: 25,
            outage_window_minutes: 30,
            // It executes with the repository's secrets, and takes a
            // permission (actions: write) that nothing else does.
            rerun: Rerun::Off,
            change_expiry_days: 30,
        }
    }
}

/// How branches are called that live on beside the default one.
const LONG_LIVED: [&str; 16] = [
    "main",
    "master",
    "develop",
    "development",
    "staging",
    "production",
    "release",
    "stable",
    "release/**",
    "release-*",
    "releases/**",
    "stable/**",
    "stable-*",
    "maint/**",
    "maintenance/**",
    "v[0-9]*",
];

/// Milliseconds of a day.
const DAY_MS: i64 = 24 * 3_600_000;

/// Longest window of outages, in minutes: a week.
const MAX_WINDOW_MINUTES: u32 = 7 * 24 * 60;

/// Longest life of an approval, in days: who approved it may be gone after
/// that.
const MAX_APPROVAL_DAYS: u32 = 90;
/// Longest life of an open change, in days: a year. Each is looked at several
/// times a day.
const MAX_EXPIRY_DAYS: u32 = 365;

/// Protected whatever the configuration says: what runs with the repository's
/// rights, decides who reviews, or instructs agents. (What git itself reads,
/// `.gitattributes` and its kind, no patch can name at all.)
pub const ALWAYS_PROTECTED: &[&str] = &[
    "{.github,.gitlab,.forgejo,.gitea,.circleci,.buildkite,.azure-pipelines,.woodpecker}/**",
    "{.gitlab-ci.yml,.travis.yml,azure-pipelines.yml,bitbucket-pipelines.yml,appveyor.yml,.cirrus.yml}",
    "**/{jenkinsfile,codeowners,codeowners.md}",
    "**/{agents.md,claude.md,gemini.md,copilot-instructions.md,.cursorrules,.windsurfrules}",
    "{.claude,.cursor,.sentinel,.devcontainer,.vscode,.idea,.husky,.cargo}/**",
    "sentinel.toml",
    ".pre-commit-config.yaml",
];

/// The rules a patch is checked by, compiled.
#[derive(Debug, Clone)]
pub struct PatchRules {
    pub max_files: usize,
    pub max_lines: usize,
    pub max_bytes: usize,
    protected: GlobSet,
}

/// A glob that does not parse.
#[derive(Debug, thiserror::Error)]
#[error("policy.{key}: {error}")]
pub struct BadGlob {
    key: &'static str,
    error: globset::Error,
}

fn globs<'a>(key: &'static str, globs: impl Iterator<Item = &'a str>) -> Result<GlobSet, BadGlob> {
    let mut set = GlobSetBuilder::new();
    let bad = |error| BadGlob { key, error };
    for glob in globs {
        let glob = GlobBuilder::new(glob).literal_separator(true).build();
        set.add(glob.map_err(bad)?);
    }
    set.build().map_err(bad)
}

/// A value of `[policy]` out of its range.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("policy.{key}: {why}")]
pub struct OutOfRange {
    pub key: &'static str,
    pub why: &'static str,
}

impl Policy {
    /// Refuses values that mean nothing.
    pub fn validate(&self) -> Result<(), OutOfRange> {
        let bad = |key, why| Err(OutOfRange { key, why });
        match self.min_confidence {
            value if !(0.0..=1.0).contains(&value) => bad("min_confidence", "must be from 0 to 1"),
            _ if !(1..=MAX_APPROVAL_DAYS).contains(&self.approval_days) => {
                bad("approval_days", "must be from 1 to 90")
            }
            _ if self.max_files == 0 => bad("max_files", "must be at least 1"),
            _ if self.max_lines == 0 => bad("max_lines", "must be at least 1"),
            _ if self.max_bytes == 0 => bad("max_bytes", "must be at least 1"),
            _ if self.outage_repositories < 2 => bad("outage_repositories", "must be at least 2"),
            _ if self.outage_percent > 100 => bad("outage_percent", "must be at most 100"),
            _ if !(1..=MAX_WINDOW_MINUTES).contains(&self.outage_window_minutes) => {
                bad("outage_window_minutes", "must be from 1 to 10080 (a week)")
            }
            _ if !(1..=MAX_EXPIRY_DAYS).contains(&self.change_expiry_days) => {
                bad("change_expiry_days", "must be from 1 to 365")
            }
            _ => Ok(()),
        }
    }

    /// When an approval that is given now ends.
    pub fn approval_ends(&self, now: Timestamp) -> Timestamp {
        now.plus_ms(i64::from(self.approval_days) * DAY_MS)
    }

    pub fn patch_rules(&self) -> Result<PatchRules, BadGlob> {
        let own = self.protected_paths.iter().map(String::as_str);
        let all = ALWAYS_PROTECTED.iter().copied().chain(own);
        let folded: Vec<String> = all.map(str::to_lowercase).collect();
        let protected = globs("protected_paths", folded.iter().map(String::as_str))?;
        Ok(PatchRules {
            max_files: self.max_files,
            max_lines: self.max_lines,
            max_bytes: self.max_bytes,
            protected,
        })
    }

    /// What a branch is for; `base` is what it is measured against.
    pub fn branch_kind(
        &self,
        branch: &Branch,
        base: Option<&Branch>,
    ) -> Result<BranchKind, BadGlob> {
        Ok(kind_of(branch, base, &self.long_lived()?))
    }

    /// The globs of long-lived branches, compiled.
    pub fn long_lived(&self) -> Result<GlobSet, BadGlob> {
        let names = self.long_lived_branches.iter().map(String::as_str);
        globs("long_lived_branches", names)
    }

    /// The window of outages.
    pub fn outage_window_ms(&self) -> i64 {
        i64::from(self.outage_window_minutes) * 60_000
    }

    /// How long a change stays open.
    pub fn change_expiry_ms(&self) -> i64 {
        i64::from(self.change_expiry_days) * 24 * 3_600_000
    }

    /// Names the policy a decision was made under.
    pub fn digest(&self) -> Digest {
        let json = serde_json::to_vec(self).expect("a policy is plain data");
        Digest::of(&json)
    }
}

impl PatchRules {
    pub fn is_protected(&self, path: &RepoPath) -> bool {
        self.protected.is_match(path.folded())
    }
}
