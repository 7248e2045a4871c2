//! Labels and the logs they speak of, on disk.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// The file of labels, one JSON object a line.
const LABELS: &str = "labels.jsonl";

/// A labels file larger than this is no labels file, in bytes.
const MAX_LABELS_BYTES: u64 = 64 << 20;

/// One line of `labels.jsonl`. Keys beside these are ignored.
#[derive(Debug, Deserialize)]
struct Line {
    id: String,
    #[serde(default)]
    provider: Option<String>,
    /// None for a log in which nothing failed.
    failure_class: Option<String>,
    #[serde(default)]
    key_line_numbers: Vec<u64>,
    #[serde(default)]
    project: Option<String>,
    /// Where the log is; else `failing/<id>/log.txt`.
    #[serde(default)]
    log: Option<PathBuf>,
}

/// A failing log and what people say of it.
#[derive(Debug, Clone)]
pub struct Labelled {
    pub id: String,
    pub provider: String,
    pub class: String,
    /// Logs of one project are resampled together.
    pub project: String,
    /// 1-based, counting `\n`.
    pub lines: Vec<u64>,
    pub log: PathBuf,
}

/// Labelled logs, in the order of the labels.
#[derive(Debug, Default)]
pub struct Corpus {
    pub failing: Vec<Labelled>,
    /// Logs in which nothing failed, by path.
    pub passing: Vec<PathBuf>,
}

/// Why a folder is no corpus.
#[derive(Debug)]
pub enum CorpusError {
    /// The labels cannot be read.
    Unreadable(PathBuf, io::Error),
    /// A line, 1-based, is no label.
    Line(PathBuf, usize, String),
    /// There is a label and no log.
    NoLog(String, PathBuf),
    /// Not one log.
    Empty(PathBuf),
}

impl std::fmt::Display for CorpusError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            CorpusError::Unreadable(path, error) => write!(
                out,
                "cannot read {}: {error}; it holds one JSON object a line, with id, failure_class and key_line_numbers",
                path.display()
            ),
            CorpusError::Line(path, line, error) => {
                write!(out, "{}, line {line}: {error}", path.display())
            }
            CorpusError::NoLog(id, path) => write!(
                out,
                "the log of {id} is not at {}; put it there, or name its place in the label's `log`",
                path.display()
            ),
            CorpusError::Empty(path) => write!(out, "{} names no log", path.display()),
        }
    }
}

impl std::error::Error for CorpusError {}

impl Corpus {
    /// Reads `labels.jsonl` and finds the logs, in `dir` or in `dir/ci-logs`.
    pub fn open(dir: &Path) -> Result<Corpus, CorpusError> {
        let path = dir.join(LABELS);
        let text = read(&path).map_err(|error| CorpusError::Unreadable(path.clone(), error))?;
        let inner = dir.join("ci-logs");
        let logs = if inner.is_dir() { &inner } else { dir };
        let mut corpus = Corpus::default();
        for (index, line) in text.lines().enumerate() {
            if line.trim().is_empty() {
                continue;
            }
            let wrong = |error: String| CorpusError::Line(path.clone(), index + 1, error);
            let line: Line =
                serde_json::from_str(line).map_err(|error| wrong(error.to_string()))?;
            corpus.add(line, dir, logs).map_err(|error| match error {
                Wrong::Label(error) => wrong(error),
                Wrong::NoLog(id, path) => CorpusError::NoLog(id, path),
            })?;
        }
        corpus.passing.extend(passing(&logs.join("passing")));
        if corpus.failing.is_empty() && corpus.passing.is_empty() {
            return Err(CorpusError::Empty(path));
        }
        Ok(corpus)
    }

    fn add(&mut self, line: Line, dir: &Path, logs: &Path) -> Result<(), Wrong> {
        let usual = || logs.join("failing").join(&line.id).join("log.txt");
        let log = line.log.as_ref().map_or_else(usual, |log| dir.join(log));
        if !log.is_file() {
            return Err(Wrong::NoLog(line.id, log));
        }
        let Some(class) = line.failure_class else {
            self.passing.push(log);
            return Ok(());
        };
        if line.key_line_numbers.is_empty() || line.key_line_numbers.contains(&0) {
            return Err(Wrong::Label(
                "key_line_numbers are 1-based and at least one; a log in which nothing failed has failure_class null".into(),
            ));
        }
        self.failing.push(Labelled {
            // Alone in its project where none is named.
            project: line.project.unwrap_or_else(|| format!("log {}", line.id)),
            provider: line.provider.unwrap_or_else(|| "unknown".into()),
            lines: line.key_line_numbers,
            id: line.id,
            class,
            log,
        });
        Ok(())
    }
}

enum Wrong {
    Label(String),
    NoLog(String, PathBuf),
}

fn read(path: &Path) -> io::Result<String> {
    if fs::metadata(path)?.len() > MAX_LABELS_BYTES {
        let message = format!("larger than {MAX_LABELS_BYTES} bytes");
        return Err(io::Error::new(io::ErrorKind::InvalidData, message));
    }
    fs::read_to_string(path)
}

fn passing(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    let mut logs: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| path.is_file())
        .collect();
    logs.sort();
    logs
}
