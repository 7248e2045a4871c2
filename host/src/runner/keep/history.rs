//! A git repository in the copy: one commit of the tree, and an index that
//! knows every file as it lies there. Generators are checked with `git diff`,
//! hooks and packers ask `git ls-files`.
//!
//! Written here and not by git, before anything of the tree has run, into a
//! directory that no tree may bring along (`edits` lays nothing named `.git`).
//! It is for commands only: nobody reads it back. No remote, no hooks, nothing
//! of anybody's configuration.

mod index;
mod pack;

use std::collections::BTreeSet;
use std::fs;
use std::io::{Error, Result};
use std::path::Path;

use super::seed::{Seeded, WRITTEN};
use crate::tree::{Entry, EntryKind, Tree, object_id};
use pack::{Kind, Pack};

/// Its only branch: which one CI was on is not known here.
const BRANCH: &str = "main";

/// Who committed; always the same, so that the commit is too.
const AUTHOR: &str = "sentinel <sentinel@localhost>";

/// Of its own, so that no command needs a configuration of somebody's.
const CONFIG: &str = "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = false\n\
                      \tlogallrefupdates = false\n[user]\n\tname = sentinel\n\
                      \temail = sentinel@localhost\n[gc]\n\tauto = 0\n";

type Id = [u8; 20];

/// Objects with their bytes.
type Objects = Vec<(Id, Vec<u8>)>;

/// Makes the repository.
pub fn begin(workspace: &Path, seeded: &Seeded) -> Result<()> {
    let git = workspace.join(".git");
    for directory in ["objects/info", "objects/pack", "refs/heads", "refs/tags"] {
        fs::create_dir_all(git.join(directory))?;
    }
    let (trees, root) = trees(seeded)?;
    let commit = commit(&root);
    let commit_id = object_id("commit", &commit);
    let mut blobs = BTreeSet::new();
    for planted in seeded.files.values() {
        blobs.insert(raw(planted.id.as_str())?);
    }
    let count = blobs.len() + trees.len() + 1;
    let mut pack = Pack::begin(&git.join("objects/pack"), count)?;
    pack.add(Kind::Commit, commit_id, &commit)?;
    for (id, bytes) in &trees {
        pack.add(Kind::Tree, *id, bytes)?;
    }
    for (path, planted) in &seeded.files {
        if blobs.remove(&raw(planted.id.as_str())?) {
            let bytes = content(&workspace.join(path), planted.kind)?;
            pack.add(Kind::Blob, raw(planted.id.as_str())?, &bytes)?;
        }
    }
    pack.finish()?;
    index::write(&git.join("index"), workspace, seeded)?;
    let commit_id = hex::encode(commit_id);
    fs::write(git.join("config"), CONFIG)?;
    fs::write(
        git.join("refs/heads").join(BRANCH),
        format!("{commit_id}\n"),
    )?;
    // Last: without it there is no repository.
    fs::write(git.join("HEAD"), format!("ref: refs/heads/{BRANCH}\n"))
}

/// The directories' objects, each once, and the id of the root's.
fn trees(seeded: &Seeded) -> Result<(Objects, String)> {
    let mut tree = Tree::default();
    for (path, planted) in &seeded.files {
        let entry = Entry {
            kind: planted.kind,
            id: planted.id.clone(),
            size: None,
        };
        tree.insert(path.clone(), entry).map_err(Error::other)?;
    }
    let mut known = BTreeSet::new();
    let mut trees = Vec::new();
    let root = tree.objects(&mut |id, bytes| {
        if known.insert(id) {
            trees.push((id, bytes.to_vec()));
        }
    });
    let root = root.map_err(Error::other)?;
    Ok((trees, root.as_str().to_owned()))
}

fn commit(root: &str) -> Vec<u8> {
    let by = format!("{AUTHOR} {WRITTEN} +0000");
    format!("tree {root}\nauthor {by}\ncommitter {by}\n\nThe tree as it failed\n").into_bytes()
}

/// As git keeps it: a link is where it leads.
fn content(place: &Path, kind: EntryKind) -> Result<Vec<u8>> {
    match kind {
        EntryKind::File | EntryKind::Executable => fs::read(place),
        EntryKind::Symlink | EntryKind::Submodule => {
            Ok(fs::read_link(place)?.into_os_string().into_encoded_bytes())
        }
    }
}

fn raw(id: &str) -> Result<Id> {
    let mut raw = [0; 20];
    hex::decode_to_slice(id, &mut raw).map_err(Error::other)?;
    Ok(raw)
}
