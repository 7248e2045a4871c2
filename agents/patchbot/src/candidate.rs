//! What a strategy comes to: new contents of files, or why there are none.

use sentinel_sdk::{Action, Attribute, Change, Edit, EditContent, Extension, Proposal, Provenance};
use sha2::{Digest, Sha256};

use crate::import_use::still_used;
use crate::limits::MAX_CHANGE_BYTES;
use crate::model_loop::STRATEGY;
use crate::suppression::suppresses;
use crate::tool::Tool;
use crate::trust::Trust;
use crate::{config_file, workflow};

/// Why a strategy proposes nothing although it found something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal(pub String);

impl Refusal {
    pub fn new(reason: impl Into<String>) -> Self {
        Refusal(reason.into())
    }

    /// Says whose wish is refused.
    pub fn of(self, tool: Tool) -> Self {
        Refusal(format!("{}: {}", tool.name(), self.0))
    }
}

/// One file before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileChange {
    pub path: String,
    pub before: Vec<u8>,
    pub after: Vec<u8>,
    /// Whether a part of it was found at another line than stated.
    pub shifted: bool,
}

/// A proposal in the making.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    pub strategy: &'static str,
    pub title: String,
    pub rationale: String,
    pub confidence: f64,
    pub files: Vec<FileChange>,
    /// The lines of the log it rests on, where it does.
    pub log: Option<(u64, u64)>,
    /// Whether a person has to look at it, whatever proves it.
    pub approval: bool,
    /// The command that failed without it and passes with it.
    pub proven: Option<String>,
}

impl Candidate {
    /// Refuses to drop an import that the file still uses, as far as words
    /// tell, where the tool's word could be another program's. A compiler's
    /// import is a statement that nothing else can need, so its word is
    /// checked always.
    pub fn without_used_imports(self, trust: &Trust) -> Result<Self, Refusal> {
        let certain = trust.is_direct() && !trust.after_tests;
        let checked = |file: &&FileChange| !certain || file.path.ends_with(".go");
        let used = self.files.iter().filter(checked).find_map(still_used);
        match used {
            Some((path, name)) => Err(Refusal(format!("{name} is still used in {path}"))),
            None => Ok(self),
        }
    }

    /// Refuses what the host would refuse anyway.
    pub fn check(&self) -> Result<(), Refusal> {
        // Two strategies are about workflows, and always ask for a person.
        let about = [workflow::NAME, config_file::NAME].contains(&self.strategy);
        let workflows = about && self.approval;
        let allowed = |path: &str| workflows && workflow::is_workflow(path);
        let refused = |file: &&FileChange| protected(&file.path) && !allowed(&file.path);
        if let Some(file) = self.files.iter().find(refused) {
            let text = format!("{} is a protected path; agents do not edit it", file.path);
            return Err(Refusal(text));
        }
        let bytes: usize = self.files.iter().map(|file| file.after.len()).sum();
        if bytes > MAX_CHANGE_BYTES {
            return Err(Refusal(format!("the change has {bytes} bytes, too many")));
        }
        match self.files.iter().find_map(suppresses) {
            Some(why) => Err(Refusal(why)),
            None => Ok(()),
        }
    }

    /// The proposal, unless a path, its size or what it adds rules it out.
    pub fn into_proposal(self) -> Result<Proposal, Refusal> {
        self.check()?;
        let files = self
            .files
            .iter()
            .map(|file| Provenance::File(file.path.clone()));
        let log = self.log.map(Provenance::LogLines);
        let fact = |key: &str, value: String| Attribute {
            key: key.to_owned(),
            value,
        };
        let model = (self.strategy == STRATEGY).then(|| {
            Provenance::Other(Extension {
                name: STRATEGY.to_owned(),
                value: "{}".to_owned(),
            })
        });
        let approval = self.approval.then(|| fact("needs-approval", "true".into()));
        let proven = self.proven.map(|command| fact("proven-by", command));
        Ok(Proposal {
            strategy: self.strategy.to_owned(),
            title: self.title,
            rationale: self.rationale,
            confidence: self.confidence,
            provenance: log.into_iter().chain(files).chain(model).collect(),
            actions: vec![Action::Change(Change {
                edits: self.files.into_iter().map(edit).collect(),
            })],
            attributes: approval.into_iter().chain(proven).collect(),
        })
    }
}

/// The changes as the contract has them.
pub fn edits(files: &[FileChange]) -> Vec<Edit> {
    files.iter().cloned().map(edit).collect()
}

fn edit(file: FileChange) -> Edit {
    Edit {
        path: file.path,
        base: Some(hex(&Sha256::digest(&file.before))),
        content: EditContent::Write(file.after),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What the host refuses anyway: workflows, git's own files, odd paths.
pub fn protected(path: &str) -> bool {
    let odd = |part: &str| {
        part.is_empty()
            || part.chars().all(|character| character == '.')
            || part.to_ascii_lowercase().starts_with(".git")
            || part.ends_with([' ', '.'])
            || part.contains(|character: char| character.is_control() || character == '\\')
    };
    path.split('/').any(odd)
}

/// `src/lib.rs and 2 other files`
pub fn naming(files: &[FileChange]) -> String {
    let first = files.first().map_or("nothing", |file| file.path.as_str());
    match files.len() {
        0 | 1 => first.to_owned(),
        2 => format!("{first} and 1 other file"),
        more => format!("{first} and {} other files", more - 1),
    }
}

/// `1 file`, `3 files`
pub fn count(files: usize) -> String {
    if files == 1 {
        "1 file".into()
    } else {
        format!("{files} files")
    }
}
