//! The component: the contract's task in, the contract's failures out.

use std::fs::File;
use std::path::Path;

use sentinel_sdk::input::{InputFile, InputKind};
use sentinel_sdk::log::Level;
use sentinel_sdk::{Agent, AgentError, AnalyzeTask, Output, Settings, Task, TaskKind};
use sentinel_sdk::{INPUT, input, progress};

use crate::{Beside, Format, Reader};

/// Reads one log a task, and what lies beside it: logs of the same job that
/// went well (kind `passing-log`) and reports (`sarif`, `junit`). The setting `rules` adds rules of the operator's own
/// (the format is that of the files in `rules/`).
pub struct LogAnalyzer {
    reader: Reader,
}

impl Agent for LogAnalyzer {
    fn initialize(settings: Settings) -> Result<Self, AgentError> {
        let reader = match settings.get("rules") {
            None => Reader::default(),
            Some(own) => Reader::with_own(own).map_err(|error| {
                AgentError::InvalidConfig(format!("rules, line {}: {}", error.line, error.message))
            })?,
        };
        Ok(LogAnalyzer { reader })
    }

    fn execute(&mut self, task: Task) -> Result<Output, AgentError> {
        match task.kind {
            TaskKind::Analyze(task) => analyze(&self.reader, task),
            _ => Err(AgentError::UnsupportedTask(
                "LogAnalyzer only analyzes logs".into(),
            )),
        }
    }
}

/// Progress is told in these steps, in bytes.
const STEP_BYTES: u64 = 1 << 20;

fn analyze(reader: &Reader, task: AnalyzeTask) -> Result<Output, AgentError> {
    let files = input::list()
        .map_err(|error| AgentError::Failed(format!("the input cannot be listed: {error:?}")))?;
    let total = files.iter().find(|file| file.path == task.log);
    let total = total
        .map(|file| file.size)
        .ok_or_else(|| AgentError::InvalidInput(format!("{} is not among the input", task.log)))?;
    let wrong = |error| AgentError::InvalidInput(format!("{}: {error}", task.log));
    let file = open(&task.log)?;
    let read = |bytes: u64| progress::report("reading", steps(bytes), steps(total));
    let analysis = reader.read(file, beside(&files)?, read).map_err(wrong)?;
    let found = format!(
        "{} lines, {} bytes, {} failures",
        analysis.lines,
        analysis.bytes,
        analysis.failures.len()
    );
    sentinel_sdk::log::emit(Level::Info, &found);
    Ok(Output::Failures(analysis.failures))
}

/// What lies beside the log. Files of a kind that is not known are left alone.
fn beside(files: &[InputFile]) -> Result<Beside<File>, AgentError> {
    let mut beside = Beside::default();
    for file in files {
        let InputKind::Other(kind) = &file.kind else {
            continue;
        };
        match kind.as_str() {
            "passing-log" => beside.passing.push(open(&file.path)?),
            "sarif" => beside.reports.push(report(Format::Sarif, file)?),
            "junit" => beside.reports.push(report(Format::Junit, file)?),
            _ => {}
        }
    }
    Ok(beside)
}

fn report(format: Format, file: &InputFile) -> Result<(Format, String, File), AgentError> {
    Ok((format, file.path.clone(), open(&file.path)?))
}

fn open(path: &str) -> Result<File, AgentError> {
    let wrong = |error| AgentError::InvalidInput(format!("{path}: {error}"));
    File::open(Path::new(INPUT).join(path)).map_err(wrong)
}

fn steps(bytes: u64) -> u32 {
    u32::try_from(bytes / STEP_BYTES).unwrap_or(u32::MAX)
}

sentinel_sdk::agent!(LogAnalyzer);
