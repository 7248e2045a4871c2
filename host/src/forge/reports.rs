//! Reports that tools attach to a run: SARIF and JUnit XML. Names and contents
//! are whoever's who writes the workflow; a name never becomes a path here.

pub(super) mod archive;
pub(super) mod junit;

/// Reports of one run that are read.
pub const MAX_REPORTS: usize = 16;

/// Bytes of one report. Larger ones are those of whole test suites with their
/// output, which is in the log as well.
pub const MAX_REPORT_BYTES: usize = 4 * 1024 * 1024;

/// Bytes of all reports of one run.
pub const MAX_REPORTS_BYTES: usize = 16 * 1024 * 1024;

/// What was left out is named so many times.
const MAX_LEFT_OUT: usize = 50;

/// Longest name kept, in characters.
const MAX_NAME_CHARS: usize = 200;

/// What a report's format is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Sarif,
    Junit,
}

impl Format {
    /// The word for it in the contract's kinds of input.
    pub fn as_str(self) -> &'static str {
        match self {
            Format::Sarif => "sarif",
            Format::Junit => "junit",
        }
    }

    /// What a file is by its name, as tools and build systems call theirs.
    pub fn of(path: &str) -> Option<Format> {
        let path = path.to_ascii_lowercase().replace('\\', "/");
        let (folders, name) = path.rsplit_once('/').unwrap_or(("", &path));
        if name.ends_with(".sarif") || name.ends_with(".sarif.json") {
            return Some(Format::Sarif);
        }
        let of_tests = |folder: &str| {
            matches!(
                folder,
                "test-results" | "test-reports" | "surefire-reports" | "failsafe-reports"
            )
        };
        let named = name.contains("junit") || name.starts_with("test-") || is_result(name);
        let junit = name.ends_with(".xml") && (named || folders.split('/').any(of_tests));
        junit.then_some(Format::Junit)
    }
}

fn is_result(name: &str) -> bool {
    name.contains("test-results") || name.contains("test-report") || name.contains("test_results")
}

/// One report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The job it is attached to, where the CI system says.
    pub job: Option<String>,
    pub name: String,
    pub format: Format,
    pub content: Vec<u8>,
}

/// What was not fetched, and why.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct LeftOut {
    pub name: String,
    pub why: String,
}

/// What a run has of reports.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reports {
    pub found: Vec<Report>,
    pub left_out: Vec<LeftOut>,
}

/// Reports being gathered, within the limits of one run.
#[derive(Default)]
pub(super) struct Basket {
    reports: Reports,
    bytes: usize,
}

impl Basket {
    /// Takes a file if it is a report and there is room for it.
    pub fn put(&mut self, job: Option<&str>, name: &str, content: Vec<u8>) {
        let Some(format) = Format::of(name) else {
            return self.leave(name, "its name is not one of a SARIF or JUnit report");
        };
        if content.len() > MAX_REPORT_BYTES {
            return self.leave(name, &format!("it is over {MAX_REPORT_BYTES} bytes"));
        }
        if self.bytes + content.len() > MAX_REPORTS_BYTES {
            return self.leave(
                name,
                &format!("together they are over {MAX_REPORTS_BYTES} bytes"),
            );
        }
        if self.is_full() {
            return self.leave(name, &format!("there are more than {MAX_REPORTS}"));
        }
        self.bytes += content.len();
        self.reports.found.push(Report {
            job: job.map(str::to_owned),
            name: bounded(name),
            format,
            content,
        });
    }

    /// Notes what is not fetched.
    pub fn leave(&mut self, name: &str, why: &str) {
        if self.reports.left_out.len() < MAX_LEFT_OUT {
            self.reports.left_out.push(LeftOut {
                name: bounded(name),
                why: why.to_owned(),
            });
        }
    }

    pub fn is_full(&self) -> bool {
        self.reports.found.len() >= MAX_REPORTS
    }

    pub fn into_reports(self) -> Reports {
        self.reports
    }
}

/// A name for people, on one line.
fn bounded(name: &str) -> String {
    let visible = name.chars().map(|c| if c.is_control() { '?' } else { c });
    visible.take(MAX_NAME_CHARS).collect()
}
