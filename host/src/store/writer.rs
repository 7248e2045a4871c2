//! The one writer: a thread that takes closures from a queue and commits as
//! many at once as are waiting.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::{Notify, oneshot};

use super::{Result, StoreError};

/// Closures waiting for the writer; senders wait beyond that.
const MAX_WAITING: usize = 1024;

/// Closures of one commit.
const MAX_GROUP: usize = 256;

/// A transaction in which state changes and ledger entries are written.
pub struct Tx<'a> {
    pub(super) connection: &'a Connection,
    pub(super) made_work: bool,
}

/// What a closure came to, to be told once its commit is durable.
type Reply = Box<dyn FnOnce(Option<StoreError>) + Send>;

/// Runs a closure inside a savepoint and keeps its result for later.
type Job = Box<dyn FnOnce(&mut Tx<'_>) -> (bool, Reply) + Send>;

pub(super) struct Writer {
    queue: SyncSender<Job>,
}

impl Writer {
    pub fn start(connection: Connection, wake: Arc<Notify>) -> Result<Writer> {
        let (queue, jobs) = sync_channel(MAX_WAITING);
        std::thread::Builder::new()
            .name("store-writer".into())
            .spawn(move || run(connection, &jobs, &wake))
            .map_err(|source| StoreError::Io {
                what: "starting the writer".into(),
                source,
            })?;
        Ok(Writer { queue })
    }

    pub async fn write<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut Tx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (sender, answer) = oneshot::channel();
        let job: Job = Box::new(move |tx| {
            // A panic is the closure's own: its savepoint is rolled back and the
            // writer goes on.
            let result = catch_unwind(AssertUnwindSafe(|| change(tx)))
                .unwrap_or_else(|_| Err(StoreError::Damaged("a change panicked".into())));
            let done = result.is_ok();
            let reply: Reply = Box::new(move |failed| {
                // Whoever asked may be gone; what was committed stays.
                let _ = sender.send(match failed {
                    Some(error) => Err(error),
                    None => result,
                });
            });
            (done, reply)
        });
        self.send(job).await?;
        answer.await.unwrap_or(Err(StoreError::Closed))
    }

    /// The queue is bounded; only when it is full does a sender leave the
    /// runtime's thread to wait.
    async fn send(&self, job: Job) -> Result<()> {
        use std::sync::mpsc::TrySendError;
        match self.queue.try_send(job) {
            Ok(()) => Ok(()),
            Err(TrySendError::Disconnected(_)) => Err(StoreError::Closed),
            Err(TrySendError::Full(job)) => {
                let queue = self.queue.clone();
                let sent = tokio::task::spawn_blocking(move || queue.send(job)).await;
                if matches!(sent, Ok(Ok(()))) {
                    Ok(())
                } else {
                    Err(StoreError::Closed)
                }
            }
        }
    }
}

fn run(mut connection: Connection, jobs: &Receiver<Job>, wake: &Notify) {
    while let Ok(first) = jobs.recv() {
        let mut group = vec![first];
        group.extend(jobs.try_iter().take(MAX_GROUP - 1));
        commit(&mut connection, group, wake);
    }
}

fn commit(connection: &mut Connection, group: Vec<Job>, wake: &Notify) {
    let mut replies = Vec::with_capacity(group.len());
    let committed = write_group(connection, group, &mut replies);
    if let Ok(true) = committed {
        wake.notify_waiters();
        wake.notify_one();
    }
    let error = committed.err().map(|error| error.to_string());
    for reply in replies {
        // The group's commit failed: none of it happened.
        reply(error.clone().map(StoreError::Commit));
    }
}

/// Runs every closure in a savepoint of its own, so that one that fails undoes
/// only itself, numbers the new ledger entries and commits. Says whether there
/// is new work.
fn write_group(
    connection: &mut Connection,
    group: Vec<Job>,
    replies: &mut Vec<Reply>,
) -> Result<bool> {
    let mut transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut made_work = false;
    for job in group {
        let savepoint = transaction.savepoint()?;
        let mut tx = Tx {
            connection: &savepoint,
            made_work: false,
        };
        let (done, reply) = job(&mut tx);
        let made = tx.made_work;
        replies.push(reply);
        // On some errors SQLite rolls the whole transaction back by itself;
        // what follows would commit on its own.
        if savepoint.is_autocommit() {
            return Err(StoreError::Commit("the transaction was rolled back".into()));
        }
        if done {
            savepoint.commit()?;
            made_work |= made;
        } else {
            // Dropping a savepoint rolls it back.
            drop(savepoint);
        }
    }
    super::ledger::sequence(&transaction)?;
    transaction.commit()?;
    Ok(made_work)
}
