//! How much of everything one task may use.

use serde::{Deserialize, Serialize};

/// The `[limits]` section of the configuration: how much one task may use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Wasm instructions (wasmtime's fuel units), whatever the input.
    pub fuel: u64,
    /// Fuel for every byte of input: reading a log is linear in it.
    pub fuel_per_input_byte: u64,
    /// Fuel for `cleanup` alone.
    pub cleanup_fuel: u64,
    /// Wall time of a task in milliseconds, host calls included.
    pub wall_ms: u64,
    /// Wall time for every MiB of input, in milliseconds.
    pub wall_ms_per_input_mib: u64,
    /// Wall time of `cleanup` alone, in milliseconds.
    pub cleanup_ms: u64,
    /// Linear memory of a task in bytes, summed over all its memories.
    pub memory_bytes: usize,
    /// Table elements of a task, summed over all its tables.
    pub table_elements: usize,
    /// Core instances, memories and tables of a task, each.
    pub instances: usize,
    /// Open handles (files, streams, directories) of a task.
    pub open_handles: usize,
    /// Bytes of the workspace's files that the host holds for a task.
    pub file_bytes: usize,
    /// Calls from the guest into the host.
    pub host_calls: u64,
    /// Bytes one call may copy from the guest into the host: the largest
    /// answer (proposal) it can return.
    pub answer_bytes: usize,
    /// Bytes of log messages, standard output and standard error, each.
    pub log_bytes: usize,
    /// Log messages and progress reports, each.
    pub log_events: u32,
    /// Native stack of the guest in bytes; recursion ends here.
    pub stack_bytes: usize,
    /// Largest component taken, in bytes.
    pub component_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            // Half a second to a few seconds of computing on one core.
            fuel: 5_000_000_000,
            fuel_per_input_byte: 500,
            cleanup_fuel: 50_000_000,
            wall_ms: 30_000,
            wall_ms_per_input_mib: 500,
            cleanup_ms: 1_000,
            memory_bytes: 256 * 1024 * 1024,
            table_elements: 100_000,
            // A composed component is several core instances.
            instances: 64,
            open_handles: 1_024,
            file_bytes: 128 * 1024 * 1024,
            host_calls: 5_000_000,
            answer_bytes: 32 * 1024 * 1024,
            log_bytes: 1024 * 1024,
            log_events: 10_000,
            stack_bytes: 1024 * 1024,
            component_bytes: 64 * 1024 * 1024,
        }
    }
}

impl Limits {
    /// Fuel of a task over this many bytes of input.
    pub fn fuel_for(&self, input_bytes: u64) -> u64 {
        self.fuel
            .saturating_add(self.fuel_per_input_byte.saturating_mul(input_bytes))
    }

    /// Wall time in milliseconds of a task over this many bytes of input.
    pub fn wall_ms_for(&self, input_bytes: u64) -> u64 {
        let mib = input_bytes.div_ceil(1024 * 1024);
        self.wall_ms
            .saturating_add(self.wall_ms_per_input_mib.saturating_mul(mib))
    }
}
