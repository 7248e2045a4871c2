//! The capability `runner`: which commands a task may run, and running one.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::{OnceCell, Semaphore};

use super::super::Scene;
use super::caches::{Cached, Weight};
use super::prepare::{Prepared, Preparing, Whose, manifests};
use super::targets::told_by;
use crate::command::recipe::Files;
use crate::command::{self, Derived, Listed, MAX_FILE_BYTES, Situation};
use crate::effect::{Command, Failed, RunResult};
use crate::failure::Attribute;
use crate::grant::{Effect, Grant, Permit};
use crate::ids::Repository;
use crate::patch::path::RepoPath;
use crate::proposal::Edit;
use crate::redact::Redactor;
use crate::runner::{Around, Image, Order, Ran, RunError, Runner, Settings, Source, Stop};
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
    pub(super) runner: Arc<Runner>,
    listed: BTreeMap<Repository, Vec<Listed>>,
    pub(super) preparing: Option<Preparing>,
    images: BTreeMap<Repository, Image>,
    turns: Semaphore,
}

/// What one task's commands are, and what they are run on.
pub struct Bench {
    pub(super) derived: Derived,
    pub(super) source: Source,
    pub(super) whose: Whose,
    pub(super) prepared: OnceCell<Prepared>,
    pub(super) cached: Cached,
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

    /// Whether it is the command that failed.
    pub(super) fn is_blamed(&self, command: &command::Command) -> bool {
        self.derived.blamed.as_ref() == Some(&command.id)
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
            preparing: None,
            images: BTreeMap::new(),
            turns: Semaphore::new(settings.at_once),
        }
    }

    /// The same with prepare steps before the commands.
    pub fn preparing(self, preparing: Preparing) -> Commands {
        Commands {
            preparing: Some(preparing),
            ..self
        }
    }

    /// The same with images of the operator's for some repositories.
    pub fn in_images(self, images: BTreeMap<Repository, Image>) -> Commands {
        Commands { images, ..self }
    }

    /// The image that a task's commands run in.
    pub(super) fn image(&self, bench: &Bench) -> Option<&Image> {
        self.images.get(bench.whose.repository.as_ref()?)
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
        blocking(move || derive(&scene, workspace, &listed, tree, grant.repository.as_ref())).await
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
        let repository = repository.cloned();
        let derive = move || derive(&scene, workspace, &listed, tree, repository.as_ref());
        let derived = blocking(derive).await;
        derived.map_err(|_| "the failed command could not be derived".to_owned())
    }

    fn listed(&self, repository: Option<&Repository>) -> Given {
        let listed = repository.and_then(|name| self.listed.get(name));
        let preparing = self.preparing.as_ref();
        let prepare = repository.and_then(|name| preparing?.listed.get(name));
        Given {
            listed: listed.cloned().unwrap_or_default(),
            prepare: prepare.cloned(),
        }
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
        // What mends something makes something: that is no look.
        let weight = match tools::split_id(&command.id) {
            Some(_) => Weight::Decides,
            None => Weight::Trial,
        };
        let ran = self.in_turn(bench, command, edits, weight).await;
        ran.map(|ran| told(ran, permit.budgets().bytes))
            .map_err(failed)
    }

    /// Runs a command when its turn comes, on whose end something rests.
    /// Dropped, it ends the command.
    pub async fn execute(
        &self,
        bench: &Bench,
        command: &command::Command,
        edits: &[Edit],
    ) -> Result<Ran, RunError> {
        self.in_turn(bench, command, edits, Weight::Decides).await
    }

    /// The same as CI runs it, with both of its streams in one.
    pub async fn repeat(
        &self,
        bench: &Bench,
        command: &command::Command,
        edits: &[Edit],
    ) -> Result<Ran, RunError> {
        self.in_turn(bench, command, edits, Weight::Proves).await
    }

    async fn in_turn(
        &self,
        bench: &Bench,
        command: &command::Command,
        edits: &[Edit],
        weight: Weight,
    ) -> Result<Ran, RunError> {
        let prepared = self.prepared(bench).await;
        let runner = self.runner.clone();
        // Found out by running something, the first time.
        let tier = blocking(move || runner.probe().tier).await.ok().flatten();
        let part = self.part(bench, command, edits, weight, tier);
        let one_stream = weight == Weight::Proves;
        let caches = part.caches(self.runner.limits().kept_caches());
        let order = Order {
            argv: command.argv.clone(),
            shown_as: bench.checkout.clone(),
            directory: command.directory.clone(),
            env: command.env.clone(),
            around: match self.image(bench) {
                // What it needs is in its image; a container has no network.
                Some(image) => Around {
                    image: Some(image.clone()),
                    one_stream,
                    ..Around::default()
                },
                None => Around {
                    caches,
                    one_stream,
                    ..self.around(command, prepared)
                },
            },
        };
        let ran = self
            .order(order, bench.source.clone(), edits.to_vec())
            .await;
        ran.map(|mut ran| {
            bench.cached.take(part, &ran);
            ran.notes.extend(prepared.notes.iter().cloned());
            ran
        })
    }

    /// Commands that do nothing but install, and those that make lock files,
    /// ask the registries; all others are offline, on what was prepared.
    fn around(&self, command: &command::Command, prepared: &Prepared) -> Around {
        let network = self
            .preparing
            .as_ref()
            .is_some_and(|preparing| preparing.network);
        let makes_lock = makes_lock(command);
        Around {
            network: network && (makes_lock || command::only_installs(command)),
            // A lock file is made from nothing but its manifests.
            prepared: prepared.layer.clone().filter(|_| !makes_lock),
            ..Around::default()
        }
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

/// Whether a command brings a lock file up to date: a check's twin, or what
/// the host makes a patch's lock file again with.
pub(super) fn makes_lock(command: &command::Command) -> bool {
    let twin = tools::split_id(&command.id);
    let twin = twin.is_some_and(|(_, checker)| matches!(checker.writes, tools::Writes::Lock(_)));
    twin || tools::is_lock_maker(&command.argv)
}

/// What the operator says about a repository.
struct Given {
    listed: Vec<Listed>,
    prepare: Option<Vec<Vec<String>>>,
}

/// Derives the commands; reads files.
fn derive(
    scene: &Scene,
    workspace: Workspace,
    given: &Given,
    tree: Arc<Tree>,
    repository: Option<&Repository>,
) -> Bench {
    let files = workflows(&workspace);
    let job = scene.failures.iter().find_map(|failure| {
        let job = failure.attributes.iter().find(|one| one.key == "job");
        job.map(|job| job.value.clone())
    });
    // A step that runs several commands is mended when all of them pass.
    let told = scene.failures.iter().flat_map(|failure| {
        let mut said = failure.attributes.iter();
        let script = said.find(|attribute| attribute.key == "script");
        let script = script.map(|script| script.value.clone());
        script.into_iter().chain(failure.command.clone())
    });
    let printed: Vec<String> = scene.stated.clone().into_iter().chain(told).collect();
    let derived = command::derive(&Situation {
        files: &files,
        job: job.as_deref(),
        printed: &printed,
        listed: &given.listed,
        prepare: given.prepare.as_deref(),
        manifests: &manifests(&tree),
        targets: Files(&told_by(&workspace)),
    });
    let whose = Whose {
        repository: repository.cloned(),
        // A part of a tree is nobody's tree.
        trusted: scene.trusted && tree.len() == workspace.tree.len(),
    };
    let checkout = checkout(scene, &workspace.tree).unwrap_or_default();
    let files = workspace.files;
    Bench {
        derived,
        checkout,
        whose,
        prepared: OnceCell::new(),
        cached: Cached::default(),
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
    let contacts = ran.contacts.iter().map(ToString::to_string);
    attributes.extend(contacts.map(|contact| attribute("connection", &contact)));
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
        RunError::Edit(_)
        | RunError::TooLarge { .. }
        | RunError::NoNetwork(_)
        | RunError::NoRegistries
        | RunError::NoContainer(_)
        | RunError::Unstartable(_) => Failed::Unavailable(error.to_string()),
    }
}
