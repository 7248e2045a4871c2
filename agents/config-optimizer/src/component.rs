//! The component: what the host calls.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use sentinel_sdk::input::InputKind;
use sentinel_sdk::workspace::{Entry, EntryKind};
use sentinel_sdk::{Agent, AgentError, INPUT, Output, Settings, Task, TaskKind, WORKSPACE, input};

use crate::advice::gitlab;
use crate::history::{self, History};
use crate::review::{MAX_WORKFLOW_BYTES, MAX_WORKFLOWS, Repository, Workflow, review};

const DIRECTORY: &str = ".github/workflows/";

/// What the host calls a history of runs.
const HISTORY: &str = "ci-history";

/// The agent.
#[derive(Debug)]
pub struct ConfigOptimizer;

impl Agent for ConfigOptimizer {
    fn initialize(_: Settings) -> Result<Self, AgentError> {
        Ok(ConfigOptimizer)
    }

    fn execute(&mut self, task: Task) -> Result<Output, AgentError> {
        let TaskKind::Optimize(_) = task.kind else {
            let text = "ConfigOptimizer only looks over configuration";
            return Err(AgentError::UnsupportedTask(text.into()));
        };
        let unreadable = |error: String| AgentError::InvalidInput(format!("/workspace: {error}"));
        let entries =
            sentinel_sdk::workspace_entries().map_err(|error| unreadable(format!("{error:?}")))?;
        let mut found: Vec<&Entry> = entries.iter().filter(|entry| is_workflow(entry)).collect();
        found.truncate(MAX_WORKFLOWS);
        let workflows: Result<Vec<Workflow>, String> =
            found.into_iter().map(|entry| read(&entry.path)).collect();
        let history =
            given().map_err(|error| AgentError::InvalidInput(format!("/input: {error}")))?;
        Ok(review(&Repository {
            workflows: workflows.map_err(unreadable)?,
            files: entries
                .iter()
                .filter(is_file)
                .map(|entry| entry.path.clone())
                .collect(),
            history,
        }))
    }
}

fn is_file(entry: &&Entry) -> bool {
    matches!(entry.kind, EntryKind::File | EntryKind::Executable)
}

/// GitHub reads no directories below this one.
fn is_workflow(entry: &Entry) -> bool {
    let name = entry.path.strip_prefix(DIRECTORY);
    let on_github = name.is_some_and(|name| {
        !name.contains('/') && (name.ends_with(".yml") || name.ends_with(".yaml"))
    });
    is_file(&entry) && (on_github || entry.path == gitlab::FILE)
}

fn read(path: &str) -> Result<Workflow, String> {
    let bytes = take(&Path::new(WORKSPACE).join(path), MAX_WORKFLOW_BYTES)
        .map_err(|error| format!("{path}: {error}"))?;
    Ok(Workflow {
        path: path.to_owned(),
        bytes,
    })
}

/// So many bytes of a file, and one more, so that a larger one is seen as one.
fn take(path: &Path, bytes: usize) -> std::io::Result<Vec<u8>> {
    let mut read = Vec::new();
    File::open(path)?
        .take(bytes as u64 + 1)
        .read_to_end(&mut read)?;
    Ok(read)
}

/// The history, where the host has one; without the capability there is none.
fn given() -> Result<Option<History>, String> {
    let Ok(files) = input::list() else {
        return Ok(None);
    };
    let is_history = |kind: &InputKind| matches!(kind, InputKind::Other(name) if name == HISTORY);
    let Some(file) = files.iter().find(|file| is_history(&file.kind)) else {
        return Ok(None);
    };
    let about = |error: String| format!("{}: {error}", file.path);
    let bytes = take(&Path::new(INPUT).join(&file.path), history::MAX_BYTES)
        .map_err(|error| about(error.to_string()))?;
    History::parse(&bytes).map(Some).map_err(about)
}
