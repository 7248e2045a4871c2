//! Reports that tools wrote beside the log: SARIF and JUnit XML. They are as
//! hostile as any log: read in bounded memory, never trusted to end.

use std::io::{self, BufReader, Read};

use sentinel_sdk::{Attribute, Failure, FailureClass, KeyLine, Location, Severity};

use crate::fingerprint::fingerprint;
use crate::rules::class_name;

mod junit;
mod sarif;

/// Of a report this much is read, in bytes.
const MAX_REPORT_BYTES: u64 = 16 << 20;

/// Findings kept of one report: a person reads the first.
const MAX_FINDINGS: usize = 12;

/// Of one text this much is kept, in bytes.
const MAX_TEXT: usize = 600;

/// A tool that says in so many words what is wrong is rarely misread; whether
/// that failed the job is not in the report.
const CONFIDENCE: f64 = 0.85;

/// What a report's format is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Sarif,
    Junit,
}

/// One thing that a report says is wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Finding {
    tool: String,
    /// The rule, or the test's name.
    name: String,
    message: String,
    path: Option<String>,
    line: Option<u32>,
    column: Option<u32>,
    /// The line in the report where it begins, 1-based.
    at: u64,
}

/// Reads a report called `source` into failures, the first finding first. A
/// report that breaks off yields what stands before the break.
pub fn read(format: Format, source: &str, report: impl Read) -> io::Result<Vec<Failure>> {
    let report = BufReader::new(report.take(MAX_REPORT_BYTES));
    let findings = match format {
        Format::Sarif => sarif::read(report)?,
        Format::Junit => junit::read(report)?,
    };
    let failure = |finding| failure(format, source, finding);
    Ok(findings.into_iter().map(failure).collect())
}

fn failure(format: Format, source: &str, finding: Finding) -> Failure {
    let class = match format {
        Format::Sarif => class_of_tool(&finding.tool),
        Format::Junit => FailureClass::TestFailure,
    };
    let text = match finding.name.as_str() {
        "" => finding.message.clone(),
        name => format!("{name}: {}", finding.message),
    };
    let path = finding.path.as_deref();
    Failure {
        fingerprint: fingerprint(class_name(&class), &finding.tool, &text, path),
        severity: match class {
            FailureClass::TestFailure => Severity::High,
            _ => Severity::Low,
        },
        confidence: CONFIDENCE,
        key_lines: vec![KeyLine {
            number: finding.at,
            text,
        }],
        command: None,
        location: finding.path.map(|path| Location {
            path,
            line: finding.line,
            column: finding.column,
        }),
        attributes: vec![Attribute {
            // The key line's number counts in this file, not in the log.
            key: "source".to_owned(),
            value: source.to_owned(),
        }],
        tool: (!finding.tool.is_empty()).then_some(finding.tool),
        class,
    }
}

/// What a tool that writes SARIF looks for; most of them are linters.
fn class_of_tool(tool: &str) -> FailureClass {
    const TYPES: [&str; 5] = ["mypy", "pyright", "tsc", "psalm", "sorbet"];
    const COMPILERS: [&str; 5] = ["gcc", "gnu c", "clang", "msvc", "rustc"];
    let tool = tool.to_ascii_lowercase();
    let is = |names: &[&str]| names.iter().any(|name| tool.starts_with(name));
    if is(&TYPES) {
        FailureClass::TypeCheck
    } else if is(&COMPILERS) && !tool.contains("tidy") && !tool.contains("format") {
        FailureClass::Compile
    } else {
        FailureClass::Lint
    }
}

/// Adds what reports say to what the log says. A finding that a failure of
/// the log speaks of lends it its place; others come behind.
pub fn join(failures: &mut Vec<Failure>, reported: Vec<Failure>) {
    for next in reported {
        let known = failures.iter_mut().find(|known| speaks_of(known, &next));
        match known {
            Some(known) if known.location.is_none() => known.location = next.location,
            Some(_) => {}
            None => failures.push(next),
        }
    }
}

/// Whether a failure's lines hold a finding's test, rule or message.
fn speaks_of(known: &Failure, finding: &Failure) -> bool {
    /// Shorter names are words that occur anywhere, in bytes.
    const MIN_NAME: usize = 8;
    let Some(said) = finding.key_lines.first().map(|line| line.text.as_str()) else {
        return false;
    };
    let (name, message) = said.split_once(": ").unwrap_or((said, said));
    // Log and report do not qualify names alike: the last part is common.
    let name = name.rsplit(['.', ':', ' ', '/']).next().unwrap_or(name);
    let holds = |text: &str, part: &str| part.len() >= MIN_NAME && text.contains(part);
    known.fingerprint == finding.fingerprint
        || known
            .key_lines
            .iter()
            .any(|line| holds(&line.text, name) || holds(&line.text, message))
}

/// The front of a text, whole characters, on one line.
fn cut(text: &str) -> String {
    let mut end = text.len().min(MAX_TEXT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let line = text[..end].lines().map(str::trim);
    line.filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}
