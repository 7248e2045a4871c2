//! When a task must have ended. What it waits for outside of the sandbox is
//! not its own time: a command has a limit of its own, and so has a model.

use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::EPOCH;

/// How long a host call may overrun before the task is dropped with it.
const GRACE: Duration = Duration::from_millis(250);

/// A point in time that moves while somebody else works for the task.
#[derive(Debug, Clone)]
pub(super) struct Deadline {
    own: Instant,
    elsewhere: Elsewhere,
}

/// Time spent outside; shared with the one who spends it.
#[derive(Debug, Clone, Default)]
pub(super) struct Elsewhere(Arc<Mutex<Spent>>);

#[derive(Debug, Default)]
struct Spent {
    before: Duration,
    /// Since when somebody works for the task, if somebody does.
    since: Option<Instant>,
}

impl Elsewhere {
    /// From now until the answer is dropped the task's time stands still.
    pub fn begin(&self) -> impl Drop + use<> {
        self.spent(|spent| spent.since = Some(Instant::now()));
        Back(self.clone())
    }

    fn total(&self) -> Duration {
        self.spent(|spent| spent.before + spent.since.map_or(Duration::ZERO, |at| at.elapsed()))
    }

    fn spent<T>(&self, look: impl FnOnce(&mut Spent) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

struct Back(Elsewhere);

impl Drop for Back {
    fn drop(&mut self) {
        self.0.spent(|spent| {
            if let Some(since) = spent.since.take() {
                spent.before += since.elapsed();
            }
        });
    }
}

impl Deadline {
    pub fn new(own: Instant, elsewhere: Elsewhere) -> Deadline {
        Deadline { own, elsewhere }
    }

    pub fn has_passed(&self) -> bool {
        Instant::now() >= self.now()
    }

    /// Where it is at this moment.
    fn now(&self) -> Instant {
        self.own + self.elsewhere.total()
    }

    /// An epoch does not interrupt a host call, and a time-out does not
    /// interrupt a loop: both are there. Dropping the future unwinds the
    /// guest's stack.
    pub async fn bounds<T>(&self, call: impl Future<Output = T>) -> Option<T> {
        let passed = async {
            loop {
                let end = self.now() + GRACE + EPOCH;
                tokio::time::sleep_until(end.into()).await;
                if Instant::now() >= self.now() + GRACE + EPOCH {
                    return;
                }
            }
        };
        tokio::select! {
            biased;
            done = call => Some(done),
            () = passed => None,
        }
    }
}
