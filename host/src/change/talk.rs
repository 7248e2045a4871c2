//! What people say and may do around a change, as the forge tells it when it is
//! asked.

use serde::{Deserialize, Serialize};

use crate::ids::{Branch, Digest, ObjectId, Repository};

/// What a user may do in a repository. Each may do what those before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    None,
    Read,
    Triage,
    Write,
    Maintain,
    Admin,
}

/// A comment as it stands now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommentSeen {
    /// The pull request it stands under.
    pub change: u64,
    /// None where the account is gone.
    pub author: Option<String>,
    /// Written by a person: not by a bot, and not by a program in a person's
    /// name.
    pub by_person: bool,
    pub edited: bool,
    pub body: String,
}

/// A pull request as it stands now, whoever made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullSeen {
    pub number: u64,
    pub open: bool,
    /// None where the account is gone.
    pub author: Option<String>,
    /// Where its branch points.
    pub head: ObjectId,
    pub branch: Branch,
    /// The branch is the repository's own, not a fork's.
    pub here: bool,
}

/// An answer to one command: a host template, written once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    pub repository: Repository,
    pub change: u64,
    /// What is answered; a repeated answer to the same is the same comment.
    pub to: String,
    /// Markdown.
    pub text: String,
}

impl Reply {
    /// What a comment of ours carries so that it is found again. Anybody may
    /// copy it, so only a comment that we wrote counts.
    pub fn marker(&self) -> String {
        let digest = Digest::of_parts(&[b"answer", self.to.as_bytes()]).hex();
        format!("<!-- sentinel:answer {} -->", &digest[..MARKER_DIGITS])
    }

    /// The comment as it is written.
    pub fn body(&self) -> String {
        format!("{}\n\n{}", self.text.trim_end(), self.marker())
    }
}

/// Digits of a marker's digest: 128 bits, which nobody hits by chance.
const MARKER_DIGITS: usize = 32;
