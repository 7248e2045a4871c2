//! Lock files of a patch are made again by the host, by their own tool, from
//! the patch's manifests and the lock file as it was: one that comes out with
//! other bytes is not what the tool makes of the manifests, and says where
//! packages come from in words nobody reads.

use super::{Before, Trial};
use crate::command::Command;
use crate::proposal::Edit;

/// Lock files of one patch that are made again; each is a run.
const MAX_LOCKS: usize = 4;

impl Trial<'_> {
    /// Whether all that a patch changes are lock files that come out the same;
    /// an error where one of them does not, or cannot be made here.
    pub(super) async fn locks(&self, before: &Before, patch: &[Edit]) -> Result<bool, String> {
        let (locks, others): (Vec<Edit>, Vec<Edit>) = patch
            .iter()
            .cloned()
            .partition(|edit| tools::lock_maker(name(&edit.path)).is_some());
        if locks.len() > MAX_LOCKS {
            return Err(format!("it changes more than {MAX_LOCKS} lock files"));
        }
        for lock in &locks {
            let maker = maker(&lock.path)?;
            let made = self.run(&before.bench, &maker, &others).await;
            let made = made.map_err(|why| format!("{} was not made again: {why}", lock.path))?;
            if made.exit != Some(0) {
                let how = made
                    .exit
                    .map_or("a signal".to_owned(), |code| format!("exit code {code}"));
                return Err(format!(
                    "{} cannot be made again here ({} ended with {how}); a lock file needs its \
                     registries (`registries` below [runner])",
                    lock.path,
                    maker.argv.join(" ")
                ));
            }
            let same = made.edits.iter().find(|edit| edit.path == lock.path);
            if same.map(|edit| &edit.content) != Some(&lock.content) {
                return Err(format!(
                    "{} comes out otherwise when {} makes it from the patch's manifests",
                    lock.path,
                    maker.argv.join(" ")
                ));
            }
        }
        Ok(!locks.is_empty() && others.is_empty())
    }
}

fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// What makes a lock file, where it lies.
fn maker(path: &str) -> Result<Command, String> {
    let directory = path.rsplit_once('/').map_or("", |(directory, _)| directory);
    let argv = tools::lock_maker(name(path)).ok_or("it is no lock file")?;
    let argv = argv.iter().map(|word| (*word).to_owned()).collect();
    let origin = "makes a lock file again".to_owned();
    Command::new(argv, directory, Default::default(), origin)
}
