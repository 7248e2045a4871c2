//! The log as steps: what ran, what it printed, whether it failed.
//!
//! Read as a stream. Only the output of the step being read and of steps that
//! failed is in memory.

use std::io::{self, Read};

use ci_log::{Lines, Marker, split_marker};
use memchr::memmem;

use crate::limits::{
    MAX_FAILED_STEPS, MAX_KEPT_BYTES, MAX_SCRIPT_BYTES, MAX_SCRIPT_LINE, MAX_SCRIPT_LINES,
    MAX_STEPS,
};

mod output;

pub use output::{Line, Output};

/// One step of a job, or one command of a script that announces its commands.
#[derive(Debug, Default)]
pub struct Step {
    /// What ran, line by line; empty where the log does not say.
    pub script: Vec<String>,
    /// What it printed. Empty for a step that did not fail.
    pub output: Output,
    /// Whether the log says that it failed.
    pub failed: bool,
    /// Whether it is an action (`Run owner/name@ref`) and has no script.
    pub action: bool,
}

/// A log, read.
#[derive(Debug, Default)]
pub struct Transcript {
    /// In the order of the log.
    pub steps: Vec<Step>,
    /// Whether the log has a CI system's frame around its steps. Without one
    /// it is the bare output of something.
    pub framed: bool,
}

impl Transcript {
    /// Reads a log to its end.
    pub fn read(source: impl Read) -> io::Result<Self> {
        let mut lines = Lines::new(source);
        let mut reader = Reader::default();
        let mut buffer = Vec::new();
        while let Some(line) = lines.next_line()? {
            let text = ci_log::clean(line.raw, &mut buffer);
            reader.line(line.number, line.raw, text, line.cut);
        }
        Ok(reader.finish())
    }

    /// What a command that failed printed when it was run again, stream by
    /// stream.
    pub fn of_run(script: Vec<String>, streams: &[&[u8]]) -> Self {
        let mut step = Step {
            script,
            failed: true,
            ..Step::default()
        };
        let mut buffer = Vec::new();
        let mut number = 0;
        for line in streams
            .iter()
            .flat_map(|stream| stream.split(|byte| *byte == b'\n'))
        {
            number += 1;
            step.output
                .push(number, ci_log::clean(line, &mut buffer), false);
        }
        Transcript {
            steps: vec![step],
            framed: false,
        }
    }

    /// The failed steps with their place in the order; [`MAX_FAILED_STEPS`] at
    /// most.
    pub fn failed(&self) -> impl Iterator<Item = (usize, &Step)> {
        self.steps
            .iter()
            .enumerate()
            .filter(|(_, step)| step.failed)
            .take(MAX_FAILED_STEPS)
    }
}

/// Where in a step's frame the reader is.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Part {
    #[default]
    Output,
    /// Between `##[group]Run …` and `##[endgroup]`, script not ended.
    Script,
    /// After the script: `shell:`, `with:`, `env:`.
    Settings,
    /// Between Azure's `Script contents:` and its row of equal signs.
    AzureScript,
}

#[derive(Debug, Default)]
struct Reader {
    done: Transcript,
    step: Step,
    part: Part,
    title: String,
    kept: usize,
    /// Bytes of all scripts.
    scripts: usize,
    /// A GitHub frame was seen: `$ ` begins no command in it.
    github: bool,
    /// A `##[error]` was seen in this step.
    errors: bool,
}

impl Reader {
    fn line(&mut self, number: u64, raw: &[u8], text: &[u8], cut: bool) {
        let (marker, rest) = split_marker(text);
        match (marker, self.part) {
            (Some(Marker::Group), _) if rest.starts_with(b"Run ") => self.begin_run(&rest[4..]),
            (Some(Marker::Section), _) if rest.starts_with(b"Starting: ") => self.begin_task(),
            (Some(Marker::EndGroup), Part::Script | Part::Settings) => self.end_header(),
            (_, Part::Script) => self.script_line(raw, text),
            (_, Part::Settings) => {}
            (_, Part::AzureScript) => self.azure_line(text),
            (None, Part::Output) if text == b"Script contents:" => self.part = Part::AzureScript,
            (None, Part::Output) if self.ends_script(text) => self.close(),
            (None, Part::Output) if !self.github && is_prompt(text) => self.begin_prompt(text),
            _ => self.output_line(number, marker, text, cut),
        }
    }

    fn begin_run(&mut self, title: &[u8]) {
        self.close();
        self.done.framed = true;
        self.github = true;
        self.part = Part::Script;
        self.title = String::from_utf8_lossy(title).into_owned();
    }

    fn begin_task(&mut self) {
        self.close();
        self.done.framed = true;
    }

    /// GitLab and Travis announce each command: `$ cargo fmt --check`.
    fn begin_prompt(&mut self, text: &[u8]) {
        self.close();
        self.done.framed = true;
        let command = String::from_utf8_lossy(&text[2..]).into_owned();
        // GitLab shows the first line only; the others may run anything.
        if command.ends_with("# collapsed multi-line command") {
            self.push_script(b"collapsed-lines");
        }
        self.push_script(command.as_bytes());
    }

    /// What follows is the CI system's own doing. GitLab leaves a script at
    /// its first failing command and does not say again which that was.
    fn ends_script(&mut self, text: &[u8]) -> bool {
        let gitlab = text.starts_with(b"Running after_script")
            || text.starts_with(b"Uploading artifacts for failed job")
            || text.starts_with(b"ERROR: Job failed");
        if gitlab && !self.github && !self.step.script.is_empty() {
            self.step.failed |= self.done.failed().next().is_none();
            return true;
        }
        self.github && text == b"Post job cleanup."
    }

    /// GitHub repeats the script in cyan below the group's title; where a copy
    /// of the log lost its colours, the script ends at the first setting.
    fn script_line(&mut self, raw: &[u8], text: &[u8]) {
        const CYAN: &[u8] = b"\x1b[36;1m";
        let coloured = memmem::find(raw, CYAN).is_some();
        let setting = [&b"shell: "[..], b"with:", b"env:"];
        if !coloured && setting.iter().any(|start| text.starts_with(start)) {
            self.part = Part::Settings;
        } else {
            self.push_script(text);
        }
    }

    fn azure_line(&mut self, text: &[u8]) {
        if text.starts_with(b"=====") {
            self.part = Part::Output;
        } else {
            self.push_script(text);
        }
    }

    /// What is too long to be a command stands for a program we do not know.
    fn push_script(&mut self, text: &[u8]) {
        const UNREADABLE: &str = "unreadable-line";
        let lines = self.step.script.len();
        self.scripts += text.len().min(MAX_SCRIPT_LINE);
        let readable = text.len() <= MAX_SCRIPT_LINE && self.scripts <= MAX_SCRIPT_BYTES;
        if lines < MAX_SCRIPT_LINES && readable {
            let line = String::from_utf8_lossy(text).into_owned();
            self.step.script.push(line);
        } else if self
            .step
            .script
            .last()
            .is_none_or(|line| line != UNREADABLE)
        {
            self.step.script.push(UNREADABLE.to_owned());
        }
    }

    fn end_header(&mut self) {
        self.part = Part::Output;
        let title = std::mem::take(&mut self.title);
        if self.step.script.is_empty() {
            self.step.action = is_action(&title);
            self.push_script(title.as_bytes());
        }
    }

    fn output_line(&mut self, number: u64, marker: Option<Marker>, text: &[u8], cut: bool) {
        self.errors |= marker == Some(Marker::Error);
        self.step.failed |= says_failed(text);
        self.step.output.push(number, text, cut);
    }

    fn close(&mut self) {
        if matches!(self.part, Part::Script | Part::Settings) {
            self.end_header();
        }
        self.part = Part::Output;
        let mut step = std::mem::take(&mut self.step);
        step.failed |= step.action && self.errors;
        self.errors = false;
        self.kept += if step.failed { step.output.cost() } else { 0 };
        if !step.failed || self.kept > MAX_KEPT_BYTES {
            step.output.discard();
        }
        if self.done.steps.len() < MAX_STEPS && (step.failed || !step.script.is_empty()) {
            self.done.steps.push(step);
        }
    }

    /// Where nothing says what failed, the log ends in it.
    fn finish(mut self) -> Transcript {
        let blamed = self.step.failed || self.done.failed().next().is_some();
        let candidate = !self.done.framed || !self.step.script.is_empty();
        self.step.failed |= !blamed && candidate;
        self.close();
        self.done
    }
}

/// `owner/name@ref`, `./path`, `docker://image`: what `uses:` takes.
fn is_action(title: &str) -> bool {
    let one_word = !title.contains(char::is_whitespace);
    let local = title.starts_with("./.github/") || title.starts_with("docker://");
    one_word
        && (local
            || title
                .split_once('@')
                .is_some_and(|(name, _)| name.contains('/')))
}

fn is_prompt(text: &[u8]) -> bool {
    text.len() > 2 && text.starts_with(b"$ ")
}

/// The runners' own last word on a step.
fn says_failed(text: &[u8]) -> bool {
    let (marker, rest) = split_marker(text);
    let rest = match marker {
        Some(Marker::Error) => rest,
        // A log copied from the web page shows markers as words.
        None => rest.strip_prefix(b"Error: ").unwrap_or(rest),
        _ => return false,
    };
    let code = rest
        .strip_prefix(b"Process completed with exit code ")
        .or_else(|| rest.strip_prefix(b"Bash exited with code '"))
        .or_else(|| travis_code(rest));
    code.is_some_and(|code| !code.starts_with(b"0"))
}

/// `The command "cargo fmt -- --check" exited with 1.`
fn travis_code(text: &[u8]) -> Option<&[u8]> {
    const VERDICT: &[u8] = b"\" exited with ";
    let command = text.strip_prefix(b"The command \"")?;
    let at = memmem::rfind(command, VERDICT)?;
    Some(&command[at + VERDICT.len()..])
}
