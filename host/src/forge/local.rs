//! A git repository on this machine's disk: a change is a branch plus a
//! record under `refs/sentinel/changes/`.
//!
//! Plumbing only: nothing is checked out, no hook or filter runs, the user's
//! index, working tree and current branch are not touched, and every ref is
//! moved by compare-and-swap.

mod blobs;
mod changed;
pub(crate) mod git;
mod objects;
mod watched;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::{Forge, ForgeError, Result};
use crate::change::{
    Change, ChangeEdit, ChangeSeen, ChangeState, CiState, Form, Publication, Standing,
};
use crate::ids::{Branch, ObjectId, Repository, RepositoryName};
use crate::push::{Push, Since};
use crate::tree::{Entry, Files, Tree};
use blobs::Blobs;
pub(super) use changed::with_lines;
use git::Git;
pub(super) use objects::tree_below;

/// Who commits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    pub name: String,
    pub email: String,
}

impl Default for Identity {
    fn default() -> Self {
        Identity {
            name: "Sentinel".into(),
            email: "sentinel@localhost".into(),
        }
    }
}

/// The repositories `[[local]]` names.
pub struct Local {
    repositories: BTreeMap<RepositoryName, PathBuf>,
    identity: Identity,
}

/// What a change's record holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    pub title: String,
    pub body: String,
    pub draft: bool,
    /// The branch it is proposed to.
    pub target: Branch,
    pub branch: Branch,
    pub commit: ObjectId,
    pub state: ChangeState,
    #[serde(default)]
    pub labels: Vec<String>,
    /// What was written under it since.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<String>,
}

/// Where records lie.
const RECORDS: &str = "refs/sentinel/changes/";

/// The id of nothing: a ref that must not exist yet.
const NOTHING: &str = "0000000000000000000000000000000000000000";

impl Local {
    pub fn new(repositories: BTreeMap<RepositoryName, PathBuf>, identity: Identity) -> Local {
        Local {
            repositories,
            identity,
        }
    }

    fn git(&self, repository: &Repository) -> Result<Git> {
        match self.repositories.get(&repository.name) {
            Some(directory) => Ok(Git::new(directory)),
            None => Err(ForgeError::NotFound {
                what: format!("{repository}: no [[local]] section of sentinel.toml names it"),
            }),
        }
    }

    /// The record of a change, as `git show refs/sentinel/changes/BRANCH`
    /// prints it.
    pub async fn record(&self, repository: &Repository, branch: &Branch) -> Result<Option<Record>> {
        let found = recorded(&self.git(repository)?, branch).await?;
        Ok(found.map(|(record, _)| record))
    }
}

#[async_trait]
impl Forge for Local {
    async fn checkout(
        &self,
        repository: &Repository,
        commit: &ObjectId,
        into: &Path,
    ) -> Result<Tree> {
        let git = self.git(repository)?;
        let tree = objects::tree(&git, commit).await?;
        objects::write_files(&git, &tree, into).await?;
        Ok(tree)
    }

    /// Nothing is checked out: what is read comes straight from the objects.
    async fn open(
        &self,
        repository: &Repository,
        commit: &ObjectId,
        _: &Path,
    ) -> Result<(Tree, Arc<dyn Files>)> {
        let git = self.git(repository)?;
        let tree = objects::tree(&git, commit).await?;
        Ok((tree, Arc::new(Blobs::of(git))))
    }

    async fn branch_head(
        &self,
        repository: &Repository,
        branch: &Branch,
    ) -> Result<Option<ObjectId>> {
        resolve(&self.git(repository)?, &format!("refs/heads/{branch}")).await
    }

    /// Where `HEAD` points: in a bare repository, that is.
    async fn default_branch(&self, repository: &Repository) -> Result<Option<Branch>> {
        let git = self.git(repository)?;
        let head = git.ask(&["symbolic-ref", "--quiet", "HEAD"], b"").await?;
        let name = String::from_utf8_lossy(&head.stdout);
        let branch = name.trim().strip_prefix("refs/heads/");
        Ok(branch.and_then(|name| name.parse().ok()))
    }

    async fn is_ancestor(
        &self,
        repository: &Repository,
        ancestor: &ObjectId,
        commit: &ObjectId,
    ) -> Result<bool> {
        let git = self.git(repository)?;
        let (ancestor, commit) = (ancestor.as_str(), commit.as_str());
        let asked = git
            .ask(&["merge-base", "--is-ancestor", ancestor, commit], b"")
            .await?;
        Ok(asked.ok)
    }

    async fn recent_messages(
        &self,
        repository: &Repository,
        commit: &ObjectId,
        count: usize,
    ) -> Result<Vec<String>> {
        let git = self.git(repository)?;
        let count = format!("-{count}");
        let arguments = [
            "log",
            "-z",
            "--no-show-signature",
            "--format=%B",
            &count,
            commit.as_str(),
        ];
        let output = git.run(&arguments, b"").await?;
        let messages = output
            .split(|byte| *byte == 0)
            .filter(|message| !message.is_empty());
        Ok(messages
            .map(|message| String::from_utf8_lossy(message).trim().to_owned())
            .collect())
    }

    async fn changed(
        &self,
        repository: &Repository,
        since: &Since,
        head: &ObjectId,
    ) -> Result<Push> {
        changed::changed(&self.git(repository)?, since, head).await
    }

    async fn find_change(
        &self,
        repository: &Repository,
        branch: &Branch,
    ) -> Result<Option<ChangeSeen>> {
        let Some(record) = self.record(repository, branch).await? else {
            return Ok(None);
        };
        let git = self.git(repository)?;
        let ignored = record
            .labels
            .iter()
            .any(|label| label == crate::change::IGNORE_LABEL);
        let state = match record.state {
            ChangeState::Open => observed(&git, &record).await?,
            state => state,
        };
        Ok(Some(ChangeSeen {
            state,
            ignored,
            number: None,
            url: None,
        }))
    }

    /// The branch that is checked out: moved under a person's hands, what they
    /// see there would be the change undone.
    async fn is_protected(&self, repository: &Repository, branch: &Branch) -> Result<bool> {
        let head = self.default_branch(repository).await?;
        Ok(head.as_ref() == Some(branch))
    }

    async fn close(&self, repository: &Repository, branch: &Branch) -> Result<()> {
        let git = self.git(repository)?;
        let Some(record) = self.record(repository, branch).await? else {
            return Ok(());
        };
        if record.state != ChangeState::Open {
            return Ok(());
        }
        let name = format!("{RECORDS}{branch}");
        let Some(old) = resolve(&git, &name).await? else {
            return Ok(());
        };
        let closed = Record {
            state: ChangeState::Closed,
            ..record
        };
        write_record(&git, &name, &closed, old.as_str()).await
    }

    async fn publish(&self, publication: &Publication) -> Result<Change> {
        let git = self.git(publication.repository())?;
        let tree = objects::write_tree(&git, publication).await?;
        if tree != *publication.patch().result() {
            let why = format!(
                "git built the tree {tree}, the patch is known by {}",
                publication.patch().result()
            );
            return Err(ForgeError::Conflict {
                what: "publishing",
                why,
            });
        }
        let commit = objects::commit(&git, publication, &tree, &self.identity).await?;
        if publication.form() == Form::Commit {
            return land(&git, publication, commit).await;
        }
        let found = make_branch(&git, publication.branch(), &commit).await?;
        let record = Record {
            title: publication.text().title.clone(),
            body: publication.text().body.clone(),
            draft: matches!(publication.form(), Form::PullRequest { draft: true }),
            target: publication.target().clone(),
            branch: publication.branch().clone(),
            commit: commit.clone(),
            state: ChangeState::Open,
            labels: Vec::new(),
            remarks: Vec::new(),
        };
        if self
            .record(publication.repository(), publication.branch())
            .await?
            .is_none()
        {
            let name = format!("{RECORDS}{}", publication.branch());
            write_record(&git, &name, &record, NOTHING).await?;
        }
        Ok(Change {
            form: publication.form(),
            branch: publication.branch().clone(),
            number: None,
            url: None,
            commit: Some(commit),
            found,
        })
    }

    async fn standing(&self, repository: &Repository, change: &Change) -> Result<Standing> {
        watched::standing(&self.git(repository)?, &change.branch).await
    }

    /// No CI of its own.
    async fn ci_state(&self, _: &Repository, _: &ObjectId) -> Result<CiState> {
        Ok(CiState::default())
    }

    async fn set_change(
        &self,
        repository: &Repository,
        change: &Change,
        edit: &ChangeEdit,
    ) -> Result<()> {
        watched::set(&self.git(repository)?, &change.branch, edit).await
    }

    async fn listing(&self, repository: &Repository, commit: &ObjectId) -> Result<Tree> {
        objects::tree(&self.git(repository)?, commit).await
    }

    async fn blob(&self, repository: &Repository, entry: &Entry) -> Result<Vec<u8>> {
        let git = self.git(repository)?;
        git.run(&["cat-file", "blob", entry.id.as_str()], b"").await
    }
}

async fn resolve(git: &Git, name: &str) -> Result<Option<ObjectId>> {
    let answer = git
        .ask(
            &["rev-parse", "--verify", "--quiet", "--end-of-options", name],
            b"",
        )
        .await?;
    match answer.ok {
        true => {
            let id = String::from_utf8_lossy(&answer.stdout).trim().to_owned();
            objects::object("resolving a ref", &id).map(Some)
        }
        // With --quiet a ref that is not there says nothing.
        false if answer.stderr.is_empty() => Ok(None),
        false => Err(ForgeError::Unexpected {
            what: "resolving a ref",
            why: answer.stderr,
        }),
    }
}

/// Makes our branch, or finds that it is there with this very commit. Commits
/// are made of fixed parts, so a repeated try makes the same one.
async fn make_branch(git: &Git, branch: &Branch, commit: &ObjectId) -> Result<bool> {
    let name = format!("refs/heads/{branch}");
    let made = git
        .ask(&["update-ref", &name, commit.as_str(), NOTHING], b"")
        .await?;
    if made.ok {
        return Ok(false);
    }
    match resolve(git, &name).await? {
        Some(there) if there == *commit || is_ours(git, &there, commit).await? => Ok(true),
        Some(there) => Err(ForgeError::Conflict {
            what: "making the branch",
            why: format!("{branch} is at {there}, which is not ours"),
        }),
        None => Err(ForgeError::Unexpected {
            what: "making the branch",
            why: made.stderr,
        }),
    }
}

/// Moves the failing branch to our commit, if it is still at the failing one.
async fn land(git: &Git, publication: &Publication, commit: ObjectId) -> Result<Change> {
    let target = publication.target();
    let name = format!("refs/heads/{target}");
    let old = publication.head().as_str();
    let moved = git
        .ask(&["update-ref", &name, commit.as_str(), old], b"")
        .await?;
    let there = resolve(git, &name).await?;
    if there.as_ref() != Some(&commit) {
        let why = format!("{target} is no longer at {old}, which the patch was made for");
        return Err(ForgeError::Moved {
            what: "landing the commit",
            why,
        });
    }
    Ok(Change {
        form: Form::Commit,
        branch: publication.branch().clone(),
        number: None,
        url: None,
        commit: Some(commit),
        found: !moved.ok,
    })
}

/// Whether a commit has the tree and the parent of ours: an earlier version may
/// have worded the message otherwise.
async fn is_ours(git: &Git, there: &ObjectId, commit: &ObjectId) -> Result<bool> {
    let facts = async |commit: &ObjectId| {
        git.line(&["log", "-1", "--format=%T %P", commit.as_str()], b"")
            .await
    };
    Ok(facts(there).await? == facts(commit).await?)
}

/// The record of a change, and the blob it is.
async fn recorded(git: &Git, branch: &Branch) -> Result<Option<(Record, ObjectId)>> {
    let Some(blob) = resolve(git, &format!("{RECORDS}{branch}")).await? else {
        return Ok(None);
    };
    let bytes = git.run(&["cat-file", "blob", blob.as_str()], b"").await?;
    let damaged = |error: serde_json::Error| ForgeError::Unexpected {
        what: "reading a change's record",
        why: error.to_string(),
    };
    let record = serde_json::from_slice(&bytes).map_err(damaged)?;
    Ok(Some((record, blob)))
}

async fn write_record(git: &Git, name: &str, record: &Record, old: &str) -> Result<()> {
    let json = serde_json::to_vec_pretty(record).expect("a record is plain data");
    let blob = git
        .line(&["hash-object", "-w", "--stdin", "--no-filters"], &json)
        .await?;
    git.run(&["update-ref", name, &blob, old], b"").await?;
    Ok(())
}

/// People merge or delete a local branch without telling anybody.
async fn observed(git: &Git, record: &Record) -> Result<ChangeState> {
    let target = format!("refs/heads/{}", record.target);
    let commit = record.commit.as_str();
    let merged = git
        .ask(&["merge-base", "--is-ancestor", commit, &target], b"")
        .await?;
    if merged.ok {
        return Ok(ChangeState::Merged);
    }
    match resolve(git, &format!("refs/heads/{}", record.branch)).await? {
        Some(_) => Ok(ChangeState::Open),
        None => Ok(ChangeState::Closed),
    }
}
