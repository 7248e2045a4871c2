//! What survives: SQLite in one file and content-addressed blobs beside it.
//!
//! One writer thread commits in groups: whatever waits while a commit is being
//! synced goes into the next one. Every state change and the ledger entry that
//! records it are one closure, so they share a transaction.

pub mod agent;
pub mod artifact;
pub mod beside;
mod blob;
pub mod change;
pub mod command;
pub mod delivery;
pub mod ended;
pub mod failure;
pub mod happening;
pub mod incident;
pub mod ledger;
pub mod lesson;
pub mod look;
pub mod outcome;
pub mod past;
mod reader;
pub mod recording;
pub mod rerun;
pub mod spending;
pub mod task;
pub mod work;
mod writer;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::Connection;
use tokio::sync::Notify;

pub use agent::{AgentRow, Registration};
pub use blob::{Blobs, hash};
pub use delivery::{Accepted, JobLog};
pub use failure::StoredFailure;
pub use ledger::{LedgerEntry, verify_chain};
pub use recording::RecordingRow;
pub use task::{TaskRecord, TaskRow, Wait};
pub use work::{Claimed, Stage};
pub use writer::Tx;

use reader::Readers;
use writer::Writer;

/// Why the store did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("database: {0}")]
    Sqlite(#[from] rusqlite::Error),
    #[error("{what}: {source}")]
    Io {
        what: String,
        source: std::io::Error,
    },
    #[error("a stored value does not parse: {0}")]
    Json(#[from] serde_json::Error),
    #[error("a stored value is damaged: {0}")]
    Damaged(String),
    #[error("there is no {what} {id}")]
    Missing { what: &'static str, id: String },
    #[error(transparent)]
    IllegalStep(#[from] crate::task::IllegalStep),
    #[error("{0}")]
    Refused(String),
    #[error(
        "the database was written by a newer Sentinel (schema {found}, this one knows {known})"
    )]
    Newer { found: i64, known: i64 },
    /// Nothing of the group was stored: a full disk, an input or output error.
    #[error("the change could not be made durable: {0}")]
    Commit(String),
    #[error("the store is shut down")]
    Closed,
}

pub type Result<T> = std::result::Result<T, StoreError>;

/// What makes each version of the schema out of the one before it, from an
/// empty file on: `PRAGMA user_version` counts those that were taken. A step
/// that was released never changes.
const MIGRATIONS: [&str; 9] = [
    include_str!("store/schema.sql"),
    include_str!("store/migrations/2.sql"),
    include_str!("store/migrations/3.sql"),
    include_str!("store/migrations/4.sql"),
    include_str!("store/migrations/5.sql"),
    include_str!("store/migrations/6.sql"),
    include_str!("store/migrations/7.sql"),
    include_str!("store/migrations/8.sql"),
    include_str!("store/migrations/9.sql"),
];

/// The embedded store. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    writer: Arc<Writer>,
    readers: Arc<Readers>,
    blobs: Blobs,
    scratch: PathBuf,
    wake: Arc<Notify>,
}

impl Store {
    /// Opens or makes the store in a directory.
    pub fn open(directory: &Path) -> Result<Store> {
        make_directory(directory)?;
        let file = directory.join("sentinel.db");
        let mut connection = connect(&file)?;
        migrate(&mut connection)?;
        let wake = Arc::new(Notify::new());
        let scratch = directory.join("scratch");
        make_directory(&scratch)?;
        Ok(Store {
            scratch,
            writer: Arc::new(Writer::start(connection, wake.clone())?),
            readers: Arc::new(Readers::new(file)),
            blobs: Blobs::open(&directory.join("blobs"))?,
            wake,
        })
    }

    /// Runs a closure in a transaction. It shares its commit, and the wait for
    /// the disk, with others that are waiting; an error undoes it alone.
    pub async fn write<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut Tx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.writer.write(change).await
    }

    /// Makes ready again what a server that died was working on, and removes
    /// the checkouts it left. Only the holder of the lock may say that it died.
    pub async fn take_over(&self, _lock: &ServerLock) -> Result<usize> {
        let io = |source| StoreError::Io {
            what: format!("clearing {}", self.scratch.display()),
            source,
        };
        fs::remove_dir_all(&self.scratch).map_err(io)?;
        make_directory(&self.scratch)?;
        self.write(|tx| tx.release_all()).await
    }

    /// An empty directory that is gone with its value. It lies beside the
    /// blobs, so that a log is linked into it instead of copied, and not in a
    /// temporary directory that may be memory.
    pub fn scratch(&self) -> Result<tempfile::TempDir> {
        tempfile::tempdir_in(&self.scratch).map_err(|source| StoreError::Io {
            what: format!("making a directory in {}", self.scratch.display()),
            source,
        })
    }

    /// Runs queries on a connection of their own.
    pub async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let readers = self.readers.clone();
        match tokio::task::spawn_blocking(move || readers.with(query)).await {
            Ok(result) => result,
            Err(_) => Err(StoreError::Closed),
        }
    }

    /// Runs a query on this thread.
    pub fn read_now<T>(&self, query: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        self.readers.with(query)
    }

    pub fn blobs(&self) -> &Blobs {
        &self.blobs
    }

    /// Notified after a commit that made work. A signal for speed only: other
    /// processes write too, so whoever waits also looks at the clock.
    pub fn wake(&self) -> Arc<Notify> {
        self.wake.clone()
    }
}

/// The right to process work: one server a data directory. Held as a lock on
/// a file, which ends with the process however that ends.
#[derive(Debug)]
pub struct ServerLock {
    _file: File,
}

impl ServerLock {
    pub fn take(directory: &Path) -> Result<ServerLock> {
        make_directory(directory)?;
        let path = directory.join("server.lock");
        let io = |source| StoreError::Io {
            what: format!("opening {}", path.display()),
            source,
        };
        let file = File::create(&path).map_err(io)?;
        match file.try_lock() {
            Ok(()) => Ok(ServerLock { _file: file }),
            Err(fs::TryLockError::Error(source)) => Err(io(source)),
            Err(fs::TryLockError::WouldBlock) => Err(StoreError::Refused(format!(
                "another sentinel server uses {}; stop it or choose another data_dir",
                directory.display()
            ))),
        }
    }
}

/// Makes a directory that only this user reads: logs and repositories are in
/// there.
pub fn make_directory(directory: &Path) -> Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)
        .map_err(|source| StoreError::Io {
            what: format!("making the directory {}", directory.display()),
            source,
        })
}

fn connect(file: &PathBuf) -> Result<Connection> {
    let connection = Connection::open(file)?;
    // Another process (`sentinel approve`) may hold the write lock briefly.
    connection.busy_timeout(std::time::Duration::from_secs(10))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.set_prepared_statement_cache_capacity(128);
    Ok(connection)
}

/// Takes the steps that a file has not seen, all or none.
fn migrate(connection: &mut Connection) -> Result<()> {
    let known = MIGRATIONS.len() as i64;
    let transaction =
        connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let found: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let taken = usize::try_from(found)
        .ok()
        .filter(|taken| *taken <= MIGRATIONS.len());
    let Some(taken) = taken else {
        return Err(StoreError::Newer { found, known });
    };
    if taken == MIGRATIONS.len() {
        return Ok(());
    }
    // Each step sees what the one before it made.
    for step in &MIGRATIONS[taken..] {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "user_version", known)?;
    transaction.commit()?;
    Ok(())
}
