//! The figures of ARCHITECTURE.md, each beside its baseline in the same run:
//! on a shared machine only ratios mean something.

mod analyze;
mod checks;
mod cold;
#[path = "../../../tests/http_guest.rs"]
mod http_guest;
mod intake;
mod live;
#[path = "../../../tests/log_generator.rs"]
mod log_generator;
mod metering;
mod redaction;
mod start;
mod way;

use criterion::{criterion_group, criterion_main};

criterion_group!(
    figures,
    start::figures,
    cold::figures,
    live::figures,
    metering::figures,
    intake::figures,
    way::figures,
    redaction::figures,
    analyze::figures,
    checks::figures
);
criterion_main!(figures);
