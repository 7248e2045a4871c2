//! Strategy `whitespace`: blanks at the end of lines, the end of the file,
//! line ends and byte order marks, where a tool names the file (and line).
//!
//! Precondition: a step failed that ran the tool, everything the tool
//! complains about is white space, and it is in the named place. Only named
//! files are touched, in the way the named rule demands: where a tool names
//! lines, other lines stay, also inside of strings.

use std::collections::BTreeMap;

use crate::candidate::{Candidate, FileChange, Refusal, count, naming};
use crate::failure::Cause;
use crate::fitting::{Fix, Fixed, fit};
use crate::limits::MAX_FINDINGS;
use crate::tool::Tool;
use crate::transcript::{Step, Transcript};
use crate::trust::trust;
use crate::workspace::Workspace;

mod fix;
mod read;
mod wish;

pub use fix::fix;
pub(crate) use read::wish;
pub use wish::Wish;
use wish::{Finding, Reading};

const NAME: &str = "whitespace";

/// How sure: the place is checked, and white space rarely means anything. It
/// can, in a string, so not as sure as a formatter that parsed the file.
const CONFIDENCE: f64 = 0.9;

/// One candidate for each tool that named white space in a failed step, or
/// why not.
pub fn propose(
    transcript: &Transcript,
    cause: &Cause,
    workspace: &dyn Workspace,
) -> Vec<Result<Candidate, Refusal>> {
    let mut readings: BTreeMap<Tool, Reading> = BTreeMap::new();
    let mut results = Vec::new();
    for (index, step) in transcript.failed() {
        match read_step(transcript, index, step, cause) {
            Ok(found) => {
                for (tool, reading) in found {
                    readings.entry(tool).or_default().extend(reading);
                }
            }
            Err(refusal) => results.push(Err(refusal)),
        }
    }
    let built = readings
        .into_iter()
        .map(|(tool, reading)| build(tool, reading, workspace).map_err(|refusal| refusal.of(tool)));
    results.extend(built);
    results
}

fn read_step(
    transcript: &Transcript,
    index: usize,
    step: &Step,
    cause: &Cause,
) -> Result<Vec<(Tool, Reading)>, Refusal> {
    let readings = read::all(&step.output);
    if readings
        .iter()
        .all(|(_, reading)| reading.findings.is_empty())
    {
        return Ok(Vec::new());
    }
    let trust = trust(transcript, index, cause)?;
    let mut found: Vec<(Tool, Reading)> = Vec::new();
    for (tools, reading) in readings {
        // Linters of one family share a form: it is the one that runs here.
        let ran = tools.iter().find(|tool| trust.runs(**tool));
        let tool = ran.or_else(|| tools.iter().find(|tool| trust.believes(**tool)));
        if let (Some(tool), false) = (tool, reading.findings.is_empty()) {
            found.push((*tool, reading));
        }
    }
    Ok(found)
}

fn build(tool: Tool, reading: Reading, workspace: &dyn Workspace) -> Result<Candidate, Refusal> {
    if let Some(other) = reading.other {
        return Err(Refusal(other));
    }
    if reading.findings.len() > MAX_FINDINGS {
        return Err(Refusal::new("it names more places than are read"));
    }
    let log = span(&reading.findings);
    let wishes = wishes(&reading.findings, workspace);
    let wanted = wishes
        .iter()
        .map(|(path, wishes)| (path.as_str(), wishes as &dyn Fix));
    let files = fit(tool, wanted, workspace)?;
    Ok(Candidate {
        strategy: NAME,
        title: format!("{} {}", what(&reading.findings), naming(&files)),
        rationale: rationale(tool, &files, log),
        confidence: CONFIDENCE,
        files,
        log: Some(log),
        approval: false,
        proven: None,
    })
}

fn span(findings: &[Finding]) -> (u64, u64) {
    let lines = || findings.iter().map(|finding| finding.log_line);
    (lines().min().unwrap_or(1), lines().max().unwrap_or(1))
}

/// All that is wished of one file.
struct Wishes {
    wishes: Vec<Wish>,
    /// Whether pre-commit's configuration keeps line breaks of Markdown.
    breaks: bool,
}

impl Fix for Wishes {
    fn fix(&self, path: &str, file: &[u8]) -> Result<Fixed, String> {
        let markdown = [".md", ".markdown", ".mdx"]
            .iter()
            .any(|end| path.ends_with(end));
        fix(file, &self.wishes, self.breaks && markdown).map(Fixed::in_place)
    }
}

fn wishes(findings: &[Finding], workspace: &dyn Workspace) -> BTreeMap<String, Wishes> {
    const OPTION: &[u8] = b"markdown-linebreak-ext";
    let configuration = workspace.read(".pre-commit-config.yaml");
    let breaks = configuration.is_ok_and(|text| memchr::memmem::find(&text, OPTION).is_some());
    let mut files: BTreeMap<String, Wishes> = BTreeMap::new();
    for finding in findings {
        let wishes = Vec::new();
        let file = files.entry(finding.path.clone());
        file.or_insert(Wishes { wishes, breaks })
            .wishes
            .push(finding.wish);
    }
    files
}

fn what(findings: &[Finding]) -> &'static str {
    let all = |test: fn(Wish) -> bool| findings.iter().all(|finding| test(finding.wish));
    if all(Wish::is_line_end_blank) {
        "remove trailing white space from"
    } else if all(Wish::is_end_of_file) {
        "mend the end of"
    } else if all(|wish| wish == Wish::OneLineEnd) {
        "use one kind of line ends in"
    } else if all(|wish| wish == Wish::NoByteOrderMark) {
        "remove the byte order mark from"
    } else {
        "tidy white space in"
    }
}

fn rationale(tool: Tool, files: &[FileChange], log: (u64, u64)) -> String {
    let mut text = format!(
        "{} failed and named white space only (log lines {} to {}). \
         The named places, and nothing else, are mended in {}:\n",
        tool.name(),
        log.0,
        log.1,
        count(files.len()),
    );
    for file in files {
        text.push_str(&format!("- {}\n", file.path));
    }
    text.push_str("Each place was found in the file as named; no other character changes.");
    text
}
