//! How fast a generated log is read, natively:
//! `cargo run --release --example speed -- [MB …]`; `speed write MB FILE` to
//! have the log as a file, `speed read FILE` for a log of your own.

use std::io::Read;
use std::time::Instant;

use log_analyzer::analyze;
use sentinel_sdk::Provider;

#[path = "../../../tests/log_generator.rs"]
mod log_generator;
use log_generator::LogGenerator;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [command, megabytes, path] = arguments.as_slice()
        && command == "write"
    {
        std::fs::write(path, log(megabytes.parse().expect("MB"))).expect("a writable file");
        return;
    }
    if let [command, path] = arguments.as_slice()
        && command == "read"
    {
        return measure(&std::fs::read(path).expect("a readable file"));
    }
    let sizes = arguments.iter().map(|size| size.parse().expect("MB"));
    let sizes: Vec<u64> = if arguments.is_empty() {
        vec![1, 8, 64, 256]
    } else {
        sizes.collect()
    };
    for megabytes in sizes {
        measure(&log(megabytes));
    }
}

fn measure(log: &[u8]) {
    let started = Instant::now();
    let analysis = analyze(log, Provider::Auto).expect("a readable log");
    let seconds = started.elapsed().as_secs_f64();
    let megabytes = log.len() as f64 / 1e6;
    let first = analysis.failures.first();
    println!(
        "{megabytes:>6.1} MB {:>9} lines {seconds:>7.3} s {:>6.0} MB/s  {:?} line {:?}",
        analysis.lines,
        megabytes / seconds,
        first.and_then(|failure| failure.tool.as_deref()),
        first
            .and_then(|failure| failure.key_lines.first())
            .map(|line| line.number),
    );
}

fn log(megabytes: u64) -> Vec<u8> {
    let mut log = Vec::new();
    LogGenerator::new(7, megabytes * 1_000_000)
        .read_to_end(&mut log)
        .expect("a log");
    log
}
