//! What reads hostile bytes, fed with bytes: each target is a function over
//! any input, driven from valid seeds by a small mutator with a fixed number
//! of steps. `SENTINEL_FUZZ=N` takes N times as many.
//!
//! No coverage guides it: that takes a nightly compiler. The seeds are valid
//! inputs of every kind, so mutations reach behind the first check.

use std::panic::{AssertUnwindSafe, catch_unwind};

use sentinel::grant::Limits;
use sentinel::manifest::Manifest;
use sentinel::pipeline::{bundle, parse_listing};
use sentinel::sandbox::{Recording, Sandbox, embed, inspect};
use sentinel::store::Blobs;

use crate::redaction;
use crate::sandbox::{Bench, PROBE, limits};

/// A generator that is the same everywhere (SplitMix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }
}

/// One to four changes of a seed: a flipped bit, an interesting byte, a part
/// cut out, doubled, or taken from another seed.
fn mutate(random: &mut Random, seeds: &[Vec<u8>]) -> Vec<u8> {
    const INTERESTING: [u8; 9] = [0, 1, 0x7f, 0x80, 0xff, b'"', b'\n', b'/', b'{'];
    let mut bytes = seeds[random.below(seeds.len())].clone();
    for _ in 0..=random.below(4) {
        let at = random.below(bytes.len() + 1);
        let length = random.below(64).min(bytes.len() - at.min(bytes.len()));
        match random.below(5) {
            0 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
            1 if at < bytes.len() => bytes[at] = INTERESTING[random.below(INTERESTING.len())],
            2 => drop(bytes.drain(at..at + length)),
            3 => {
                let part = bytes[at..at + length].to_vec();
                bytes.splice(at..at, part);
            }
            _ => {
                let other = &seeds[random.below(seeds.len())];
                let from = random.below(other.len() + 1);
                let part = other[from..(from + length).min(other.len())].to_vec();
                bytes.splice(at..at, part);
            }
        }
    }
    bytes
}

/// Feeds a target; a panic names the input that made it.
fn feed(name: &str, steps: usize, seeds: &[Vec<u8>], mut target: impl FnMut(&[u8])) {
    let times = std::env::var("SENTINEL_FUZZ").ok();
    let times: usize = times.and_then(|times| times.parse().ok()).unwrap_or(1);
    let mut random = Random(0x5e47_14e1);
    for step in 0..steps * times {
        let input = mutate(&mut random, seeds);
        let fed = catch_unwind(AssertUnwindSafe(|| target(&input)));
        if fed.is_err() {
            let place = std::env::temp_dir().join(format!("fuzz-{name}-{step}"));
            std::fs::write(&place, &input).unwrap();
            panic!(
                "{name}: step {step} panics; its input is in {}",
                place.display()
            );
        }
    }
}

const MANIFEST: &str = include_str!("guests/probe/manifest.toml");

#[test]
fn manifests() {
    let more = "manifest = 1\nname = \"a\"\nversion = \"1.0.0\"\nkinds = [\"repair\"]\n\
                [capabilities.http]\nreason = \"r\"\nhosts = [\"*.a.example:8443\"]\n";
    let seeds = [MANIFEST.into(), more.into()];
    feed("manifest", 20_000, &seeds, |bytes| {
        if let Ok(manifest) = Manifest::parse(bytes) {
            let _ = manifest.requested();
            assert!(manifest.asks_more_than(&manifest).is_empty());
        }
    });
}

/// Whatever bytes: lines stay, the pieces make no difference, and what is
/// redacted stays.
#[test]
fn redaction() {
    let seeds = redaction::seeds();
    feed("redaction", 10_000, &seeds, redaction::holds);
}

/// A component small enough that thousands are inspected in a second.
fn small() -> Vec<u8> {
    let text = r#"(component
        (component $inner (core module $m (func (export "f"))) (core instance (instantiate $m)))
        (instance (instantiate $inner))
        (import "wasi:cli/exit@0.2.6" (instance (export "exit" (func (param "status" (result))))))
        (instance $life)
        (export "sentinel:agent/lifecycle@0.1.0" (instance $life)))"#;
    let bytes = wat::parse_str(text).unwrap();
    embed(&bytes, MANIFEST.as_bytes()).unwrap()
}

#[test]
fn components_before_they_are_compiled() {
    let seeds = [small(), PROBE.clone()];
    let limit = Limits::default().component_bytes;
    assert!(inspect(&seeds[0], limit).is_ok());
    feed("component", 4_000, &seeds, |bytes| {
        let _ = inspect(bytes, limit);
    });
}

#[test]
fn components_that_reach_the_compiler() {
    let sandbox = Sandbox::new(&limits()).unwrap();
    feed("compile", 300, &[small()], |bytes| {
        let _ = sandbox.load(bytes);
    });
}

#[test]
fn bundles_recordings_and_listings() {
    let place = tempfile::tempdir().unwrap();
    let blobs = Blobs::open(&place.path().join("blobs")).unwrap();
    let entries: [(&str, &[u8]); 2] = [("recording.json", b"{}"), ("blobs/x", b"x")];
    let plain = {
        let mut archive = tar::Builder::new(Vec::new());
        for (name, bytes) in entries {
            let mut header = tar::Header::new_ustar();
            header.set_size(bytes.len() as u64);
            header.set_cksum();
            archive.append_data(&mut header, name, bytes).unwrap();
        }
        archive.into_inner().unwrap()
    };
    // Mutated below the compression, so that mutations reach the archive.
    feed("archive", 3_000, std::slice::from_ref(&plain), |bytes| {
        let packed = zstd::encode_all(bytes, 1).unwrap();
        let _ = bundle::read(&packed[..], &blobs);
    });
    let packed = zstd::encode_all(&plain[..], 1).unwrap();
    feed("bundle", 3_000, &[packed], |bytes| {
        let _ = bundle::read(bytes, &blobs);
    });
    let listing = b"100644 ce013625030ba8dba906f756967f9e9ca394464a 6\tsrc/lib.rs\0".to_vec();
    feed("listing", 20_000, &[listing], |bytes| {
        let _ = parse_listing(bytes);
    });
    feed(
        "recording",
        20_000,
        &[b"{\"format\":1,\"sentinel\":\"0.1.0\"}".to_vec()],
        |bytes| {
            let _ = Recording::from_bytes(bytes);
        },
    );
    assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 1);
}

/// The host-call layer, from inside: the probe is told paths made of hostile
/// parts, and whatever it is answered, nothing of the host comes out.
#[tokio::test(flavor = "multi_thread")]
async fn host_calls() {
    let bench = Bench::new();
    let parts = [
        "..",
        ".",
        "",
        "src",
        "lib.rs",
        "link",
        "workspace",
        "input",
        "job.log",
        "secret.txt",
        "\u{202e}",
        "a\\b",
        "%2e%2e",
        "é",
        "//",
        "etc",
        "passwd",
        "a.txt",
    ];
    let mut random = Random(7);
    for _ in 0..400 {
        let count = 1 + random.below(6);
        let path: Vec<&str> = (0..count)
            .map(|_| parts[random.below(parts.len())])
            .collect();
        let root = ["/workspace/", "/input/", "/", ""][random.below(4)];
        let order = ["read", "list", "write", "remove"][random.below(4)];
        let report = bench
            .run("execute", &format!("{order} {root}{}", path.join("/")))
            .await;
        let Ok(sentinel::sandbox::Output::Abstained(said)) = report.outcome else {
            panic!("{order} {root}{path:?}: {:?}", report.outcome);
        };
        assert!(
            !said.contains("the secret") && !said.contains("root:"),
            "{path:?}: {said}"
        );
        let reads = ["", "read: the source", "read: the log", "read: c"];
        assert!(
            order == "list" || said.starts_with("error") || reads.contains(&said.as_str()),
            "{order} {root}{path:?}: {said}"
        );
    }
}
