//! A tree with a candidate's changes in it.

use std::collections::BTreeMap;

use crate::candidate::FileChange;
use crate::workspace::{Listing, Workspace};

/// The tree as it would be.
pub struct Overlay<'a> {
    base: &'a dyn Workspace,
    files: BTreeMap<&'a str, &'a [u8]>,
}

impl<'a> Overlay<'a> {
    /// `base` with these files changed. No change makes a file that was not
    /// there.
    pub fn new(base: &'a dyn Workspace, files: &'a [FileChange]) -> Self {
        let files = files
            .iter()
            .map(|file| (file.path.as_str(), file.after.as_slice()));
        Overlay {
            base,
            files: files.collect(),
        }
    }
}

impl Workspace for Overlay<'_> {
    fn listing(&self) -> &Listing {
        self.base.listing()
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        match self.files.get(path) {
            Some(bytes) => Ok(bytes.to_vec()),
            None => self.base.read(path),
        }
    }
}
