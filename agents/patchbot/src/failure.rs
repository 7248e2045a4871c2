//! What the task says went wrong, as far as it decides whether a strategy may
//! touch it.

use sentinel_sdk::{Failure, FailureClass, RepairTask};

use crate::command::{Role, commands, role};
use crate::push::Push;
use crate::tool::Tool;
use crate::transcript::Transcript;

/// All failures of one cause.
#[derive(Debug, Clone, Default)]
pub struct Cause {
    blamed: Vec<Blamed>,
    /// The failed command where the task states it, or the log shows it.
    pub command: Option<String>,
    /// What the push changed, where the host says.
    pub push: Option<Push>,
    /// The lines that a person would point at.
    pub key_lines: Vec<String>,
    /// Their words.
    telling: Vec<Vec<String>>,
}

#[derive(Debug, Clone)]
struct Blamed {
    /// Lower case.
    tool: Option<String>,
    /// A class that a formatter's or linter's finding may have.
    layout: bool,
    /// A class that a compiler's or type checker's finding may have.
    code: bool,
    /// A class that a program which does not start may have.
    runs: bool,
}

impl Cause {
    /// Takes what matters from a task.
    pub fn new(task: &RepairTask) -> Self {
        let stated = task.command.clone();
        let shown = || {
            task.failures
                .iter()
                .find_map(|failure| failure.command.clone())
        };
        Cause {
            blamed: task.failures.iter().map(blamed).collect(),
            command: stated.or_else(shown),
            push: None,
            key_lines: task
                .failures
                .iter()
                .flat_map(|failure| &failure.key_lines)
                .map(|line| line.text.clone())
                .collect(),
            telling: task
                .failures
                .iter()
                .flat_map(|failure| &failure.key_lines)
                .filter(|line| !is_verdict(&line.text))
                .map(|line| telling_words(&line.text))
                .filter(|words| !words.is_empty())
                .collect(),
        }
    }

    /// Whether this cause may be what `tool` complains about. Where the
    /// analyser blames another tool, it is not.
    pub fn allows(&self, tool: Tool) -> bool {
        self.blamed.is_empty() || self.blamed.iter().any(|blamed| blamed.allows(tool))
    }

    /// What the same command fails with once this is mended: nobody knows yet
    /// which of its tools that is.
    pub fn uncovered(&self) -> Self {
        Cause {
            blamed: Vec::new(),
            ..self.clone()
        }
    }

    /// Whether it is of a class that a formatter or linter may find.
    pub fn is_layout(&self) -> bool {
        self.blamed.iter().any(|blamed| blamed.layout)
    }

    /// Whether it is of a class that a missing dependency may show as.
    pub fn may_lack_a_module(&self) -> bool {
        self.blamed.is_empty()
            || self
                .blamed
                .iter()
                .any(|blamed| blamed.layout || blamed.runs)
    }

    /// Whether a command that was run again shows this failure: one of its
    /// lines, whatever the paths and the numbers. Where none is known, any
    /// failure is taken for it.
    pub fn shows_in(&self, printed: &Transcript) -> bool {
        if self.telling.is_empty() {
            return true;
        }
        let lines = printed.failed().flat_map(|(_, step)| step.output.lines());
        let mut lines = lines.map(|line| telling_words(&String::from_utf8_lossy(line.text)));
        lines.any(|line| self.telling.iter().any(|telling| alike(telling, &line)))
    }

    /// The tools the analyser blames.
    pub fn tools(&self) -> impl Iterator<Item = Tool> {
        Tool::all().filter(|tool| {
            let called = |blamed: &Blamed| {
                blamed
                    .tool
                    .as_deref()
                    .is_some_and(|name| tool.is_called(name))
            };
            self.blamed.iter().any(called)
        })
    }
}

fn blamed(failure: &Failure) -> Blamed {
    let layout = match failure.class {
        FailureClass::Format
        | FailureClass::Lint
        | FailureClass::Lockfile
        | FailureClass::ConfigOrWorkflowSyntax
        | FailureClass::Unknown
        | FailureClass::Other(_) => true,
        FailureClass::Compile
        | FailureClass::TypeCheck
        | FailureClass::TestFailure
        | FailureClass::DependencyResolution
        | FailureClass::FlakyOrInfraNetwork
        | FailureClass::Timeout
        | FailureClass::OomOrDisk
        | FailureClass::PermissionOrSecret
        | FailureClass::DockerBuild
        | FailureClass::Deployment => false,
    };
    Blamed {
        tool: failure.tool.as_ref().map(|tool| tool.trim().to_lowercase()),
        layout,
        code: matches!(
            failure.class,
            FailureClass::Compile | FailureClass::TypeCheck
        ),
        runs: matches!(
            failure.class,
            FailureClass::Compile
                | FailureClass::TypeCheck
                | FailureClass::TestFailure
                | FailureClass::DependencyResolution
                | FailureClass::DockerBuild
        ),
    }
}

/// What a CI system says of a step's end; a command that is run again does not.
fn is_verdict(line: &str) -> bool {
    let text = line.trim_start_matches("##[error]");
    let text = text.strip_prefix("Error: ").unwrap_or(text);
    [
        "Process completed with exit code",
        "ERROR: Job failed",
        "Bash exited with code",
    ]
    .iter()
    .any(|start| text.starts_with(start))
}

/// The words of a line that are the same on every machine: no paths, no
/// numbers.
fn telling_words(line: &str) -> Vec<String> {
    /// Words of a line that are compared; the first say what it is.
    const MAX_WORDS: usize = 24;
    line.split_whitespace()
        .filter(|word| !word.contains(['/', '\\']) && !word.contains(|c: char| c.is_ascii_digit()))
        .filter(|word| word.chars().any(char::is_alphabetic))
        .take(MAX_WORDS)
        .map(str::to_lowercase)
        .collect()
}

/// Whether most words of both are the same, or one is the other's beginning:
/// the analyser cuts long lines.
fn alike(one: &[String], two: &[String]) -> bool {
    const TELLING: usize = 4;
    if one.len() >= TELLING && two.starts_with(&one[..one.len() - 1]) {
        return true;
    }
    let same = one.iter().filter(|word| two.contains(word)).count();
    same > 0 && same * 10 >= one.len().max(two.len()) * 6
}

impl Blamed {
    fn allows(&self, tool: Tool) -> bool {
        if tool.reads_code() && self.code {
            return true;
        }
        let Some(name) = self.tool.as_deref() else {
            return self.layout;
        };
        if Tool::all().any(|other| other.is_called(name) && other.writes_like(tool)) {
            return true;
        }
        // These two run others, or show what others did.
        if matches!(tool, Tool::PreCommit | Tool::GitDiff) {
            return self.layout;
        }
        let words = commands(&[name.to_owned()]);
        let known = words.first().map(role);
        self.layout && !matches!(known, Some(Role::Tool(other)) if !runs_others(other))
    }
}

fn runs_others(tool: Tool) -> bool {
    matches!(tool, Tool::PreCommit | Tool::GitDiff | Tool::GitCheck)
}
