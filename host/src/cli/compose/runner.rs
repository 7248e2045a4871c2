//! What runs failed commands, from a configuration.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::Context as _;

use crate::config::Config;
use crate::ids::Repository;
use crate::pipeline::{Commands, Preparing};
use crate::runner::{Layers, Runner, Settings};

/// The runner; nothing is run yet.
pub fn runner(settings: &Settings) -> anyhow::Result<Runner> {
    let program = std::env::current_exe().context("this program does not know where it is")?;
    Ok(Runner::new(settings.clone(), program))
}

/// Below the data directory: what prepare steps left.
const PREPARED: &str = "prepared";

/// What prepares, where there is a place to keep it.
fn preparing(config: &Config) -> anyhow::Result<Option<Preparing>> {
    let sections = config.repositories.iter();
    let sections = sections.filter_map(|(name, section)| Some((name, section.prepare.clone()?)));
    let listed = sections
        .map(|(name, prepare)| Ok((name.parse::<Repository>()?, prepare)))
        .collect::<anyhow::Result<BTreeMap<_, _>>>()?;
    if !config.runner.has_registries() && listed.is_empty() {
        return Ok(None);
    }
    let Some(data) = &config.data_dir else {
        return Ok(None);
    };
    let place = data.join(PREPARED);
    let layers = Layers::open(place.clone(), config.runner.prepared.clone());
    let layers = layers.with_context(|| format!("data_dir: {}", place.display()))?;
    Ok(Some(Preparing::new(layers, &config.runner, listed)))
}

/// With the operator's commands.
pub(super) fn commands(config: &Config) -> anyhow::Result<Commands> {
    let sections = config.repositories.iter().map(|(name, section)| {
        let repository: Repository = name.parse()?;
        Ok((repository, section.commands.clone()))
    });
    let listed = sections.collect::<anyhow::Result<BTreeMap<_, _>>>()?;
    let runner = Arc::new(runner(&config.runner)?);
    let images = config.repositories.iter();
    let images = images.filter_map(|(name, section)| Some((name, section.image.clone()?)));
    let images = images
        .map(|(name, image)| Ok((name.parse::<Repository>()?, image)))
        .collect::<anyhow::Result<BTreeMap<_, _>>>()?;
    let commands = Commands::new(runner, &config.runner, listed).in_images(images);
    Ok(match preparing(config)? {
        Some(preparing) => commands.preparing(preparing),
        None => commands,
    })
}
