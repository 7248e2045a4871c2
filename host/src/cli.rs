//! The command line.

mod agent;
mod analyze;
mod compile;
pub mod compose;
mod demo;
mod doctor;
mod eval;
mod fix;
mod incident;
mod ingest;
mod optimize;
mod outcomes;
mod render;
mod sandboxed;
mod serve;
mod task;
pub mod trace;
mod written;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::config::Config;
use crate::pipeline::COMPILE;
use crate::runner::STAGES;
use crate::sandbox::Input;

/// The host for agents that repair software.
///
/// A CI job fails; sandboxed agents read the log and propose a fix; what is
/// published, and that it is correct, the host decides.
#[derive(Parser)]
#[command(version, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Watch a real failing job become a pull request, on this machine.
    Demo(demo::Options),
    /// Receive webhooks (or poll) and repair.
    Serve(serve::Options),
    /// Propose a fix for a failed command, from its log and the repository.
    Fix(fix::Options),
    /// Say what failed in a log.
    Analyze(analyze::Options),
    /// Measure how well logs are read and failures repaired, on sets of your own.
    Eval(eval::Options),
    /// Look over the CI configuration of a repository.
    Optimize(optimize::Options),
    /// Hand a failed job's log to the server, as a webhook would.
    Ingest(ingest::Options),
    /// List, show and cancel tasks.
    Task(task::Options),
    /// List and show incidents: one failure in however many jobs and branches.
    Incident(incident::Options),
    /// What became of proposals, per strategy and repository, and what a stated
    /// confidence is worth by that.
    Outcomes(outcomes::Options),
    /// Inspect, pack, run, register and backtest agents.
    Agent(agent::Options),
    /// Release a held patch: publish exactly the tree it results in.
    Approve(task::Approve),
    /// End a held patch.
    Reject(task::Reject),
    #[command(name = COMPILE, hide = true)]
    Compile(compile::Options),
    #[command(name = STAGES, hide = true)]
    Sandboxed(sandboxed::Options),
    /// Say what is missing on this machine and how to get it.
    Doctor(doctor::Options),
}

/// Where the configuration is.
#[derive(Args, Clone)]
struct Place {
    /// The configuration file.
    #[arg(long, default_value = "sentinel.toml", env = "SENTINEL_CONFIG")]
    config: PathBuf,
    /// Where everything is kept; overrides `data_dir` of the configuration.
    #[arg(long, env = "SENTINEL_DATA_DIR")]
    data_dir: Option<PathBuf>,
}

impl Place {
    /// The configuration and the data directory.
    fn load(&self) -> anyhow::Result<(Config, PathBuf)> {
        let config = Config::load(&self.config)?;
        let directory = self.data_dir.clone().or_else(|| config.data_dir.clone());
        let directory = directory.ok_or_else(|| {
            anyhow::anyhow!(
                "no data directory: set data_dir in {} or give --data-dir",
                self.config.display()
            )
        })?;
        Ok((config, directory))
    }

    /// The data directory alone; without `--data-dir` the configuration names
    /// it.
    fn directory(&self) -> anyhow::Result<PathBuf> {
        match &self.data_dir {
            Some(directory) => Ok(directory.clone()),
            None => Ok(self.load()?.1),
        }
    }
}

/// Which CI system wrote a log.
#[derive(Clone, Copy, Default, ValueEnum)]
enum Provider {
    Github,
    Gitlab,
    Jenkins,
    #[default]
    Auto,
}

impl From<Provider> for Input {
    fn from(provider: Provider) -> Input {
        match provider {
            Provider::Github => Input::GitHub,
            Provider::Gitlab => Input::GitLab,
            Provider::Jenkins => Input::Jenkins,
            Provider::Auto => Input::Auto,
        }
    }
}

/// Parses the command line, runs it, says what went wrong.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    if let Command::Sandboxed(options) = &cli.command {
        // Before anything has a thread.
        return sandboxed::run(options);
    }
    trace::start();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&anyhow::anyhow!("the runtime does not start: {error}")),
    };
    let result = runtime.block_on(run(cli.command));
    // A guest or a git that hangs must not keep the process.
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    match result {
        Ok(code) => code,
        Err(error) => fail(&error),
    }
}

async fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Agent(options) => agent::run(options).await,
        Command::Demo(options) => demo::run(options).await,
        Command::Serve(options) => serve::run(options).await,
        Command::Fix(options) => fix::run(options).await,
        Command::Analyze(options) => analyze::run(options).await,
        Command::Eval(options) => eval::run(options).await,
        Command::Optimize(options) => optimize::run(options).await,
        Command::Ingest(options) => ingest::run(options).await,
        Command::Task(options) => task::run(options).await,
        Command::Incident(options) => incident::run(options).await,
        Command::Outcomes(options) => outcomes::run(options).await,
        Command::Approve(options) => task::approve(options).await,
        Command::Reject(options) => task::reject(options).await,
        Command::Compile(options) => compile::run(&options),
        Command::Sandboxed(options) => Ok(sandboxed::run(&options)),
        Command::Doctor(options) => doctor::run(options).await,
    }
}

fn fail(error: &anyhow::Error) -> ExitCode {
    // Everything the causes say, once each.
    eprint!("error: {}", render::foreign_block(&error.to_string(), ""));
    for cause in error.chain().skip(1) {
        eprint!(
            "{}",
            render::foreign_block(&format!("because: {cause}"), "  ")
        );
    }
    ExitCode::FAILURE
}
