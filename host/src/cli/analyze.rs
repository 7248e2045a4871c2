//! `sentinel analyze FILE|-`

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::Args;
use serde::Serialize;

use super::render::{foreign, json, line};
use super::{Provider, compose};
use crate::failure::{Failure, KeyLine};
use crate::forge::MAX_LOG_BYTES;
use crate::grant::Limits;
use crate::ids::TaskId;
use crate::pipeline::{Agents, LogInput, RedactedLog};
use crate::sandbox::Output;

#[derive(Args)]
pub struct Options {
    /// The log; `-` reads standard input.
    log: PathBuf,
    /// Which CI system wrote it.
    #[arg(long, value_enum, default_value_t)]
    provider: Provider,
    /// One JSON object instead of text.
    #[arg(long)]
    json: bool,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Analysis<'a> {
    failures: Vec<Shown<'a>>,
    /// Lines and bytes of the log as given.
    lines: u64,
    bytes: u64,
}

#[derive(Serialize)]
struct Shown<'a> {
    class: crate::failure::FailureClass,
    severity: crate::failure::Severity,
    confidence: f64,
    key_lines: Vec<KeyLine>,
    command: Option<String>,
    tool: Option<&'a str>,
    location: Option<Place<'a>>,
    fingerprint: &'a crate::ids::Fingerprint,
}

#[derive(Serialize)]
struct Place<'a> {
    path: &'a str,
    line: Option<u32>,
}

pub(super) async fn run(options: Options) -> anyhow::Result<ExitCode> {
    let log = Log::open(&options.log)?;
    let agents = compose::agents(&Limits::default()).await?;
    let failures = read(&agents, &log, options.provider).await?;
    let (lines, bytes) = log.measure()?;
    if options.json {
        json(&Analysis {
            failures: failures.iter().map(shown).collect(),
            lines,
            bytes,
        })?;
    } else {
        let _quiet = super::render::WithoutCommands::begin();
        show(&failures, lines, bytes);
    }
    Ok(ExitCode::SUCCESS)
}

/// A log on disk, without its secrets.
pub(super) struct Log(RedactedLog);

impl Log {
    pub fn open(path: &Path) -> anyhow::Result<Log> {
        if path.as_os_str() == "-" {
            return redacted_input().map(Log);
        }
        let metadata = std::fs::metadata(path)
            .with_context(|| format!("cannot read the log {}", path.display()))?;
        if !metadata.is_file() {
            bail!(
                "{} is not a file; give a log file, or `-` for standard input",
                path.display()
            );
        }
        if metadata.len() > MAX_LOG_BYTES {
            bail!(
                "{} is larger than {MAX_LOG_BYTES} bytes; give its last part",
                path.display()
            );
        }
        let redacted = RedactedLog::read(path);
        redacted
            .map(Log)
            .with_context(|| format!("cannot read the log {}", path.display()))
    }

    /// A log that came from elsewhere.
    pub fn of(redacted: RedactedLog) -> Log {
        Log(redacted)
    }

    pub fn redacted(&self) -> &RedactedLog {
        &self.0
    }

    /// Lines (a last one without a line end counts) and bytes of the log as it
    /// was given: redaction keeps its lines.
    fn measure(&self) -> anyhow::Result<(u64, u64)> {
        let mut file = std::fs::File::open(self.0.path())?;
        let mut block = vec![0; 256 * 1024];
        let (mut lines, mut last) = (0, b'\n');
        loop {
            let read = file.read(&mut block)?;
            let Some(end) = block[..read].last() else {
                break;
            };
            last = *end;
            lines += block[..read].iter().filter(|byte| **byte == b'\n').count() as u64;
        }
        Ok((lines + u64::from(last != b'\n'), self.0.bytes()))
    }
}

fn redacted_input() -> anyhow::Result<RedactedLog> {
    let input = std::io::stdin().lock().take(MAX_LOG_BYTES + 1);
    let redacted = RedactedLog::write(input, tempfile::NamedTempFile::new()?)
        .context("cannot read standard input")?;
    if redacted.bytes() > MAX_LOG_BYTES {
        bail!("standard input is longer than {MAX_LOG_BYTES} bytes; give its last part");
    }
    Ok(redacted)
}

/// LogAnalyzer's answer about a log.
pub(super) async fn read(
    agents: &Agents,
    log: &Log,
    provider: Provider,
) -> anyhow::Result<Vec<Failure>> {
    let input = LogInput::of(log.redacted()).context("cannot hand the log to the sandbox")?;
    let task = TaskId::derive(&["cli", "analyze"]);
    let report = agents.read_log(task, &input, provider.into()).await;
    match report.outcome {
        Ok(Output::Failures(failures)) => Ok(failures),
        Ok(other) => bail!("LogAnalyzer answered something else than failures: {other:?}"),
        Err(error) => Err(error).context("LogAnalyzer did not read the log"),
    }
}

fn shown(failure: &Failure) -> Shown<'_> {
    let redacted = |text: &str| crate::redact::redact(text).into_owned();
    Shown {
        class: failure.class,
        severity: failure.severity,
        confidence: failure.confidence,
        key_lines: failure
            .key_lines
            .iter()
            .map(|line| KeyLine {
                number: line.number,
                text: redacted(&line.text),
            })
            .collect(),
        command: failure.command.as_deref().map(redacted),
        tool: failure.tool.as_deref(),
        location: failure.location.as_ref().map(|at| Place {
            path: &at.path,
            line: at.line,
        }),
        fingerprint: &failure.fingerprint,
    }
}

fn show(failures: &[Failure], lines: u64, bytes: u64) {
    if failures.is_empty() {
        line(&format!(
            "Nothing failed in this log ({lines} lines, {bytes} bytes)."
        ));
        return;
    }
    for failure in failures {
        line(&headline(failure));
        if let Some(command) = &failure.command {
            line(&format!("  command: {}", foreign(command)));
        }
        for key in failure.key_lines.iter().take(10) {
            line(&format!("  {:>7} | {}", key.number, foreign(&key.text)));
        }
        line("");
    }
    line(&format!(
        "{} of {lines} lines shown as causes.",
        failures.iter().map(|f| f.key_lines.len()).sum::<usize>()
    ));
}

/// A failure in one line.
pub(super) fn headline(failure: &Failure) -> String {
    let tool = failure
        .tool
        .as_deref()
        .map_or(String::new(), |tool| format!(" ({})", foreign(tool)));
    let place = failure.location.as_ref().map_or(String::new(), |at| {
        let number = at.line.map_or(String::new(), |number| format!(":{number}"));
        format!(" at {}{number}", foreign(&at.path))
    });
    format!(
        "{}{tool}{place}, confidence {:.0} %",
        failure.class.as_str(),
        failure.confidence * 100.0
    )
}
