//! Where instances live: a pool of reserved slots for most, memory on demand
//! for the large ones.

use std::hash::{Hash as _, Hasher};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use wasmtime::component::{Component, Linker};
use wasmtime::{Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

use super::state::State;
use crate::grant::Limits;
use crate::ids::Digest;

/// A component larger than this, in bytes, is not worth a slot: language
/// runtimes compiled to WebAssembly have tables and memories of their own size.
const LARGE: usize = 6 * 1024 * 1024;

/// Core instances, memories and tables of one slot. A component from a
/// toolchain has up to six instances; one with more runs on demand.
const INSTANCES: u32 = 16;
const MEMORIES: u32 = 2;
const TABLES: u32 = 8;

/// Large tasks that run at once. Their memory is bounded by the limits only.
const LARGE_TASKS: usize = 4;

/// Frames of a trap's backtrace.
const MAX_FRAMES: usize = 32;

/// Which engine a component runs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Pooled,
    OnDemand,
}

/// Both engines, what guests are linked to in each, and the turns.
pub(super) struct Engines {
    /// None where the machine does not give the address space.
    pooled: Option<(Engine, Linker<State>)>,
    on_demand: (Engine, Linker<State>),
    slots: Arc<Semaphore>,
    large: Arc<Semaphore>,
    /// Slices of time that guests had, each an epoch or what was left of it.
    slices: Arc<AtomicU64>,
}

impl Engines {
    /// `tasks` is how many run at once in the pool; those beyond wait.
    pub fn new(limits: &Limits, tasks: u32) -> wasmtime::Result<Engines> {
        let on_demand = linked(Engine::new(&config(limits))?)?;
        let mut pooling = config(limits);
        pooling.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(limits, tasks)));
        // A small machine or a container may forbid reserving so much: then
        // everything runs on demand, a little slower.
        let pooled = Engine::new(&pooling).ok().map(linked).transpose()?;
        Ok(Engines {
            pooled,
            on_demand,
            slots: Arc::new(Semaphore::new(tasks as usize)),
            large: Arc::new(Semaphore::new(LARGE_TASKS.max(tasks as usize / 8))),
            slices: Arc::default(),
        })
    }

    /// Makes a component for the pool, or on demand where it does not fit.
    pub fn place(
        &self,
        bytes: usize,
        make: impl Fn(&Engine) -> wasmtime::Result<Component>,
    ) -> wasmtime::Result<(Component, Place)> {
        if let Some((engine, _)) = &self.pooled
            && bytes <= LARGE
            && let Ok(component) = make(engine)
        {
            return Ok((component, Place::Pooled));
        }
        let component = make(&self.on_demand.0)?;
        Ok((component, Place::OnDemand))
    }

    pub fn linker(&self, place: Place) -> &Linker<State> {
        match (place, &self.pooled) {
            (Place::Pooled, Some((_, linker))) => linker,
            (Place::Pooled, None) | (Place::OnDemand, _) => &self.on_demand.1,
        }
    }

    pub fn engine(&self, place: Place) -> &Engine {
        self.linker(place).engine()
    }

    pub fn all(&self) -> impl Iterator<Item = &Engine> {
        let pooled = self.pooled.as_ref().map(|(engine, _)| engine);
        pooled.into_iter().chain([&self.on_demand.0])
    }

    pub fn has_pool(&self) -> bool {
        self.pooled.is_some()
    }

    /// A turn. First come, first served; nobody fails for want of a slot.
    pub async fn turn(&self, place: Place) -> OwnedSemaphorePermit {
        let turns = match place {
            Place::Pooled => self.slots.clone(),
            Place::OnDemand => self.large.clone(),
        };
        // Never closed.
        match turns.acquire_owned().await {
            Ok(permit) => permit,
            Err(_) => unreachable!("the turns are never closed"),
        }
    }

    pub fn slices(&self) -> &Arc<AtomicU64> {
        &self.slices
    }

    /// Everything about engines and processor that machine code depends on.
    pub fn compatibility(&self) -> Digest {
        // Stable between processes, unlike a map's hasher.
        let mut hasher = Collect::default();
        for engine in self.all() {
            engine.precompile_compatibility_hash().hash(&mut hasher);
        }
        Digest::of(&hasher.0)
    }
}

/// Takes everything that is hashed, for a digest over it.
#[derive(Default)]
struct Collect(Vec<u8>);

impl Hasher for Collect {
    fn write(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    fn finish(&self) -> u64 {
        0
    }
}

fn linked(engine: Engine) -> wasmtime::Result<(Engine, Linker<State>)> {
    let mut linker = Linker::new(&engine);
    super::link(&mut linker)?;
    Ok((engine, linker))
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

fn pool(limits: &Limits, tasks: u32) -> PoolingAllocationConfig {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(tasks)
        .max_core_instances_per_component(INSTANCES)
        .total_core_instances(tasks * INSTANCES)
        .max_memories_per_component(MEMORIES)
        .total_memories(tasks * MEMORIES)
        .max_memories_per_module(MEMORIES)
        .max_memory_size(limits.memory_bytes)
        .max_tables_per_component(TABLES)
        .total_tables(tasks * TABLES)
        .max_tables_per_module(TABLES)
        .table_elements(limits.table_elements)
        .total_stacks(tasks);
    pool
}
