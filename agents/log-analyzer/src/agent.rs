//! The component: the contract's task in, the contract's failures out.

use std::fs::File;
use std::path::Path;

use sentinel_sdk::log::Level;
use sentinel_sdk::{Agent, AgentError, AnalyzeTask, Output, Settings, Task, TaskKind};
use sentinel_sdk::{INPUT, input, progress};

use crate::analyze_with;
use crate::rules::Rules;

/// Reads one log a task. The setting `rules` adds rules of the operator's own
/// (the format is that of the files in `rules/`).
pub struct LogAnalyzer {
    rules: Rules,
}

impl Agent for LogAnalyzer {
    fn initialize(settings: Settings) -> Result<Self, AgentError> {
        let mut rules = Rules::shipped();
        if let Some(own) = settings.get("rules") {
            rules.add_own(own).map_err(|error| {
                AgentError::InvalidConfig(format!("rules, line {}: {}", error.line, error.message))
            })?;
        }
        Ok(LogAnalyzer { rules })
    }

    fn execute(&mut self, task: Task) -> Result<Output, AgentError> {
        match task.kind {
            TaskKind::Analyze(task) => analyze(std::mem::take(&mut self.rules), task),
            _ => Err(AgentError::UnsupportedTask(
                "LogAnalyzer only analyzes logs".into(),
            )),
        }
    }
}

/// Progress is told in these steps, in bytes.
const STEP_BYTES: u64 = 1 << 20;

fn analyze(rules: Rules, task: AnalyzeTask) -> Result<Output, AgentError> {
    let total = size_of(&task.log)?;
    let wrong = |error| AgentError::InvalidInput(format!("{}: {error}", task.log));
    let file = File::open(Path::new(INPUT).join(&task.log)).map_err(wrong)?;
    let read = |bytes: u64| progress::report("reading", steps(bytes), steps(total));
    let analysis = analyze_with(rules, file, read).map_err(wrong)?;
    let found = format!(
        "{} lines, {} bytes, {} failures",
        analysis.lines,
        analysis.bytes,
        analysis.failures.len()
    );
    sentinel_sdk::log::emit(Level::Info, &found);
    Ok(Output::Failures(analysis.failures))
}

/// The size of the log in bytes, as the host lists it.
fn size_of(log: &str) -> Result<u64, AgentError> {
    let files = input::list()
        .map_err(|error| AgentError::Failed(format!("the input cannot be listed: {error:?}")))?;
    let listed = files.iter().find(|file| file.path == log);
    let missing = || AgentError::InvalidInput(format!("{log} is not among the input"));
    listed.map(|file| file.size).ok_or_else(missing)
}

fn steps(bytes: u64) -> u32 {
    u32::try_from(bytes / STEP_BYTES).unwrap_or(u32::MAX)
}

sentinel_sdk::agent!(LogAnalyzer);
