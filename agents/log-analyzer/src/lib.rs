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
mod failures;
mod fingerprint;
mod groups;
mod learned;
mod matcher;
mod model;
mod plain;
mod ranker;
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

use std::io::Read;

pub use agent::LogAnalyzer;
use learned::Learned;
pub use rules::class_name;
use sentinel_sdk::{Failure, Provider};

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

/// Reads a log to its end, in memory that does not grow with it, and says what
/// failed. The markers of all CI systems are understood whatever `provider`
/// says: logs quote each other.
pub fn analyze(log: impl Read, provider: Provider) -> std::io::Result<Analysis> {
    let _ = provider;
    analyze_with(rules::Rules::shipped(), log, |_| {})
}

/// As [`analyze`], with these rules; `watch` hears now and then how many bytes
/// were read.
fn analyze_with(
    rules: rules::Rules,
    log: impl Read,
    watch: impl FnMut(u64),
) -> std::io::Result<Analysis> {
    let matcher = matcher::Matcher::new(rules);
    let excerpt = excerpt::Excerpt::read(log, &matcher, watch)?;
    Ok(Analysis {
        failures: failures::of(&excerpt, &matcher, &Learned::shipped()),
        lines: excerpt.total_lines,
        bytes: excerpt.total_bytes,
    })
}
