//! Running the repository's commands, and its two real implementations: what
//! the host grants, and answers recorded before.

use sentinel_sdk::runner::{self, Command, RunResult};
use sentinel_sdk::{AccessError, Edit, EditContent};

/// Commands of this task, run on a fresh copy of the tree.
pub trait Runner {
    /// What may be run.
    fn commands(&self) -> Result<Vec<Command>, AccessError>;

    /// Runs one of them with these edits in the tree.
    fn run(&self, command: &str, edits: &[Edit]) -> Result<RunResult, AccessError>;
}

/// The host's, as far as the task is granted it.
#[derive(Debug)]
pub struct Granted;

impl Runner for Granted {
    fn commands(&self) -> Result<Vec<Command>, AccessError> {
        runner::commands()
    }

    fn run(&self, command: &str, edits: &[Edit]) -> Result<RunResult, AccessError> {
        runner::run(command, edits)
    }
}

/// One recorded run.
#[derive(Debug, Clone)]
pub struct Recorded {
    pub command: String,
    /// The edits it was run with: path and new content.
    pub with: Vec<(String, Vec<u8>)>,
    pub result: RunResult,
}

/// Answers that were recorded; another question is one that nobody asked.
#[derive(Debug, Default)]
pub struct Recording {
    pub commands: Vec<Command>,
    pub runs: Vec<Recorded>,
}

impl Runner for Recording {
    fn commands(&self) -> Result<Vec<Command>, AccessError> {
        Ok(self.commands.clone())
    }

    fn run(&self, command: &str, edits: &[Edit]) -> Result<RunResult, AccessError> {
        let mut with: Vec<(String, Vec<u8>)> = edits.iter().filter_map(written).collect();
        with.sort();
        let mut runs = self.runs.iter();
        let run = runs.find(|run| run.command == command && run.with == with);
        run.map(|run| run.result.clone()).ok_or_else(|| {
            let paths: Vec<&str> = with.iter().map(|(path, _)| path.as_str()).collect();
            AccessError::NotFound(format!("no run of {command} with {paths:?} is recorded"))
        })
    }
}

fn written(edit: &Edit) -> Option<(String, Vec<u8>)> {
    match &edit.content {
        EditContent::Write(bytes) => Some((edit.path.clone(), bytes.clone())),
        EditContent::Delete | EditContent::Other(_) => None,
    }
}
