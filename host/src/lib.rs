//! **Sentinel**, the host for agents that repair software.
//!
//! `ARCHITECTURE.md` beside this crate tells the way of the data and which
//! layer each module belongs to.

// Pure: no async, no IO, no clock.
pub mod change;
pub mod ci_history;
pub mod command;
pub mod confidence;
pub mod decision;
pub mod delivery;
pub mod effect;
pub mod event;
pub mod evidence;
pub mod failure;
pub mod grant;
pub mod ids;
pub mod incident;
pub mod ledger;
pub mod manifest;
pub mod patch;
pub mod policy;
pub mod proof;
pub mod proposal;
pub mod push;
pub mod redact;
pub mod spending;
pub mod task;
pub mod time;
pub mod timetable;
pub mod tree;

// Adapters: know the pure layer, never each other.
pub mod agents;
pub mod forge;
pub mod metrics;
pub mod model;
pub mod runner;
pub mod sandbox;
pub mod store;
pub mod web;

// Conduct: the steps, in the order of the data.
pub mod pipeline;

// Edges: parse, call, render.
pub mod cli;
pub mod config;
pub mod http;
