//! A model's answer: exact replacements in files that it was shown.

use memchr::memmem;
use serde::Deserialize;

use super::reach;
use super::shown::Shown;
use crate::candidate::FileChange;
use crate::limits::{MAX_ANSWER_BYTES, MAX_ANSWER_EDITS, MAX_EXPLANATION_CHARS};
use crate::redaction::marks;

/// What an answer looks like, for the host to ask for.
pub const SCHEMA: &str = r#"{"type":"object","additionalProperties":false,
"required":["explanation","edits"],"properties":{
"explanation":{"type":"string"},
"edits":{"type":"array","items":{"type":"object","additionalProperties":false,
"required":["path","old","new"],"properties":{
"path":{"type":"string"},"old":{"type":"string"},"new":{"type":"string"}}}}}}"#;

/// An answer as it was asked for. More in it is none.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    explanation: String,
    pub edits: Vec<Replacement>,
}

/// One place of one file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Replacement {
    path: String,
    /// Occurs in the file exactly once.
    old: String,
    new: String,
}

/// What is wrong with an answer.
#[derive(Debug, PartialEq, Eq)]
pub enum Wrong {
    /// It may do better when it is told.
    Slip(String),
    /// It reaches for what it was not given.
    Reach(String),
}

impl Answer {
    /// Reads an answer, with or without a Markdown fence around it.
    pub fn read(text: &str) -> Result<Answer, String> {
        if text.len() > MAX_ANSWER_BYTES {
            return Err(format!("the answer has more than {MAX_ANSWER_BYTES} bytes"));
        }
        let answer: Answer = serde_json::from_str(unfenced(text.trim())).map_err(|_| {
            "the answer is not the JSON that was asked for: an object with `explanation` and \
             `edits` (each with `path`, `old`, `new`), and nothing else"
                .to_owned()
        })?;
        match answer.edits.len() <= MAX_ANSWER_EDITS {
            true => Ok(answer),
            false => Err(format!("the answer has more than {MAX_ANSWER_EDITS} edits")),
        }
    }

    /// The explanation, as long as a reader reads.
    pub fn explanation(&self) -> String {
        self.explanation
            .chars()
            .take(MAX_EXPLANATION_CHARS)
            .collect()
    }

    /// The files as the answer would have them.
    pub fn apply(&self, shown: &Shown) -> Result<Vec<FileChange>, Wrong> {
        let mut files: Vec<FileChange> = Vec::new();
        for edit in &self.edits {
            reach::path(&edit.path).map_err(Wrong::Reach)?;
            let Some(before) = shown.text(&edit.path) else {
                let why = format!("it edits {}, which it was not shown", named(&edit.path));
                return Err(Wrong::Reach(why));
            };
            let at = files.iter().position(|file| file.path == edit.path);
            let at = at.unwrap_or_else(|| {
                files.push(FileChange {
                    path: edit.path.clone(),
                    before: before.into(),
                    after: before.into(),
                    shifted: false,
                });
                files.len() - 1
            });
            files[at].after = edit.replaced(&files[at].after)?;
        }
        files.retain(|file| file.before != file.after);
        match files.is_empty() {
            true => Err(Wrong::Slip("the edits change nothing".to_owned())),
            false => files.into_iter().map(kept).collect(),
        }
    }
}

impl Replacement {
    fn replaced(&self, text: &[u8]) -> Result<Vec<u8>, Wrong> {
        let slip = |why: &str| {
            let path = named(&self.path);
            Err(Wrong::Slip(format!("in {path} the text of `old` {why}")))
        };
        let old = self.old.as_bytes();
        if old.is_empty() {
            return slip("is empty; copy the lines that are to be replaced");
        }
        let Some(at) = memmem::find(text, old) else {
            return slip("does not occur; copy it exactly, with its white space");
        };
        // From the next byte on: what overlaps itself is as ambiguous.
        if memmem::find(&text[at + 1..], old).is_some() {
            return slip("occurs more than once; copy more lines around it");
        }
        Ok([&text[..at], self.new.as_bytes(), &text[at + old.len()..]].concat())
    }
}

/// Refuses a mark that stands for a secret: what was there is lost, or the
/// model wrote a secret.
fn kept(file: FileChange) -> Result<FileChange, Wrong> {
    match marks(&file.after) > marks(&file.before) {
        true => Err(Wrong::Reach(format!(
            "it writes a secret, or the mark of one, into {}",
            named(&file.path)
        ))),
        false => Ok(file),
    }
}

/// The inside of one fence that is around everything.
fn unfenced(text: &str) -> &str {
    let inside = text.strip_prefix("```").and_then(|text| {
        let (language, rest) = text.split_once('\n')?;
        let plain = language.trim().is_empty() || language.trim() == "json";
        rest.trim_end().strip_suffix("```").filter(|_| plain)
    });
    inside.unwrap_or(text)
}

/// A path as the model wrote it, quoted and cut.
pub fn named(path: &str) -> String {
    const MAX_CHARS: usize = 120;
    let cut: String = path.chars().take(MAX_CHARS).collect();
    format!("{cut:?}")
}
