//! What a guest can reach: the data of its store and the host's side of every
//! import.

use std::path::PathBuf;
use std::sync::Arc;

use wasmtime::component::{HasSelf, Linker, ResourceTable};
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;
use wasmtime_wasi::{FsPerms, WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};

use super::bindings::sentinel::agent::{input, log, progress, types, workspace};
use super::error::{Budget, Exhausted};
use super::limiter::Limiter;
use crate::grant::{Grant, Limits};
use crate::tree::{EntryKind, Tree};

/// Files under `/input`.
#[derive(Debug, Clone)]
pub struct InputDirectory {
    /// A directory of the host's that holds nothing else.
    pub directory: PathBuf,
    pub files: Vec<InputFile>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputFile {
    /// Relative to the directory.
    pub path: String,
    /// In bytes.
    pub size: u64,
}

/// The tree under `/workspace`.
#[derive(Debug, Clone)]
pub struct Workspace {
    /// A checkout that only the host writes.
    pub directory: PathBuf,
    pub tree: Arc<Tree>,
}

/// What there is to mount; whether it is mounted is the grant's affair.
#[derive(Debug, Clone, Default)]
pub struct Mounts {
    pub input: Option<InputDirectory>,
    pub workspace: Option<Workspace>,
}

impl Mounts {
    /// Bytes of input, by which fuel and time grow.
    pub fn input_bytes(&self) -> u64 {
        self.input
            .iter()
            .flat_map(|input| &input.files)
            .map(|file| file.size)
            .sum()
    }
}

/// A message of the guest's, or its progress.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GuestEvent {
    Log {
        level: &'static str,
        message: String,
    },
    Progress {
        step: String,
        done: u32,
        total: u32,
    },
}

/// A refusal the guest was given.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Denial {
    pub capability: &'static str,
    pub rule: String,
    pub remedy: String,
}

/// The data of one task's store.
pub(super) struct State {
    wasi: WasiCtx,
    table: ResourceTable,
    pub limiter: Limiter,
    pub host_calls: u64,
    pub events: Vec<GuestEvent>,
    pub denials: Vec<Denial>,
    pub stderr: MemoryOutputPipe,
    log_bytes: usize,
    limits: Limits,
    input: Option<InputDirectory>,
    workspace: Option<Workspace>,
}

/// Denials kept in a report; a guest that asks in a loop is told every time.
const MAX_DENIALS: usize = 100;

/// Most entries one `workspace.list` call returns: about 400 kB of paths.
const MAX_PAGE: usize = 4096;

/// Random bytes one call may ask for; the host fills them in one go.
const MAX_RANDOM_BYTES: u64 = 64 * 1024;

impl State {
    /// Nothing ambient: no environment, no arguments, no network, standard
    /// streams kept in bounded buffers; a directory is there only if the
    /// component imports its interface *and* the grant has the capability.
    pub fn new(grant: &Grant, mounts: Mounts) -> wasmtime::Result<State> {
        let limits = grant.limits.clone();
        let input = mounts.input.filter(|_| grant.capabilities.input);
        let workspace = mounts.workspace.filter(|_| grant.capabilities.workspace);
        let stderr = MemoryOutputPipe::new(limits.log_bytes);
        let mut table = ResourceTable::new();
        table.set_max_capacity(limits.open_handles);
        let mut wasi = WasiCtxBuilder::new();
        wasi.stderr(stderr.clone())
            .stdout(MemoryOutputPipe::new(limits.log_bytes))
            .allow_tcp(false)
            .allow_udp(false)
            .allow_ip_name_lookup(false)
            .max_random_size(MAX_RANDOM_BYTES)
            // Reads of local files are answered at once instead of being
            // handed to another thread, which a polling guest would wait for.
            .allow_blocking_current_thread(true);
        if let Some(input) = &input {
            wasi.preopened_dir(&input.directory, "/input", FsPerms::ReadOnly)?;
        }
        if let Some(workspace) = &workspace {
            wasi.preopened_dir(&workspace.directory, "/workspace", FsPerms::ReadOnly)?;
        }
        Ok(State {
            wasi: wasi.build(),
            table,
            limiter: Limiter::new(&limits),
            host_calls: 0,
            events: Vec::new(),
            denials: Vec::new(),
            stderr,
            log_bytes: 0,
            limits,
            input,
            workspace,
        })
    }

    /// Counts a call into the host, WASI's included.
    pub fn count_call(&mut self) -> wasmtime::Result<()> {
        self.host_calls += 1;
        match self.host_calls > self.limits.host_calls {
            true => Err(Exhausted(Budget::HostCalls).into()),
            false => Ok(()),
        }
    }

    fn record(&mut self, bytes: usize, event: GuestEvent) -> wasmtime::Result<()> {
        self.log_bytes = self.log_bytes.saturating_add(bytes);
        if self.log_bytes > self.limits.log_bytes {
            return Err(Exhausted(Budget::LogBytes).into());
        }
        if self.events.len() >= self.limits.log_events as usize {
            return Err(Exhausted(Budget::LogEvents).into());
        }
        self.events.push(event);
        Ok(())
    }

    fn deny(&mut self, capability: &'static str) -> types::AccessError {
        let denial = Denial {
            capability,
            rule: format!("this task's grant does not have the capability `{capability}`"),
            remedy: format!(
                "`{capability}` is granted to tasks that need it: analyze has input, repair has \
                 input and workspace, optimize has workspace"
            ),
        };
        if self.denials.len() < MAX_DENIALS {
            self.denials.push(denial.clone());
        }
        types::AccessError::Denied(types::Denial {
            capability: denial.capability.to_owned(),
            rule: denial.rule,
            remedy: denial.remedy,
        })
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

/// Links everything a guest may import. What is not granted is linked too,
/// and denies.
pub(super) fn linker(engine: &wasmtime::Engine) -> wasmtime::Result<Linker<State>> {
    let mut linker = Linker::new(engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    super::bindings::Agent::add_to_linker::<_, HasSelf<_>>(&mut linker, |state| state)?;
    Ok(linker)
}

impl types::Host for State {}

impl log::Host for State {
    fn emit(&mut self, level: log::Level, message: String) -> wasmtime::Result<()> {
        let level = match level {
            log::Level::Debug => "debug",
            log::Level::Info => "info",
            log::Level::Warn => "warn",
            log::Level::Error => "error",
            log::Level::Other => "other",
        };
        self.record(message.len(), GuestEvent::Log { level, message })
    }
}

impl progress::Host for State {
    fn report(&mut self, step: String, done: u32, total: u32) -> wasmtime::Result<()> {
        self.record(step.len(), GuestEvent::Progress { step, done, total })
    }
}

type Access<T> = wasmtime::Result<Result<T, types::AccessError>>;

impl input::Host for State {
    fn list(&mut self) -> Access<Vec<input::InputFile>> {
        let Some(input) = &self.input else {
            return Ok(Err(self.deny("input")));
        };
        let file = |file: &InputFile| input::InputFile {
            path: file.path.clone(),
            kind: input::InputKind::JobLog,
            size: file.size,
        };
        Ok(Ok(input.files.iter().map(file).collect()))
    }
}

impl workspace::Host for State {
    fn list(&mut self, after: Option<String>, limit: u32) -> Access<Vec<workspace::Entry>> {
        let Some(workspace) = &self.workspace else {
            return Ok(Err(self.deny("workspace")));
        };
        let entry = |(path, entry): (&str, &crate::tree::Entry)| workspace::Entry {
            path: path.to_owned(),
            kind: match entry.kind {
                EntryKind::File => workspace::EntryKind::File,
                EntryKind::Executable => workspace::EntryKind::Executable,
                EntryKind::Symlink => workspace::EntryKind::Symlink,
                EntryKind::Submodule => workspace::EntryKind::Submodule,
            },
        };
        let page = MAX_PAGE.min(limit as usize);
        Ok(Ok(workspace
            .tree
            .after(after.as_deref())
            .take(page)
            .map(entry)
            .collect()))
    }
}
