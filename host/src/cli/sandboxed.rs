//! `sentinel sandboxed-exec STEP`: what the program calls itself with on the
//! way into a sandbox.

use std::process::ExitCode;

use clap::Args;

use crate::runner::{Stage, stage};

#[derive(Args)]
pub struct Options {
    /// The step.
    #[arg(value_parser = |name: &str| Stage::parse(name).ok_or("no step of this name"))]
    stage: Stage,
}

/// Does a step; none of them needs a runtime.
pub(super) fn run(options: &Options) -> ExitCode {
    stage(options.stage)
}
