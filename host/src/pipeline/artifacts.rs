//! Machine code that was compiled before: a component is compiled once a
//! machine, not once a process.
//!
//! An artifact is a file named by its key (component, engine, processor); its
//! digest is in the database. The bytes that are deserialised are the very
//! bytes whose digest was compared, in memory. Whatever does not match is
//! compiled again and written anew, never trusted.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;
use tracing::warn;

use super::agents::ComponentBytes;
use crate::grant::Limits;
use crate::ids::Digest;
use crate::sandbox::{Component, Inspection, LoadError, Sandbox, Verified};
use crate::store::{Store, StoreError, artifact, make_directory};

/// Largest artifact read, in bytes: those of Python and JavaScript are about
/// 40 MB.
const MAX_BYTES: u64 = 512 * 1024 * 1024;

/// How long a component may take to compile, by default: the largest language
/// runtimes take ten seconds on a quiet machine.
pub const PATIENCE: Duration = Duration::from_secs(180);

/// A process that compiles: the compiler's time and memory grow faster than a
/// hostile component does, and only a process can be ended.
#[derive(Debug, Clone)]
pub struct Compiler {
    /// This program: it is called with [`COMPILE`], takes the component on
    /// standard input and answers with the artifact on standard output.
    pub program: PathBuf,
    pub patience: Duration,
}

/// The hidden command of the program.
pub const COMPILE: &str = "compile-component";

/// The cache of one machine.
#[derive(Clone)]
pub struct Artifacts {
    store: Store,
    directory: PathBuf,
    compiler: Option<Compiler>,
}

impl Artifacts {
    /// The cache that belongs to a store.
    pub fn of(store: &Store, directory: &Path) -> Result<Artifacts, StoreError> {
        let directory = directory.join("artifacts");
        make_directory(&directory)?;
        Ok(Artifacts {
            store: store.clone(),
            directory,
            compiler: None,
        })
    }

    /// Compiles in a process of its own from now on.
    pub fn compiled_by(self, compiler: Compiler) -> Artifacts {
        Artifacts {
            compiler: Some(compiler),
            ..self
        }
    }

    fn place(&self, key: &Digest) -> PathBuf {
        self.directory.join(key.hex())
    }

    /// The artifact's bytes, if they are those that were recorded.
    fn get(&self, key: &Digest) -> Option<Verified> {
        let known = self
            .store
            .read_now(|connection| artifact::find(connection, key));
        let digest = known.ok().flatten()?;
        let place = self.place(key);
        if fs::metadata(&place).ok()?.len() > MAX_BYTES {
            return None;
        }
        let verified = Verified::check(fs::read(&place).ok()?, &digest);
        if verified.is_none() {
            warn!(artifact = %key, "a compiled component is not what was written; compiling it again");
        }
        verified
    }

    /// Written whole or not at all; recorded only when it is on the disk. Waits:
    /// not for a thread that serves others.
    fn put(&self, key: &Digest, artifact: &[u8]) -> Result<(), StoreError> {
        let io = |source| StoreError::Io {
            what: format!("writing in {}", self.directory.display()),
            source,
        };
        let mut file = tempfile::Builder::new()
            .prefix(".new-")
            .tempfile_in(&self.directory)
            .map_err(io)?;
        file.write_all(artifact).map_err(io)?;
        file.as_file().sync_all().map_err(io)?;
        file.persist(self.place(key))
            .map_err(|error| io(error.error))?;
        let (key, digest) = (*key, Digest::of(artifact));
        let write = self.store.write(move |tx| tx.set_artifact(&key, &digest));
        tokio::runtime::Handle::current().block_on(write)
    }
}

/// A component from the cache, or compiled and put there, off the runtime's
/// threads.
pub async fn load(
    sandbox: &Arc<Sandbox>,
    artifacts: Option<&Artifacts>,
    inspection: Inspection,
    bytes: ComponentBytes,
) -> Result<Component, LoadError> {
    let (sandbox, artifacts) = (sandbox.clone(), artifacts.cloned());
    let load = move || load_here(&sandbox, artifacts.as_ref(), inspection, &bytes);
    tokio::task::spawn_blocking(load)
        .await
        .unwrap_or_else(|panic| {
            Err(LoadError::Contract {
                why: format!("compiling it panicked: {panic}"),
            })
        })
}

fn load_here(
    sandbox: &Sandbox,
    artifacts: Option<&Artifacts>,
    inspection: Inspection,
    bytes: &[u8],
) -> Result<Component, LoadError> {
    let Some(artifacts) = artifacts else {
        return sandbox.compile(inspection, bytes);
    };
    let key = sandbox.artifact_key(&inspection.agent.digest);
    if let Some(verified) = artifacts.get(&key) {
        match sandbox.restore(inspection.clone(), bytes.len(), &verified) {
            Ok(component) => return Ok(component),
            Err(error) => warn!(%error, "a compiled component does not load; compiling it again"),
        }
    }
    if let Some(compiler) = &artifacts.compiler {
        let artifact = compiler.compile(sandbox.limits(), bytes)?;
        keep(artifacts, &key, Ok(&artifact));
        // The process is this program; what it answered never left our hands.
        let digest = Digest::of(&artifact);
        let Some(verified) = Verified::check(artifact, &digest) else {
            unreachable!("bytes have their own digest");
        };
        return sandbox.restore(inspection, bytes.len(), &verified);
    }
    let component = sandbox.compile(inspection, bytes)?;
    let artifact = sandbox.artifact(&component);
    keep(artifacts, &key, artifact.as_deref());
    Ok(component)
}

/// A cache that cannot be written costs time, nothing else.
fn keep(artifacts: &Artifacts, key: &Digest, artifact: Result<&[u8], &LoadError>) {
    let kept = artifact
        .map_err(|error| error.to_string())
        .and_then(|artifact| {
            artifacts
                .put(key, artifact)
                .map_err(|error| error.to_string())
        });
    if let Err(error) = kept {
        warn!(%error, "a compiled component was not kept");
    }
}

impl Compiler {
    /// Waits: not for a thread that serves others.
    fn compile(&self, limits: &Limits, bytes: &[u8]) -> Result<Vec<u8>, LoadError> {
        let why = |why: String| LoadError::Start { why };
        let limits = serde_json::to_string(limits).map_err(|error| why(error.to_string()))?;
        let command = async {
            let mut child = Command::new(&self.program)
                .args([COMPILE, &limits])
                .env_clear()
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .kill_on_drop(true)
                .spawn()?;
            if let Some(mut stdin) = child.stdin.take() {
                // One that gives up early says why on standard error.
                let _ = stdin.write_all(bytes).await;
            }
            child.wait_with_output().await
        };
        // Dropping the future ends the process.
        let ended = async { tokio::time::timeout(self.patience, command).await };
        let Ok(ended) = tokio::runtime::Handle::current().block_on(ended) else {
            let seconds = self.patience.as_secs();
            return Err(LoadError::TooSlow { seconds });
        };
        let ended = ended.map_err(|error| why(format!("the compiler's process: {error}")))?;
        match ended.status.success() {
            true => Ok(ended.stdout),
            false => Err(LoadError::NotAComponent {
                why: told(&String::from_utf8_lossy(&ended.stderr)),
            }),
        }
    }
}

/// What the compiler's process said, shortened: it quotes the component.
fn told(said: &str) -> String {
    const CHARS: usize = 500;
    let said: String = said.trim().chars().take(CHARS).collect();
    match said.is_empty() {
        true => "the compiler ended without a word; it may have run out of memory".to_owned(),
        false => crate::redact::redact(&said).into_owned(),
    }
}
