//! Stand-ins for what Sentinel talks to.

pub mod github;
pub mod gitlab;
pub mod jenkins;
pub mod model;
pub mod recorded;
pub mod serve;
pub mod web;
pub mod zip;
