//! What a stated confidence is worth: shrunk towards what became of earlier
//! proposals of the same strategy, everywhere and in the same repository.
//!
//! Two Beta-Binomial steps, each the posterior mean `(k·p + s) / (k + n)` of a
//! success rate after `s` successes of `n`, under a Beta prior with mean `p`
//! and the weight of `k` outcomes (Gelman et al., *Bayesian Data Analysis*, 3rd
//! ed., section 2.4):
//!
//! 1. the strategy in all other repositories, with what the agent states as `p`
//! 2. the strategy in this repository, with the result of step 1 as `p`
//!
//! Without an outcome that is what was stated. It never falls because of a
//! success, never rises because of a failure, and keeps the order of what was
//! stated. Outcomes are other people's doing, and some of them may be made up:
//! however good they are, they raise it by [`MAX_RAISE`] at most.

use serde::{Deserialize, Serialize};

/// How many outcomes elsewhere weigh as much as the agent's own word. Ten: one
/// outcome moves it by at most a tenth.
pub const WEIGHT_OF_WORD: f64 = 10.0;

/// How many outcomes here weigh as much as what happened elsewhere.
pub const WEIGHT_OF_OTHERS: f64 = 10.0;

/// How far a good record raises a stated confidence, at most: a tenth lets a
/// strategy past a threshold that it nearly reached, and no other.
pub const MAX_RAISE: f64 = 0.1;

/// Outcomes that one repository counts for elsewhere, the newest: nobody's
/// repository decides about everybody's.
pub const MAX_OF_ONE_REPOSITORY: u32 = 20;

/// Outcomes that are counted here, the newest: a strategy that was mended is
/// not judged by last year.
pub const MAX_HERE: u32 = 50;

/// Declares what a proposal's fate teaches, with whether it went well.
macro_rules! lessons {
    ($($(#[$doc:meta])* $name:ident = $label:literal, $well:literal;)*) => {
        /// What became of a proposal, as far as its strategy answers for it.
        /// What was withdrawn because it was no longer needed teaches nothing.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Lesson {
            $($(#[$doc])* $name,)*
        }

        impl Lesson {
            pub const ALL: &'static [Lesson] = &[$(Lesson::$name,)*];

            pub fn as_str(self) -> &'static str {
                match self { $(Lesson::$name => $label,)* }
            }

            pub fn parse(text: &str) -> Option<Lesson> {
                Lesson::ALL.iter().copied().find(|lesson| lesson.as_str() == text)
            }

            pub fn went_well(self) -> bool {
                match self { $(Lesson::$name => $well,)* }
            }
        }
    };
}

lessons! {
    /// The failed command passes with it, here.
    Proven = "proven", true;
    /// It does not: it went nowhere.
    Disproved = "disproved", false;
    /// The forge's CI was green with it.
    CiPassed = "ci_passed", true;
    /// It was red with it, and not before.
    CiFailed = "ci_failed", false;
    Merged = "merged", true;
    /// A person rejected it before it was published.
    Rejected = "rejected", false;
    /// A person closed it unmerged.
    Closed = "closed", false;
    /// It was merged and taken back.
    Reverted = "reverted", false;
}

/// Outcomes counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tally {
    pub well: u32,
    pub badly: u32,
}

impl Tally {
    pub fn count(self) -> u32 {
        self.well.saturating_add(self.badly)
    }

    /// One more outcome.
    pub fn add(&mut self, lesson: Lesson, times: u32) {
        let side = match lesson.went_well() {
            true => &mut self.well,
            false => &mut self.badly,
        };
        *side = side.saturating_add(times);
    }

    /// The success rate after these outcomes.
    fn posterior(self, mean: f64, weight: f64) -> f64 {
        match self.count() {
            // Exactly what it was, whatever rounding would make of it.
            0 => mean,
            count => (weight * mean + f64::from(self.well)) / (weight + f64::from(count)),
        }
    }
}

/// What is known of a strategy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Record {
    /// In this repository.
    pub here: Tally,
    /// In all others.
    pub elsewhere: Tally,
}

impl Record {
    pub fn is_empty(&self) -> bool {
        self.here.count() == 0 && self.elsewhere.count() == 0
    }
}

/// What a stated confidence is worth. What is no confidence at all (not from 0
/// to 1) stays what it is, for the decision to refuse.
pub fn calibrated(stated: f64, record: &Record) -> f64 {
    if !(0.0..=1.0).contains(&stated) {
        return stated;
    }
    let elsewhere = record.elsewhere.posterior(stated, WEIGHT_OF_WORD);
    let here = record.here.posterior(elsewhere, WEIGHT_OF_OTHERS);
    here.min(stated + MAX_RAISE).clamp(0.0, 1.0)
}
