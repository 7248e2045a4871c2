//! Taking secrets out of a log, against finding its lines; with many secrets;
//! and over sizes, where nothing but the size may count.

use std::hint::black_box;
use std::io::Read as _;

use criterion::{BenchmarkId, Criterion, Throughput};
use sentinel::redact::{Redactor, tokens::TOKENS};

use crate::log_generator::LogGenerator;

const BYTES: u64 = 64 * 1024 * 1024;

/// As a download comes in, in bytes.
const PIECE: usize = 256 * 1024;

pub fn figures(criterion: &mut Criterion) {
    let ordinary = ordinary(BYTES);
    let mut group = criterion.benchmark_group("redaction 64 MiB");
    group.throughput(Throughput::Bytes(BYTES)).sample_size(10);
    group.bench_function("finding lines (baseline)", |bencher| {
        bencher
            .iter(|| memchr::memchr_iter(b'\n', black_box(&ordinary)).fold(0, |all, at| all ^ at));
    });
    group.bench_function("an ordinary log", |bencher| {
        bencher.iter(|| redacted(&ordinary))
    });
    let heavy = heavy(&ordinary);
    group.bench_function("a secret in every tenth line", |bencher| {
        bencher.iter(|| redacted(&heavy))
    });
    group.finish();
    sizes(criterion, &ordinary);
}

fn sizes(criterion: &mut Criterion, ordinary: &[u8]) {
    let mut group = criterion.benchmark_group("redaction over sizes");
    group.sample_size(10);
    for mebibytes in [1, 4, 16, 64] {
        let part = &ordinary[..mebibytes << 20];
        group.throughput(Throughput::Bytes(part.len() as u64));
        group.bench_with_input(
            BenchmarkId::from_parameter(mebibytes),
            part,
            |bencher, part| {
                bencher.iter(|| redacted(part));
            },
        );
    }
    group.finish();
}

fn ordinary(bytes: u64) -> Vec<u8> {
    let mut log = Vec::new();
    LogGenerator::new(1, bytes)
        .read_to_end(&mut log)
        .expect("a log");
    log.resize(bytes as usize, b'\n');
    log
}

/// The same with secrets of every form in it, and as long.
fn heavy(log: &[u8]) -> Vec<u8> {
    let mut state = 7_u32;
    let mut random = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    let mut heavy = Vec::with_capacity(log.len() * 2);
    for (number, line) in log.split_inclusive(|byte| *byte == b'\n').enumerate() {
        heavy.extend_from_slice(line);
        if number % 10 == 0 {
            let token = TOKENS[number / 10 % TOKENS.len()].sample(&mut random);
            heavy.extend_from_slice(format!("DEPLOY_TOKEN={token} was used\n").as_bytes());
        }
    }
    heavy.truncate(log.len());
    heavy
}

/// Bytes of the redacted text, which is not kept.
fn redacted(log: &[u8]) -> usize {
    let mut redactor = Redactor::new();
    let mut out = Vec::with_capacity(2 * PIECE);
    let mut bytes = 0;
    for piece in log.chunks(PIECE) {
        redactor.push(piece, &mut out);
        bytes += out.len();
        out.clear();
    }
    redactor.finish(&mut out);
    bytes + out.len()
}
