//! Every test of the host in one binary: linking wasmtime takes longer than
//! running most of them.

mod architecture;
mod artifacts;
mod cases;
mod cli;
mod client;
mod crash;
mod decision;
mod doubles;
mod eval;
mod fuzz;
mod generic;
mod github_events;
mod github_forge;
mod gitlab;
mod grants;
mod hostile;
mod http_guest;
mod intake;
mod jenkins;
mod languages;
mod large_logs;
mod local_forge;
mod log_generator;
mod outgoing;
mod own_rules;
mod patch;
mod pool;
mod registry;
mod replay;
mod sandbox;
mod store;
mod stories;
mod words;
mod world;
