//! Starting a component that this process has not seen: from the cache of
//! compiled ones, read, verified, deserialised and run.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use criterion::Criterion;
use sentinel::agents::CONFIG_OPTIMIZER;
use sentinel::grant::Limits;
use sentinel::pipeline::{Artifacts, load};
use sentinel::sandbox::{Component, Sandbox, embed};
use sentinel::store::Store;

const MANIFEST: &str = include_str!("../../../tests/languages/rust/manifest.toml");

struct Cache {
    _place: tempfile::TempDir,
    artifacts: Artifacts,
    sandbox: Arc<Sandbox>,
}

impl Cache {
    fn new() -> Cache {
        let place = tempfile::tempdir().expect("a directory");
        let store = Store::open(place.path()).expect("a store");
        Cache {
            artifacts: Artifacts::of(&store, place.path()).expect("a cache"),
            sandbox: Arc::new(Sandbox::new(&Limits::default()).expect("a sandbox")),
            _place: place,
        }
    }

    async fn load(&self, bytes: &[u8]) -> Component {
        let inspection = self.sandbox.inspect(bytes).expect("an agent");
        load(
            &self.sandbox,
            Some(&self.artifacts),
            inspection,
            bytes.to_vec().into(),
        )
        .await
        .expect("a component")
    }
}

pub fn figures(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let cache = Cache::new();
    let mut group = criterion.benchmark_group("cold start from the cache");
    group.sample_size(20);
    for (name, bytes) in components() {
        let started = Instant::now();
        runtime.block_on(cache.load(&bytes));
        println!(
            "{name}: {} bytes, compiled in {:?}",
            bytes.len(),
            started.elapsed()
        );
        group.bench_function(name, |bencher| {
            bencher.to_async(&runtime).iter(|| async {
                let component = cache.load(&bytes).await;
                super::start::ours(&cache.sandbox, &component).await;
            });
        });
    }
    group.finish();
}

/// The Rust agent, and the samples of language runtimes that were built.
fn components() -> Vec<(&'static str, Vec<u8>)> {
    let mut all = vec![("Rust", CONFIG_OPTIMIZER.bytes.to_vec())];
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/test-data/languages");
    for (name, file) in [("JavaScript", "js.wasm"), ("Python", "python.wasm")] {
        match std::fs::read(place.join(file)) {
            Ok(bytes) => {
                all.push((
                    name,
                    embed(&bytes, MANIFEST.as_bytes()).expect("a manifest fits"),
                ));
            }
            Err(_) => println!("{name}: not built; tests/languages/build builds it"),
        }
    }
    all
}
