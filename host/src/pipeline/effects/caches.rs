//! Build caches between the runs of one bench: a compiler's work on the tree
//! as it failed need not be done again for each patch that is tried.
//!
//! They are filled once, by the failed command on that tree without any edit,
//! and every later run gets a copy. So nothing that a patch did is there when
//! another patch is judged, and they end with the bench: no task, repository
//! or trust level sees those of another. A proof's bench is not the agent's.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use tempfile::TempDir;

use super::commands::{Bench, Commands, makes_lock};
use crate::command;
use crate::proposal::Edit;
use crate::runner::{Caches, Keeping, Ran, Tier};

/// What is kept lies in a directory of its own, under this name.
const NAME: &str = "caches";

/// Files that go into a build by ways that no cache's key has: C's headers,
/// from wherever an include path leads.
const UNSEEN: [&str; 5] = ["h", "hh", "hpp", "hxx", "inc"];

/// Once something was kept.
#[derive(Debug, Default)]
pub(super) struct Cached(OnceLock<TempDir>);

/// What a run decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    /// An agent looks what a change does; nothing is published on it.
    Trial,
    /// It makes something, or is the first to be asked.
    Decides,
    /// What it prints is held against CI's log, so it is printed as there.
    Proves,
}

/// What one run has to do with its bench's caches.
pub(super) enum Part {
    Fills { place: TempDir, by_time: bool },
    Finds(Caches),
    Nothing,
}

impl Part {
    /// For the order.
    pub(super) fn caches(&self, bytes: u64) -> Option<Caches> {
        match self {
            Part::Fills { place, by_time } => Some(Caches::Keep {
                into: Keeping {
                    path: place.path().join(NAME),
                    bytes,
                },
                by_time: *by_time,
            }),
            Part::Finds(caches) => Some(caches.clone()),
            Part::Nothing => None,
        }
    }
}

impl Cached {
    /// Keeps what a run left, if it was to leave something and did.
    pub(super) fn take(&self, part: Part, ran: &Ran) {
        let Part::Fills { place, .. } = part else {
            return;
        };
        if ran.caches.is_some_and(|bytes| bytes > 0) {
            // Another run may have come first; what this one left goes.
            let _ = self.0.set(place);
        }
    }

    fn path(&self) -> Option<PathBuf> {
        self.0.get().map(|place| place.path().join(NAME))
    }
}

impl Commands {
    pub(super) fn part(
        &self,
        bench: &Bench,
        command: &command::Command,
        edits: &[Edit],
        weight: Weight,
        tier: Option<Tier>,
    ) -> Part {
        // Paths are in the keys, and only there they are the same each time.
        let same_places = tier == Some(Tier::Bubblewrap);
        // What asks registries, or is made from manifests alone, has them alone.
        let apart = makes_lock(command) || command::only_installs(command);
        if self.image(bench).is_some() || !same_places || apart {
            return Part::Nothing;
        }
        // A bench either tries or decides: what goes by times is for those that try.
        let by_time = weight == Weight::Trial;
        match bench.cached.path() {
            Some(_) if edits.iter().any(is_unseen) => Part::Nothing,
            Some(path) => Part::Finds(Caches::Lay { path, by_time }),
            None if edits.is_empty() && bench.is_blamed(command) => fills(by_time),
            None => Part::Nothing,
        }
    }
}

fn fills(by_time: bool) -> Part {
    let place = tempfile::Builder::new()
        .prefix("sentinel-caches-")
        .tempdir();
    match place {
        Ok(place) => Part::Fills { place, by_time },
        Err(error) => {
            tracing::warn!(%error, "there is no place to keep build caches");
            Part::Nothing
        }
    }
}

fn is_unseen(edit: &Edit) -> bool {
    let ending = Path::new(&edit.path).extension().and_then(OsStr::to_str);
    ending.is_some_and(|ending| UNSEEN.contains(&ending))
}
