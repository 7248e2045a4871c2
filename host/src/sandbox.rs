//! Where agents run: one fresh store a task, fuel, an epoch deadline and a
//! limiter over everything that grows, and nothing ambient.
//!
//! A component is inspected ([`Sandbox::inspect`]), compiled once
//! ([`Sandbox::load`]) and instantiated anew for every task ([`Sandbox::run`]);
//! only code is shared between tasks. What a guest sees is an immutable tree,
//! a virtual clock and seeded randomness (`wasi`), so that a run repeats bit
//! for bit; what it reaches outside goes through one trait ([`Effects`]) after
//! the grant was asked, and is journalled.

mod bindings;
mod capabilities;
mod cause;
mod component;
mod convert;
mod deadline;
mod effects;
mod error;
mod files;
mod http;
mod inspect;
mod limiter;
mod pool;
mod recording;
mod report;
mod run;
mod state;
mod task;
mod trace;
mod wasi;

use std::time::Duration;

use tokio::runtime::Runtime;
use wasmtime::component::{HasSelf, Linker};

pub use component::{Component, Verified};
pub use effects::{Effects, Nothing, Replay};
pub use error::{Budget, LoadError, Phase, TaskError};
pub use files::{InputFile, InputKind, Mounts, Workspace};
pub use inspect::{Inspection, embed, inspect};
pub use pool::Place;
pub use recording::{Ended, InvalidRecording, MAX_RECORDING_BYTES, RecordedInput, Recording};
pub use report::{Report, Trail, Usage};
pub use run::{Job, Live};
pub use state::{GuestEvent, Uses};
pub use task::{Input, Output, TaskInput};
pub use trace::{Divergence, Traced};

use crate::grant::Limits;
use pool::Engines;

/// How often a running guest is looked at: it yields to other tasks and its
/// deadline is checked. Epochs cost a load and a compare a loop; the period
/// costs a wake-up.
pub const EPOCH: Duration = Duration::from_millis(10);

/// How large a sandbox is, beside what one task may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Tasks that run at once; those beyond wait their turn.
    pub tasks: u32,
    /// Threads that guests run on.
    pub threads: usize,
}

impl Default for Size {
    fn default() -> Self {
        Size {
            tasks: 64,
            threads: std::thread::available_parallelism().map_or(1, usize::from),
        }
    }
}

/// The engines and the threads guests run on.
pub struct Sandbox {
    engines: std::sync::Arc<Engines>,
    limits: Limits,
    /// Guests compute; the server's own threads must not wait for them. Taken
    /// when the sandbox ends, which may be on a thread that must not block.
    threads: Option<Runtime>,
}

impl Sandbox {
    /// Starts the engines and their epoch ticker, a thread that ends with it.
    pub fn new(limits: &Limits) -> Result<Sandbox, LoadError> {
        Sandbox::sized(limits, Size::default())
    }

    /// Errors are the machine's: memory, threads.
    pub fn sized(limits: &Limits, size: Size) -> Result<Sandbox, LoadError> {
        let start = |why: String| LoadError::Start { why };
        let engines = Engines::new(limits, size.tasks.max(1));
        let engines = engines.map_err(|error| start(format!("{error:#}")))?;
        tick(&engines).map_err(|error| start(error.to_string()))?;
        let threads = threads(size.threads.max(1)).map_err(|error| start(error.to_string()))?;
        Ok(Sandbox {
            engines: std::sync::Arc::new(engines),
            limits: limits.clone(),
            threads: Some(threads),
        })
    }

    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Slices of time that guests had so far: one ends when a guest yields at
    /// an epoch.
    pub fn slices(&self) -> u64 {
        let slices = self.engines.slices();
        slices.load(std::sync::atomic::Ordering::Relaxed)
    }

    /// Whether instances come from a pool of reserved memory.
    pub fn has_pool(&self) -> bool {
        self.engines.has_pool()
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        if let Some(threads) = self.threads.take() {
            threads.shutdown_background();
        }
    }
}

/// Every guest gets its turn: a guest that yields at an epoch goes to the back
/// of its thread's queue, and a task that became ready on another thread is
/// looked for at every turn (the default looks every 61st, which would be half
/// a second of spinning guests).
fn threads(count: usize) -> std::io::Result<Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(count)
        .global_queue_interval(1)
        .event_interval(1)
        .thread_name("guest")
        .enable_all()
        .build()
}

fn tick(engines: &Engines) -> std::io::Result<()> {
    let engines: Vec<_> = engines.all().map(wasmtime::Engine::weak).collect();
    let ticker = move || {
        loop {
            let mut alive = false;
            for engine in &engines {
                if let Some(engine) = engine.upgrade() {
                    engine.increment_epoch();
                    alive = true;
                }
            }
            if !alive {
                return;
            }
            std::thread::sleep(EPOCH);
        }
    };
    std::thread::Builder::new()
        .name("epoch".into())
        .spawn(ticker)?;
    Ok(())
}

/// Links everything a guest may import. What is not granted is linked too,
/// and denies.
fn link(linker: &mut Linker<state::State>) -> wasmtime::Result<()> {
    wasi::link(linker)?;
    http::link(linker)?;
    bindings::Agent::add_to_linker::<_, HasSelf<_>>(linker, |state| state)
}
