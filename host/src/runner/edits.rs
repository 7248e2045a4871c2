//! The tree with edits in it, and the edits that a run left.

use std::collections::BTreeMap;
use std::io::Result;

use super::Source;
use super::plan::{Change, What};
use crate::ids::Digest;
use crate::patch::path::RepoPath;
use crate::proposal::{Edit, EditContent};
use crate::tree::{Entry, EntryKind, MAX_FILE_BYTES, read};

/// Notes kept of one run: beyond that they are counted.
const MAX_NOTES: usize = 50;

/// An edit that does not fit the tree.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the edit of {path:?} cannot be applied: {why}")]
pub struct StaleEdit {
    pub path: String,
    pub why: String,
}

impl Laid<'_> {
    /// Whether it is not as the tree has it.
    pub fn is_edited(&self) -> bool {
        match self.from {
            Origin::Edit(_) => true,
            Origin::Tree(_) => false,
        }
    }
}

/// A tree with edits in it.
#[derive(Debug)]
pub struct Overlay<'a> {
    source: &'a Source,
    /// What the edits make of a path; none removes it.
    edited: BTreeMap<String, Option<&'a [u8]>>,
}

/// One file as it is laid down.
pub struct Laid<'a> {
    pub path: &'a str,
    pub kind: EntryKind,
    from: Origin<'a>,
}

enum Origin<'a> {
    Tree(&'a Entry),
    Edit(&'a [u8]),
}

impl<'a> Overlay<'a> {
    /// Applies edits in memory. Each names the bytes it replaces.
    pub fn of(source: &'a Source, edits: &'a [Edit]) -> std::result::Result<Self, StaleEdit> {
        let mut edited = BTreeMap::new();
        for edit in edits {
            let stale = |why: String| StaleEdit {
                path: edit.path.chars().take(200).collect(),
                why,
            };
            let path = RepoPath::parse(&edit.path).map_err(|why| stale(why.to_string()))?;
            fits(source, &path, edit).map_err(stale)?;
            let after = match &edit.content {
                EditContent::Write(bytes) => Some(bytes.as_slice()),
                EditContent::Delete => None,
            };
            if edited.insert(path.as_str().to_owned(), after).is_some() {
                return Err(stale("it is named twice".into()));
            }
        }
        let overlay = Overlay { source, edited };
        overlay.check_new()?;
        Ok(overlay)
    }

    /// A new file is nothing's directory, and below no file.
    fn check_new(&self) -> std::result::Result<(), StaleEdit> {
        let is_file = |path: &str| match self.edited.get(path) {
            Some(after) => after.is_some(),
            None => self.source.tree.entry(path).is_some(),
        };
        for (path, after) in &self.edited {
            let above = path.match_indices('/').map(|(at, _)| &path[..at]);
            let clash =
                after.is_some() && (self.source.tree.is_directory(path) || { above }.any(is_file));
            if clash {
                return Err(StaleEdit {
                    path: path.clone(),
                    why: "it would be both a file and a directory".into(),
                });
            }
        }
        Ok(())
    }

    /// Everything that is laid down. Submodules and files too large for a
    /// repair are not, nor names that git itself refuses.
    pub fn laid(&self) -> impl Iterator<Item = Laid<'_>> {
        let tree = self.source.tree.iter();
        let kept = tree.filter(|(path, entry)| {
            !self.edited.contains_key(*path) && is_laid(path) && is_small(entry)
        });
        let kept = kept.map(|(path, entry)| Laid {
            path,
            kind: entry.kind,
            from: Origin::Tree(entry),
        });
        let edited = self.edited.iter().filter_map(|(path, after)| {
            let entry = self.source.tree.entry(path);
            Some(Laid {
                path,
                kind: entry.map_or(EntryKind::File, |entry| entry.kind),
                from: Origin::Edit((*after)?),
            })
        });
        kept.chain(edited)
    }

    /// Bytes of all that, as far as the forge says.
    pub fn bytes(&self) -> u64 {
        let size = |laid: Laid<'_>| match laid.from {
            Origin::Tree(entry) => entry.size.unwrap_or(0),
            Origin::Edit(bytes) => bytes.len() as u64,
        };
        self.laid().map(size).sum()
    }

    /// What is left of the tree.
    pub fn read(&self, laid: &Laid<'_>) -> Result<Vec<u8>> {
        match laid.from {
            Origin::Tree(entry) => read(&*self.source.files, laid.path, entry),
            Origin::Edit(bytes) => Ok(bytes.to_vec()),
        }
    }

    /// The changes of a run as edits of the workspace, and what of them is
    /// none. `bytes` are those of the written files, in their order.
    pub fn edits(&self, changes: Vec<Change>, bytes: Vec<Vec<u8>>) -> (Vec<Edit>, Vec<String>) {
        let mut told = Told::default();
        let mut bytes = bytes.into_iter();
        for Change { path, what } in changes {
            let after = match what {
                What::Written => bytes.next(),
                What::Removed
                | What::Mode
                | What::Link
                | What::Special
                | What::TooLarge
                | What::Unreadable
                | What::Name => None,
            };
            match self.edit(&path, what, after) {
                Ok(edit) => told.edits.push(edit),
                Err(why) => told.note(&path, why),
            }
        }
        told.finish()
    }

    fn edit(
        &self,
        path: &str,
        what: What,
        after: Option<Vec<u8>>,
    ) -> std::result::Result<Edit, &'static str> {
        match what {
            What::Written | What::Removed => {}
            What::Mode => return Err("its permission to execute changed; modes are not changed"),
            What::Link => return Err("it is a link now; links are not changed"),
            What::Special => return Err("it is no regular file any more"),
            What::TooLarge => return Err("it is too large for a repair"),
            What::Unreadable => return Err("it cannot be read"),
            What::Name => return Err("its name is not UTF-8"),
        }
        RepoPath::parse(path).map_err(|_| "no patch may name it")?;
        if let Some(bytes) = &after
            && (bytes.contains(&0) || std::str::from_utf8(bytes).is_err())
        {
            return Err("it is not UTF-8 text; binary files are not changed");
        }
        let before = match self.source.tree.entry(path) {
            Some(entry) if entry.kind.is_file() => {
                let bytes = read(&*self.source.files, path, entry);
                Some(bytes.map_err(|_| "what it was cannot be read")?)
            }
            Some(_) => return Err("it was a link or a submodule; those are not changed"),
            None => None,
        };
        if before == after {
            return Err("it is again what the workspace has");
        }
        Ok(Edit {
            path: path.to_owned(),
            base: before.map(|bytes| Digest::of(&bytes).hex()),
            content: after.map_or(EditContent::Delete, EditContent::Write),
        })
    }
}

#[derive(Default)]
struct Told {
    edits: Vec<Edit>,
    notes: Vec<String>,
    more: usize,
}

impl Told {
    fn note(&mut self, path: &str, why: &str) {
        match self.notes.len() < MAX_NOTES {
            true => {
                let path: String = path.chars().take(200).collect();
                self.notes.push(format!("{path:?}: {why}"));
            }
            false => self.more += 1,
        }
    }

    fn finish(mut self) -> (Vec<Edit>, Vec<String>) {
        if self.more > 0 {
            self.notes.push(format!("and {} more", self.more));
        }
        (self.edits, self.notes)
    }
}

fn fits(source: &Source, path: &RepoPath, edit: &Edit) -> std::result::Result<(), String> {
    let entry = source.tree.get(path);
    match (entry, &edit.base) {
        (None, None) if matches!(edit.content, EditContent::Delete) => {
            Err("there is nothing to delete".into())
        }
        (None, None) => Ok(()),
        (None, Some(_)) => Err("it is not in the tree".into()),
        (Some(_), None) => Err("it is in the tree; name the digest of what it replaces".into()),
        (Some(entry), Some(_)) if !entry.kind.is_file() => Err("it is no regular file".into()),
        (Some(entry), Some(base)) => {
            let bytes = read(&*source.files, path.as_str(), entry);
            let bytes = bytes.map_err(|error| error.to_string())?;
            match Digest::of(&bytes).hex() == *base {
                true => Ok(()),
                false => Err("it is not what the agent read: its base digest does not fit".into()),
            }
        }
    }
}

fn is_small(entry: &Entry) -> bool {
    let small = entry.size.is_none_or(|size| size <= MAX_FILE_BYTES);
    small && entry.kind != EntryKind::Submodule
}

fn is_laid(path: &str) -> bool {
    let bad = |part: &str| {
        part.is_empty()
            || part.bytes().all(|byte| byte == b'.')
            || part.contains('\0')
            || part.eq_ignore_ascii_case(".git")
    };
    !path.split('/').any(bad)
}
