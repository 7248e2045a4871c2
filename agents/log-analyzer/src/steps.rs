//! Which step a line belongs to, what was run there, and whether it failed:
//! told from the markers that the CI systems print.

use ci_log::{Marker, split_marker};

use crate::excerpt::Excerpt;
use ending::{Ended, Ending};

mod ending;

/// One step of a job, or one command where the CI system marks those.
#[derive(Debug, Clone, Default)]
pub struct Step {
    /// Index of its first kept line, and of the last.
    pub first: usize,
    pub last: usize,
    pub job: Option<String>,
    pub name: Option<String>,
    /// Index of the last line that shows what it runs.
    pub shown: usize,
    /// What it runs, as the log shows it, one entry a line.
    pub script: Vec<String>,
    /// Whether a marker says that it failed.
    pub failed: bool,
    /// The command that a marker behind it names as the failed one.
    pub blamed: Option<String>,
    /// The line that says how it ended.
    pub marker: Option<usize>,
}

/// All steps of a log in their order; never empty.
pub struct Steps {
    pub steps: Vec<Step>,
    /// What the log says of the whole.
    pub outcome: Outcome,
}

/// How a job ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The log's end says that all went well.
    Passed,
    /// The log is whole, of a CI system that marks failed steps, and none is.
    /// (A container that fails is not always marked.)
    NothingMarked,
    /// A step failed, or the log does not say.
    Unknown,
}

/// More steps are taken for one: a hostile log prints nothing else.
const MAX_STEPS: usize = 2000;

/// Lines of a script that are kept, and bytes of each.
const MAX_SCRIPT_LINES: usize = 60;
const MAX_SCRIPT_LINE: usize = 400;

impl Steps {
    /// Reads the markers of a log.
    pub fn of(excerpt: &Excerpt) -> Self {
        let mut reading = Reading::new(excerpt);
        for index in 0..excerpt.len() {
            reading.line(index);
        }
        reading.finish()
    }

    /// The step of a kept line.
    pub fn of_line(&self, index: usize) -> usize {
        let behind = self.steps.partition_point(|step| step.first <= index);
        behind.saturating_sub(1)
    }

    /// Whether a kept line is what a program printed, not what ran.
    pub fn is_output(&self, index: usize) -> bool {
        let step = &self.steps[self.of_line(index)];
        index > step.shown || step.script.is_empty()
    }

    /// Whether the log marks any step as failed.
    pub fn any_failed(&self) -> bool {
        self.steps.iter().any(|step| step.failed)
    }
}

struct Reading<'a> {
    excerpt: &'a Excerpt,
    steps: Vec<Step>,
    columns: std::iter::Peekable<std::slice::Iter<'a, (usize, String, String)>>,
    job: Option<String>,
    /// Inside the group that shows a step's script.
    in_script: bool,
    /// The first step behind the last one whose end was told.
    open: usize,
    /// Whether a marker of the CI system itself tells of a failure.
    job_failed: bool,
    ending: Ending,
}

impl<'a> Reading<'a> {
    fn new(excerpt: &'a Excerpt) -> Self {
        Reading {
            excerpt,
            steps: vec![Step::default()],
            columns: excerpt.columns.iter().peekable(),
            job: None,
            in_script: false,
            open: 0,
            job_failed: false,
            ending: Ending::default(),
        }
    }

    fn line(&mut self, index: usize) {
        self.note_column(index);
        let (marker, text) = split_marker(self.excerpt.text(index));
        match marker {
            Some(Marker::Group) => self.group(index, text),
            Some(Marker::EndGroup) => self.end_group(index),
            Some(Marker::Section) => self.section(index, text),
            Some(Marker::Error) => self.error(index),
            _ if self.in_script => self.script_line(text),
            _ => self.plain(index, text),
        }
    }

    fn note_column(&mut self, index: usize) {
        while let Some((_, job, step)) = self.columns.next_if(|column| column.0 <= index) {
            let unknown = step == "UNKNOWN STEP";
            self.job = Some(job.clone());
            self.begin(index, (!unknown).then(|| step.clone()));
        }
    }

    fn group(&mut self, index: usize, text: &[u8]) {
        let Some(name) = text.strip_prefix(b"Run ") else {
            return;
        };
        let named = self.column_name();
        self.begin(index, Some(named.unwrap_or_else(|| shown(name))));
        self.in_script = true;
        // A step that uses an action shows its reference, not a command.
        self.script_line(name);
    }

    fn end_group(&mut self, index: usize) {
        let step = self.current();
        // The first group of a step shows what it runs and with what settings.
        if step.shown == step.first && !step.script.is_empty() {
            step.shown = index;
        }
        self.in_script = false;
    }

    /// The name that the step columns give to the step that runs now.
    fn column_name(&self) -> Option<String> {
        let columns = !self.excerpt.columns.is_empty();
        self.steps.last().filter(|_| columns)?.name.clone()
    }

    fn section(&mut self, index: usize, text: &[u8]) {
        if let Some(name) = text.strip_prefix(b"Starting: ") {
            self.begin(index, Some(shown(name)));
        }
    }

    fn error(&mut self, index: usize) {
        self.in_script = false;
        self.job_failed = true;
        self.current().failed = true;
        self.current().marker = Some(index);
    }

    fn script_line(&mut self, text: &[u8]) {
        let text = text.trim_ascii();
        let ended = ["shell: ", "env:", "with:"]
            .iter()
            .any(|end| text.starts_with(end.as_bytes()));
        if ended {
            self.in_script = false;
            return;
        }
        let line = shown(text);
        let script = &mut self.current().script;
        // The group's title repeats the first line.
        if script.len() < MAX_SCRIPT_LINES && script.last() != Some(&line) {
            script.push(line);
        }
    }

    fn plain(&mut self, index: usize, text: &[u8]) {
        if let Some(command) = text.strip_prefix(b"$ ") {
            self.begin(index, None);
            self.current().script.push(shown(command));
        } else if text == b"Post job cleanup." || text == b"Cleaning up orphan processes" {
            self.begin(index, None);
        } else if let Some(name) = text.strip_prefix(b"Complete job name: ") {
            self.job = Some(shown(name));
        } else if let Some(ended) = self.ending.read(text) {
            self.end(index, ended);
        }
    }

    /// A marker behind a command says how it went.
    fn end(&mut self, index: usize, ended: Ended) {
        self.current().marker = Some(index);
        let command = match ended {
            Ended::Failed(command) => command,
            Ended::JobFailed | Ended::ScriptFailed => {
                self.job_failed |= matches!(ended, Ended::JobFailed);
                self.current().failed = true;
                return;
            }
            Ended::Passed => {
                self.open = self.steps.len();
                return;
            }
        };
        self.job_failed = true;
        let first = self.first_of(&command);
        for step in &mut self.steps[first..] {
            step.failed = true;
            step.blamed = Some(command.clone());
        }
        self.open = self.steps.len();
    }

    /// The step that a command began: what it ran shows commands as well, and
    /// those look like steps of their own.
    fn first_of(&self, command: &str) -> usize {
        let last = self.steps.len() - 1;
        let began = |step: &Step| {
            let first = step.script.first();
            first.is_some_and(|line| !line.is_empty() && command.starts_with(line.as_str()))
        };
        let open = self.open.min(last);
        let found = self.steps[open..].iter().position(began);
        found.map_or(last, |at| open + at)
    }

    fn begin(&mut self, index: usize, name: Option<String>) {
        self.in_script = false;
        if self.steps.len() >= MAX_STEPS {
            return;
        }
        let job = self.job.clone();
        self.steps.push(Step {
            first: index,
            shown: index,
            job,
            name,
            ..Step::default()
        });
    }

    fn current(&mut self) -> &mut Step {
        let last = self.steps.len() - 1;
        &mut self.steps[last]
    }

    fn finish(mut self) -> Steps {
        let mut end = self.excerpt.len();
        for step in self.steps.iter_mut().rev() {
            step.last = end.saturating_sub(1).max(step.first);
            end = step.first;
        }
        let any_failed = self.steps.iter().any(|step| step.failed);
        let outcome = match ending::outcome(self.excerpt) {
            _ if self.job_failed => Outcome::Unknown,
            Outcome::NothingMarked if any_failed => Outcome::Unknown,
            outcome => outcome,
        };
        Steps {
            outcome,
            steps: self.steps,
        }
    }
}

fn shown(text: &[u8]) -> String {
    let text = &text[..text.len().min(MAX_SCRIPT_LINE)];
    String::from_utf8_lossy(text).trim().to_owned()
}
