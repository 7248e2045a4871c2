//! Whether a patch mends what failed: the rule, from what runs of the failed
//! command did. Pure; who runs it is not its business.
//!
//! A green command alone proves nothing. It must have been red here for the
//! same cause, it must still test what it tested, and it must leave the
//! patched tree as it is.

mod declared;
mod tests;

pub use declared::only_declares;
pub use tests::counted;

use std::collections::BTreeSet;

use crate::evidence::Proven;
use crate::ids::Fingerprint;

/// What one run of a command showed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Seen {
    /// None where a signal ended it.
    pub exit: Option<i32>,
    /// The limit that ended it, in a word.
    pub killed: Option<String>,
    /// What the analyser reads in its output.
    pub causes: Vec<Fingerprint>,
    /// Tests that ran, where the output counts them.
    pub tests: Option<u64>,
    /// Files of the tree that it changed, by path.
    pub changed: BTreeSet<String>,
}

/// What runs say about a patch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    Proven,
    /// The runs say nothing: the patch is as unproven as before.
    Open(String),
    /// The patch does not mend it, or mends it the wrong way. It is dropped.
    Disproved(String),
}

/// Exit codes by which a shell says that the program is not there or not to be
/// executed (POSIX.1-2017, Shell Command Language, 2.8.2).
pub const NOT_STARTED: [i32; 2] = [126, 127];

/// Whether the failure is the one the log tells of; without that nothing that
/// a later run does counts.
pub fn reproduced(before: &Seen, failing: &[Fingerprint]) -> Result<(), String> {
    if let Some(limit) = &before.killed {
        return Err(format!(
            "the failed command was ended by its {limit} limit here"
        ));
    }
    match before.exit {
        Some(0) => {
            return Err("the failed command passes here without the patch".to_owned());
        }
        Some(code) if NOT_STARTED.contains(&code) => {
            return Err("the failed command's program is not installed here".to_owned());
        }
        Some(_) | None => {}
    }
    match before.causes.iter().any(|cause| failing.contains(cause)) {
        true => Ok(()),
        false => Err("the failed command fails here for another cause".to_owned()),
    }
}

/// What the run with the patch shows, after one without it that
/// [`reproduced`] the failure.
pub fn judge(before: &Seen, after: &Seen, failing: &[Fingerprint]) -> Finding {
    if let Some(limit) = &after.killed {
        return Finding::Open(format!(
            "with the patch the command was ended by its {limit} limit"
        ));
    }
    if after.exit == Some(0) {
        return passed(before, after);
    }
    if after.causes.iter().any(|cause| failing.contains(cause)) {
        return Finding::Disproved("the command still fails for the same cause".to_owned());
    }
    if after.causes.is_empty() || after.causes.iter().any(|c| !before.causes.contains(c)) {
        return Finding::Disproved("the command fails for a new cause with the patch".to_owned());
    }
    Finding::Open(
        "this cause is gone, but the command still fails for others that it failed for before"
            .to_owned(),
    )
}

fn passed(before: &Seen, after: &Seen) -> Finding {
    match (before.tests, after.tests) {
        // What failed may have kept it from counting, and there may be none.
        (None, Some(0)) => {
            return Finding::Open("the command passes, and no test ran".to_owned());
        }
        (Some(_), Some(0)) => {
            return Finding::Disproved("the command passes because no test ran".to_owned());
        }
        (Some(was), Some(now)) if now < was => {
            return Finding::Disproved(format!(
                "{now} tests ran with the patch and {was} without it"
            ));
        }
        (Some(_), None) => {
            return Finding::Disproved("tests ran without the patch and none with it".to_owned());
        }
        (None | Some(_), Some(_)) | (None, None) => {}
    }
    // What it leaves behind whatever it finds (a lock file, a cache) says
    // nothing of the patch.
    match after.changed.difference(&before.changed).count() {
        0 => Finding::Proven,
        files => Finding::Open(format!(
            "the command passes, but changes {files} more files of the patched tree"
        )),
    }
}

/// What is kept of a proof.
pub fn proven(command: String, tier: String, before: &Seen, after: &Seen, derived: bool) -> Proven {
    Proven {
        command,
        tier,
        before: before.exit,
        tests: Some(before.tests.unwrap_or(0)).zip(after.tests),
        derived,
    }
}
