//! How a branch lies to a patch that is proposed to it, by the files alone; and
//! whether a commit says that it takes another back.

use crate::ids::ObjectId;
use crate::patch::FileChange;
use crate::tree::{Tree, blob_id};

/// How a tree lies to a patch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fits {
    /// Every file it touches is as it was before.
    Before,
    /// Every one is as it makes them.
    After,
    /// Somebody changed them otherwise.
    Neither,
}

impl Fits {
    pub fn of(tree: &Tree, files: &[FileChange]) -> Fits {
        let all = |side: fn(&FileChange) -> &Option<Vec<u8>>| {
            files.iter().all(|file| {
                let there = tree.get(&file.path).map(|entry| &entry.id);
                let wanted = side(file).as_deref().map(blob_id);
                there == wanted.as_ref()
            })
        };
        if all(|file| &file.before) {
            Fits::Before
        } else if all(|file| &file.after) {
            Fits::After
        } else {
            Fits::Neither
        }
    }
}

/// What `git revert`, and a forge's button for it, write.
const REVERTS: &str = "This reverts commit ";

/// Whether a commit's message says that it takes one of these back.
pub fn reverts(message: &str, commits: &[&ObjectId]) -> bool {
    let said = message.match_indices(REVERTS);
    let mut named = said.map(|(at, words)| &message[at + words.len()..]);
    named.any(|rest| {
        commits
            .iter()
            .any(|commit| rest.starts_with(commit.as_str()))
    })
}
