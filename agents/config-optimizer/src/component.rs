//! The component: what the host calls.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use sentinel_sdk::workspace::{Entry, EntryKind};
use sentinel_sdk::{Agent, AgentError, Output, Settings, Task, TaskKind, WORKSPACE};

use crate::review::{MAX_WORKFLOW_BYTES, MAX_WORKFLOWS, Workflow, review};

const DIRECTORY: &str = ".github/workflows/";

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
        let paths = entries.into_iter().filter(is_workflow).take(MAX_WORKFLOWS);
        let workflows: Result<Vec<Workflow>, String> =
            paths.map(|entry| read(entry.path)).collect();
        Ok(review(&workflows.map_err(unreadable)?))
    }
}

/// GitHub reads no directories below this one.
fn is_workflow(entry: &Entry) -> bool {
    let file = matches!(entry.kind, EntryKind::File | EntryKind::Executable);
    let name = entry.path.strip_prefix(DIRECTORY);
    file && name.is_some_and(|name| {
        !name.contains('/') && (name.ends_with(".yml") || name.ends_with(".yaml"))
    })
}

fn read(path: String) -> Result<Workflow, String> {
    let about = |error: std::io::Error| format!("{path}: {error}");
    let file = File::open(Path::new(WORKSPACE).join(&path)).map_err(about)?;
    let mut bytes = Vec::new();
    // One more than is taken, so that a larger file is seen as one.
    file.take(MAX_WORKFLOW_BYTES as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(about)?;
    Ok(Workflow { path, bytes })
}
