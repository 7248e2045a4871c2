//! Stand-ins for what Sentinel talks to.

pub mod github;
pub mod web;
