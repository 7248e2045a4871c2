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
use std::sync::Arc;

use tracing::warn;

use super::agents::ComponentBytes;
use crate::ids::Digest;
use crate::sandbox::{Component, Inspection, LoadError, Sandbox, Verified};
use crate::store::{Store, StoreError, artifact, make_directory};

/// Largest artifact read, in bytes: those of Python and JavaScript are about
/// 40 MB.
const MAX_BYTES: u64 = 512 * 1024 * 1024;

/// The cache of one machine.
#[derive(Clone)]
pub struct Artifacts {
    store: Store,
    directory: PathBuf,
}

impl Artifacts {
    /// The cache that belongs to a store.
    pub fn of(store: &Store, directory: &Path) -> Result<Artifacts, StoreError> {
        let directory = directory.join("artifacts");
        make_directory(&directory)?;
        Ok(Artifacts {
            store: store.clone(),
            directory,
        })
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
    let component = sandbox.compile(inspection, bytes)?;
    // A cache that cannot be written costs time, nothing else.
    let kept = sandbox
        .artifact(&component)
        .map_err(|error| error.to_string())
        .and_then(|artifact| {
            artifacts
                .put(&key, &artifact)
                .map_err(|error| error.to_string())
        });
    if let Err(error) = kept {
        warn!(%error, "a compiled component was not kept");
    }
    Ok(component)
}
