//! `[models.NAME]`: language models that agents may ask, and how much of each
//! may be spent.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Agents, ConfigError, Secret, closest};
use crate::grant::Switch;
use crate::model::{LimitKey, Provider};
use crate::spending::{self, Amount};

/// One model.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    pub provider: Provider,
    /// `https://api.openai.com/v1`, `https://api.anthropic.com`,
    /// `http://127.0.0.1:8080/v1`.
    pub base_url: String,
    /// What the server calls it.
    pub model: String,
    /// None for a server that asks for none.
    pub key: Option<Secret>,
    /// The server is inside the operator's own network: its name may lead to a
    /// private address.
    #[serde(default)]
    pub inside: bool,
    /// Most tokens of one answer.
    #[serde(default = "four_thousand")]
    pub max_tokens: u32,
    /// Left to the server where it is left out: some models take no other.
    pub temperature: Option<f64>,
    #[serde(default)]
    pub limit_key: LimitKey,
    #[serde(default = "yes")]
    pub stream: bool,
    /// Seconds without a piece of an answer.
    #[serde(default = "two_minutes")]
    pub idle_seconds: u64,
    /// Seconds for a request with all its tries.
    #[serde(default = "five_minutes")]
    pub total_seconds: u64,
    /// Requests at a time.
    #[serde(default = "two")]
    pub at_once: usize,
    #[serde(default)]
    pub price: Price,
    #[serde(default)]
    pub budget: Budget,
}

fn four_thousand() -> u32 {
    4096
}

fn yes() -> bool {
    true
}

fn two_minutes() -> u64 {
    120
}

fn five_minutes() -> u64 {
    300
}

fn two() -> usize {
    2
}

/// For a million tokens, in any currency.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Price {
    pub input: f64,
    pub output: f64,
}

/// How much may be spent. A request is refused that could go beyond at worst.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Budget {
    /// By one task, in tokens and in the price's currency.
    pub task_tokens: u64,
    pub task_money: f64,
    /// For one repository within any day.
    pub repository_day_tokens: u64,
    pub repository_day_money: f64,
    /// For all within any day.
    pub day_tokens: u64,
    pub day_money: f64,
}

impl Default for Budget {
    fn default() -> Self {
        Budget {
            // A repair takes some ten thousand tokens a round.
            task_tokens: 200_000,
            task_money: 1.0,
            repository_day_tokens: 1_000_000,
            repository_day_money: 5.0,
            day_tokens: 5_000_000,
            day_money: 20.0,
        }
    }
}

/// Most money of one budget: more is a mistake in the unit.
const MAX_MONEY: f64 = 1_000_000.0;

impl Budget {
    /// As what is counted.
    pub fn exact(&self) -> spending::Budget {
        // Rounded down: what is allowed is never more than was written.
        let amount = |tokens: u64, money: f64| Amount {
            tokens,
            micros: (money * 1_000_000.0).floor() as u64,
        };
        spending::Budget {
            task: amount(self.task_tokens, self.task_money),
            repository_day: amount(self.repository_day_tokens, self.repository_day_money),
            day: amount(self.day_tokens, self.day_money),
        }
    }

    fn validate(&self) -> Result<(), String> {
        let money = [
            ("task_money", self.task_money),
            ("repository_day_money", self.repository_day_money),
            ("day_money", self.day_money),
        ];
        for (key, amount) in money {
            if !(0.0..=MAX_MONEY).contains(&amount) {
                return Err(format!("budget.{key}: must be from 0 to {MAX_MONEY}"));
            }
        }
        Ok(())
    }
}

/// Models by name.
pub type Models = BTreeMap<String, Model>;

/// Refuses what means nothing, and agents that are granted a model and get
/// none.
pub(super) fn validate(models: &Models, agents: &Agents) -> Result<(), ConfigError> {
    for (name, model) in models {
        let error = |why: String| ConfigError(format!("models.{name}: {why}"));
        if !is_name(name) {
            let why = "a model's name has 1 to 64 lower-case letters, digits, `-`, `_` and `.`";
            return Err(error(why.to_owned()));
        }
        model.budget.validate().map_err(error)?;
        let price = spending::Price::per_million(model.price.input, model.price.output);
        price.map_err(|why| error(format!("price: {why}")))?;
    }
    for (name, agent) in agents {
        let granted = agent.grant.as_ref().map(|grant| &grant.model);
        let granted = matches!(granted, Some(Switch::On(_)));
        if let Some(why) = without(models, agent.model.as_deref(), granted) {
            return Err(ConfigError(format!("agents.{name}.{why}")));
        }
    }
    Ok(())
}

/// It becomes a label of metrics.
fn is_name(name: &str) -> bool {
    let plain =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.".contains(&byte);
    (1..=64).contains(&name.len()) && name.bytes().all(plain)
}

/// What is wrong with an agent's model.
fn without(models: &Models, named: Option<&str>, granted: bool) -> Option<String> {
    let hint = |name: &str| match closest(name, models.keys().map(String::as_str)) {
        Some(known) => format!("; did you mean `{known}`?"),
        None => String::new(),
    };
    match named {
        Some(name) if !models.contains_key(name) => Some(format!(
            "model: there is no section [models.{name}]{}",
            hint(name)
        )),
        Some(_) => None,
        None if granted && !models.contains_key("default") => Some(
            "grant.model: it gets no model: write a section [models.default], or name another with \
             `model = \"NAME\"` in the agent's section"
                .to_owned(),
        ),
        None => None,
    }
}
