//! A proposal's edits, checked: the only thing that is ever published.

pub mod cheating;
pub mod diff;
pub mod path;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::ids::{Digest, ObjectId};
use crate::policy::PatchRules;
use crate::proposal::{Edit, EditContent, Proposal};
use crate::redact;
use crate::tree::{Entry, EntryKind, Tree, TreeError, blob_id};
use cheating::{Cheat, Weight};
use path::{PathRefusal, RepoPath, fold};

/// One file before and after. `None` is "not there".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileChange {
    pub path: RepoPath,
    pub kind: EntryKind,
    pub before: Option<Vec<u8>>,
    pub after: Option<Vec<u8>>,
}

/// A patch whose every path, base and size was checked against the tree it
/// applies to. Only [`ScopedPatch::check`] makes one.
///
/// It is known by [`result`](ScopedPatch::result), the id of the tree it
/// results in: approval and publication carry that id, and the publisher
/// compares it with what the forge built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopedPatch {
    base: ObjectId,
    result: ObjectId,
    files: Vec<FileChange>,
    touches_protected: bool,
    doubts: Vec<Cheat>,
}

/// Why edits are refused. Each names the path, so that an agent's author can
/// mend it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize)]
#[serde(rename_all = "snake_case", tag = "refusal")]
pub enum Refusal {
    #[error("the proposal changes nothing")]
    Nothing,
    #[error("{path:?} is no path a patch may name: {why}")]
    Path { path: String, why: String },
    #[error("{path} is named twice")]
    Twice { path: String },
    #[error("{path} differs only in case from {other}")]
    CaseClash { path: String, other: String },
    #[error("{path} is a {what}; only regular files are changed")]
    NotAFile { path: String, what: String },
    #[error("{path} would be both a file and a directory")]
    FileAndDirectory { path: String },
    #[error("{path} is not what the agent read: its base digest does not fit")]
    StaleBase { path: String },
    #[error("{path} is there already; a new file needs a path of its own")]
    Exists { path: String },
    #[error("{path} is not in the tree")]
    Missing { path: String },
    #[error("{path} holds what it held before")]
    Unchanged { path: String },
    #[error("{path} is not UTF-8 text without NUL bytes; binary files are not changed")]
    Binary { path: String },
    #[error("{path} is kept in Git LFS")]
    Lfs { path: String },
    #[error("{path} would gain a redaction mark (`***` or ours): the real text is not known")]
    RedactionMark { path: String },
    #[error("{files} files are changed; the limit is {limit} (policy.max_files)")]
    TooManyFiles { files: usize, limit: usize },
    #[error("{lines} lines are changed; the limit is {limit} (policy.max_lines)")]
    TooManyLines { lines: usize, limit: usize },
    #[error("{bytes} bytes are written or replaced; the limit is {limit} (policy.max_bytes)")]
    TooManyBytes { bytes: usize, limit: usize },
    #[error("a patch must make the code right, not the check silent: {}", list(.cheats))]
    Cheating { cheats: Vec<Cheat> },
    #[error("the resulting tree has no id: {why}")]
    Tree { why: String },
}

fn list(cheats: &[Cheat]) -> String {
    let said: Vec<String> = cheats.iter().map(Cheat::to_string).collect();
    said.join("; ")
}

impl From<TreeError> for Refusal {
    fn from(error: TreeError) -> Self {
        Refusal::Tree {
            why: error.to_string(),
        }
    }
}

fn refuse_path(path: &str, why: PathRefusal) -> Refusal {
    Refusal::Path {
        path: path.chars().take(200).collect(),
        why: why.to_string(),
    }
}

impl ScopedPatch {
    /// Checks a proposal's edits against the tree they apply to.
    ///
    /// `before` holds the bytes of the files the edits name, read by the host
    /// from its own copy; bytes that do not have the tree's blob id are as good
    /// as absent.
    pub fn check(
        tree: &Tree,
        before: &BTreeMap<RepoPath, Vec<u8>>,
        proposal: &Proposal,
        rules: &PatchRules,
    ) -> Result<ScopedPatch, Refusal> {
        let mut files = Vec::new();
        let mut seen = BTreeSet::new();
        for edit in proposal.edits() {
            let path = RepoPath::parse(&edit.path).map_err(|why| refuse_path(&edit.path, why))?;
            if !seen.insert(path.folded()) {
                return Err(Refusal::Twice {
                    path: path.to_string(),
                });
            }
            if files.len() >= rules.max_files {
                let files = proposal.edits().count();
                return Err(Refusal::TooManyFiles {
                    files,
                    limit: rules.max_files,
                });
            }
            files.push(check_edit(tree, before, edit, path)?);
        }
        if files.is_empty() {
            return Err(Refusal::Nothing);
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        check_new_names(tree, &files)?;
        check_size(&files, rules)?;
        let doubts = check_honest(&files)?;
        let result = apply(tree, &files)?.id()?;
        let touches_protected = files.iter().any(|file| rules.is_protected(&file.path));
        Ok(ScopedPatch {
            base: tree.id()?,
            result,
            files,
            touches_protected,
            doubts,
        })
    }

    /// The id of the tree it applies to.
    pub fn base(&self) -> &ObjectId {
        &self.base
    }

    /// The id of the tree it results in.
    pub fn result(&self) -> &ObjectId {
        &self.result
    }

    /// Sorted by path.
    pub fn files(&self) -> &[FileChange] {
        &self.files
    }

    pub fn touches_protected(&self) -> bool {
        self.touches_protected
    }

    /// What may silence a check and only a person can judge: changed tests,
    /// recorded expectations, build files. What surely does is refused.
    pub fn doubts(&self) -> &[Cheat] {
        &self.doubts
    }

    /// A unified diff that `git apply` takes.
    pub fn unified_diff(&self) -> String {
        self.files.iter().map(diff::unified).collect()
    }
}

/// A patch as it lies in a blob. Its digest stands in the task's row, so what
/// is read back is what was checked.
#[derive(Serialize, Deserialize)]
struct Stored {
    base: ObjectId,
    result: ObjectId,
    touches_protected: bool,
    /// None in what an earlier version stored: looked for again.
    doubts: Option<Vec<Cheat>>,
    files: Vec<StoredFile>,
}

#[derive(Serialize, Deserialize)]
struct StoredFile {
    path: String,
    mode: String,
    before: Option<String>,
    after: Option<String>,
}

/// Stored bytes that are no checked patch.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the stored patch is damaged: {0}")]
pub struct DamagedPatch(String);

impl ScopedPatch {
    /// The bytes to store.
    pub fn to_bytes(&self) -> Vec<u8> {
        let text = |bytes: &Option<Vec<u8>>| {
            let bytes = bytes.as_deref()?;
            Some(String::from_utf8(bytes.to_vec()).expect("the check refuses what is not UTF-8"))
        };
        let file = |file: &FileChange| StoredFile {
            path: file.path.to_string(),
            mode: file.kind.mode().to_owned(),
            before: text(&file.before),
            after: text(&file.after),
        };
        let stored = Stored {
            base: self.base.clone(),
            result: self.result.clone(),
            touches_protected: self.touches_protected,
            doubts: Some(self.doubts.clone()),
            files: self.files.iter().map(file).collect(),
        };
        serde_json::to_vec(&stored).expect("a patch is plain data")
    }

    /// A patch that [`check`](ScopedPatch::check) made earlier, from bytes whose
    /// digest is the one recorded then.
    pub fn from_bytes(bytes: &[u8], recorded: &Digest) -> Result<ScopedPatch, DamagedPatch> {
        if Digest::of(bytes) != *recorded {
            return Err(DamagedPatch("its digest is not the recorded one".into()));
        }
        let damaged = |error: &dyn std::fmt::Display| DamagedPatch(error.to_string());
        let stored: Stored = serde_json::from_slice(bytes).map_err(|e| damaged(&e))?;
        let file = |file: StoredFile| {
            Ok(FileChange {
                path: RepoPath::parse(&file.path).map_err(|e| damaged(&e))?,
                kind: EntryKind::from_mode(&file.mode)
                    .ok_or_else(|| DamagedPatch(format!("mode {}", file.mode)))?,
                before: file.before.map(String::into_bytes),
                after: file.after.map(String::into_bytes),
            })
        };
        let files: Vec<FileChange> = stored
            .files
            .into_iter()
            .map(file)
            .collect::<Result<_, _>>()?;
        Ok(ScopedPatch {
            base: stored.base,
            result: stored.result,
            touches_protected: stored.touches_protected,
            doubts: stored.doubts.unwrap_or_else(|| cheating::find(&files)),
            files,
        })
    }
}

fn check_edit(
    tree: &Tree,
    before: &BTreeMap<RepoPath, Vec<u8>>,
    edit: &Edit,
    path: RepoPath,
) -> Result<FileChange, Refusal> {
    let name = || path.to_string();
    let entry = tree.get(&path);
    let old = match (entry, &edit.base) {
        (Some(entry), _) if !entry.kind.is_file() => {
            let what = if entry.kind == EntryKind::Symlink {
                "symlink"
            } else {
                "submodule"
            };
            return Err(Refusal::NotAFile {
                path: name(),
                what: what.into(),
            });
        }
        (Some(entry), Some(base)) => Some(checked_base(&path, entry, base, before)?),
        (Some(_), None) => return Err(Refusal::Exists { path: name() }),
        (None, Some(_)) => return Err(Refusal::Missing { path: name() }),
        (None, None) => None,
    };
    let after = match &edit.content {
        EditContent::Write(bytes) => Some(bytes.clone()),
        EditContent::Delete => None,
    };
    if after == old {
        return Err(Refusal::Unchanged { path: name() });
    }
    check_text(&path, old.as_deref(), after.as_deref())?;
    let kind = entry.map_or(EntryKind::File, |entry| entry.kind);
    Ok(FileChange {
        path,
        kind,
        before: old,
        after,
    })
}

/// The bytes an edit replaces, if they are those the agent read *and* those
/// the tree lists.
fn checked_base(
    path: &RepoPath,
    entry: &Entry,
    base: &str,
    before: &BTreeMap<RepoPath, Vec<u8>>,
) -> Result<Vec<u8>, Refusal> {
    let stale = || Refusal::StaleBase {
        path: path.to_string(),
    };
    let bytes = before.get(path).ok_or_else(stale)?;
    match Digest::of(bytes).hex() == base && blob_id(bytes) == entry.id {
        true => Ok(bytes.clone()),
        false => Err(stale()),
    }
}

const LFS_POINTER: &[u8] = b"version https://git-lfs.github.com/spec/";

fn check_text(path: &RepoPath, old: Option<&[u8]>, new: Option<&[u8]>) -> Result<(), Refusal> {
    let name = || path.to_string();
    for bytes in [old, new].into_iter().flatten() {
        if bytes.starts_with(LFS_POINTER) {
            return Err(Refusal::Lfs { path: name() });
        }
        if bytes.contains(&0) || std::str::from_utf8(bytes).is_err() {
            return Err(Refusal::Binary { path: name() });
        }
    }
    let marks = |bytes: Option<&[u8]>| bytes.map_or(0, redact::count_marks);
    match marks(new) > marks(old) {
        true => Err(Refusal::RedactionMark { path: name() }),
        false => Ok(()),
    }
}

/// A new file must not differ from another only in case, nor turn a file into
/// a directory or the other way round.
fn check_new_names(tree: &Tree, files: &[FileChange]) -> Result<(), Refusal> {
    let new: Vec<&FileChange> = files.iter().filter(|file| file.before.is_none()).collect();
    if new.is_empty() {
        return Ok(());
    }
    let folded: BTreeMap<String, &str> = tree.iter().map(|(path, _)| (fold(path), path)).collect();
    for file in new {
        let path = file.path.to_string();
        if let Some(other) = folded.get(&file.path.folded()) {
            return Err(Refusal::CaseClash {
                path,
                other: (*other).to_owned(),
            });
        }
        let below_a_file = file
            .path
            .parents()
            .any(|parent| RepoPath::parse(parent).is_ok_and(|parent| tree.get(&parent).is_some()));
        if below_a_file || tree.is_directory(file.path.as_str()) {
            return Err(Refusal::FileAndDirectory { path });
        }
    }
    Ok(())
}

/// Refuses what silences a check; what may do so is left to a person.
fn check_honest(files: &[FileChange]) -> Result<Vec<Cheat>, Refusal> {
    let found = cheating::find(files);
    let (cheats, doubts): (Vec<Cheat>, Vec<Cheat>) = found
        .into_iter()
        .partition(|cheat| cheat.kind.weight() == Weight::Refused);
    match cheats.is_empty() {
        true => Ok(doubts),
        false => Err(Refusal::Cheating { cheats }),
    }
}

fn check_size(files: &[FileChange], rules: &PatchRules) -> Result<(), Refusal> {
    let size = |bytes: &Option<Vec<u8>>| bytes.as_ref().map_or(0, Vec::len);
    let written: usize = files.iter().map(|file| size(&file.after)).sum();
    // What is replaced or deleted is stored and shown too.
    let replaced: usize = files.iter().map(|file| size(&file.before)).sum();
    let bytes = written.max(replaced);
    if bytes > rules.max_bytes {
        return Err(Refusal::TooManyBytes {
            bytes,
            limit: rules.max_bytes,
        });
    }
    let lines: usize = files.iter().map(diff::changed_lines).sum();
    match lines > rules.max_lines {
        true => Err(Refusal::TooManyLines {
            lines,
            limit: rules.max_lines,
        }),
        false => Ok(()),
    }
}

fn apply(tree: &Tree, files: &[FileChange]) -> Result<Tree, TreeError> {
    let mut result = tree.clone();
    for file in files {
        result.remove(file.path.as_str());
        if let Some(bytes) = &file.after {
            let entry = Entry {
                kind: file.kind,
                id: blob_id(bytes),
                size: Some(bytes.len() as u64),
            };
            result.insert(file.path.as_str().to_owned(), entry)?;
        }
    }
    Ok(result)
}
