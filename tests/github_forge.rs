//! The GitHub adapter against a GitHub that behaves, misbehaves and lies.

mod contents;
mod faults;
mod logs;
mod publishing;
mod pure;
mod reading;
mod signing_in;
mod watching;

use std::collections::BTreeMap;
use std::path::Path;

use sentinel::change::text::ChangeText;
use sentinel::change::{Draft, Form, Publication};
use sentinel::decision::{Decision, Reason, Verdict};
use sentinel::ids::{Branch, Digest, Fingerprint, IncidentId, ObjectId, TaskId};
use sentinel::patch::ScopedPatch;
use sentinel::patch::path::RepoPath;
use sentinel::policy::Policy;
use sentinel::proposal::{Action, Edit, EditContent, Proposal};
use sentinel::tree::{Entry, EntryKind, Tree, blob_id};

use crate::doubles::github::Repository;

pub fn branch(name: &str) -> Branch {
    name.parse().expect("a branch")
}

/// What one edit does: new content, or nothing where the file goes.
pub type Edits<'a> = &'a [(&'a str, Option<&'a str>)];

/// A patch to the head of a branch, checked the way the host checks.
pub fn patch(repository: &Repository, target: &str, edits: Edits<'_>) -> ScopedPatch {
    let tree = tree_of(repository, target);
    let before = edits.iter().filter_map(|(path, _)| {
        let bytes = repository.read(target, path)?;
        Some((RepoPath::parse(path).expect("a path"), bytes))
    });
    let before: BTreeMap<RepoPath, Vec<u8>> = before.collect();
    let edits = edits.iter().map(|(path, content)| Edit {
        path: (*path).to_owned(),
        base: repository
            .read(target, path)
            .map(|bytes| Digest::of(&bytes).hex()),
        content: match content {
            Some(text) => EditContent::Write(text.as_bytes().to_vec()),
            None => EditContent::Delete,
        },
    });
    let action = Action::Change {
        edits: edits.collect(),
    };
    let proposal = Proposal {
        strategy: "test".into(),
        title: "a fix".into(),
        rationale: String::new(),
        confidence: 0.9,
        actions: vec![action],
        provenance: Vec::new(),
        attributes: Vec::new(),
    };
    let rules = Policy::default().patch_rules().expect("the built-in rules");
    ScopedPatch::check(&tree, &before, &proposal, &rules).expect("a patch that applies")
}

fn tree_of(repository: &Repository, at: &str) -> Tree {
    let mut tree = Tree::default();
    for (path, (mode, id)) in repository.listing(at) {
        let entry = Entry {
            kind: EntryKind::from_mode(&mode).expect("a mode"),
            id: id.parse().expect("an id"),
            size: None,
        };
        tree.insert(path, entry).expect("a small tree");
    }
    tree
}

/// A publication that was allowed.
pub struct Wanted<'a> {
    pub repository: &'a Repository,
    pub target: &'a str,
    pub form: Form,
    pub edits: Edits<'a>,
}

impl Wanted<'_> {
    pub fn authorised(&self) -> Publication {
        let head: ObjectId = self.repository.head(self.target).expect("a branch");
        let fingerprint: Fingerprint = "ab".repeat(32).parse().expect("a fingerprint");
        let repository = self.repository.id();
        let draft = Draft {
            task: TaskId::derive(&["a", "task"]),
            incident: IncidentId::derive(&repository, &fingerprint),
            repository,
            target: branch(self.target),
            head,
            generation: 0,
            form: self.form,
            patch: patch(self.repository, self.target, self.edits),
            text: ChangeText {
                title: "fix: what the formatter asks for".into(),
                body: "What failed, and why this mends it.\n".into(),
                commit_message: "fix: what the formatter asks for\n\nBy Sentinel.".into(),
            },
        };
        let decision = Decision {
            decision: Verdict::Allow,
            reason_codes: vec![Reason::WithinPolicy],
            context_hash: Digest::of(b"a decision"),
            contract_version: 3,
        };
        Publication::authorised(draft, &decision).expect("an allowed publication")
    }
}

pub const DRAFT: Form = Form::PullRequest { draft: true };

/// A small repository whose library is badly formatted.
pub fn widget(github: &crate::doubles::github::GitHub) -> Repository {
    let repository = github.repository("acme/widget");
    repository
        .file("src/lib.rs", "pub fn  one() -> u8 { 1 }\n")
        .file("README.md", "# Widget\n")
        .executable("run.sh", "#!/bin/sh\n")
        .commit("feat: begin");
    repository
}

/// A fix of [`widget`]'s library, as a draft pull request.
pub fn fix(repository: &Repository) -> Publication {
    let edits: Edits<'_> = &[("src/lib.rs", Some("pub fn one() -> u8 {\n    1\n}\n"))];
    let wanted = Wanted {
        repository,
        target: "main",
        form: DRAFT,
        edits,
    };
    wanted.authorised()
}

/// All regular files below a directory, by their path.
pub fn files_below(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut open = vec![root.to_owned()];
    while let Some(directory) = open.pop() {
        for entry in std::fs::read_dir(directory).expect("a directory") {
            let path = entry.expect("an entry").path();
            let kind = std::fs::symlink_metadata(&path).expect("metadata");
            assert!(!kind.is_symlink(), "{path:?} is a symlink");
            match kind.is_dir() {
                true => open.push(path),
                false => {
                    let name = path.strip_prefix(root).expect("below the root");
                    let name = name.to_str().expect("UTF-8").to_owned();
                    files.insert(name, std::fs::read(&path).expect("a file"));
                }
            }
        }
    }
    files
}

/// The blob id of text, for assertions.
pub fn id_of(text: &str) -> ObjectId {
    blob_id(text.as_bytes())
}
