//! What the operator allows. Data only: the deciding is in `decision`.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use serde::{Deserialize, Serialize};

use crate::ids::Digest;
use crate::patch::path::RepoPath;

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
    /// Files of one patch.
    pub max_files: usize,
    /// Lines removed plus lines added by one patch.
    pub max_lines: usize,
    /// Bytes written by one patch, and bytes it replaces.
    pub max_bytes: usize,
    /// Globs of paths that a patch touches only with an approval, matched
    /// without regard to case. They add to the built-in ones.
    pub protected_paths: Vec<String>,
}

impl Default for Policy {
    fn default() -> Self {
        Policy {
            observe_only: false,
            min_confidence: 0.7,
            max_changes_per_hour: 10,
            max_runs_per_hour: 120,
            max_files: 100,
            max_lines: 5_000,
            max_bytes: 4 * 1024 * 1024,
            protected_paths: Vec::new(),
        }
    }
}

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

/// A glob of `policy.protected_paths` that does not parse.
#[derive(Debug, thiserror::Error)]
#[error("policy.protected_paths: {0}")]
pub struct BadGlob(#[from] globset::Error);

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
            _ if self.max_files == 0 => bad("max_files", "must be at least 1"),
            _ if self.max_lines == 0 => bad("max_lines", "must be at least 1"),
            _ if self.max_bytes == 0 => bad("max_bytes", "must be at least 1"),
            _ => Ok(()),
        }
    }

    pub fn patch_rules(&self) -> Result<PatchRules, BadGlob> {
        let mut protected = GlobSetBuilder::new();
        let own = self.protected_paths.iter().map(String::as_str);
        for glob in ALWAYS_PROTECTED.iter().copied().chain(own) {
            let folded = glob.to_lowercase();
            protected.add(GlobBuilder::new(&folded).literal_separator(true).build()?);
        }
        Ok(PatchRules {
            max_files: self.max_files,
            max_lines: self.max_lines,
            max_bytes: self.max_bytes,
            protected: protected.build()?,
        })
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
