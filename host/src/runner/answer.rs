//! The keeper's answer, and what it means.

use std::io::Result;
use std::path::Path;
use std::time::Duration;

use memchr::memmem;

use super::edits::Overlay;
use super::plan::{Told, What};
use super::settings::Tier;
use super::{Ran, RunError, Why, wire};

/// Bytes of an answer: the list, both streams, the changed files. Larger than
/// what the keeper's own limits add up to.
pub const MAX_ANSWER: usize = 128 * 1024 * 1024;

/// What was kept of a stream.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stream {
    pub head: Vec<u8>,
    /// Follows the head directly where nothing was left out.
    pub tail: Vec<u8>,
    /// Bytes that were printed in all.
    pub printed: u64,
}

impl Stream {
    /// Puts something else in the place of the directory that the copy lies in,
    /// which differs from tier to tier and run to run.
    fn rename(&mut self, (workspace, shown_as): (&Path, &str)) {
        let prefix = [workspace.as_os_str().as_encoded_bytes(), b"/"].concat();
        for part in [&mut self.head, &mut self.tail] {
            let new = renamed(part, &prefix, shown_as.as_bytes());
            // As many bytes are left out as before.
            self.printed = self.printed + new.len() as u64 - part.len() as u64;
            *part = new;
        }
    }

    /// As one text, with a mark where something is left out.
    pub fn text(&self) -> Vec<u8> {
        let kept = (self.head.len() + self.tail.len()) as u64;
        let gap = match self.printed.saturating_sub(kept) {
            0 => String::new(),
            left_out => format!("\n[{left_out} bytes left out]\n"),
        };
        [&self.head, gap.as_bytes(), &self.tail].concat()
    }
}

/// The text with another prefix where one begins a path.
fn renamed(text: &[u8], prefix: &[u8], new: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut from = 0;
    for at in memmem::find_iter(text, prefix) {
        let inside = |byte: &u8| byte.is_ascii_alphanumeric() || b"._-".contains(byte);
        if at
            .checked_sub(1)
            .is_some_and(|before| inside(&text[before]))
        {
            continue;
        }
        out.extend_from_slice(&text[from..at]);
        out.extend_from_slice(new);
        from = at + prefix.len();
    }
    out.extend_from_slice(&text[from..]);
    out
}

/// What the keeper told.
#[derive(Debug)]
pub struct Answer {
    told: Told,
    streams: [Stream; 2],
    /// The written files.
    bytes: Vec<Vec<u8>>,
}

impl Answer {
    pub fn parse(mut bytes: &[u8]) -> Result<Answer> {
        let from = &mut bytes;
        let told: Told = wire::read_json(from)?;
        if told.unstartable.is_some() {
            return Ok(Answer {
                told,
                streams: Default::default(),
                bytes: Vec::new(),
            });
        }
        let mut stream = |printed| -> Result<Stream> {
            Ok(Stream {
                head: wire::read(from, MAX_ANSWER)?,
                tail: wire::read(from, MAX_ANSWER)?,
                printed,
            })
        };
        let streams = [stream(told.printed[0])?, stream(told.printed[1])?];
        let written = told
            .changes
            .iter()
            .filter(|change| change.what == What::Written);
        let bytes = written
            .map(|_| wire::read(from, MAX_ANSWER))
            .collect::<Result<_>>()?;
        Ok(Answer {
            told,
            streams,
            bytes,
        })
    }

    /// Ended from outside, with all that could have told of it.
    pub fn killed(why: Why) -> Answer {
        Answer {
            told: Told {
                exit: None,
                signal: None,
                killed: Some(why),
                unstartable: None,
                duration_ms: 0,
                printed: [0, 0],
                changes: Vec::new(),
                incomplete: Some("it was ended together with its keeper".into()),
                layer: None,
                caches: None,
            },
            streams: Default::default(),
            bytes: Vec::new(),
        }
    }
}

/// What came of a run.
pub fn ran(
    answer: Answer,
    tier: Tier,
    overlay: &Overlay<'_>,
    shown: (&Path, &str),
    out_of_memory: bool,
) -> std::result::Result<Ran, RunError> {
    let told = answer.told;
    if let Some(why) = told.unstartable {
        return Err(RunError::Unstartable(why));
    }
    let (layer, refused) = kept(told.layer);
    let (caches, not_cached) = kept(told.caches);
    let killed = told.killed.or(out_of_memory.then_some(Why::Memory));
    let (mut edits, mut notes) = overlay.edits(told.changes, answer.bytes);
    if let Some(why) = told.incomplete {
        notes.push(format!("what it changed is not known: {why}"));
    }
    if let Some(why) = refused {
        notes.push(format!("what it left cannot be kept: {why}"));
    }
    if let Some(why) = not_cached {
        notes.push(format!("its build cache is not kept for later runs: {why}"));
    }
    if killed.is_some() && !edits.is_empty() {
        // A tool that was ended in the middle has repaired nothing.
        notes.push(format!("{} changed files are not told of", edits.len()));
        edits.clear();
    }
    let [mut stdout, mut stderr] = answer.streams;
    stdout.rename(shown);
    stderr.rename(shown);
    Ok(Ran {
        // One that a limit ended has no exit code, whatever its shell said.
        exit: told.exit.filter(|_| killed.is_none()),
        signal: told.signal,
        stdout,
        stderr,
        duration: Duration::from_millis(told.duration_ms),
        killed,
        tier,
        edits,
        notes,
        layer,
        caches,
        contacts: Vec::new(),
    })
}

/// Bytes of what was kept, or why it was not.
fn kept(told: Option<std::result::Result<u64, String>>) -> (Option<u64>, Option<String>) {
    match told {
        Some(Ok(bytes)) => (Some(bytes), None),
        Some(Err(why)) => (None, Some(why)),
        None => (None, None),
    }
}
