//! Checked patch → evidence: the failed command without the patch and with it.

mod locks;

use super::check::Candidate;
use super::effects::{Bench, Commands};
use super::{Agents, LogInput, RedactedLog, Scene};
use crate::command::Command;
use crate::evidence::Evidence;
use crate::ids::{Fingerprint, Repository, TaskId};
use crate::patch::ScopedPatch;
use crate::proof::{Finding, Seen, counted, judge, only_declares, proven, reproduced};
use crate::proposal::{Edit, EditContent};
use crate::redact::redact;
use crate::runner::{Ran, RunError, Tier};
use crate::sandbox::{Input, Output};

/// What became of trying to prove a patch.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Proof {
    Evidence(Evidence),
    /// The patch does not mend it: it goes nowhere.
    Disproved(String),
}

fn not_run(reason: impl Into<String>) -> Proof {
    Proof::Evidence(Evidence::NotRun {
        reason: reason.into(),
    })
}

/// A patch that passed the check, and what is known of it.
#[derive(Debug, Clone)]
pub struct Proved {
    pub candidate: Candidate,
    pub evidence: Evidence,
}

/// Patches of one task that are tried: each takes two runs and more.
const MAX_TRIED: usize = 4;

/// Tries patches in their order. Those that are proven come first, then those
/// that nothing is known of; what was disproved is gone, with the reasons.
pub async fn prove(
    agents: &Agents,
    task: &TaskId,
    repository: Option<&Repository>,
    scene: &Scene,
    candidates: Vec<Candidate>,
) -> (Vec<Proved>, Vec<String>) {
    let trial = match agents.commands() {
        Some(commands) => Some(Trial::begin(commands, agents, task, repository, scene).await),
        None => None,
    };
    let (mut proven, mut open, mut dropped) = (Vec::new(), Vec::new(), Vec::new());
    for candidate in candidates {
        let proof = match &trial {
            None => not_run("nothing is set up here to run the failed command"),
            Some(_) if !proven.is_empty() => not_run("another patch is proven"),
            Some(_) if open.len() + dropped.len() >= MAX_TRIED => {
                not_run(format!("{MAX_TRIED} patches before it were tried"))
            }
            Some(trial) => trial.prove(&candidate.patch).await,
        };
        match proof {
            Proof::Disproved(why) => dropped.push(why),
            Proof::Evidence(evidence) => {
                let into = match evidence.is_proven() {
                    true => &mut proven,
                    false => &mut open,
                };
                into.push(Proved {
                    candidate,
                    evidence,
                });
            }
        }
    }
    proven.append(&mut open);
    (proven, dropped)
}

/// The failed command of one cause, once it was run without any patch.
struct Trial<'a> {
    commands: &'a Commands,
    agents: &'a Agents,
    task: TaskId,
    failing: Vec<Fingerprint>,
    /// The command that failed here too, or why nothing can be proven.
    before: Result<Before, String>,
}

struct Before {
    bench: Bench,
    command: Command,
    tier: Tier,
    seen: Seen,
}

impl<'a> Trial<'a> {
    /// Runs the command that the log blames, once, on the tree as it failed.
    async fn begin(
        commands: &'a Commands,
        agents: &'a Agents,
        task: &TaskId,
        repository: Option<&Repository>,
        scene: &Scene,
    ) -> Trial<'a> {
        let failing = scene.failures.iter().map(|f| f.fingerprint.clone());
        let mut trial = Trial {
            commands,
            agents,
            task: task.clone(),
            failing: failing.collect(),
            before: Err("the failed command was not run".to_owned()),
        };
        trial.before = match commands.whole(repository, scene).await {
            Ok(bench) => trial.reproduce(bench).await,
            Err(why) => Err(why),
        };
        trial
    }

    async fn reproduce(&self, bench: Bench) -> Result<Before, String> {
        let command = bench.blamed()?.clone();
        let ran = self.run(&bench, &command, &[]).await?;
        let seen = self.seen("before", &command, &ran).await;
        reproduced(&seen, &self.failing)?;
        Ok(Before {
            bench,
            command,
            tier: ran.tier,
            seen,
        })
    }

    /// Proves or disproves one patch.
    async fn prove(&self, patch: &ScopedPatch) -> Proof {
        let before = match &self.before {
            Ok(before) => before,
            Err(why) => return not_run(why.clone()),
        };
        let edits = edits(patch);
        let after = match self.run(&before.bench, &before.command, &edits).await {
            Ok(after) => {
                let which = patch.result().as_str();
                self.seen(which, &before.command, &after).await
            }
            Err(why) => return not_run(why),
        };
        match judge(&before.seen, &after, &self.failing) {
            // The same command would pass where the patch's words are followed.
            Finding::Disproved(_) if after.exit != Some(0) && declares(patch) => {
                return not_run(
                    "the patch only declares what is installed elsewhere, and commands run here \
                     without a network",
                );
            }
            Finding::Disproved(why) => return Proof::Disproved(why),
            Finding::Open(why) => return not_run(why),
            Finding::Proven => {}
        }
        let locks = match self.locks(before, &edits).await {
            Ok(locks) => locks,
            Err(why) => return not_run(why),
        };
        match self.derive(before, &edits).await {
            Ok(derived) => Proof::Evidence(Evidence::Proven(proven(
                redact(&before.command.shown()).into_owned(),
                before.tier.as_str().to_owned(),
                &before.seen,
                &after,
                derived || locks,
            ))),
            Err(why) => not_run(why),
        }
    }

    /// Whether the fix mode of the command's own tool comes to the same edits;
    /// an error where it would change even more of the patched tree.
    async fn derive(&self, before: &Before, patch: &[Edit]) -> Result<bool, String> {
        let mut derived = false;
        for fix in before.bench.fixes(&before.command) {
            // What records anew makes any test pass: it is asked only about a
            // patch of what it records, and only whether it is its own.
            let recorder = tools::split_id(&fix.id).map(|(_, tool)| tool);
            let recorder = recorder.filter(|tool| tool.records());
            let its = |edit: &Edit| recorder.is_none_or(|tool| tool.may_write(&edit.path));
            if !patch.iter().all(its) {
                continue;
            }
            // A tool that breaks says nothing about a patch that is proven.
            let Ok(once) = self.run(&before.bench, fix, &[]).await else {
                continue;
            };
            let own = same(&once.edits, patch);
            derived |= own;
            if recorder.is_some() && !own {
                continue;
            }
            let Ok(again) = self.run(&before.bench, fix, patch).await else {
                continue;
            };
            let more = again.edits.len();
            if more > 0 && again.exit == Some(0) {
                return Err(format!(
                    "the command passes, but its tool would change {more} more files"
                ));
            }
        }
        Ok(derived)
    }

    async fn run(&self, bench: &Bench, command: &Command, edits: &[Edit]) -> Result<Ran, String> {
        let ran = self.commands.repeat(bench, command, edits).await;
        ran.map_err(|error| match error {
            RunError::NoSandbox(_) => {
                "no OS sandbox runs commands on this host (`sentinel doctor` says why)".to_owned()
            }
            error => redact(&error.to_string()).into_owned(),
        })
    }

    /// What a run shows to the same reader that read the failing log.
    async fn seen(&self, which: &str, command: &Command, ran: &Ran) -> Seen {
        let output = ran.stdout.text();
        let text = String::from_utf8_lossy(&output);
        Seen {
            exit: ran.exit,
            killed: ran.killed.map(|why| why.as_str().to_owned()),
            tests: counted(&text),
            changed: ran.edits.iter().map(|edit| edit.path.clone()).collect(),
            causes: match ran.exit {
                Some(0) => Vec::new(),
                Some(_) | None => {
                    let framed = framed(command, &output, ran.exit);
                    self.causes(which, &framed).await
                }
            },
        }
    }

    async fn causes(&self, which: &str, output: &[u8]) -> Vec<Fingerprint> {
        let task = TaskId::derive(&["prove", self.task.as_str(), which]);
        let log = match log(output) {
            Ok(log) => log,
            Err(error) => {
                tracing::warn!(%error, "a run's output could not be read back");
                return Vec::new();
            }
        };
        match self
            .agents
            .read_log(task, &log, Input::GitHub)
            .await
            .outcome
        {
            Ok(Output::Failures(failures)) => failures.into_iter().map(|f| f.fingerprint).collect(),
            Ok(Output::Proposals(_) | Output::Abstained(_)) => Vec::new(),
            Err(error) => {
                tracing::warn!(%error, "a run's output could not be analysed");
                Vec::new()
            }
        }
    }
}

/// A run's output with the frame of a CI step around it (GitHub's), so that its
/// reader knows which tool speaks, as it did of the failing log.
fn framed(command: &Command, output: &[u8], exit: Option<i32>) -> Vec<u8> {
    let shown = command.shown();
    let first = shown.lines().next().unwrap_or_default();
    let mut framed = format!("##[group]Run {first}\n").into_bytes();
    for line in shown.lines() {
        framed.extend_from_slice(line.as_bytes());
        framed.push(b'\n');
    }
    framed.extend_from_slice(b"##[endgroup]\n");
    framed.extend_from_slice(output);
    let code = exit.unwrap_or(1);
    let end = format!("\n##[error]Process completed with exit code {code}.\n");
    framed.extend_from_slice(end.as_bytes());
    framed
}

/// A run's output as a log that an agent may read.
fn log(output: &[u8]) -> Result<LogInput, crate::store::StoreError> {
    let broken = |source| crate::store::StoreError::Io {
        what: "keeping a command's output".into(),
        source,
    };
    let into = tempfile::NamedTempFile::new().map_err(broken)?;
    let redacted = RedactedLog::write(output, into).map_err(broken)?;
    LogInput::of(&redacted)
}

fn declares(patch: &ScopedPatch) -> bool {
    only_declares(patch.files().iter().map(|file| file.path.as_str()))
}

/// A patch as the runner takes it.
fn edits(patch: &ScopedPatch) -> Vec<Edit> {
    let edit = |file: &crate::patch::FileChange| Edit {
        path: file.path.to_string(),
        base: file
            .before
            .as_deref()
            .map(|bytes| crate::ids::Digest::of(bytes).hex()),
        content: match &file.after {
            Some(bytes) => EditContent::Write(bytes.clone()),
            None => EditContent::Delete,
        },
    };
    patch.files().iter().map(edit).collect()
}

/// The same files with the same content, in any order.
fn same(one: &[Edit], other: &[Edit]) -> bool {
    let sorted = |edits: &[Edit]| {
        let mut all: Vec<(String, Option<Vec<u8>>)> = edits
            .iter()
            .map(|edit| match &edit.content {
                EditContent::Write(bytes) => (edit.path.clone(), Some(bytes.clone())),
                EditContent::Delete => (edit.path.clone(), None),
            })
            .collect();
        all.sort();
        all
    };
    !one.is_empty() && sorted(one) == sorted(other)
}
