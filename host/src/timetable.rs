//! When ConfigOptimizer looks at a repository, and how much that may ask of its
//! forge.

use serde::{Deserialize, Deserializer, de};

use crate::ids::{Digest, Repository};
use crate::time::Timestamp;

const DAY_MS: i64 = 24 * 3_600_000;

/// Longest time between two looks, in days: a year.
const MAX_DAYS_BETWEEN: u32 = 365;

/// The first look of a repository comes within so many milliseconds of the
/// server's start: an hour, so that many repositories do not begin at once.
const FIRST_MS: i64 = 3_600_000;

/// The part of the time between two looks that one may come later by, so that
/// repositories that began together drift apart.
const JITTER: i64 = 10;

/// Days of past runs that are looked at, where nothing else is said.
const DAYS: u32 = 14;

/// The most of them: forges keep no more.
const MAX_DAYS: u32 = 90;

/// Requests to the forge for what past runs were like, of one look. GitHub
/// gives an installation 5,000 an hour, and repairs come first.
const REQUESTS: u32 = 400;

/// Fewer show no percentile of anything.
const MIN_REQUESTS: u32 = 50;

/// The most: four fifths of an hour of GitHub's.
const MAX_REQUESTS: u32 = 4_000;

/// Days between two looks, written `"7d"` or `"2w"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Every {
    days: u32,
}

impl Every {
    pub fn parse(text: &str) -> Option<Every> {
        let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
        let days = match unit {
            "d" => 1,
            "w" => 7,
            _ => return None,
        };
        let digits = number.bytes().all(|byte| byte.is_ascii_digit());
        let days = number
            .parse::<u32>()
            .ok()
            .filter(|_| digits)?
            .checked_mul(days)?;
        (1..=MAX_DAYS_BETWEEN)
            .contains(&days)
            .then_some(Every { days })
    }

    fn ms(self) -> i64 {
        i64::from(self.days) * DAY_MS
    }
}

impl<'de> Deserialize<'de> for Every {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Every, D::Error> {
        let text = String::deserialize(from)?;
        Every::parse(&text).ok_or_else(|| {
            de::Error::custom(format!(
                "{text:?} is no time between two looks; write days or weeks, from \"1d\" to \
                 \"365d\", like \"7d\" or \"2w\""
            ))
        })
    }
}

/// How a repository is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// The time between two looks.
    pub every: Every,
    /// How many days of past runs are looked at.
    #[serde(default = "days")]
    pub days: u32,
    /// How many requests that may take.
    #[serde(default = "requests")]
    pub requests: u32,
}

fn days() -> u32 {
    DAYS
}

fn requests() -> u32 {
    REQUESTS
}

impl Plan {
    /// Refuses values that mean nothing.
    pub fn validate(&self) -> Result<(), &'static str> {
        match self {
            plan if !(1..=MAX_DAYS).contains(&plan.days) => Err("days: must be from 1 to 90"),
            plan if !(MIN_REQUESTS..=MAX_REQUESTS).contains(&plan.requests) => {
                Err("requests: must be from 50 to 4000")
            }
            _ => Ok(()),
        }
    }

    /// Since when past runs are looked at.
    pub fn since(&self, now: Timestamp) -> Timestamp {
        now.plus_ms(-i64::from(self.days) * DAY_MS)
    }

    /// When a repository that was never looked at is.
    pub fn first(&self, repository: &Repository, now: Timestamp) -> Timestamp {
        now.plus_ms(spread(repository, Timestamp(0), FIRST_MS))
    }

    /// When it is looked at again. The same look always has the same answer, so
    /// that a restart changes nothing.
    pub fn next(&self, repository: &Repository, looked_at: Timestamp) -> Timestamp {
        let later = spread(repository, looked_at, self.every.ms() / JITTER);
        looked_at.plus_ms(self.every.ms() + later)
    }
}

/// Milliseconds below `within`, by what they are for.
fn spread(repository: &Repository, at: Timestamp, within: i64) -> i64 {
    let name = repository.to_string();
    let digest = Digest::of_parts(&[b"look", name.as_bytes(), &at.0.to_be_bytes()]);
    let [a, b, c, d, ..] = digest.as_bytes();
    i64::from(u32::from_be_bytes([*a, *b, *c, *d])) % within.max(1)
}
