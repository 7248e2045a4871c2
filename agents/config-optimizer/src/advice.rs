//! What is advised about a workflow: a change of a few lines, with what was
//! measured and what it is expected to save.

mod cache;
mod cache_miss;
mod concurrency;
pub mod gitlab;
mod least_permissions;
mod matrix;
mod noticed;
mod paths;
mod pinned;
mod redundant;
mod timeout;

use sentinel_sdk::{Action, Attribute, Change, Edit as Written, EditContent, Proposal, Provenance};
use sha2::{Digest as _, Sha256};

use crate::history::History;
use crate::workflow_file::WorkflowFile;

pub use noticed::{Notice, noticed};

/// One change of one file.
#[derive(Debug, Clone, PartialEq)]
pub struct Advice {
    pub strategy: &'static str,
    pub title: String,
    /// What was measured, over how many runs, and what is expected after.
    pub evidence: String,
    /// Minutes of runners that it saves in 30 days, where that can be said.
    pub saves: Option<f64>,
    pub path: String,
    pub before: String,
    pub after: String,
}

/// What a repository has beside its workflows, by path.
pub type Files<'a> = &'a [String];

/// All advice about one workflow.
pub fn advise(file: &WorkflowFile, history: &History, files: Files) -> Vec<Advice> {
    [
        timeout::advise(file, history),
        concurrency::advise(file, history),
        redundant::advise(file, history),
        cache::advise(file, history, files),
        cache_miss::advise(file, history),
        matrix::advise(file, history),
        paths::advise(file, history),
        least_permissions::advise(file),
        pinned::advise(file, history),
    ]
    .into_iter()
    .flatten()
    .collect()
}

impl Advice {
    pub fn proposal(&self) -> Proposal {
        let base = Sha256::digest(self.before.as_bytes());
        let base: String = base.iter().map(|byte| format!("{byte:02x}")).collect();
        let edit = Written {
            path: self.path.clone(),
            base: Some(base),
            content: EditContent::Write(self.after.clone().into_bytes()),
        };
        let mut attributes = vec![Attribute {
            key: "needs-approval".into(),
            value: "a workflow decides what runs with the repository's secrets".into(),
        }];
        if let Some(minutes) = self.saves {
            attributes.push(Attribute {
                key: "saves-minutes-a-month".into(),
                value: format!("{minutes:.0}"),
            });
        }
        Proposal {
            strategy: self.strategy.into(),
            title: self.title.clone(),
            rationale: self.evidence.clone(),
            confidence: CONFIDENCE,
            actions: vec![Action::Change(Change { edits: vec![edit] })],
            provenance: vec![Provenance::File(self.path.clone())],
            attributes,
        }
    }
}

/// The edit is checked to say exactly what it should; whether it is wanted, a
/// person decides.
const CONFIDENCE: f64 = 0.9;

/// The name of a file without its folders.
fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
