//! The registered agents, and how a task is handed to one.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::OnceCell;

use crate::agents::{CONFIG_OPTIMIZER, Embedded, LOG_ANALYZER, PATCHBOT};
use crate::failure::Failure;
use crate::grant::{AgentRef, Capabilities, Grant, Limits};
use crate::ids::{Digest, ObjectId, Repository, TaskId};
use crate::sandbox::{
    Component, Input, InputDirectory, InputFile, LoadError, Mounts, Report, Sandbox, TaskInput,
    Workspace,
};
use crate::tree::Tree;

/// The sandbox and what runs in it. Components are compiled when they are
/// first needed, off the runtime's threads: `sentinel analyze` needs one of
/// three.
pub struct Agents {
    sandbox: Arc<Sandbox>,
    analyzer: Registered,
    patchbot: Registered,
    optimizer: Registered,
}

/// An embedded agent and, once compiled, its component.
struct Registered {
    embedded: Embedded,
    agent: AgentRef,
    component: OnceCell<Component>,
}

impl Registered {
    fn new(embedded: Embedded) -> Registered {
        let agent = AgentRef {
            name: embedded.name.to_owned(),
            version: embedded.version.to_owned(),
            digest: Digest::of(embedded.bytes),
        };
        Registered {
            embedded,
            agent,
            component: OnceCell::new(),
        }
    }

    async fn component(&self, sandbox: &Arc<Sandbox>) -> Result<&Component, LoadError> {
        let load = || async {
            let (sandbox, agent) = (sandbox.clone(), self.embedded);
            let load = move || sandbox.load(agent.name, agent.version, agent.bytes);
            tokio::task::spawn_blocking(load)
                .await
                .unwrap_or_else(|panic| {
                    Err(LoadError::Contract {
                        why: format!("compiling it panicked: {panic}"),
                    })
                })
        };
        self.component.get_or_try_init(load).await
    }
}

/// The name of the log under `/input`.
const LOG: &str = "job.log";

/// A log in a directory of its own, as it is mounted.
pub struct LogInput {
    directory: tempfile::TempDir,
    bytes: u64,
}

impl LogInput {
    /// Puts a log file into an empty directory: a link where the file system
    /// allows one, a copy otherwise. The guest can only read.
    pub fn of(file: &Path, directory: tempfile::TempDir) -> std::io::Result<LogInput> {
        // A link to a link would lead nowhere from there.
        let file = file.canonicalize()?;
        let place = directory.path().join(LOG);
        std::fs::hard_link(&file, &place).or_else(|_| std::fs::copy(&file, &place).map(|_| ()))?;
        let bytes = place.metadata()?.len();
        Ok(LogInput { directory, bytes })
    }

    fn mount(&self) -> InputDirectory {
        InputDirectory {
            directory: self.directory.path().to_owned(),
            files: vec![InputFile {
                path: LOG.to_owned(),
                size: self.bytes,
            }],
        }
    }
}

impl Agents {
    /// Starts the sandbox; compiles nothing yet.
    pub fn new(limits: &Limits) -> Result<Agents, LoadError> {
        let sandbox = Sandbox::new(limits).map_err(|error| LoadError::Contract {
            why: format!("the sandbox does not start: {error:#}"),
        })?;
        Ok(Agents {
            sandbox: Arc::new(sandbox),
            analyzer: Registered::new(LOG_ANALYZER),
            patchbot: Registered::new(PATCHBOT),
            optimizer: Registered::new(CONFIG_OPTIMIZER),
        })
    }

    /// Compiles those that a server's stages use, side by side: a second or so.
    /// What a server does before it listens.
    pub async fn warm(&self) -> Result<(), LoadError> {
        tokio::try_join!(
            self.analyzer.component(&self.sandbox),
            self.patchbot.component(&self.sandbox),
        )?;
        Ok(())
    }

    pub fn analyzer(&self) -> &AgentRef {
        &self.analyzer.agent
    }

    pub fn patchbot(&self) -> &AgentRef {
        &self.patchbot.agent
    }

    fn grant(&self, component: &Component, task: TaskId, needs: Capabilities) -> Grant {
        Grant {
            task,
            agent: component.agent().clone(),
            repository: None,
            commit: None,
            capabilities: component.capabilities().and(needs),
            limits: self.sandbox.limits().clone(),
        }
    }

    /// LogAnalyzer on one log.
    pub async fn read_log(&self, task: TaskId, log: &LogInput, provider: Input) -> Report {
        let component = match self.analyzer.component(&self.sandbox).await {
            Ok(component) => component,
            Err(error) => return Report::not_loaded(&error),
        };
        let grant = self.grant(component, task, Capabilities::ANALYZE);
        let mounts = Mounts {
            input: Some(log.mount()),
            workspace: None,
        };
        let task = TaskInput::Analyze {
            provider,
            log: LOG.to_owned(),
        };
        self.sandbox
            .run(component, &grant, mounts, &[], &task)
            .await
    }

    /// PatchBot on the failures of one cause.
    pub async fn repair(&self, task: TaskId, job: &RepairJob<'_>) -> Report {
        let component = match self.patchbot.component(&self.sandbox).await {
            Ok(component) => component,
            Err(error) => return Report::not_loaded(&error),
        };
        let mut grant = self.grant(component, task, Capabilities::REPAIR);
        grant.repository = job.repository.cloned();
        grant.commit = job.commit.cloned();
        let mounts = Mounts {
            input: Some(job.log.mount()),
            workspace: Some(job.workspace.clone()),
        };
        let task = TaskInput::Repair {
            failures: job.failures.to_vec(),
            provider: job.provider,
            log: LOG.to_owned(),
            commit: job.commit.map(ObjectId::to_string).unwrap_or_default(),
            command: job.command.map(str::to_owned),
        };
        self.sandbox
            .run(component, &grant, mounts, &[], &task)
            .await
    }

    /// ConfigOptimizer on a tree.
    pub async fn optimize(&self, task: TaskId, workspace: Workspace) -> Report {
        let component = match self.optimizer.component(&self.sandbox).await {
            Ok(component) => component,
            Err(error) => return Report::not_loaded(&error),
        };
        let grant = self.grant(component, task, Capabilities::OPTIMIZE);
        let mounts = Mounts {
            input: None,
            workspace: Some(workspace),
        };
        let task = TaskInput::Optimize {
            commit: String::new(),
        };
        self.sandbox
            .run(component, &grant, mounts, &[], &task)
            .await
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
}

/// A checkout as a guest's workspace.
pub fn workspace(directory: &Path, tree: Arc<Tree>) -> Workspace {
    Workspace {
        directory: PathBuf::from(directory),
        tree,
    }
}
