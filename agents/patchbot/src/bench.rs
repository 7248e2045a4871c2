//! Where candidates are tried: the failed command, run again.
//!
//! A candidate is proven when the command failed on the tree as it is, with
//! what the log shows, and passes with the candidate. Without a runner, or
//! where the failure does not show again, nothing is proven and nothing is
//! disproved.

use std::cell::Cell;

use sentinel_sdk::Edit;
use sentinel_sdk::runner::{Command, RunResult};
use tools::{program_at, split_id};

use crate::command::{Role, commands, role};
use crate::failure::Cause;
use crate::limits::MAX_RUNS;
use crate::runner::Runner;
use crate::transcript::Transcript;

/// The failed command, and those that mend what it complains about.
pub struct Bench<'a> {
    runner: &'a dyn Runner,
    check: Command,
    /// In the order of the host.
    pub twins: Vec<Command>,
    /// Twins that record anew what the command compares with.
    pub recorders: Vec<Command>,
    runs: Cell<usize>,
}

/// What the failed command does without a change.
pub enum Baseline<'a> {
    /// It fails with what the log shows, and printed this.
    Fails(Bench<'a>, Transcript),
    /// It passes: the failure is not one of this tree alone.
    Passes,
}

impl<'a> Bench<'a> {
    /// The bench of this failure; the reason where it cannot be tried here.
    pub fn open(
        runner: &'a dyn Runner,
        transcript: &Transcript,
        cause: &Cause,
    ) -> Result<Baseline<'a>, String> {
        let offered = runner
            .commands()
            .map_err(|error| format!("commands cannot be run here: {error:?}"))?;
        let check = failed_command(&offered, transcript, cause)
            .ok_or("none of the commands that may be run is the one that failed")?;
        let of_check =
            |command: &&Command| split_id(&command.id).is_some_and(|(id, _)| id == check.id);
        let twins = offered.iter().filter(of_check).cloned();
        let records = |twin: &Command| split_id(&twin.id).is_some_and(|(_, tool)| tool.records());
        let (recorders, twins) = twins.partition(records);
        let bench = Bench {
            runner,
            check: check.clone(),
            twins,
            recorders,
            runs: Cell::new(0),
        };
        let result = bench.check(&[])?;
        match result.exit {
            Some(0) => Ok(Baseline::Passes),
            // What a shell says of a program that is not there or no program.
            Some(126 | 127) | None => Err(format!(
                "`{}` does not run here, so nothing was tried",
                bench.shown()
            )),
            Some(_) => {
                let printed = bench.transcript(&result);
                if cause.shows_in(&printed) {
                    Ok(Baseline::Fails(bench, printed))
                } else {
                    Err(format!(
                        "`{}` fails here in another way than in the log",
                        bench.shown()
                    ))
                }
            }
        }
    }

    /// Runs the failed command with these edits.
    pub fn check(&self, edits: &[Edit]) -> Result<RunResult, String> {
        self.run(&self.check.id, edits)
    }

    /// Runs a command with these edits.
    pub fn run(&self, command: &str, edits: &[Edit]) -> Result<RunResult, String> {
        let runs = self.runs.get();
        if runs == MAX_RUNS {
            return Err(format!(
                "no more than {MAX_RUNS} commands are run for one failure"
            ));
        }
        self.runs.set(runs + 1);
        let result = self.runner.run(command, edits);
        result.map_err(|error| format!("{command} was not run: {error:?}"))
    }

    /// What a run printed, as the step it stands for.
    pub fn transcript(&self, result: &RunResult) -> Transcript {
        let script = script(&self.check.argv);
        Transcript::of_run(script, &[&result.stdout, &result.stderr])
    }

    /// The failed command, for people.
    pub fn shown(&self) -> String {
        self.check.argv.join(" ")
    }
}

/// The command among those offered that failed: the one that the log names, or
/// that runs the tool the analyser blames, or the only one.
fn failed_command<'c>(
    offered: &'c [Command],
    transcript: &Transcript,
    cause: &Cause,
) -> Option<&'c Command> {
    let checks = || {
        offered
            .iter()
            .filter(|command| split_id(&command.id).is_none())
    };
    let mut failed: Vec<Vec<String>> = Vec::new();
    let stated: Vec<String> = cause.command.iter().cloned().collect();
    let scripts = transcript.failed().map(|(_, step)| &step.script);
    for script in std::iter::once(&stated).chain(scripts) {
        failed.extend(commands(script).into_iter().map(|command| command.words));
    }
    let named = |command: &&Command| {
        let own = commands(&script(&command.argv));
        !own.is_empty() && own.iter().all(|own| failed.contains(&own.words))
    };
    if let Some(command) = checks().find(named) {
        return Some(command);
    }
    let blamed: Vec<Role> = cause.tools().map(Role::Tool).collect();
    let runs_it = |command: &&Command| {
        let own = commands(&script(&command.argv));
        own.iter().any(|own| blamed.contains(&role(own)))
    };
    let mut running = checks().filter(runs_it);
    if let (Some(command), None) = (running.next(), running.next()) {
        return Some(command);
    }
    let mut all = checks();
    all.next().filter(|_| all.next().is_none())
}

/// An argv as the lines of a script.
fn script(argv: &[String]) -> Vec<String> {
    let start = program_at(argv).min(argv.len());
    let told = matches!(argv.get(start).map(String::as_str), Some("sh" | "bash"));
    match argv.last().filter(|_| told && argv.len() > start + 1) {
        Some(script) => script.lines().map(str::to_owned).collect(),
        None => vec![
            argv.iter()
                .map(|word| quoted(word))
                .collect::<Vec<_>>()
                .join(" "),
        ],
    }
}

fn quoted(word: &str) -> String {
    let plain = |letter: char| letter.is_alphanumeric() || "-_./=:@+,%".contains(letter);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', ""))
    }
}
