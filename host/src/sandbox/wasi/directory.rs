//! What a guest's descriptors stand for.

use crate::sandbox::files::{Content, Found, Mount};

/// An open file or directory of the immutable tree.
#[derive(Debug, Clone)]
pub struct Node {
    pub mount: Mount,
    /// Normalised; empty for the mount itself.
    pub path: String,
    pub kind: NodeKind,
}

#[derive(Debug, Clone)]
pub enum NodeKind {
    Directory,
    File(Content),
}

/// A listing under way. Taken whole when it was opened: nothing changes
/// meanwhile, because nothing ever does.
#[derive(Debug)]
pub struct Listing {
    entries: std::vec::IntoIter<(String, Found)>,
}

impl Listing {
    pub fn of(entries: Vec<(String, Found)>) -> Listing {
        Listing {
            entries: entries.into_iter(),
        }
    }

    pub fn next(&mut self) -> Option<(String, Found)> {
        self.entries.next()
    }
}
