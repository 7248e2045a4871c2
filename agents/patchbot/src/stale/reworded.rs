//! Texts that the push worded anew, and tests that expect the old words.
//!
//! That a test fails after a push is what it is there for: the push may be
//! wrong. So only words count, never numbers or signs, and no slip of the
//! keyboard: the push replaced a text of its source by another and nothing else
//! in that line, a test asserts the old one, and the log shows both, the one
//! that is expected and the one that came.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use crate::candidate::{Candidate, FileChange, Refusal, naming};
use crate::failure::Cause;
use crate::named::Named;
use crate::push::{Push, is_test};
use crate::text_edit::{Edits, Source, joined};
use crate::transcript::{Line, Step, Transcript};
use crate::workspace::Workspace;

use super::{CONFIDENCE, NAME};

mod texts;
mod wording;

use wording::Wording;

/// Bytes read in search of expectations.
const MAX_BYTES: usize = 16 * 1024 * 1024;

/// Lines above a text in which the assertion may begin that it is a part of.
const MAX_ABOVE: u64 = 4;

/// Lines of a step's output that are searched for texts.
const MAX_LINES: usize = 20_000;

/// Texts that are searched for in one step's output; a test expects fewer.
const MAX_SEARCHED: usize = 200;

/// What each failed step expects in words that the push replaced.
pub fn propose(
    transcript: &Transcript,
    cause: &Cause,
    workspace: &dyn Workspace,
) -> Vec<Result<Candidate, Refusal>> {
    let Some(push) = &cause.push else {
        return Vec::new();
    };
    let wordings = wording::wordings(&push.rewritten());
    if wordings.is_empty() {
        return Vec::new();
    }
    let steps = transcript.failed().map(|(_, step)| step);
    let made = steps.filter_map(|step| expected(step, &wordings, push, workspace));
    made.map(Ok).collect()
}

fn expected(
    step: &Step,
    wordings: &[Wording],
    push: &Push,
    workspace: &dyn Workspace,
) -> Option<Candidate> {
    let named = Named::of(step);
    let printed = Printed::of(step);
    let (mut files, mut used, mut bytes) = (Vec::new(), BTreeSet::new(), 0);
    for path in named.files(workspace.listing()) {
        let before = workspace.read(path).unwrap_or_default();
        bytes += before.len();
        if bytes > MAX_BYTES {
            return None;
        }
        let added = push.added_to(path)?;
        let Some(after) = reworded(path, &before, wordings, (&added, &printed), &mut used) else {
            continue;
        };
        let (path, shifted) = (path.to_owned(), false);
        files.push(FileChange {
            path,
            before,
            after,
            shifted,
        });
    }
    (!files.is_empty()).then(|| candidate(files, &used))
}

/// The lines that a step printed.
struct Printed {
    lines: Vec<String>,
    /// What was searched for, and whether it is there.
    searched: RefCell<BTreeMap<String, bool>>,
}

impl Printed {
    fn of(step: &Step) -> Self {
        let lines = step.output.lines().take(MAX_LINES);
        let text = |line: Line<'_>| String::from_utf8_lossy(line.text).into_owned();
        Printed {
            lines: lines.map(text).collect(),
            searched: RefCell::default(),
        }
    }

    fn has(&self, text: &str) -> bool {
        let mut searched = self.searched.borrow_mut();
        if let Some(known) = searched.get(text) {
            return *known;
        }
        let found =
            searched.len() < MAX_SEARCHED && self.lines.iter().any(|line| line.contains(text));
        searched.insert(text.to_owned(), found);
        found
    }
}

/// The file with the new words where an assertion has the old ones; none where
/// there is no such place.
fn reworded<'w>(
    path: &str,
    file: &[u8],
    wordings: &'w [Wording],
    (added, printed): (&BTreeSet<String>, &Printed),
    used: &mut BTreeSet<&'w Wording>,
) -> Option<Vec<u8>> {
    let source = Source::parse(file).ok()?;
    let mut edits = Edits::default();
    let mut changed = false;
    for (number, line) in source.lines() {
        if added.contains(line) || !is_expectation(path, number, &source) {
            continue;
        }
        for text in texts::of(line) {
            let found = wordings
                .iter()
                .find_map(|wording| Some((wording, wording.now(text.inner)?)));
            let Some((wording, now)) = found else {
                continue;
            };
            if printed.has(text.inner) && printed.has(&now) {
                edits.replace(number, text.from, text.from + text.inner.len(), now);
                used.insert(wording);
                changed = true;
            }
        }
    }
    changed
        .then(|| edits.apply(&source).map(joined).ok())
        .flatten()
}

/// Whether a line of a file says what a test expects.
fn is_expectation(path: &str, number: u64, source: &Source<'_>) -> bool {
    let line = source.find(number).unwrap_or_default();
    let above = |count: u64| {
        source
            .find(number.saturating_sub(count))
            .unwrap_or_default()
    };
    let documented = ["///", "//!"]
        .iter()
        .any(|mark| line.trim_start().starts_with(mark));
    // What a doctest prints stands below what it runs.
    if path.ends_with(".py") && above(1).trim_start().starts_with(">>> ") {
        return true;
    }
    let in_tests =
        is_test(path) || documented || path.ends_with(".rs") && below_tests(number, source);
    in_tests && (0..=MAX_ABOVE.min(number - 1)).any(|count| asserts(above(count)))
}

/// Rust keeps tests at the end of the file that they test.
fn below_tests(number: u64, source: &Source<'_>) -> bool {
    let mut above = source.lines().take_while(|(line, _)| *line < number);
    above.any(|(_, line)| line.trim() == "#[cfg(test)]")
}

fn asserts(line: &str) -> bool {
    const WORDS: &[&str] = &[
        "assert", "expect", "Equal", "equal", "raises", "toBe", "toThrow", "want", "require.",
        "should", "t.is", "match=", "== ", "!= ",
    ];
    WORDS.iter().any(|word| line.contains(word))
}

fn candidate(files: Vec<FileChange>, used: &BTreeSet<&Wording>) -> Candidate {
    let told: Vec<String> = used.iter().map(|wording| wording.told()).collect();
    Candidate {
        strategy: NAME,
        title: format!("expect the new words in {}", naming(&files)),
        rationale: format!(
            "The push worded this anew:\n{}\nThe log shows both, the text that is expected and \
             the one that came. A test that expects what the code says always passes: whether the \
             new words are what was meant, a person has to say.",
            told.join("\n")
        ),
        confidence: CONFIDENCE,
        files,
        log: None,
        approval: true,
        proven: None,
    }
}
