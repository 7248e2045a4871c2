//! Publications as the host makes them, for tests of the forges' adapters.

use std::collections::BTreeMap;

use sentinel::change::text::ChangeText;
use sentinel::change::{Draft, Form, Publication};
use sentinel::decision::{Decision, Reason, Verdict};
use sentinel::ids::{Branch, Digest, Fingerprint, IncidentId, ObjectId, Repository, TaskId};
use sentinel::patch::ScopedPatch;
use sentinel::patch::path::RepoPath;
use sentinel::policy::Policy;
use sentinel::proposal::{Action, Edit, EditContent, Proposal};
use sentinel::tree::Tree;

/// What one edit does: new content, or nothing where the file goes.
pub type Edits<'a> = &'a [(&'a str, Option<&'a str>)];

/// A patch to a tree, checked the way the host checks.
pub fn patch_of(
    tree: &Tree,
    read: &dyn Fn(&str) -> Option<Vec<u8>>,
    edits: Edits<'_>,
) -> ScopedPatch {
    let before = edits.iter().filter_map(|(path, _)| {
        let bytes = read(path)?;
        Some((RepoPath::parse(path).unwrap(), bytes))
    });
    let before: BTreeMap<RepoPath, Vec<u8>> = before.collect();
    let edits = edits.iter().map(|(path, content)| Edit {
        path: (*path).to_owned(),
        base: read(path).map(|bytes| Digest::of(&bytes).hex()),
        content: match content {
            Some(text) => EditContent::Write(text.as_bytes().to_vec()),
            None => EditContent::Delete,
        },
    });
    let proposal = Proposal {
        strategy: "test".into(),
        title: "a fix".into(),
        rationale: String::new(),
        confidence: 0.9,
        actions: vec![Action::Change {
            edits: edits.collect(),
        }],
        provenance: Vec::new(),
        attributes: Vec::new(),
    };
    let rules = Policy::default().patch_rules().unwrap();
    ScopedPatch::check(tree, &before, &proposal, &rules).unwrap()
}

/// Where a publication goes.
pub struct Place {
    pub repository: Repository,
    pub target: Branch,
    pub head: ObjectId,
    pub form: Form,
}

/// A publication that was allowed.
pub fn allowed(place: Place, patch: ScopedPatch, body: &str) -> Publication {
    let fingerprint: Fingerprint = "ab".repeat(32).parse().unwrap();
    let draft = Draft {
        task: TaskId::derive(&["a", "task"]),
        incident: IncidentId::derive(&place.repository, &fingerprint),
        repository: place.repository,
        target: place.target,
        head: place.head,
        generation: 0,
        form: place.form,
        patch,
        text: ChangeText {
            title: "style: what the formatter asks for".into(),
            body: body.to_owned(),
            commit_message: "style: what the formatter asks for\n\nBy Sentinel.".into(),
        },
    };
    let decision = Decision {
        decision: Verdict::Allow,
        reason_codes: vec![Reason::WithinPolicy],
        context_hash: Digest::of(b"a decision"),
        contract_version: 3,
    };
    Publication::authorised(draft, &decision).unwrap()
}
