//! LogAnalyzer reads the log of a CI job and says what failed.
//!
//! A log goes through a chain of small steps: [`excerpt`] keeps a bounded part
//! of it, [`steps`] finds the commands that ran and how they ended, [`scan`]
//! lets the [`rules`] recognise lines, [`groups`] gathers what one tool said
//! in one step, [`candidates`] looks at every line that could be the cause,
//! what was [`learned`] ranks them and names the class, and [`failures`] turns
//! that into the contract's words. Nothing here knows the
//! repository or acts on anything: the answer is advice.

mod agent;
mod candidates;
mod excerpt;
mod expression;
mod failures;
mod fingerprint;
mod groups;
mod learned;
mod literals;
mod matcher;
mod model;
mod ordinary;
mod plain;
mod ranker;
mod reports;
mod rules;
mod scan;
mod shape;
mod steps;
mod suspicion;
mod tool;
#[cfg(not(target_family = "wasm"))]
#[doc(hidden)]
pub mod training;
mod worth;

use std::io::{self, Read};

use sentinel_sdk::{Failure, Provider};

use excerpt::Excerpt;
use failures::Reading;
use learned::Learned;
use matcher::Matcher;
use ordinary::Ordinary;
use rules::Rules;
use scan::scan;
use steps::Outcome;

pub use agent::LogAnalyzer;
pub use reports::Format;
pub use rules::{RuleError, class_name};

/// What a log says.
#[derive(Debug, Clone, PartialEq)]
pub struct Analysis {
    /// The most likely cause first; empty where nothing failed.
    pub failures: Vec<Failure>,
    /// Lines of the log, counting `\n` and an unfinished last one.
    pub lines: u64,
    /// Bytes of the log.
    pub bytes: u64,
}

/// What is at hand beside the log.
pub struct Beside<R> {
    /// Logs of the same job that went well.
    pub passing: Vec<R>,
    /// Reports that tools wrote, with their names.
    pub reports: Vec<(Format, String, R)>,
}

impl<R> Default for Beside<R> {
    fn default() -> Self {
        Beside {
            passing: Vec::new(),
            reports: Vec::new(),
        }
    }
}

/// Reads a log to its end, in memory that does not grow with it, and says what
/// failed. The markers of all CI systems are understood whatever `provider`
/// says: logs quote each other.
pub fn analyze(log: impl Read, provider: Provider) -> io::Result<Analysis> {
    let _ = provider;
    Reader::default().read(log, Beside::<&[u8]>::default(), |_| {})
}

/// Reads logs with the shipped rules and the operator's own.
pub struct Reader {
    matcher: Matcher,
}

impl Default for Reader {
    fn default() -> Self {
        let matcher = Matcher::new(Rules::shipped());
        Reader { matcher }
    }
}

impl Reader {
    /// With rules of the operator's own, in the format of `rules/README.md`.
    pub fn with_own(rules: &str) -> Result<Self, RuleError> {
        let mut all = Rules::shipped();
        all.add_own(rules)?;
        let matcher = Matcher::new(all);
        Ok(Reader { matcher })
    }

    /// Reads a log and what lies beside it; `watch` hears now and then how
    /// many bytes of the log were read.
    pub fn read<R: Read>(
        &self,
        log: impl Read,
        beside: Beside<R>,
        watch: impl FnMut(u64),
    ) -> io::Result<Analysis> {
        let excerpt = Excerpt::read(log, &self.matcher, watch)?;
        let mut ordinary = Ordinary::default();
        for log in beside.passing {
            ordinary.read(log)?;
        }
        let reading = Reading::of(&excerpt, &self.matcher.rules).beside(&ordinary);
        let hits = scan(&excerpt, &reading.steps, &self.matcher);
        let mut failures = reading.failures(hits, &Learned::shipped());
        // What a report complains about did not fail a job that went well.
        if reading.steps.outcome != Outcome::Passed {
            for (format, name, report) in beside.reports {
                let reported = reports::read(format, &name, report)?;
                reports::join(&mut failures, reported);
            }
        }
        Ok(Analysis {
            failures,
            lines: excerpt.total_lines,
            bytes: excerpt.total_bytes,
        })
    }
}
