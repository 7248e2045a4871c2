//! What runs failed commands, from a configuration.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::Context as _;

use crate::config::Config;
use crate::ids::Repository;
use crate::pipeline::Commands;
use crate::runner::{Runner, Settings};

/// The runner; nothing is run yet.
pub fn runner(settings: &Settings) -> anyhow::Result<Runner> {
    let program = std::env::current_exe().context("this program does not know where it is")?;
    Ok(Runner::new(settings.clone(), program))
}

/// With the operator's commands.
pub(super) fn commands(config: &Config) -> anyhow::Result<Commands> {
    let sections = config.repositories.iter().map(|(name, section)| {
        let repository: Repository = name.parse()?;
        Ok((repository, section.commands.clone()))
    });
    let listed = sections.collect::<anyhow::Result<BTreeMap<_, _>>>()?;
    let runner = Arc::new(runner(&config.runner)?);
    Ok(Commands::new(runner, &config.runner, listed))
}
