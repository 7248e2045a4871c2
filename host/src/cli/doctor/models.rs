//! Whether the configured language models answer, found out by asking each.

use super::Check;
use crate::cli::compose;
use crate::config::{self, Config};
use crate::effect::{Message, Role};
use crate::failure::Attribute;
use crate::grant::Switch;

const NAME: &str = "model";

/// The model of an agent that names none.
const DEFAULT: &str = "default";

/// Most bytes of an answer that is only there to be one.
const ANSWER_BYTES: u64 = 4096;

/// One check a model. Each costs some thirty tokens.
pub(super) async fn checks(config: &Config) -> Vec<Check> {
    let mut checks = Vec::new();
    for (name, section) in &config.models {
        checks.push(match asked(name, section).await {
            Ok(found) => Check::good(NAME, found),
            Err(error) => Check::bad(
                NAME,
                format!("{name}: {error:#}"),
                format!("mend [models.{name}], or take it out: nothing else needs it"),
            ),
        });
        checks.extend(unpriced(name, section));
        checks.extend(unasked(name, &config.agents));
    }
    checks
}

async fn asked(name: &str, section: &config::Model) -> anyhow::Result<String> {
    let model = compose::model(name, section)?;
    let messages = [Message {
        role: Role::User,
        content: "Say yes.".to_owned(),
    }];
    let few = [Attribute {
        key: "max-tokens".to_owned(),
        value: "16".to_owned(),
    }];
    let ask = model.ask(&messages, &few, ANSWER_BYTES)?;
    let begun = std::time::Instant::now();
    let answered = model.complete(&ask).await?;
    let took = begun.elapsed().as_millis();
    let counted = match answered.tokens {
        Some(tokens) => format!("{} and {} tokens", tokens.input, tokens.output),
        None => "it does not count its tokens, so each request counts at its worst".to_owned(),
    };
    let provider = section.provider.as_str();
    Ok(format!(
        "{name}: {} answers as {provider} does, in {took} ms; {counted}",
        section.model
    ))
}

/// A model that no agent may ask is paid for by nobody and helps nobody.
fn unasked(name: &str, agents: &config::Agents) -> Option<Check> {
    let asks = |agent: &config::Agent| {
        let granted = agent.grant.as_ref().map(|grant| &grant.model);
        let its = agent.model.as_deref().unwrap_or(DEFAULT);
        its == name && matches!(granted, Some(Switch::On(_)))
    };
    if agents.values().any(asks) {
        return None;
    }
    let named = match name {
        DEFAULT => String::new(),
        name => format!("agents.patchbot.model = {name:?}, and "),
    };
    Some(Check {
        optional: true,
        ..Check::bad(
            NAME,
            format!("{name}: no agent is granted it, so it is never asked"),
            format!(
                "{named}agents.patchbot.grant = {{ input = true, workspace = true, history = \
                 true, runner = true, model = {{ tokens = 200000 }} }}"
            ),
        )
    })
}

/// Without a price only tokens bound what is spent.
fn unpriced(name: &str, section: &config::Model) -> Option<Check> {
    let priced = section.price.input > 0.0 || section.price.output > 0.0;
    let free = priced || section.base_url.starts_with("http://");
    (!free).then(|| Check {
        optional: true,
        ..Check::bad(
            NAME,
            format!("{name}: it has no price, so only tokens bound what is spent"),
            format!("models.{name}.price = {{ input = 3.0, output = 15.0 }} (a million tokens)"),
        )
    })
}
