//! Whether a tree is right: more than that the failed command passes.

use std::collections::BTreeMap;
use std::path::Path;

use super::case::Case;
use super::lab::Lab;
use crate::forge::directory::snapshot;
use crate::ids::ObjectId;

/// What a tree is judged by.
pub struct Court<'a> {
    pub case: &'a Case,
    pub lab: &'a Lab,
    /// The tree as it failed.
    pub broken: &'a Path,
    /// The tree as it should be, where somebody knows.
    pub right: Option<&'a Path>,
}

impl Court<'_> {
    /// What is wrong with a tree; none where it is right.
    pub async fn wrong(&self, tree: &Path) -> anyhow::Result<Option<String>> {
        let written = &self.case.written;
        if let Some(why) = self.files(tree).await? {
            return Ok(Some(why));
        }
        let run = self.lab.run(tree, &written.run).await?;
        if !run.passed() {
            return Ok(Some(format!("the command still fails: {}", run.end())));
        }
        for judge in &written.judge {
            let run = self.lab.run(tree, &judge.run).await?;
            let says = judge.says.as_deref().is_none_or(|words| run.says(words));
            if !run.passed() || !says {
                return Ok(Some(format!("`{}` says: {}", judge.run, run.end())));
            }
        }
        Ok(None)
    }

    async fn files(&self, tree: &Path) -> anyhow::Result<Option<String>> {
        let expect = &self.case.written.expect;
        let (unchanged, only) = (expect.unchanged()?, expect.only()?);
        for path in differing(self.broken, tree).await? {
            if unchanged.is_match(&path) {
                return Ok(Some(format!("{path} had to stay as it is")));
            }
            if !expect.only.is_empty() && !only.is_match(&path) {
                return Ok(Some(format!("{path} is none of the files that may change")));
            }
        }
        if let (true, Some(right)) = (expect.exact, self.right) {
            let paths = differing(right, tree).await?;
            if let Some(path) = paths.first() {
                return Ok(Some(format!("{path} is not the one right answer")));
            }
        }
        Ok(None)
    }
}

/// The files that two directories do not have alike.
async fn differing(one: &Path, other: &Path) -> anyhow::Result<Vec<String>> {
    let (one, other) = (listed(one).await?, listed(other).await?);
    let mut paths: Vec<&String> = one.keys().chain(other.keys()).collect();
    paths.sort();
    paths.dedup();
    let differ = |path: &&String| one.get(*path) != other.get(*path);
    Ok(paths.into_iter().filter(differ).cloned().collect())
}

async fn listed(directory: &Path) -> anyhow::Result<BTreeMap<String, ObjectId>> {
    let copy = tempfile::tempdir()?;
    let tree = snapshot(directory, copy.path()).await?;
    let entries = tree.iter();
    Ok(entries
        .map(|(path, entry)| (path.to_owned(), entry.id.clone()))
        .collect())
}
