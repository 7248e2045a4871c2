//! Strategy `known-rule`: findings of rules that have one remedy, which needs
//! no tool to write it.
//!
//! Precondition: a step failed that ran the tool, every finding that makes it
//! fail is of a rule known here, and the named place holds exactly what the
//! rule complains about. A remedy keeps what the code does; where it could
//! change that (comparing with `==` may be overloaded), the rule is not here.

use std::collections::BTreeMap;

use crate::candidate::{Candidate, FileChange, Refusal, count, naming};
use crate::failure::Cause;
use crate::fitting::{Fix, Fixed, fit};
use crate::limits::MAX_MENDED;
use crate::share::Share;
use crate::text_edit::{Edits, Source, joined};
use crate::tool::Tool;
use crate::transcript::{Step, Transcript};
use crate::trust::{Trust, trust};
use crate::workspace::Workspace;

mod cpp;
mod docker;
mod eslint;
mod golang;
mod java;
mod makefile;
mod markdown;
mod pylint;
mod python;
mod read;
mod shell;
mod similar;
mod standard;
pub(crate) mod start;
mod total;
mod types;
mod typescript;
mod yaml;

pub(crate) use python::lexer::Layout;
pub(crate) use shell::splitting::may_be_several;
pub(crate) use similar::is_slip;

const NAME: &str = "known-rule";

/// How sure of a layout rule: the place is checked, and nothing else changes.
const LAYOUT: f64 = 0.78;

/// How sure of a compiler's or type checker's word: it says what is wrong with
/// certainty, and what is meant with less.
const CODE: f64 = 0.75;

/// How sure where another program could have printed the findings.
const INDIRECT: f64 = 0.7;

/// One finding. Lines and columns are 1-based.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Finding {
    path: String,
    line: u64,
    column: Option<u64>,
    /// As the tool calls the rule; empty where it has no name.
    code: String,
    message: String,
    /// The line, where the tool shows it.
    shown: Option<String>,
    log_line: u64,
}

impl Finding {
    /// The tool shows the line that it complains about, and the file has it.
    fn check(&self, source: &Source<'_>) -> Result<(), String> {
        let Some(shown) = self.shown.as_deref() else {
            return Ok(());
        };
        // Long lines are cut, and tabs are shown as blanks.
        let words =
            |text: &str| -> Vec<String> { text.split_whitespace().map(str::to_owned).collect() };
        if shown.contains('…') || words(shown) == words(source.line(self.line)?) {
            return Ok(());
        }
        Err(format!("line {} is not what the log shows", self.line))
    }
}

/// One candidate for each tool that reported findings in a failed step, or
/// why not.
pub fn propose(
    transcript: &Transcript,
    cause: &Cause,
    workspace: &dyn Workspace,
    share: Share,
) -> Vec<Result<Candidate, Refusal>> {
    let mut results = Vec::new();
    for (index, step) in transcript.failed() {
        for (tool, findings) in read_step(step) {
            let all = || match share {
                Share::All => total::check(tool, findings.len(), step)
                    .and_then(|()| crate::hooks::alone(&step.output, tool)),
                Share::Some => Ok(()),
            };
            let candidate = match trust(transcript, index, cause) {
                Ok(trust) if trust.believes(tool) => all()
                    .and_then(|()| build(tool, findings, share, &trust, workspace))
                    .and_then(|candidate| candidate.without_used_imports(&trust)),
                Ok(_) => continue,
                Err(refusal) => Err(refusal),
            };
            results.push(candidate.map_err(|refusal| refusal.of(tool)));
        }
    }
    results
}

/// Tools that report something in a step, with what they report.
fn read_step(step: &Step) -> Vec<(Tool, Vec<Finding>)> {
    let readings = read::READERS.iter().map(|(tool, read)| (*tool, read(step)));
    readings
        .filter(|(_, findings)| !findings.is_empty())
        .collect()
}

fn build(
    tool: Tool,
    mut findings: Vec<Finding>,
    share: Share,
    trust: &Trust,
    workspace: &dyn Workspace,
) -> Result<Candidate, Refusal> {
    if findings.len() > MAX_MENDED {
        let text = format!("it reports more than {MAX_MENDED} findings");
        return Err(Refusal(text));
    }
    if tool == Tool::Tsc {
        typescript::find_exports(&mut findings, workspace);
        typescript::find_modules(&mut findings, workspace);
    }
    if tool == Tool::Javac {
        java::find_classes(&mut findings, workspace);
    }
    if share == Share::Some {
        findings.retain(|finding| knows(tool, finding));
    }
    if let Some(finding) = findings.iter().find(|finding| !knows(tool, finding)) {
        let what = if finding.code.is_empty() {
            &finding.message
        } else {
            &finding.code
        };
        let line = finding.log_line;
        return Err(Refusal(format!("it also reports {what} (log line {line})")));
    }
    let lines = || findings.iter().map(|finding| finding.log_line);
    let log = (lines().min().unwrap_or(1), lines().max().unwrap_or(1));
    let total = findings.len();
    let mut files: BTreeMap<String, Mending> = BTreeMap::new();
    for finding in findings {
        let file = files.entry(finding.path.clone());
        let findings = Vec::new();
        let mending = Mending {
            tool,
            findings,
            share,
        };
        file.or_insert(mending).findings.push(finding);
    }
    let wanted = files
        .iter()
        .map(|(path, mending)| (path.as_str(), mending as &dyn Fix));
    let files = fit(tool, wanted, workspace)?;
    let confidence = match (trust.is_direct(), tool.reads_code()) {
        // Make speaks before anything that it runs.
        (false, _) if tool == Tool::Make => CODE,
        (false, _) => INDIRECT,
        (true, true) => CODE,
        (true, false) => LAYOUT,
    };
    Ok(Candidate {
        strategy: NAME,
        title: format!("mend what {} reports in {}", tool.name(), naming(&files)),
        rationale: rationale(tool, &files, total, log),
        confidence,
        files,
        log: Some(log),
        approval: false,
        proven: None,
    })
}

fn rationale(tool: Tool, files: &[FileChange], findings: usize, log: (u64, u64)) -> String {
    let mut text = format!(
        "{} failed with findings of rules that have one remedy each ({findings} of them, log lines \
         {} to {}). Each is mended where it was named, in {}:\n",
        tool.name(),
        log.0,
        log.1,
        count(files.len()),
    );
    for file in files {
        text.push_str(&format!("- {}\n", file.path));
    }
    text.push_str("Each place held what the rule complains about; nothing else changes.");
    text
}

/// Whether there is a remedy, as far as the finding alone tells.
fn knows(tool: Tool, finding: &Finding) -> bool {
    match tool {
        Tool::Flake8 | Tool::Pycodestyle | Tool::Pydocstyle | Tool::RuffCheck => {
            python::knows(finding)
        }
        Tool::Pylint => pylint::knows(finding),
        Tool::Mypy | Tool::Pyright => types::knows(finding),
        Tool::Tsc => typescript::knows(finding),
        Tool::Go => golang::knows(finding),
        Tool::Yamllint => yaml::knows(finding),
        Tool::Markdownlint => markdown::knows(finding),
        Tool::Hadolint => docker::knows(finding),
        Tool::Eslint => eslint::knows(finding),
        Tool::Shellcheck => shell::knows(finding),
        Tool::Gcc => cpp::knows(finding),
        Tool::Javac => java::knows(finding),
        Tool::Make => makefile::knows(finding),
        _ => false,
    }
}

/// What is to be mended in one file.
struct Mending {
    tool: Tool,
    findings: Vec<Finding>,
    share: Share,
}

impl Mending {
    /// What has to be seen together: several imports that are missing go to one
    /// place, and a line that moves takes others with it.
    fn mend_together(
        &self,
        path: &str,
        source: &Source<'_>,
        edits: &mut Edits,
    ) -> Result<(), String> {
        match self.tool {
            tool if tool.reads_python() => {
                let whole = self.share == Share::All;
                let can = |one: &&Finding| whole || python::can_be_grouped(one, source);
                let findings: Vec<Finding> = self.findings.iter().filter(can).cloned().collect();
                python::mend_groups(&findings, source, edits)
            }
            Tool::Yamllint => yaml::mend_indentation(&self.findings, source, edits),
            Tool::Go => golang::mend_imports(&self.findings, source, edits),
            Tool::Javac => java::mend_imports(&self.findings, source, edits),
            Tool::Gcc => cpp::mend_all(&self.findings, self.share, source, edits),
            Tool::Tsc => typescript::mend_exports(path, &self.findings, source, edits),
            Tool::Eslint => {
                eslint::imports::mend(&self.findings, source, edits);
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

impl Mending {
    /// A line that one finding wants in two and another somewhere else: what
    /// comes of both the tool does not say.
    fn split_and_moved(&self) -> Option<u64> {
        let all = || self.findings.iter();
        let splits = all().filter(|finding| matches!(finding.code.as_str(), "E701" | "E702"));
        let moved =
            |line: u64| all().any(|other| other.line == line && other.code.starts_with("E1"));
        splits.map(|finding| finding.line).find(|line| moved(*line))
    }
}

impl Mending {
    fn mend(
        &self,
        finding: &Finding,
        source: &Source<'_>,
        edits: &mut Edits,
    ) -> Result<(), String> {
        finding.check(source)?;
        let mended = match self.tool {
            Tool::Flake8 | Tool::Pycodestyle | Tool::Pydocstyle | Tool::RuffCheck => {
                python::mend(finding, source, edits)
            }
            Tool::Pylint => pylint::mend(finding, source, edits),
            Tool::Mypy | Tool::Pyright => types::mend(finding, source, edits),
            Tool::Tsc => typescript::mend(finding, source, edits),
            Tool::Go => golang::mend(finding, source, edits),
            Tool::Yamllint => yaml::mend(finding, source, edits),
            Tool::Markdownlint => markdown::mend(finding, source, edits),
            Tool::Hadolint => docker::mend(finding, source, edits),
            Tool::Eslint => eslint::mend(finding, source, edits),
            Tool::Shellcheck => shell::mend(finding, source, edits),
            Tool::Javac => java::mend(finding, source, edits),
            Tool::Make => makefile::mend(finding, source, edits),
            // All errors of a file are seen together.
            Tool::Gcc => Ok(()),
            _ => Err("no rule of this tool is known".into()),
        };
        mended.map_err(|why| format!("{} in line {}: {why}", finding.code, finding.line))
    }

    fn edited(&self, path: &str, source: &Source<'_>) -> Result<Vec<u8>, String> {
        let mut edits = Edits::default();
        self.mend_together(path, source, &mut edits)?;
        if let Some(line) = self.split_and_moved() {
            return Err(format!("line {line} is to be split and to be moved"));
        }
        for finding in &self.findings {
            if !covered(finding, &self.findings) {
                self.mend(finding, source, &mut edits)?;
            }
        }
        self.written(path, edits.apply(source)?)
    }

    /// What can be done of it; of two edits that meet, the first.
    fn edited_in_part(&self, path: &str, source: &Source<'_>) -> Result<Vec<u8>, String> {
        let mut edits = Edits::default();
        if self.mend_together(path, source, &mut edits).is_err() {
            edits = Edits::default();
        }
        let together = edits.clone();
        for finding in &self.findings {
            let mut more = edits.clone();
            if self.mend(finding, source, &mut more).is_ok() && more.fit(finding.line, source) {
                edits = more;
            }
        }
        let lines = edits.apply(source).or_else(|_| together.apply(source))?;
        self.written(path, lines)
    }

    /// The file, and without the imports that nothing uses.
    fn written(&self, path: &str, lines: Vec<Option<String>>) -> Result<Vec<u8>, String> {
        let unused = python::unused_imports(self.tool, &self.findings);
        match unused.is_empty() {
            true => Ok(joined(lines)),
            false => crate::suggestion::without_imports(path, lines, &unused),
        }
    }
}

impl Fix for Mending {
    fn fix(&self, path: &str, file: &[u8]) -> Result<Fixed, String> {
        let source = Source::parse(file)?;
        let whole = self.edited(path, &source);
        let bytes = match self.share {
            Share::All => whole,
            Share::Some => whole.or_else(|_| self.edited_in_part(path, &source)),
        };
        Ok(Fixed::in_place(bytes?))
    }

    fn is_optional(&self) -> bool {
        self.share == Share::Some
    }
}

/// Whether what mends another finding mends this one, too: the line is written
/// anew.
fn covered(finding: &Finding, all: &[Finding]) -> bool {
    all.iter().any(|other| {
        let same_line = other.line == finding.line;
        match (other.code.as_str(), finding.code.as_str()) {
            // Who no longer prints what a command gives does not quote it.
            ("SC2045", "SC2035") => same_line,
            ("SC2005" | "SC2045", "SC2046" | "SC2006" | "SC2045") | ("SC2046", "SC2006") => {
                same_line && other.column == finding.column && other.code != finding.code
            }
            ("E401", code) => same_line && matches!(code, "E231" | "E203" | "E241"),
            ("dot-notation", code) => {
                same_line && other.column == finding.column && code.ends_with("quotes")
            }
            _ => false,
        }
    })
}

/// A name that is imported wrongly is used wrongly, too: every use of it
/// becomes the other name, which the file must not have yet.
fn rename_everywhere(
    wrong: &str,
    right: &str,
    source: &Source<'_>,
    edits: &mut Edits,
) -> Result<(), String> {
    for (number, line) in source.lines() {
        for (at, _) in line.match_indices(right) {
            if name_at(line, at) == right {
                return misfit("a file without the right name");
            }
        }
        for (at, _) in line.match_indices(wrong) {
            if name_at(line, at) != wrong {
                continue;
            }
            // A member of something else, or a text.
            if line[..at].ends_with(['.', '\'', '"', '`', '/'])
                || line[at + wrong.len()..].starts_with(['\'', '"', '`'])
            {
                return misfit("a file that uses the name for this alone");
            }
            edits.replace(number, at, at + wrong.len(), right);
        }
    }
    Ok(())
}

/// Where the rule has no place to look at.
fn misfit<T>(what: &str) -> Result<T, String> {
    Err(format!("the place is not {what}"))
}

/// Where the finding is in its line.
fn offset(finding: &Finding, source: &Source<'_>) -> Result<usize, String> {
    let column = finding.column.ok_or("no column is given")?;
    source.offset(finding.line, column)
}

fn is_name(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// The name that begins at an offset, where one does.
fn name_at(line: &str, offset: usize) -> &str {
    let rest = line.get(offset..).unwrap_or_default();
    let inside = line[..offset.min(line.len())].ends_with(is_name);
    let end = rest.find(|letter| !is_name(letter)).unwrap_or(rest.len());
    if inside { "" } else { &rest[..end] }
}
