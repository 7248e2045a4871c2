//! What `examples/` see: the same reader, with some of what it knows taken
//! away, so that it can be measured on logs that it has not seen.

use std::collections::BTreeSet;
use std::io::{self, Read};

use crate::Analysis;
use crate::excerpt::Excerpt;
use crate::failures::{self, model_features};
use crate::fallback;
use crate::matcher::Matcher;
use crate::rules::{CLASSES, Rules};
use crate::scan::scan;
use crate::steps::Steps;

pub use crate::model::{BUCKETS, STEPS, WEIGHTS, features};

/// Reads a log as if the rules of these indices did not exist.
pub fn analyze_without(log: impl Read, off: &[usize]) -> io::Result<Analysis> {
    let matcher = Matcher::without(Rules::shipped(), off);
    let excerpt = Excerpt::read(log, &matcher, |_| {})?;
    Ok(Analysis {
        failures: failures::of(&excerpt, &matcher),
        lines: excerpt.total_lines,
        bytes: excerpt.total_bytes,
    })
}

/// The rules that recognise anything in a log.
pub fn rules_in(log: impl Read) -> io::Result<BTreeSet<usize>> {
    let matcher = Matcher::new(Rules::shipped());
    let excerpt = Excerpt::read(log, &matcher, |_| {})?;
    let hits = scan(&excerpt, &Steps::of(&excerpt), &matcher);
    Ok(hits.into_iter().map(|hit| hit.rule).collect())
}

/// The features of a log as the model gets them where no rule knows anything.
pub fn features_of(log: impl Read) -> io::Result<Vec<u16>> {
    let matcher = Matcher::new(Rules::shipped());
    let excerpt = Excerpt::read(log, &matcher, |_| {})?;
    let steps = Steps::of(&excerpt);
    let suspects = fallback::suspects(&excerpt, &steps);
    Ok(model_features(&excerpt, &steps, &suspects))
}

/// The names of the classes, in the order of the weights.
pub fn classes() -> Vec<&'static str> {
    CLASSES.iter().map(|(name, _)| *name).collect()
}
