//! The agents that tasks are given to, and how a task is handed to one.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use tokio::sync::OnceCell;

use super::artifacts::{Artifacts, load};
use super::effects::{Commands, World};
use super::redacted::{RedactedLog, Stored};
use crate::agents::{CONFIG_OPTIMIZER, LOG_ANALYZER, PATCHBOT};
use crate::failure::{Attribute, Failure};
use crate::grant::{AgentRef, Capability, GRANT_MS, Grant, Limits, Permissions, needs};
use crate::ids::{Digest, ObjectId, Repository, TaskId};
use crate::manifest::LimitRequest;
use crate::sandbox::{
    Component, Effects, Input, InputFile, InputKind, Inspection, Job, LoadError, Mounts, Nothing,
    Report, Sandbox, Size, TaskInput, Workspace,
};
use crate::store::{Blobs, JobLog, StoreError};
use crate::task::TaskKind;
use crate::time::Timestamp;

/// The bytes of a component.
pub type ComponentBytes = std::borrow::Cow<'static, [u8]>;

/// An agent as the operator set it up.
pub struct Setup {
    pub component: ComponentBytes,
    /// What the operator grants.
    pub granted: Permissions,
    pub settings: BTreeMap<String, String>,
    /// Lower limits than the sandbox's.
    pub limits: LimitRequest,
}

impl Setup {
    /// An embedded agent with what its kind of work takes.
    pub fn embedded(agent: crate::agents::Embedded) -> Setup {
        use Capability::{History, Input, Runner, Workspace};
        Setup {
            component: agent.bytes.into(),
            granted: Permissions::of(&[Input, Workspace, History, Runner]),
            settings: BTreeMap::new(),
            limits: LimitRequest::default(),
        }
    }
}

/// Who does which kind of task.
pub struct Roles {
    pub analyze: Setup,
    pub repair: Setup,
    pub optimize: Setup,
}

impl Default for Roles {
    fn default() -> Self {
        Roles {
            analyze: Setup::embedded(LOG_ANALYZER),
            repair: Setup::embedded(PATCHBOT),
            optimize: Setup::embedded(CONFIG_OPTIMIZER),
        }
    }
}

/// What a task is about, as far as what is outside of the sandbox needs it.
#[derive(Debug, Clone, Default)]
pub struct Scene {
    /// The tree that commands are run on.
    pub workspace: Option<Workspace>,
    pub failures: Vec<Failure>,
    /// The failed command where somebody stated it.
    pub stated: Option<String>,
    /// Only people who may write to the repository made the tree, on a branch
    /// that lives on: what it installs may serve other runs of such trees.
    pub trusted: bool,
}

impl Scene {
    fn of(mounts: &Mounts, input: &TaskInput, trusted: bool) -> Scene {
        let workspace = mounts.workspace.clone();
        match input {
            TaskInput::Repair {
                failures, command, ..
            } => Scene {
                workspace,
                failures: failures.clone(),
                stated: command.clone(),
                trusted,
            },
            TaskInput::Analyze { .. } | TaskInput::Optimize { .. } => Scene {
                workspace,
                ..Scene::default()
            },
        }
    }
}

/// What is behind the capabilities that leave the sandbox, for one grant.
pub type Outside = Box<dyn Fn(&Grant, Scene) -> Box<dyn Effects> + Send + Sync>;

/// The sandbox and what runs in it. Components are compiled when they are
/// first needed, off the runtime's threads: `sentinel analyze` needs one of
/// three.
pub struct Agents {
    sandbox: Arc<Sandbox>,
    artifacts: Option<Artifacts>,
    analyzer: Registered,
    patchbot: Registered,
    optimizer: Registered,
    outside: Outside,
    commands: Option<Arc<Commands>>,
    clock: fn() -> Timestamp,
}

/// An agent and, once compiled, its component.
struct Registered {
    inspection: Inspection,
    bytes: ComponentBytes,
    granted: Permissions,
    settings: Vec<Attribute>,
    limits: LimitRequest,
    component: OnceCell<Component>,
}

impl Registered {
    fn new(sandbox: &Sandbox, setup: Setup, kind: TaskKind) -> Result<Registered, LoadError> {
        let inspection = sandbox.inspect(&setup.component)?;
        let manifest = &inspection.manifest;
        let contract = |why: String| LoadError::Contract { why };
        if !manifest.kinds.contains(&kind) {
            return Err(contract(format!(
                "{} does not do tasks of the kind {}; its manifest lists what it does",
                inspection.agent,
                kind.as_str()
            )));
        }
        manifest.check_settings(&setup.settings).map_err(contract)?;
        let settings = setup.settings.into_iter();
        Ok(Registered {
            inspection,
            bytes: setup.component,
            granted: setup.granted,
            settings: settings
                .map(|(key, value)| Attribute { key, value })
                .collect(),
            limits: setup.limits,
            component: OnceCell::new(),
        })
    }

    async fn component(&self, agents: &Agents) -> Result<&Component, LoadError> {
        let load = || {
            let (inspection, bytes) = (self.inspection.clone(), self.bytes.clone());
            load(
                &agents.sandbox,
                agents.artifacts.as_ref(),
                inspection,
                bytes,
            )
        };
        self.component.get_or_try_init(load).await
    }
}

/// The name of the log under `/input`.
const LOG: &str = "job.log";

/// A log as it is mounted: without its secrets, whoever made it.
#[derive(Debug, Clone)]
pub struct LogInput(InputFile);

impl LogInput {
    /// A redacted log. It stays readable after its value is gone.
    pub fn of(log: &RedactedLog) -> Result<LogInput, StoreError> {
        LogInput::open(log.path(), None)
    }

    /// The same, with its digest: a run over it can be recorded.
    pub fn recordable(log: &RedactedLog) -> Result<LogInput, StoreError> {
        LogInput::open(log.path(), Some(log.digest()?))
    }

    /// A log of the store.
    pub(super) fn stored(blobs: &Blobs, log: &JobLog) -> Result<LogInput, StoreError> {
        match Stored::of(blobs, log)? {
            Stored::Redacted(digest) => LogInput::open(&blobs.path(&digest), Some(digest)),
            Stored::Now(log) => LogInput::of(&log),
        }
    }

    fn open(file: &Path, digest: Option<Digest>) -> Result<LogInput, StoreError> {
        let opened = InputFile::open(LOG, InputKind::JobLog, file, digest);
        opened.map(LogInput).map_err(|source| StoreError::Io {
            what: format!("opening the log {}", file.display()),
            source,
        })
    }

    /// The file to mount.
    pub fn file(&self) -> InputFile {
        self.0.clone()
    }
}

/// What lies beside a log: one that passed, or a report.
#[derive(Debug, Clone)]
pub struct BesideInput(InputFile);

impl BesideInput {
    /// A file, as the contract calls its kind. The name is a single one.
    pub fn of(name: &str, kind: &str, file: &Path, digest: Digest) -> std::io::Result<BesideInput> {
        let kind = InputKind::Other(kind.to_owned());
        InputFile::open(name, kind, file, Some(digest)).map(BesideInput)
    }
}

impl Agents {
    /// Starts the sandbox with the embedded agents; compiles nothing yet.
    pub fn new(limits: &Limits, clock: fn() -> Timestamp) -> Result<Agents, LoadError> {
        Agents::with(limits, Size::default(), Roles::default(), None, clock)
    }

    /// Starts the sandbox with these agents; compiles nothing yet.
    pub fn with(
        limits: &Limits,
        size: Size,
        roles: Roles,
        artifacts: Option<Artifacts>,
        clock: fn() -> Timestamp,
    ) -> Result<Agents, LoadError> {
        let sandbox = Sandbox::sized(limits, size)?;
        Ok(Agents {
            analyzer: Registered::new(&sandbox, roles.analyze, TaskKind::Analyze)?,
            patchbot: Registered::new(&sandbox, roles.repair, TaskKind::Repair)?,
            optimizer: Registered::new(&sandbox, roles.optimize, TaskKind::Optimize)?,
            sandbox: Arc::new(sandbox),
            artifacts,
            outside: Box::new(|_, _| Box::new(Nothing)),
            commands: None,
            clock,
        })
    }

    /// With something behind the capabilities that leave the sandbox.
    pub fn reaching(self, world: World) -> Agents {
        Agents {
            commands: world.commands.clone(),
            outside: world.outside(),
            ..self
        }
    }

    /// What runs the failed command again; without it nothing is proven.
    pub fn commands(&self) -> Option<&Commands> {
        self.commands.as_deref()
    }

    /// Compiles those that a server's stages use, side by side: a second or so,
    /// or a millisecond each from the cache. What a server does before it
    /// listens.
    pub async fn warm(&self) -> Result<(), LoadError> {
        tokio::try_join!(self.analyzer.component(self), self.patchbot.component(self))?;
        Ok(())
    }

    pub fn analyzer(&self) -> &AgentRef {
        &self.analyzer.inspection.agent
    }

    pub fn patchbot(&self) -> &AgentRef {
        &self.patchbot.inspection.agent
    }

    pub fn optimizer(&self) -> &AgentRef {
        &self.optimizer.inspection.agent
    }

    pub fn sandbox(&self) -> &Arc<Sandbox> {
        &self.sandbox
    }

    /// The bytes of a registered component.
    pub fn bytes(&self, digest: &Digest) -> Option<&[u8]> {
        let all = [&self.analyzer, &self.patchbot, &self.optimizer];
        let found = all
            .into_iter()
            .find(|registered| registered.inspection.agent.digest == *digest);
        found.map(|registered| registered.bytes.as_ref())
    }

    /// LogAnalyzer on one log.
    pub async fn read_log(&self, task: TaskId, log: &LogInput, provider: Input) -> Report {
        self.read_log_beside(task, log, &[], provider).await
    }

    /// LogAnalyzer on one log and what lies beside it.
    pub async fn read_log_beside(
        &self,
        task: TaskId,
        log: &LogInput,
        beside: &[BesideInput],
        provider: Input,
    ) -> Report {
        let beside = beside.iter().map(|beside| beside.0.clone());
        let mounts = Mounts {
            input: Some(std::iter::once(log.0.clone()).chain(beside).collect()),
            workspace: None,
        };
        let input = TaskInput::Analyze {
            provider,
            log: LOG.to_owned(),
        };
        self.run(&self.analyzer, task, None, mounts, input, false)
            .await
    }

    /// PatchBot on the failures of one cause.
    pub async fn repair(&self, task: TaskId, job: &RepairJob<'_>) -> Report {
        let push = job.push.map(|push| push.0.clone());
        let mounts = Mounts {
            input: Some(std::iter::once(job.log.0.clone()).chain(push).collect()),
            workspace: Some(job.workspace.clone()),
        };
        let input = TaskInput::Repair {
            failures: job.failures.to_vec(),
            provider: job.provider,
            log: LOG.to_owned(),
            commit: job.commit.map(ObjectId::to_string).unwrap_or_default(),
            command: job.command.map(str::to_owned),
        };
        let place = job.repository.cloned().zip(job.commit.cloned());
        self.run(&self.patchbot, task, place, mounts, input, job.trusted)
            .await
    }

    /// ConfigOptimizer on a tree, and on what its past runs were like where
    /// somebody knows.
    pub async fn optimize(
        &self,
        task: TaskId,
        place: Option<(Repository, ObjectId)>,
        workspace: Workspace,
        history: Option<&BesideInput>,
    ) -> Report {
        let mounts = Mounts {
            input: Some(history.iter().map(|history| history.0.clone()).collect()),
            workspace: Some(workspace),
        };
        let commit = place.as_ref().map(|(_, commit)| commit.to_string());
        let input = TaskInput::Optimize {
            commit: commit.unwrap_or_default(),
        };
        self.run(&self.optimizer, task, place, mounts, input, false)
            .await
    }

    async fn run(
        &self,
        agent: &Registered,
        task: TaskId,
        place: Option<(Repository, ObjectId)>,
        mounts: Mounts,
        input: TaskInput,
        trusted: bool,
    ) -> Report {
        let component = match agent.component(self).await {
            Ok(component) => component.clone(),
            Err(error) => return Report::not_loaded(&error),
        };
        let (repository, commit) = place.unzip();
        let ceiling = agent.limits.within(self.sandbox.limits());
        let grant = grant(&Asked {
            inspection: &agent.inspection,
            granted: &agent.granted,
            kind: input.kind(),
            ceiling: &ceiling,
            task,
            repository,
            commit,
            now: (self.clock)(),
        });
        let effects = (self.outside)(&grant, Scene::of(&mounts, &input, trusted));
        let job = Job {
            settings: agent.settings.clone(),
            effects,
            ..Job::new(component, grant, mounts, input)
        };
        self.sandbox.run(job).await
    }
}

/// What a grant is made of.
pub struct Asked<'a> {
    pub inspection: &'a Inspection,
    /// What the operator grants.
    pub granted: &'a Permissions,
    pub kind: TaskKind,
    /// The operator's limits.
    pub ceiling: &'a Limits,
    pub task: TaskId,
    pub repository: Option<Repository>,
    pub commit: Option<ObjectId>,
    pub now: Timestamp,
}

/// The effective grant: requested ∩ granted ∩ needed, as far as the component
/// imports it: what an agent can reach is readable off its binary.
pub fn grant(asked: &Asked<'_>) -> Grant {
    let manifest = &asked.inspection.manifest;
    let imported: Vec<Capability> = asked.inspection.reach.iter().copied().collect();
    Grant {
        task: asked.task.clone(),
        kind: asked.kind,
        agent: asked.inspection.agent.clone(),
        repository: asked.repository.clone(),
        commit: asked.commit.clone(),
        permissions: manifest
            .requested()
            .and(asked.granted)
            .only(needs(asked.kind))
            .only(&imported),
        limits: manifest.limits.within(asked.ceiling),
        issued: asked.now,
        expires: asked.now.plus_ms(GRANT_MS),
    }
}

/// What PatchBot is given.
pub struct RepairJob<'a> {
    pub repository: Option<&'a Repository>,
    pub commit: Option<&'a ObjectId>,
    pub failures: &'a [Failure],
    pub log: &'a LogInput,
    pub provider: Input,
    pub workspace: Workspace,
    /// The failed command where somebody stated it.
    pub command: Option<&'a str>,
    /// What the push changed, where it is known.
    pub push: Option<&'a BesideInput>,
    /// As [`Scene::trusted`].
    pub trusted: bool,
}
