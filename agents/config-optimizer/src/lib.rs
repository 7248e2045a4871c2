//! ConfigOptimizer: looks over the CI configuration of a repository and says
//! what it finds. It changes nothing: a time-out needs the durations that it
//! does not see, and a pinned action a commit that it cannot look up.

mod component;
mod review;
mod workflow;
mod yaml;

pub use component::ConfigOptimizer;
pub use review::{Workflow, review};
pub use workflow::{Finding, Kind, look_over};

sentinel_sdk::agent!(ConfigOptimizer);
