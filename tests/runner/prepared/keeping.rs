//! Where results are kept, and for how long.

use std::fs;

use sentinel::ids::Digest;
use sentinel::runner::{Layers, PreparedLimits, RunError, Settings, Tier};

use super::super::{run, settings, shell, source, working};
use super::{Around, with};

fn key(name: &str) -> Digest {
    Digest::of(name.as_bytes())
}

fn keep(layers: &Layers, name: &str, bytes: usize) {
    let part = layers.begin(&key(name));
    fs::write(part.path(), vec![0; bytes]).unwrap();
    layers.keep(part).unwrap();
    // So that times differ.
    std::thread::sleep(std::time::Duration::from_millis(15));
}

#[test]
fn the_one_that_was_used_longest_ago_goes_first() {
    let place = tempfile::tempdir().unwrap();
    let limits = PreparedLimits {
        bytes: 1_000,
        layers: 3,
        layer_bytes: 500,
    };
    let layers = Layers::open(place.path().to_owned(), limits.clone()).unwrap();
    for name in ["a", "b", "c"] {
        keep(&layers, name, 10);
    }
    assert!(layers.get(&key("a")).is_some());
    std::thread::sleep(std::time::Duration::from_millis(15));
    keep(&layers, "d", 10);
    let there = |name: &str| layers.get(&key(name)).is_some();
    assert_eq!(["a", "b", "c", "d"].map(there), [true, false, true, true]);
    keep(&layers, "large", 990);
    assert_eq!(
        ["a", "c", "d", "large"].map(there),
        [false, false, true, true]
    );
    // Larger than all may be: it goes too.
    keep(&layers, "huge", 1_001);
    assert_eq!(["d", "large", "huge"].map(there), [false; 3]);
    // What a service before this one left half made.
    let part = place.path().join("1-1.part");
    fs::write(&part, "x").unwrap();
    Layers::open(place.path().to_owned(), limits).unwrap();
    assert!(!part.exists());
}

#[test]
fn a_result_that_is_dropped_is_gone() {
    let place = tempfile::tempdir().unwrap();
    let layers = Layers::open(place.path().to_owned(), PreparedLimits::default()).unwrap();
    let part = layers.begin(&key("a"));
    fs::write(part.path(), "x").unwrap();
    drop(part);
    assert_eq!(fs::read_dir(place.path()).unwrap().count(), 0);
    assert_eq!(layers.get(&key("a")), None);
}

/// A file that is none, or half of one, breaks the run and is believed in
/// nothing.
#[test]
fn what_is_damaged_is_not_run_with() {
    let Some(runner) = working(settings(Tier::Bubblewrap)) else {
        return;
    };
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("layer");
    for bytes in [
        &b""[..],
        b"\0\0\0\x05hello",
        b"\xff\xff\xff\xff",
        b"\0\0\0\x02{}",
    ] {
        fs::write(&file, bytes).unwrap();
        let around = Around {
            prepared: Some(file.clone()),
            ..Around::default()
        };
        let error = run(&runner, &with(around, shell("true")), &source(&[])).unwrap_err();
        assert!(matches!(error, RunError::Broken(_)), "{error}");
    }
}

#[test]
fn the_landlock_tier_prepares_nothing() {
    let landlock = Settings {
        tiers: vec![Tier::Landlock],
        ..settings(Tier::Landlock)
    };
    if let Some(runner) = working(landlock) {
        let around = Around {
            prepared: Some("/nonexistent".into()),
            ..Around::default()
        };
        let error = run(&runner, &with(around, shell("true")), &source(&[])).unwrap_err();
        assert!(
            matches!(error, RunError::NoNetwork(Tier::Landlock)),
            "{error}"
        );
    }
}
