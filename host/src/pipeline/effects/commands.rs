//! The capability `runner`: which commands a task may run, and running one.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::Semaphore;

use super::super::Scene;
use crate::command::{self, Derived, Listed, MAX_FILE_BYTES, Situation};
use crate::effect::{Command, Failed, RunResult};
use crate::failure::Attribute;
use crate::grant::{Effect, Grant, Permit};
use crate::ids::Repository;
use crate::patch::path::RepoPath;
use crate::proposal::Edit;
use crate::redact::Redactor;
use crate::runner::{Order, Ran, RunError, Runner, Settings, Source, Stop};
use crate::sandbox::Workspace;
use crate::tree::{Tree, read};

/// Workflow files that are looked at.
const MAX_WORKFLOWS: usize = 64;

/// Where GitHub looks for workflows, and GitLab for its one.
const WORKFLOWS: &str = ".github/workflows/";
const GITLAB: &str = ".gitlab-ci.yml";

/// Of an agent's id of a command this much is repeated to it, in characters.
const SHOWN_ID: usize = 64;

/// How commands are run, and what the operator lists beside the workflows'.
pub struct Commands {
    runner: Arc<Runner>,
    listed: BTreeMap<Repository, Vec<Listed>>,
    turns: Semaphore,
}

/// What one task's commands are, and what they are run on.
pub struct Bench {
    derived: Derived,
    source: Source,
    /// What CI calls the root of the tree, with its last slash; empty where its
    /// log names no file by an absolute path.
    checkout: String,
}

impl Bench {
    /// The command that failed, or why there is none to run.
    pub fn blamed(&self) -> Result<&command::Command, String> {
        let blamed = self.derived.blamed.as_deref();
        blamed.and_then(|id| self.derived.find(id)).ok_or_else(|| {
            match self.derived.refused.first() {
                Some(why) => format!("the failed command cannot be run here: {why}"),
                None => "the log names no command that failed".to_owned(),
            }
        })
    }

    /// What mends a check's findings.
    pub fn fixes<'a>(
        &'a self,
        check: &'a command::Command,
    ) -> impl Iterator<Item = &'a command::Command> {
        self.derived.fixes_of(check)
    }

    /// As the guest sees them.
    pub fn shown(&self) -> Vec<Command> {
        let all = self.derived.commands.iter().chain(&self.derived.fixes);
        let shown = all.map(|command| Command {
            id: command.id.clone(),
            argv: command.argv.clone(),
            origin: command.origin.clone(),
        });
        shown.collect()
    }
}

impl Commands {
    /// With the operator's list, by repository.
    pub fn new(
        runner: Arc<Runner>,
        settings: &Settings,
        listed: BTreeMap<Repository, Vec<Listed>>,
    ) -> Commands {
        Commands {
            runner,
            listed,
            turns: Semaphore::new(settings.at_once),
        }
    }

    /// Derives a task's commands from its tree, its failures and the list.
    pub(super) async fn bench(&self, grant: &Grant, scene: &Scene) -> Result<Bench, Failed> {
        let Some(workspace) = scene.workspace.clone() else {
            return Err(Failed::Unavailable(
                "this task has no workspace to run a command on".to_owned(),
            ));
        };
        let (grant, scene) = (grant.clone(), scene.clone());
        let listed = self.listed(grant.repository.as_ref());
        let tree = Arc::new(readable(&workspace.tree, &grant));
        blocking(move || derive(&scene, workspace, &listed, tree)).await
    }

    /// The same for the host itself, on the whole tree.
    pub async fn whole(
        &self,
        repository: Option<&Repository>,
        scene: &Scene,
    ) -> Result<Bench, String> {
        let Some(workspace) = scene.workspace.clone() else {
            return Err("there is no workspace to run a command on".to_owned());
        };
        let (scene, listed) = (scene.clone(), self.listed(repository));
        let tree = workspace.tree.clone();
        let derived = blocking(move || derive(&scene, workspace, &listed, tree)).await;
        derived.map_err(|_| "the failed command could not be derived".to_owned())
    }

    fn listed(&self, repository: Option<&Repository>) -> Vec<Listed> {
        let listed = repository.and_then(|name| self.listed.get(name));
        listed.cloned().unwrap_or_default()
    }

    /// Runs one by its id. Dropped, it ends the command.
    pub(super) async fn run(
        &self,
        bench: &Bench,
        permit: &Permit,
        id: &str,
        edits: &[Edit],
    ) -> Result<RunResult, Failed> {
        let Some(command) = bench.derived.find(id) else {
            let id: String = id.chars().take(SHOWN_ID).collect();
            return Err(Failed::NotFound(format!(
                "no command of this task has the id {id:?}; `commands` lists them"
            )));
        };
        let ran = self.execute(bench, command, edits).await;
        ran.map(|ran| told(ran, permit.budgets().bytes))
            .map_err(failed)
    }

    /// Runs a command when its turn comes. Dropped, it ends the command.
    pub async fn execute(
        &self,
        bench: &Bench,
        command: &command::Command,
        edits: &[Edit],
    ) -> Result<Ran, RunError> {
        let order = Order {
            argv: command.argv.clone(),
            shown_as: bench.checkout.clone(),
            directory: command.directory.clone(),
            env: command.env.clone(),
        };
        self.order(order, bench.source.clone(), edits.to_vec())
            .await
    }

    /// Runs a command of the host's own choice when its turn comes. Dropped, it
    /// ends the command.
    pub async fn order(
        &self,
        order: Order,
        source: Source,
        edits: Vec<Edit>,
    ) -> Result<Ran, RunError> {
        let closed = |_| RunError::Broken("the host is stopping".to_owned());
        let _turn = self.turns.acquire().await.map_err(closed)?;
        let runner = self.runner.clone();
        let stop = EndOnDrop(Stop::default());
        let listened = stop.0.clone();
        let ran = blocking(move || runner.run(&order, &source, &edits, &listened)).await;
        ran.unwrap_or_else(|_| Err(RunError::Broken("the runner panicked".to_owned())))
    }
}

/// Derives the commands; reads files.
fn derive(scene: &Scene, workspace: Workspace, listed: &[Listed], tree: Arc<Tree>) -> Bench {
    let files = workflows(&workspace);
    let job = scene.failures.iter().find_map(|failure| {
        let job = failure.attributes.iter().find(|one| one.key == "job");
        job.map(|job| job.value.clone())
    });
    let told = scene.failures.iter();
    let told = told.filter_map(|failure| failure.command.clone());
    let printed: Vec<String> = scene.stated.clone().into_iter().chain(told).collect();
    let derived = command::derive(&Situation {
        files: &files,
        job: job.as_deref(),
        printed: &printed,
        listed,
    });
    let checkout = checkout(scene, &workspace.tree).unwrap_or_default();
    let files = workspace.files;
    Bench {
        derived,
        checkout,
        source: Source { tree, files },
    }
}

/// The directory that CI checked the tree out into, as the log names it: what
/// is left of a failure's place without a file of the tree.
fn checkout(scene: &Scene, tree: &Tree) -> Option<String> {
    /// Longer ones are no directory of anybody's.
    const LONGEST: usize = 512;
    let places = scene.failures.iter().filter_map(|failure| {
        let path = &failure.location.as_ref()?.path;
        (path.len() <= LONGEST && path.starts_with('/')).then_some(path.as_str())
    });
    places.into_iter().find_map(|path| {
        // The longest ending that is a file of the tree.
        let slashes = path.match_indices('/').map(|(at, _)| at + 1);
        let mut endings = slashes.map(|at| path.split_at(at));
        endings.find_map(|(root, file)| {
            let file = RepoPath::parse(file).ok()?;
            let is_file = tree.get(&file).is_some_and(|entry| entry.kind.is_file());
            (is_file && !root.chars().any(char::is_control)).then(|| root.to_owned())
        })
    })
}

/// Whoever asked for a run has gone: nothing of it lives on.
struct EndOnDrop(Stop);

impl Drop for EndOnDrop {
    fn drop(&mut self) {
        self.0.now();
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Failed> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|panic| {
        tracing::error!(%panic, "the runner panicked");
        Failed::Unavailable("the runner broke".to_owned())
    })
}

/// The workflow files of a tree. One that cannot be read is as good as absent.
fn workflows(workspace: &Workspace) -> Vec<(String, Vec<u8>)> {
    let wanted = workspace.tree.iter().filter(|(path, entry)| {
        let yaml = path.ends_with(".yml") || path.ends_with(".yaml");
        let here = (path.starts_with(WORKFLOWS) && yaml) || *path == GITLAB;
        let small = entry.size.is_none_or(|size| size <= MAX_FILE_BYTES as u64);
        here && small && entry.kind.is_file()
    });
    let files = wanted.take(MAX_WORKFLOWS).filter_map(|(path, entry)| {
        let bytes = read(&*workspace.files, path, entry).ok()?;
        Some((path.to_owned(), bytes))
    });
    files.collect()
}

/// The part of a tree that the agent may read: a command prints what it likes,
/// and what it prints the agent reads.
fn readable(tree: &Tree, grant: &Grant) -> Tree {
    let mut readable = Tree::default();
    for (path, entry) in tree.iter() {
        if grant.authorise(Effect::Read(path)).is_ok() {
            let inserted = readable.insert(path.to_owned(), entry.clone());
            inserted.expect("it was in a tree before");
        }
    }
    readable
}

/// As the guest is told, with no more output than its budget has left.
fn told(ran: Ran, bytes: u64) -> RunResult {
    let mut attributes = vec![attribute("tier", ran.tier.as_str())];
    if let Some(why) = ran.killed {
        attributes.push(attribute("killed", why.as_str()));
    }
    if let Some(signal) = ran.signal {
        attributes.push(attribute("signal", &signal.to_string()));
    }
    attributes.extend(ran.notes.iter().map(|note| attribute("note", note)));
    let half = usize::try_from(bytes / 2).unwrap_or(usize::MAX);
    RunResult {
        exit: ran.exit,
        stdout: end(without_secrets(&ran.stdout.text()), half),
        stderr: end(without_secrets(&ran.stderr.text()), half),
        edits: ran.edits,
        attributes,
    }
}

fn attribute(key: &str, value: &str) -> Attribute {
    Attribute {
        key: key.to_owned(),
        value: value.to_owned(),
    }
}

/// What a command prints an agent reads, like any log.
fn without_secrets(printed: &[u8]) -> Vec<u8> {
    let mut redactor = Redactor::new();
    let mut out = Vec::with_capacity(printed.len());
    redactor.push(printed, &mut out);
    redactor.finish(&mut out);
    out
}

/// The last so many bytes.
fn end(mut bytes: Vec<u8>, limit: usize) -> Vec<u8> {
    let over = bytes.len().saturating_sub(limit);
    bytes.drain(..over);
    bytes
}

fn failed(error: RunError) -> Failed {
    match error {
        RunError::Broken(_) | RunError::Tree(_) => {
            tracing::warn!(%error, "a command was not run");
            Failed::Unavailable("the command was not run: the sandbox broke".to_owned())
        }
        RunError::NoSandbox(_) => {
            tracing::warn!(%error, "a command was not run");
            Failed::Unavailable(
                "not validated: no OS sandbox works on this host; `sentinel doctor` says why"
                    .to_owned(),
            )
        }
        RunError::Edit(_) | RunError::TooLarge { .. } | RunError::Unstartable(_) => {
            Failed::Unavailable(error.to_string())
        }
    }
}
