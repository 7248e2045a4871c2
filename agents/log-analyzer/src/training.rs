//! What `examples/train.rs` sees of a log: the same as the model does.

use std::io::Read;

use crate::excerpt::Excerpt;
use crate::failures::model_features;
use crate::fallback;
use crate::matcher::Matcher;
use crate::rules::{CLASSES, Rules};
use crate::steps::Steps;

pub use crate::model::{BUCKETS, STEPS, WEIGHTS, features};

/// The features of a log as the model gets them where no rule knows anything.
pub fn features_of(log: impl Read) -> std::io::Result<Vec<u16>> {
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
