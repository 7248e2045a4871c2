//! Where agents run: one fresh store a task, fuel, an epoch deadline and a
//! limiter over everything that grows, and nothing ambient.
//!
//! A component is compiled once ([`Sandbox::load`]) and instantiated anew for
//! every task ([`Sandbox::run`]); only code is shared between tasks.

mod bindings;
mod cause;
mod component;
mod convert;
mod error;
mod limiter;
mod run;
mod state;

use std::time::Duration;

use wasmtime::component::Linker;
use wasmtime::{Config, Engine};

pub use component::Component;
pub use error::{Budget, LoadError, Phase, TaskError};
pub use run::{Input, Output, Report, TaskInput, Usage};
pub use state::{Denial, GuestEvent, InputDirectory, InputFile, Mounts, Workspace};

use crate::grant::Limits;

/// How often a running guest is looked at: it yields to other tasks and its
/// deadline is checked. Epochs cost a load and a compare a loop; the period
/// costs a wake-up.
pub const EPOCH: Duration = Duration::from_millis(10);

/// Frames of a trap's backtrace.
const MAX_FRAMES: usize = 32;

/// The engine and what every guest is linked to.
pub struct Sandbox {
    engine: Engine,
    linker: Linker<state::State>,
    limits: Limits,
}

impl Sandbox {
    /// Starts the engine and its epoch ticker, a thread that ends with it.
    pub fn new(limits: &Limits) -> wasmtime::Result<Sandbox> {
        let engine = Engine::new(&config(limits))?;
        let linker = state::linker(&engine)?;
        tick(&engine)?;
        Ok(Sandbox {
            engine,
            linker,
            limits: limits.clone(),
        })
    }

    pub fn limits(&self) -> &Limits {
        &self.limits
    }
}

fn config(limits: &Limits) -> Config {
    let mut config = Config::new();
    config
        .consume_fuel(true)
        .epoch_interruption(true)
        .max_wasm_stack(limits.stack_bytes)
        // The guest's stack lies inside its fiber's; the rest is the host's.
        .async_stack_size(limits.stack_bytes + 512 * 1024)
        .wasm_backtrace_max_frames(std::num::NonZeroUsize::new(MAX_FRAMES))
        // The same input gives the same output on every machine.
        .cranelift_nan_canonicalization(true)
        .relaxed_simd_deterministic(true);
    config
}

fn tick(engine: &Engine) -> wasmtime::Result<()> {
    let engine = engine.weak();
    let ticker = move || {
        while let Some(engine) = engine.upgrade() {
            engine.increment_epoch();
            drop(engine);
            std::thread::sleep(EPOCH);
        }
    };
    std::thread::Builder::new()
        .name("epoch".into())
        .spawn(ticker)?;
    Ok(())
}
