//! Language models, from a configuration.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Context as _;

use super::now;
use crate::config::{self, Config};
use crate::model::{Key, Model, Settings, Times};
use crate::pipeline::{Models, Priced};
use crate::spending::Price;
use crate::store::Store;

/// All models; none where the configuration names none.
pub(super) fn models(config: &Config, store: &Store) -> anyhow::Result<Option<Models>> {
    if config.models.is_empty() {
        return Ok(None);
    }
    let all = config.models.iter().map(|(name, section)| {
        let priced = Priced {
            model: model(name, section)?,
            price: Price::per_million(section.price.input, section.price.output)?,
            budget: section.budget.exact(),
        };
        anyhow::Ok((name.clone(), priced))
    });
    let all = all.collect::<anyhow::Result<BTreeMap<_, _>>>()?;
    let named = config.agents.iter();
    let named = named.filter_map(|(agent, section)| Some((agent.clone(), section.model.clone()?)));
    Ok(Some(Models {
        store: store.clone(),
        all,
        of_agent: named.collect(),
        clock: now,
    }))
}

/// One of them; nothing is asked yet.
pub fn model(name: &str, section: &config::Model) -> anyhow::Result<Model> {
    let key = section.key.as_ref().map(|key| -> anyhow::Result<Key> {
        let place = format!("models.{name}.key");
        let text = String::from_utf8(key.read(&place)?);
        Ok(Key::new(
            text.with_context(|| format!("{place} is not text"))?,
        ))
    });
    let settings = Settings {
        provider: section.provider,
        base_url: section.base_url.clone(),
        model: section.model.clone(),
        key: key.transpose()?,
        inside: section.inside,
        max_tokens: section.max_tokens,
        temperature: section.temperature,
        limit_key: section.limit_key,
        stream: section.stream,
        times: Times {
            idle: Duration::from_secs(section.idle_seconds),
            total: Duration::from_secs(section.total_seconds),
            ..Times::default()
        },
        at_once: section.at_once,
    };
    Model::new(settings).with_context(|| format!("models.{name}"))
}
