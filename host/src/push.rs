//! What a push changed: the state before it, and the paths that differ since.
//!
//! Some repairs are right only for what a push did: a recorded expectation is
//! stale where the push changed what it records, and wrong code otherwise. So
//! repairs are told. Facts about paths alone: no contents, no authors.

use serde::{Deserialize, Serialize};

use crate::ids::{Branch, ObjectId};
use crate::tree::Tree;

/// Paths told of one push. A reviewer reads no more, and GitHub lists 300.
pub const MAX_CHANGED: usize = 3_000;

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
        let changed = |path: &str, status| Changed {
            path: path.to_owned(),
            status,
        };
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

    /// As the agent reads it: one JSON object.
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("a push is plain data")
    }
}
