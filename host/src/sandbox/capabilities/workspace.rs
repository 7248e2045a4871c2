//! `workspace`: what the tree lists.

use super::{Access, denied};
use crate::grant::Effect;
use crate::sandbox::bindings::sentinel::agent::workspace;
use crate::sandbox::state::State;
use crate::sandbox::trace::{Fact, HostFn};
use crate::tree::{Entry, EntryKind};

/// Most entries one `workspace.list` call returns: about 400 kB of paths.
const MAX_PAGE: usize = 4096;

impl workspace::Host for State {
    fn list(&mut self, after: Option<String>, limit: u32) -> Access<Vec<workspace::Entry>> {
        if let Err(refusal) = self.authorise(Effect::List) {
            self.note(HostFn::WorkspaceList, Fact::new());
            return Ok(Err(denied(refusal)));
        }
        let page = MAX_PAGE.min(limit as usize);
        let entries: Vec<workspace::Entry> = match self.files.tree() {
            Some(tree) => tree.after(after.as_deref()).take(page).map(entry).collect(),
            None => Vec::new(),
        };
        let fact = entries
            .iter()
            .fold(Fact::new(), |fact, entry| fact.text(&entry.path));
        self.note(HostFn::WorkspaceList, fact);
        Ok(Ok(entries))
    }
}

fn entry((path, entry): (&str, &Entry)) -> workspace::Entry {
    workspace::Entry {
        path: path.to_owned(),
        kind: match entry.kind {
            EntryKind::File => workspace::EntryKind::File,
            EntryKind::Executable => workspace::EntryKind::Executable,
            EntryKind::Symlink => workspace::EntryKind::Symlink,
            EntryKind::Submodule => workspace::EntryKind::Submodule,
        },
    }
}
