//! What a language model costs, and how much of it may be spent.
//!
//! Money is counted in millionths of whatever currency the price is written
//! in, so that sums are exact. A request is admitted by what it may cost at
//! worst and counted by what it did cost.

use serde::{Deserialize, Serialize};

/// Tokens and money, of a request or of all requests of a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Amount {
    /// Prompt and completion together.
    pub tokens: u64,
    /// Millionths of the price's currency.
    pub micros: u64,
}

impl Amount {
    fn and(self, more: Amount) -> Amount {
        Amount {
            tokens: self.tokens.saturating_add(more.tokens),
            micros: self.micros.saturating_add(more.micros),
        }
    }
}

/// Most that one request is counted as: a server that claims more is wrong,
/// and sums of such claims must not overflow where they are stored.
const MAX_CLAIM: u64 = 1_000_000_000_000;

/// Tokens of a request as its provider counts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tokens {
    pub input: u64,
    pub output: u64,
}

/// What a million tokens cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Price {
    /// Thousandths of a millionth a token, so that 0.15 a million is exact.
    input: u64,
    output: u64,
}

/// A price that is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a price is a number from 0 to {MAX_PRICE}, for a million tokens")]
pub struct InvalidPrice;

/// Most for a million tokens: far more than any model costs, and small enough
/// that a request's cost cannot overflow.
const MAX_PRICE: f64 = 100_000.0;

impl Price {
    /// For a million tokens of a prompt, and of a completion.
    pub fn per_million(input: f64, output: f64) -> Result<Price, InvalidPrice> {
        let exact = |price: f64| match (0.0..=MAX_PRICE).contains(&price) {
            // Rounded up: what is spent is never told as less.
            true => Ok((price * 1000.0).ceil() as u64),
            false => Err(InvalidPrice),
        };
        Ok(Price {
            input: exact(input)?,
            output: exact(output)?,
        })
    }

    pub fn is_free(&self) -> bool {
        *self == Price::default()
    }

    /// What these tokens amount to.
    pub fn of(&self, tokens: Tokens) -> Amount {
        let cost = |count: u64, price: u64| {
            count
                .min(MAX_CLAIM)
                .saturating_mul(price)
                .div_ceil(1000)
                .min(MAX_CLAIM)
        };
        let Tokens { input, output } = tokens;
        Amount {
            tokens: input.saturating_add(output).min(MAX_CLAIM),
            micros: cost(input, self.input).saturating_add(cost(output, self.output)),
        }
    }
}

/// How much of one model may be spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// By one task, however often it is run.
    pub task: Amount,
    /// For one repository within any day.
    pub repository_day: Amount,
    /// For all within any day.
    pub day: Amount,
}

/// A day, in milliseconds: the window of the budgets, which ends now. Calendar
/// days would let two of them be spent within an hour.
pub const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// What was spent, and what is reserved and not known yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Spent {
    pub task: Amount,
    pub repository_day: Amount,
    pub day: Amount,
}

/// A budget that a request could exceed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the budget models.{model}.budget.{key} allows {limit} {unit}, {spent} are spent or reserved \
     and this request may take {wanted} more; {remedy}"
)]
pub struct Exceeded {
    pub model: String,
    pub key: &'static str,
    unit: &'static str,
    limit: u64,
    spent: u64,
    wanted: u64,
    remedy: &'static str,
}

impl Budget {
    /// Whether a request may be made that costs so much at worst.
    pub fn admits(&self, model: &str, spent: &Spent, worst: Amount) -> Result<(), Exceeded> {
        let task = ("task_tokens", "task_money");
        let repository = ("repository_day_tokens", "repository_day_money");
        let day = ("day_tokens", "day_money");
        let own =
            "a shorter prompt or a smaller max-tokens takes less, raising the key allows more";
        let later = "it frees itself within a day; raising the key allows more now";
        let scopes = [
            (task, self.task, spent.task, own),
            (repository, self.repository_day, spent.repository_day, later),
            (day, self.day, spent.day, later),
        ];
        for ((tokens, money), limit, spent, remedy) in scopes {
            let sum = spent.and(worst);
            let exceeded = |key, unit, limit, spent, wanted| Exceeded {
                model: model.to_owned(),
                key,
                unit,
                limit,
                spent,
                wanted,
                remedy,
            };
            if sum.tokens > limit.tokens {
                let (limit, spent) = (limit.tokens, spent.tokens);
                return Err(exceeded(tokens, "tokens", limit, spent, worst.tokens));
            }
            if sum.micros > limit.micros {
                let (limit, spent) = (limit.micros, spent.micros);
                return Err(exceeded(money, "millionths", limit, spent, worst.micros));
            }
        }
        Ok(())
    }
}
