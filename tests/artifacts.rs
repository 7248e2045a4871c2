//! Compiled components that are kept: used when they are what was written,
//! compiled again when they are not.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use sentinel::grant::Limits;
use sentinel::pipeline::{Artifacts, load};
use sentinel::sandbox::{Component, Sandbox};
use sentinel::store::Store;

use crate::sandbox::PROBE;

struct Cache {
    place: tempfile::TempDir,
    artifacts: Artifacts,
    sandbox: Arc<Sandbox>,
}

impl Cache {
    fn new() -> Cache {
        let place = tempfile::tempdir().unwrap();
        let store = Store::open(place.path()).unwrap();
        Cache {
            artifacts: Artifacts::of(&store, place.path()).unwrap(),
            sandbox: Arc::new(Sandbox::new(&Limits::default()).unwrap()),
            place,
        }
    }

    async fn load(&self) -> Component {
        let inspection = self.sandbox.inspect(&PROBE).unwrap();
        let bytes = PROBE.clone().into();
        load(&self.sandbox, Some(&self.artifacts), inspection, bytes)
            .await
            .unwrap()
    }

    fn files(&self) -> Vec<PathBuf> {
        std::fs::read_dir(self.place.path().join("artifacts"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect()
    }

    /// The one artifact, and when it was written.
    fn artifact(&self) -> (PathBuf, SystemTime) {
        let files = self.files();
        let [file] = files.as_slice() else {
            panic!("{files:?}")
        };
        let written = file.metadata().unwrap().modified().unwrap();
        (file.clone(), written)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_component_is_compiled_once_a_machine() {
    let cache = Cache::new();
    let first = cache.load().await;
    let (file, written) = cache.artifact();
    assert!(file.metadata().unwrap().len() > PROBE.len() as u64);
    let second = cache.load().await;
    assert_eq!(cache.artifact().1, written, "nothing was written again");
    assert_eq!(first.agent(), second.agent());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_what_was_written_is_compiled_again_and_never_trusted() {
    let cache = Cache::new();
    cache.load().await;
    let (file, _) = cache.artifact();
    let good = std::fs::read(&file).unwrap();
    let mut flipped = good.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 1;
    let mut longer = good.clone();
    longer.push(0);
    // A valid artifact of other code under this key is just as wrong.
    let other = Sandbox::new(&Limits::default()).unwrap();
    let another = other
        .load(sentinel::agents::CONFIG_OPTIMIZER.bytes)
        .unwrap();
    let another = other.artifact(&another).unwrap();
    for bad in [
        flipped,
        longer,
        good[..good.len() / 2].to_vec(),
        Vec::new(),
        another,
    ] {
        std::fs::write(&file, &bad).unwrap();
        let component = cache.load().await;
        assert_eq!(component.agent().name, "probe");
        assert_eq!(std::fs::read(&file).unwrap(), good, "it was mended");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_artifact_belongs_to_its_engine() {
    let cache = Cache::new();
    cache.load().await;
    let limits = Limits {
        memory_bytes: 8 * 1024 * 1024,
        stack_bytes: 256 * 1024,
        ..Limits::default()
    };
    let other = Cache {
        sandbox: Arc::new(Sandbox::new(&limits).unwrap()),
        ..cache
    };
    // Another engine's key may be another; what is there still loads or is
    // compiled, and nothing breaks.
    assert_eq!(other.load().await.agent().name, "probe");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cache_that_cannot_be_written_costs_time_and_nothing_else() {
    let cache = Cache::new();
    std::fs::remove_dir_all(cache.place.path().join("artifacts")).unwrap();
    std::fs::write(cache.place.path().join("artifacts"), "a file").unwrap();
    assert_eq!(cache.load().await.agent().name, "probe");
}
