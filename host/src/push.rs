//! What a push changed: the state before it, and the paths that differ since.
//!
//! Some repairs are right only for what a push did: a recorded expectation is
//! stale where the push changed what it records, and wrong code otherwise, and
//! what a name was called before says where it is still called so. So repairs
//! are told: which paths, and which lines of those that were modified. No
//! authors, no messages.

use serde::{Deserialize, Serialize};

use crate::ids::{Branch, ObjectId};
use crate::patch::diff;
use crate::tree::{Entry, Tree};

/// Paths told of one push. A reviewer reads no more, and GitHub lists 300.
pub const MAX_CHANGED: usize = 3_000;

/// Files whose lines are told: a rename that goes through more is a tool's.
pub const MAX_TOLD: usize = 60;

/// Bytes of one file that are compared. Larger ones are generated.
pub const MAX_COMPARED_BYTES: usize = 512 * 1024;

/// Bytes of lines told of one file, and of all. A push that says more is no
/// slip of a name, and the agent reads four megabytes with the paths.
pub const MAX_LINES_BYTES: usize = 32 * 1024;
pub const MAX_ALL_LINES_BYTES: usize = 512 * 1024;

/// What happened to a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    Added,
    Modified,
    Removed,
}

/// A path that differs. A renamed file is one removed and one added.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Changed {
    pub path: String,
    pub status: Status,
    /// The lines that differ, as hunks of a unified diff; none where nobody
    /// says, or where there are too many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lines: Option<String>,
}

impl Changed {
    /// A path, as far as a listing says.
    pub fn of(path: impl Into<String>, status: Status) -> Changed {
        Changed {
            path: path.into(),
            status,
            lines: None,
        }
    }
}

/// A file that was modified, before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Modified {
    pub path: String,
    pub before: Entry,
    pub after: Entry,
}

/// What a failing commit is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Since {
    /// The commit before it.
    Parent,
    /// A commit at which all was well.
    Green(ObjectId),
    /// Where it parted from a branch.
    Branch(Branch),
}

/// What a push changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Push {
    /// The commit before; none where nothing came before, so that every file
    /// is new.
    pub base: Option<ObjectId>,
    /// The failing commit; none where the tree is no commit's.
    pub head: Option<ObjectId>,
    /// Commits from one to the other, where somebody counted them.
    pub commits: Option<u64>,
    /// Whether the same workflow passed at `base`.
    pub base_passed: bool,
    /// Whether it went to the branch that others are merged into.
    pub default_branch: bool,
    /// Sorted by path.
    pub changed: Vec<Changed>,
    /// There are more than are told.
    pub truncated: bool,
}

impl Push {
    /// A tree that nothing came before.
    pub fn beginning(head: Option<ObjectId>) -> Push {
        Push::of(None, head, Vec::new(), false)
    }

    /// From what a forge lists.
    pub fn of(
        base: Option<ObjectId>,
        head: Option<ObjectId>,
        mut changed: Vec<Changed>,
        more: bool,
    ) -> Push {
        changed.sort();
        changed.dedup();
        let truncated = more || changed.len() > MAX_CHANGED;
        changed.truncate(MAX_CHANGED);
        within_limits(&mut changed);
        Push {
            base,
            head,
            commits: None,
            base_passed: false,
            default_branch: false,
            changed,
            truncated,
        }
    }

    /// From the two trees.
    pub fn between(
        (base, before): (ObjectId, &Tree),
        (head, after): (Option<ObjectId>, &Tree),
    ) -> Push {
        let changed = |path: &str, status| Changed::of(path, status);
        let here = after
            .iter()
            .filter_map(|(path, entry)| match before.entry(path) {
                None => Some(changed(path, Status::Added)),
                Some(old) if old.id != entry.id || old.kind != entry.kind => {
                    Some(changed(path, Status::Modified))
                }
                Some(_) => None,
            });
        let gone = before
            .iter()
            .filter(|(path, _)| after.entry(path).is_none())
            .map(|(path, _)| changed(path, Status::Removed));
        Push::of(Some(base), head, here.chain(gone).collect(), false)
    }

    /// The modified files whose lines may be told, from the two trees.
    pub fn modified(&self, before: &Tree, after: &Tree) -> Vec<Modified> {
        let of = |changed: &Changed| {
            let (before, after) = (before.entry(&changed.path)?, after.entry(&changed.path)?);
            (before.kind.is_file() && after.kind.is_file()).then(|| Modified {
                path: changed.path.clone(),
                before: before.clone(),
                after: after.clone(),
            })
        };
        self.changed.iter().filter_map(of).take(MAX_TOLD).collect()
    }

    /// With the lines that differ in these files.
    pub fn telling(mut self, files: &[(String, Vec<u8>, Vec<u8>)]) -> Push {
        for (path, before, after) in files {
            let own = self
                .changed
                .iter_mut()
                .find(|changed| changed.path == *path);
            if let Some(changed) = own {
                changed.lines = lines(before, after);
            }
        }
        within_limits(&mut self.changed);
        self
    }

    /// As the agent reads it: one JSON object.
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("a push is plain data")
    }
}

/// The lines that differ, of a text that somebody wrote.
fn lines(before: &[u8], after: &[u8]) -> Option<String> {
    let text = |bytes| {
        let short = |text: &&str| text.len() <= MAX_COMPARED_BYTES && !text.contains('\0');
        std::str::from_utf8(bytes).ok().filter(short)
    };
    Some(diff::hunks(text(before)?, text(after)?))
}

/// Leaves out lines that nobody reads.
fn within_limits(changed: &mut [Changed]) {
    let (mut told, mut bytes) = (0, 0);
    for changed in changed {
        let Some(length) = changed.lines.as_ref().map(String::len) else {
            continue;
        };
        let fits = length <= MAX_LINES_BYTES && bytes + length <= MAX_ALL_LINES_BYTES;
        if fits && told < MAX_TOLD {
            (told, bytes) = (told + 1, bytes + length);
        } else {
            changed.lines = None;
        }
    }
}
