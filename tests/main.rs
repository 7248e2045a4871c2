//! Every test of the host in one binary: linking wasmtime takes longer than
//! running most of them.

mod doubles;
mod github_forge;
