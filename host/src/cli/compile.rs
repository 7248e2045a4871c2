//! `sentinel compile-component LIMITS`: what the program calls itself with, to
//! compile where it can be ended. Component in, machine code out.

use std::io::{Read as _, Write as _};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;

use crate::grant::Limits;
use crate::sandbox::{Sandbox, Size};

/// Memory this process may write to, in bytes: several times what the largest
/// language runtimes take to compile.
const MEMORY: u64 = 4 * 1024 * 1024 * 1024;

#[derive(Args)]
pub struct Options {
    /// The limits the machine code is for, as JSON.
    limits: String,
}

pub(super) fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let limit = rustix::process::Rlimit {
        current: Some(MEMORY),
        maximum: Some(MEMORY),
    };
    // Data, not address space: the pool reserves terabytes and touches none.
    rustix::process::setrlimit(rustix::process::Resource::Data, limit)
        .context("the memory of the compiler cannot be limited")?;
    let limits: Limits = serde_json::from_str(&options.limits)?;
    let mut component = Vec::new();
    std::io::stdin()
        .lock()
        .take(limits.component_bytes as u64 + 1)
        .read_to_end(&mut component)?;
    // One slot: the code is the same for any number of them.
    let size = Size {
        tasks: 1,
        threads: 1,
    };
    let sandbox = Sandbox::sized(&limits, size)?;
    let component = sandbox.load(&component)?;
    let artifact = sandbox.artifact(&component)?;
    std::io::stdout().lock().write_all(&artifact)?;
    Ok(ExitCode::SUCCESS)
}
