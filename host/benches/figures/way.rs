//! The way from a stored delivery to a published change, with a forge that
//! answers at once and no command run: what Sentinel itself takes. Beside it
//! the two agents alone, on the same log and the same tree.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use criterion::Criterion;
use sentinel::change::{Change, ChangeSeen, Publication};
use sentinel::cli::compose;
use sentinel::config::Config;
use sentinel::event::{Event, generic};
use sentinel::forge::checkout::Writer;
use sentinel::forge::{Forge, ForgeError};
use sentinel::grant::Limits;
use sentinel::ids::{Branch, ObjectId, Repository, TaskId};
use sentinel::pipeline::{Agents, Arrival, Fixer, LogInput, Pipeline, RedactedLog, accept, drain};
use sentinel::policy::Policy;
use sentinel::push::{Push, Since};
use sentinel::sandbox::{Input, Output, Workspace};
use sentinel::store::Store;
use sentinel::tree::{Entry, EntryKind, Files, Tree, blob_id};
use serde_json::json;
use tokio::runtime::Runtime;

const LOG: &str = include_str!("../../../tests/logs/rustfmt.log");
const UNFORMATTED: &str = "//! One.\n\npub fn one( )->u8{1}\n";

/// Files beside the broken one: a small repository.
const OTHERS: usize = 200;

/// A forge of one repository that answers from memory.
#[derive(Debug)]
struct Memory {
    tree: Tree,
    published: AtomicU64,
}

#[derive(Debug)]
struct Held;

impl Files for Held {
    fn bytes(&self, path: &str, _: &Entry) -> std::io::Result<Vec<u8>> {
        Ok(content(path).into_bytes())
    }
}

fn content(path: &str) -> String {
    match path {
        "src/lib.rs" => UNFORMATTED.to_owned(),
        other => format!("//! {other}\n"),
    }
}

impl Memory {
    fn new() -> Memory {
        let mut tree = Tree::default();
        let others = (0..OTHERS).map(|file| format!("src/other_{file}.rs"));
        for path in others.chain(["src/lib.rs".to_owned()]) {
            let bytes = content(&path).into_bytes();
            let entry = Entry {
                kind: EntryKind::File,
                id: blob_id(&bytes),
                size: Some(bytes.len() as u64),
            };
            tree.insert(path, entry).expect("an entry");
        }
        Memory {
            tree,
            published: AtomicU64::new(0),
        }
    }
}

type Result<T> = std::result::Result<T, ForgeError>;

#[async_trait]
impl Forge for Memory {
    async fn checkout(&self, _: &Repository, _: &ObjectId, into: &Path) -> Result<Tree> {
        let mut writer = Writer::new(into);
        for (path, entry) in self.tree.iter() {
            writer.write(path, entry, content(path).as_bytes())?;
        }
        Ok(self.tree.clone())
    }

    async fn open(&self, _: &Repository, _: &ObjectId, _: &Path) -> Result<(Tree, Arc<dyn Files>)> {
        Ok((self.tree.clone(), Arc::new(Held)))
    }

    async fn branch_head(&self, _: &Repository, branch: &Branch) -> Result<Option<ObjectId>> {
        Ok((branch.as_str() == "main").then(head))
    }

    async fn default_branch(&self, _: &Repository) -> Result<Option<Branch>> {
        Ok("main".parse().ok())
    }

    async fn is_ancestor(&self, _: &Repository, _: &ObjectId, _: &ObjectId) -> Result<bool> {
        Ok(true)
    }

    async fn recent_messages(&self, _: &Repository, _: &ObjectId, _: usize) -> Result<Vec<String>> {
        Ok(vec!["Begin".to_owned()])
    }

    async fn changed(&self, _: &Repository, _: &Since, head: &ObjectId) -> Result<Push> {
        Ok(Push::beginning(Some(head.clone())))
    }

    async fn find_change(&self, _: &Repository, _: &Branch) -> Result<Option<ChangeSeen>> {
        Ok(None)
    }

    async fn publish(&self, publication: &Publication) -> Result<Change> {
        let number = self.published.fetch_add(1, Ordering::Relaxed) + 1;
        Ok(Change {
            form: publication.form(),
            branch: publication.branch().clone(),
            number: Some(number),
            url: None,
            commit: Some(head()),
            found: false,
        })
    }
}

fn head() -> ObjectId {
    "a".repeat(40).parse().expect("forty digits")
}

pub fn figures(criterion: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    let place = tempfile::tempdir().expect("a directory");
    let agents = Arc::new(Agents::new(&Limits::default(), compose::now).expect("the agents run"));
    let forge = Arc::new(Memory::new());
    let pipeline = {
        let _entered = runtime.enter();
        Arc::new(pipeline(place.path(), agents.clone(), forge.clone()))
    };
    let log = log(place.path());
    let mut group = criterion.benchmark_group("from a stored delivery to a published change");
    group
        .sample_size(50)
        .measurement_time(Duration::from_secs(10));
    group.bench_function("the two agents alone (baseline)", |bencher| {
        bencher
            .to_async(&runtime)
            .iter(|| alone(&agents, &log, &forge));
    });
    let next = AtomicU64::new(1);
    group.bench_function("sentinel, durable", |bencher| {
        bencher.to_async(&runtime).iter_custom(|rounds| {
            let (pipeline, forge, next) = (&pipeline, &forge, &next);
            async move {
                let mut spent = Duration::ZERO;
                for _ in 0..rounds {
                    spent += whole(pipeline, forge, next.fetch_add(1, Ordering::Relaxed)).await;
                }
                spent
            }
        });
    });
    group.finish();
}

fn pipeline(place: &Path, agents: Arc<Agents>, forge: Arc<Memory>) -> Pipeline {
    let data = place.join("data");
    let text = format!("data_dir = {data:?}\n[publish]\nunproven = \"draft\"\n");
    let config = Config::parse(&text).expect("a configuration");
    let store = Store::open(&data).expect("a store");
    let composed = compose::pipeline(&config, store, agents).expect("a pipeline");
    let mut pipeline = composed.pipeline;
    pipeline.forges.github = Some(forge);
    pipeline
}

/// Stores a delivery about a repository of its own, and works until its change
/// is published: that takes so long.
async fn whole(pipeline: &Arc<Pipeline>, forge: &Memory, run: u64) -> Duration {
    let body = json!({
        "repository": format!("github:acme/widget-{run}"), "run": run, "branch": "main",
        "commit": head(), "job": "fmt", "command": "cargo fmt --check", "provider": "github",
        "log": LOG,
    });
    let body = body.to_string().into_bytes();
    let told = generic::parse(&body).expect("a told run");
    let event = Event::PipelineFailed(generic::event(&told));
    let arrival = Arrival {
        provider: "generic",
        id: run.to_string(),
        id_is_signed: false,
        body,
    };
    let before = forge.published.load(Ordering::Relaxed);
    accept(&pipeline.store, arrival, event, pipeline.now())
        .await
        .expect("stored");
    let begun = Instant::now();
    drain(pipeline).await.expect("worked");
    let spent = begun.elapsed();
    assert_eq!(forge.published.load(Ordering::Relaxed), before + 1);
    spent
}

fn log(place: &Path) -> LogInput {
    let path = place.join("log");
    std::fs::write(&path, LOG).expect("a log");
    let redacted = RedactedLog::read(&path).expect("a redacted log");
    // The file lives as long as the value: as long as the benchmark.
    let redacted = Box::leak(Box::new(redacted));
    LogInput::of(redacted).expect("an input")
}

/// Both agents and the check, nothing stored.
async fn alone(agents: &Agents, log: &LogInput, forge: &Memory) {
    let task = TaskId::derive(&["bench"]);
    let report = agents.read_log(task, log, Input::GitHub).await;
    let Ok(Output::Failures(failures)) = report.outcome else {
        panic!("{:?}", report.outcome);
    };
    let fixer = Fixer {
        agents,
        log: log.clone(),
        provider: Input::GitHub,
        workspace: Workspace {
            tree: Arc::new(forge.tree.clone()),
            files: Arc::new(Held),
        },
        rules: Policy::default().patch_rules().expect("rules"),
        command: Some("cargo fmt --check"),
        push: None,
        now: compose::now(),
    };
    let (candidates, reasons) = fixer.propose(&failures).await;
    assert_eq!(candidates.len(), 1, "{reasons:?}");
}
