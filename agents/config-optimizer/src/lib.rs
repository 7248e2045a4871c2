//! ConfigOptimizer: looks over the CI configuration of a repository. What the
//! history of its runs shows becomes a small change with its evidence and what
//! it is expected to save; what a person has to decide becomes a report.

mod advice;
mod component;
mod edit;
mod history;
mod review;
mod workflow;
mod workflow_file;
mod yaml;

pub use advice::{Advice, Notice, advise, gitlab, noticed};
pub use component::ConfigOptimizer;
pub use history::{History, percentile};
pub use review::{Repository, Workflow, review};
pub use workflow::{Finding, Kind, look_over};
pub use workflow_file::WorkflowFile;

sentinel_sdk::agent!(ConfigOptimizer);
