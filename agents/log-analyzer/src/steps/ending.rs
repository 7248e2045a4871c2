//! The lines by which CI systems say how a command, or the whole job, ended.

use memchr::memmem;

use super::Outcome;
use crate::excerpt::Excerpt;

/// How a command ended.
pub(super) enum Ended {
    /// With the command that the marker quotes.
    Failed(String),
    /// The job ended here; what failed is what ran last.
    JobFailed,
    /// A script inside the job failed; the job may go on.
    ScriptFailed,
    Passed,
}

/// Lines at the end of a job that failed.
const JOB_FAILED: [&[u8]; 7] = [
    b"ERROR: Job failed",
    b"ERROR: script returned exit code",
    b"script returned exit code",
    b"Build step '",
    b"Finished: FAILURE",
    b"Your build has been stopped",
    b"The job exceeded the maximum time limit",
];

/// Lines behind a script that failed.
const SCRIPT_FAILED: [&[u8]; 2] = [
    b"error Command failed with exit code",
    b"npm ERR! code ELIFECYCLE",
];

/// Lines at the end of a job that went well.
const JOB_PASSED: [&[u8]; 4] = [
    b"Job succeeded",
    b"Finished: SUCCESS",
    b"Done. Your build exited with 0.",
    b"##[section]Finishing: Finalize Job",
];

/// Lines at the end of a whole GitHub log, failed or not.
const WHOLE: [&[u8]; 2] = [b"Cleaning up orphan processes", b"Post job cleanup."];

/// How many lines at the end of a log are looked at for its outcome.
const OUTCOME_LINES: usize = 60;

/// Remembers a quotation that goes over several lines.
#[derive(Default)]
pub(super) struct Ending {
    quoted: Option<String>,
    /// Lines that the quotation may still go on.
    patience: u8,
}

/// A quoted command of more lines is none, in lines.
const QUOTED_LINES: u8 = 40;

impl Ending {
    /// Reads one line without marker.
    pub(super) fn read(&mut self, text: &[u8]) -> Option<Ended> {
        if let Some(rest) = text.strip_prefix(b"The command \"") {
            return self.travis(rest);
        }
        if self.quoted.is_some() {
            return self.continued(text);
        }
        let begins = |markers: &[&[u8]]| markers.iter().any(|marker| text.starts_with(marker));
        if begins(&JOB_FAILED) {
            Some(Ended::JobFailed)
        } else {
            begins(&SCRIPT_FAILED).then_some(Ended::ScriptFailed)
        }
    }

    /// `The command "make test" exited with 2.` and
    /// `The command "make" failed and exited with 1 during .`.
    fn travis(&mut self, rest: &[u8]) -> Option<Ended> {
        let Some((command, code)) = exit_code(rest) else {
            self.quoted = Some(super::shown(rest));
            self.patience = QUOTED_LINES;
            return None;
        };
        Some(ended(code, super::shown(command)))
    }

    fn continued(&mut self, text: &[u8]) -> Option<Ended> {
        let quoted = self.quoted.take()?;
        match exit_code(text) {
            Some((_, code)) => Some(ended(code, quoted)),
            None => {
                self.patience -= 1;
                self.quoted = (self.patience > 0).then_some(quoted);
                None
            }
        }
    }
}

/// What the last lines of a log without a failed step say.
pub(super) fn outcome(excerpt: &Excerpt) -> Outcome {
    let first = excerpt.len().saturating_sub(OUTCOME_LINES);
    let has = |markers: &[&[u8]]| {
        (first..excerpt.len()).any(|index| markers.contains(&excerpt.text(index)))
    };
    if has(&JOB_PASSED) {
        Outcome::Passed
    } else if has(&WHOLE) {
        Outcome::NothingMarked
    } else {
        Outcome::Unknown
    }
}

fn ended(code: &[u8], command: String) -> Ended {
    match code {
        b"0" => Ended::Passed,
        _ => Ended::Failed(command),
    }
}

/// Splits `make test" exited with 2.` into the command and the code.
fn exit_code(text: &[u8]) -> Option<(&[u8], &[u8])> {
    const EXITED: &[u8] = b" exited with ";
    let at = memmem::rfind(text, EXITED)?;
    let code = &text[at + EXITED.len()..];
    let digits = code.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let command = &text[..at];
    let command = command.strip_suffix(b" failed and").unwrap_or(command);
    Some((command.strip_suffix(b"\"")?, &code[..digits]))
}
