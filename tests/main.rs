//! Every test of the host in one binary: linking wasmtime takes longer than
//! running most of them.

mod architecture;
mod cases;
mod cli;
mod client;
mod crash;
mod decision;
mod doubles;
mod eval;
mod github_forge;
mod intake;
mod large_logs;
mod local_forge;
mod log_generator;
mod patch;
mod sandbox;
mod stories;
mod words;
mod world;
