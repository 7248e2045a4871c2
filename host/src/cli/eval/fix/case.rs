//! A case as its author wrote it, and the set it belongs to.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use globset::{Glob, GlobSet, GlobSetBuilder};
use serde::{Deserialize, Serialize};

use super::tools::Pinned;
use crate::failure::FailureClass;

/// Bytes of one `case.toml`; files are beside it.
const MAX_CASE_BYTES: u64 = 256 * 1024;

/// A directory of cases.
pub struct Suite {
    /// By name.
    pub cases: Vec<Case>,
}

/// A case, with where it lies.
pub struct Case {
    pub name: String,
    pub directory: PathBuf,
    pub written: Written,
    /// What its command needs, at which versions.
    pub tools: Vec<Pinned>,
}

/// `suite.toml`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SuiteFile {
    /// What `tools` of a case names, pinned.
    tools: BTreeMap<String, Pinned>,
}

/// `case.toml`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Written {
    pub class: FailureClass,
    /// The tool that complains: a row of the table.
    pub tool: String,
    #[serde(default)]
    pub tools: Vec<String>,
    /// The failing step, as a workflow has it; bash runs it.
    pub run: String,
    /// What the failing run has to print: this failure and no other.
    pub says: String,
    pub outcome: Outcome,
    /// Why nothing may be proposed.
    pub why: Option<String>,
    #[serde(default)]
    pub frame: Frame,
    /// Whether the failed command is told beside the log.
    #[serde(default)]
    pub stated: bool,
    #[serde(default)]
    pub tags: Vec<String>,
    pub package: Option<Package>,
    /// What the last commit did to the package.
    #[serde(default)]
    pub change: Vec<Change>,
    /// Files that the last commit added.
    #[serde(default)]
    pub added: Vec<String>,
    pub oracle: Option<Oracle>,
    #[serde(default)]
    pub judge: Vec<Judge>,
    #[serde(default)]
    pub expect: Expect,
}

/// What a repair has to come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    Fixed,
    Abstained,
}

/// The CI system around the log.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Frame {
    #[default]
    Github,
    Gitlab,
    /// What the command printed and nothing else.
    Plain,
}

/// A published package as the tree.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Package {
    /// A `.tar.gz` with one directory at its top.
    pub url: String,
    /// Of the archive.
    pub sha256: String,
    /// Only these files of it.
    #[serde(default)]
    pub files: Vec<String>,
}

/// One change of one file of the package.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    pub path: String,
    /// Stands there exactly once.
    pub find: String,
    pub replace: String,
}

/// What makes the tree as it should be; without it `expected/` does.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Oracle {
    pub run: String,
}

/// A command that has to pass once the tree is patched.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Judge {
    pub run: String,
    /// What it has to print: `12 passed`.
    pub says: Option<String>,
}

/// What a right patch does to files.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Expect {
    /// Patterns of files that stay as they are.
    pub unchanged: Vec<String>,
    /// Patterns of the only files that may change.
    pub only: Vec<String>,
    /// There is one right answer: the oracle's, byte by byte.
    pub exact: bool,
}

impl Suite {
    pub fn open(directory: &Path) -> anyhow::Result<Suite> {
        let file: SuiteFile = read(&directory.join("suite.toml"))?;
        let entries = std::fs::read_dir(directory)
            .with_context(|| format!("cannot list {}", directory.display()))?;
        let mut cases = Vec::new();
        for entry in entries {
            let place = entry?.path();
            if place.join("case.toml").is_file() {
                cases.push(Case::open(&place, &file)?);
            }
        }
        if cases.is_empty() {
            bail!(
                "{} holds no case: each is a directory with a case.toml",
                directory.display()
            );
        }
        cases.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(Suite { cases })
    }
}

impl Case {
    fn open(directory: &Path, suite: &SuiteFile) -> anyhow::Result<Case> {
        let name = directory.file_name().unwrap_or_default();
        let name = name.to_string_lossy().into_owned();
        let written: Written = read(&directory.join("case.toml"))?;
        let pinned = |tool: &String| {
            let found = suite.tools.get(tool).cloned();
            found.with_context(|| format!("{name}: suite.toml pins no tool {tool}"))
        };
        let tools = written.tools.iter().map(pinned).collect::<Result<_, _>>()?;
        let case = Case {
            directory: directory.to_owned(),
            tools,
            written,
            name,
        };
        case.validate()?;
        Ok(case)
    }

    fn validate(&self) -> anyhow::Result<()> {
        let Case { name, written, .. } = self;
        let expected = self.directory.join("expected").is_dir();
        match written.outcome {
            Outcome::Fixed if written.oracle.is_none() && !expected => {
                bail!("{name}: what can be fixed has an `expected/` or an [oracle]")
            }
            Outcome::Abstained if written.why.is_none() => {
                bail!("{name}: `why` says why nothing may be proposed")
            }
            Outcome::Fixed | Outcome::Abstained => {}
        }
        if written.says.trim().is_empty() {
            bail!("{name}: `says` is empty; it tells this failure from others");
        }
        if written.package.is_none() && !self.directory.join("tree").is_dir() {
            bail!("{name}: there is neither `tree/` nor a [package]");
        }
        written.expect.unchanged()?;
        written.expect.only()?;
        Ok(())
    }

    /// Whether somebody who asks for this word means this case too.
    pub fn is_called(&self, word: &str) -> bool {
        let written = &self.written;
        let own = [&self.name, &written.tool];
        own.iter().any(|name| name.as_str() == word)
            || written.class.as_str() == word
            || written.tags.iter().any(|tag| tag == word)
    }
}

impl Expect {
    pub fn unchanged(&self) -> anyhow::Result<GlobSet> {
        globs(&self.unchanged)
    }

    pub fn only(&self) -> anyhow::Result<GlobSet> {
        globs(&self.only)
    }
}

pub fn globs(patterns: &[String]) -> anyhow::Result<GlobSet> {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        set.add(Glob::new(pattern).with_context(|| format!("{pattern} is no pattern"))?);
    }
    Ok(set.build()?)
}

fn read<T: serde::de::DeserializeOwned>(path: &Path) -> anyhow::Result<T> {
    let shown = path.display();
    let size = path.metadata().map(|found| found.len());
    if size.with_context(|| format!("{shown} is not there"))? > MAX_CASE_BYTES {
        bail!("{shown} is larger than {MAX_CASE_BYTES} bytes");
    }
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {shown}"))?;
    toml::from_str(&text).with_context(|| format!("{shown} does not say what a case is"))
}
