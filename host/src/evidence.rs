//! What is known about a patch beyond what its agent says.

use serde::{Deserialize, Serialize};

use crate::ids::ObjectId;

/// How well a patch is proven. The decision sees which.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Evidence {
    /// The failed command failed here before, for the same cause, and passes
    /// with the patch.
    Proven(Proven),
    /// The forge's own CI is green with the patch, the job that failed among
    /// what ran.
    ForgeCi(ForgeCi),
    /// A linter of the configuration that is changed finds nothing with the
    /// patch that it did not find without it.
    Lint { linter: String, tier: String },
    /// The failed command was not run on the patched tree, or its run shows
    /// nothing.
    NotRun { reason: String },
}

/// Two runs of one command, without the patch and with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proven {
    /// As a person would type it, redacted.
    pub command: String,
    /// The OS sandbox it ran in.
    pub tier: String,
    /// Exit code without the patch; none where a signal ended it.
    pub before: Option<i32>,
    /// Tests that ran without and with the patch, where its output counts them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tests: Option<(u64, u64)>,
    /// The tool that the failure names was run in its fix mode on the failing
    /// tree and came to this very tree. What a log says then plays no part.
    #[serde(default)]
    pub derived: bool,
}

/// What the forge's CI said of the very commit that was proposed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForgeCi {
    /// The run that the job belongs to.
    pub run: String,
    /// The commit that it ran on: ours, and no later one.
    pub commit: ObjectId,
    /// The job that had failed, as its workflow calls it.
    pub job: String,
}

impl Evidence {
    /// Whether the failed command was run here.
    pub fn is_proven(&self) -> bool {
        match self {
            Evidence::Proven(_) => true,
            Evidence::ForgeCi(_) | Evidence::Lint { .. } | Evidence::NotRun { .. } => false,
        }
    }

    /// A sentence for a reviewer.
    pub fn sentence(&self) -> String {
        match self {
            Evidence::Proven(proven) => proven.sentence(),
            Evidence::ForgeCi(ci) => format!(
                "Not run here; the forge's CI is green at {}, the job that failed among it ({}).",
                ci.commit, ci.run
            ),
            Evidence::Lint { linter, tier } => format!(
                "Checked: {linter} finds nothing with this patch that it does not find without it \
                 (sandbox: {tier})."
            ),
            Evidence::NotRun { reason } => format!("Not proven: {reason}."),
        }
    }
}

impl Proven {
    fn sentence(&self) -> String {
        let before = match self.before {
            Some(code) => format!("exit code {code}"),
            None => "a signal".to_owned(),
        };
        let mut said = format!(
            "Proven: the failed command fails without this patch ({before}, the same cause) and \
             passes with it (sandbox: {}).",
            self.tier
        );
        if let Some((_, after)) = self.tests {
            said += &format!(" {after} tests ran.");
        }
        if self.derived {
            said += " The tool's own fix mode comes to the same tree.";
        }
        said
    }
}
