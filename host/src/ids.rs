//! Names of things: validated where they are made, trusted afterwards.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::patch::path::is_invisible;

pub mod address;
mod run;
pub mod run_url;
pub mod written;

pub use run::{RunKey, Source};

/// A name that does not have the form its type demands.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not {what}")]
pub struct InvalidName {
    pub what: &'static str,
    pub text: String,
}

fn invalid(what: &'static str, text: &str) -> InvalidName {
    // Names come from payloads: an error must not carry megabytes of one.
    let text = text.chars().take(80).collect();
    InvalidName { what, text }
}

/// A string type whose every value passed `check`.
macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $what:literal, $check:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidName;
            fn try_from(text: String) -> Result<Self, InvalidName> {
                let check: fn(&str) -> bool = $check;
                if check(&text) { Ok($name(text)) } else { Err(invalid($what, &text)) }
            }
        }

        impl FromStr for $name {
            type Err = InvalidName;
            fn from_str(text: &str) -> Result<Self, InvalidName> {
                text.to_owned().try_into()
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> String {
                name.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name!(
    /// A git object id: a commit, a tree or a blob. SHA-1 (40 digits) or
    /// SHA-256 (64), lower case.
    ObjectId,
    "a git object id (40 or 64 lower-case hexadecimal digits)",
    |text| matches!(text.len(), 40 | 64) && is_lower_hex(text)
);

name!(
    /// A branch without `refs/heads/`, by the rules of `git check-ref-format`.
    Branch,
    "a branch name",
    is_branch
);

name!(
    /// A repository inside its forge: `owner/name`, on GitLab with groups in
    /// groups; for a local one the name the configuration gives it.
    RepositoryName,
    "a repository name (`owner/name` or `name`, of letters, digits, `.`, `_` and `-`)",
    is_repository_name
);

name!(
    /// What ran, as another CI system calls it.
    JobName,
    "a job's name (1 to 300 bytes, no control characters)",
    is_job_name
);

name!(
    /// What a failure is recognised by: 64 lower-case hexadecimal digits.
    Fingerprint,
    "a fingerprint (64 lower-case hexadecimal digits)",
    |text| text.len() == 64 && is_lower_hex(text)
);

name!(
    /// A task, as people type it: `t` and 12 hexadecimal digits.
    TaskId,
    "a task id (`t` and 12 hexadecimal digits)",
    |text| is_short_id(text, 't')
);

name!(
    /// An incident: `i` and 12 hexadecimal digits.
    IncidentId,
    "an incident id (`i` and 12 hexadecimal digits)",
    |text| is_short_id(text, 'i')
);

fn is_lower_hex(text: &str) -> bool {
    text.bytes()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn is_short_id(text: &str, first: char) -> bool {
    text.strip_prefix(first)
        .is_some_and(|digits| digits.len() == 12 && is_lower_hex(digits))
}

/// Longer refs exist, but no forge makes them and no path takes them.
const MAX_BRANCH_BYTES: usize = 255;

fn is_branch(text: &str) -> bool {
    let bad_byte = |byte: u8| byte <= b' ' || byte == 0x7f || b"~^:?*[\\".contains(&byte);
    let bad_part = |part: &str| part.is_empty() || part.starts_with('.') || part.ends_with(".lock");
    !text.is_empty()
        && text.len() <= MAX_BRANCH_BYTES
        && !text.bytes().any(bad_byte)
        && !text.chars().any(is_invisible)
        && !text.split('/').any(bad_part)
        && !text.starts_with('-')
        && !text.ends_with('.')
        && !text.contains("..")
        && !text.contains("@{")
        && text != "@"
        && text != "HEAD"
}

fn is_repository_name(text: &str) -> bool {
    let good_part = |part: &str| {
        !part.is_empty()
            && part.len() <= 100
            && !part.bytes().all(|byte| byte == b'.')
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
    };
    text.split('/').count() <= MAX_REPOSITORY_PARTS && text.split('/').all(good_part)
}

/// GitLab nests groups twenty deep, and the project comes after them.
const MAX_REPOSITORY_PARTS: usize = 21;

impl RepositoryName {
    /// Whether it is `owner/name`, as all of GitHub's are.
    pub fn is_owner_and_name(&self) -> bool {
        self.0.split('/').count() == 2
    }
}

/// Longest name of a job, in bytes: it is part of a key.
const MAX_JOB_BYTES: usize = 300;

fn is_job_name(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= MAX_JOB_BYTES
        && !text
            .chars()
            .any(|char| char.is_control() || is_invisible(char))
}

/// Where a repository lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ForgeKind {
    GitHub,
    GitLab,
    /// A git repository on this machine's disk.
    Local,
}

impl ForgeKind {
    pub const ALL: [ForgeKind; 3] = [ForgeKind::GitHub, ForgeKind::GitLab, ForgeKind::Local];

    pub fn as_str(self) -> &'static str {
        match self {
            ForgeKind::GitHub => "github",
            ForgeKind::GitLab => "gitlab",
            ForgeKind::Local => "local",
        }
    }
}

/// A repository and its forge, written `github:owner/name`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Repository {
    pub forge: ForgeKind,
    pub name: RepositoryName,
}

impl Repository {
    /// The names of GitHub and GitLab do not tell upper from lower case; a
    /// configuration may spell one otherwise than a webhook does.
    pub fn new(forge: ForgeKind, name: RepositoryName) -> Repository {
        let name = match forge {
            ForgeKind::GitHub | ForgeKind::GitLab => RepositoryName(name.0.to_ascii_lowercase()),
            ForgeKind::Local => name,
        };
        Repository { forge, name }
    }
}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.forge.as_str(), self.name)
    }
}

impl FromStr for Repository {
    type Err = InvalidName;
    /// From `github:owner/name`, as it is written everywhere.
    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let bad = || {
            invalid(
                "a repository with its forge (`github:owner/name`, `gitlab:group/name`, `local:name`)",
                text,
            )
        };
        let (forge, name) = text.split_once(':').ok_or_else(bad)?;
        let forge = ForgeKind::ALL
            .into_iter()
            .find(|kind| kind.as_str() == forge)
            .ok_or_else(bad)?;
        let name: RepositoryName = name.parse()?;
        match forge {
            ForgeKind::GitHub if !name.is_owner_and_name() => Err(bad()),
            ForgeKind::GitLab if !name.as_str().contains('/') => Err(bad()),
            ForgeKind::GitHub | ForgeKind::GitLab | ForgeKind::Local => {
                Ok(Repository::new(forge, name))
            }
        }
    }
}

/// A SHA-256 of bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest([u8; 32]);

impl Digest {
    pub fn of(bytes: &[u8]) -> Digest {
        Digest(Sha256::digest(bytes).into())
    }

    /// The digest of a list of parts that no other list has: each part is
    /// preceded by its length.
    pub fn of_parts(parts: &[&[u8]]) -> Digest {
        let mut hasher = Sha256::new();
        for part in parts {
            hasher.update((part.len() as u64).to_be_bytes());
            hasher.update(part);
        }
        Digest(hasher.finalize().into())
    }

    pub fn from_bytes(bytes: [u8; 32]) -> Digest {
        Digest(bytes)
    }

    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    pub fn hex(&self) -> String {
        hex::encode(self.0)
    }
}

impl TryFrom<String> for Digest {
    type Error = InvalidName;
    fn try_from(text: String) -> Result<Self, InvalidName> {
        let mut bytes = [0; 32];
        match is_lower_hex(&text) && hex::decode_to_slice(&text, &mut bytes).is_ok() {
            true => Ok(Digest(bytes)),
            false => Err(invalid(
                "a SHA-256 digest (64 lower-case hexadecimal digits)",
                &text,
            )),
        }
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> String {
        digest.hex()
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.hex())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.hex())
    }
}

impl IncidentId {
    /// All failures with one fingerprint in one repository are one incident.
    pub fn derive(repository: &Repository, fingerprint: &Fingerprint) -> IncidentId {
        IncidentId(short(
            'i',
            &[
                repository.to_string().as_bytes(),
                fingerprint.as_str().as_bytes(),
            ],
        ))
    }
}

impl TaskId {
    /// The same work has the same id, so that a repeated stage finds the task
    /// it made instead of making another.
    pub fn derive(parts: &[&str]) -> TaskId {
        let parts: Vec<&[u8]> = parts.iter().map(|part| part.as_bytes()).collect();
        TaskId(short('t', &parts))
    }
}

fn short(first: char, parts: &[&[u8]]) -> String {
    format!("{first}{}", &Digest::of_parts(parts).hex()[..12])
}
