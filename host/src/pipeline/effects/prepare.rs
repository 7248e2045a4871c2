//! The prepare step of a task's commands: what the job needs is fetched once,
//! on the tree as it failed, and laid into every later run.
//!
//! It is the only time that the repository's install scripts have a network,
//! and what they leave is kept. So it is kept by everything that it may depend
//! on. A tree that only people with write access made, on a branch that lives
//! on, shares by its manifests; every other tree, a pull request's above all,
//! has its results for itself, whatever its lock file says: nobody's install
//! script leaves something in the way of somebody else's run.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Serialize;

use super::commands::{Bench, Commands};
use crate::command::{self, as_one, copies_sources, is_manifest};
use crate::ids::{Digest, Repository};
use crate::redact::redact;
use crate::runner::{Around, Keeping, Layers, Order, Ran, Settings};
use crate::tree::Tree;

/// Which form the key below has: another one finds nothing of older ones.
const FORM: u32 = 1;

/// Characters of a failed step's output that are told.
const MAX_TOLD: usize = 400;

/// Paths that count as manifests, at most; a tree with more depends on all of
/// itself.
const MAX_MANIFESTS: usize = 2_000;

/// What prepares, by repository where the operator says so, and where it is
/// kept.
pub struct Preparing {
    pub layers: Layers,
    pub listed: BTreeMap<Repository, Vec<Vec<String>>>,
    /// Whether anything has a network.
    pub network: bool,
}

impl Preparing {
    pub fn new(
        layers: Layers,
        settings: &Settings,
        listed: BTreeMap<Repository, Vec<Vec<String>>>,
    ) -> Preparing {
        Preparing {
            layers,
            listed,
            network: settings.has_registries(),
        }
    }
}

/// Whose tree it is, for what is kept of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Whose {
    pub repository: Option<Repository>,
    pub trusted: bool,
}

/// What came of preparing.
#[derive(Debug, Clone, Default)]
pub struct Prepared {
    pub layer: Option<PathBuf>,
    /// For the report of every run.
    pub notes: Vec<String>,
}

/// Everything that a result may depend on.
#[derive(Serialize)]
struct Key<'a> {
    form: u32,
    platform: (&'a str, &'a str),
    tools: Vec<String>,
    settings: &'a BTreeMap<String, String>,
    repository: Option<String>,
    argv: &'a [String],
    /// Manifests by their blobs' ids, where those decide alone.
    manifests: Option<Vec<(&'a str, &'a str)>>,
    /// The whole tree everywhere else.
    tree: Option<String>,
}

/// Paths of a tree's manifests.
pub fn manifests(tree: &Tree) -> Vec<String> {
    let paths = tree.iter().map(|(path, _)| path);
    let manifests = paths.filter(|path| is_manifest(path));
    manifests
        .take(MAX_MANIFESTS + 1)
        .map(str::to_owned)
        .collect()
}

impl Commands {
    /// What a task's commands run on beside the tree; made once.
    pub(super) async fn prepared<'a>(&self, bench: &'a Bench) -> &'a Prepared {
        bench.prepared.get_or_init(|| self.prepare(bench)).await
    }

    async fn prepare(&self, bench: &Bench) -> Prepared {
        let Some(preparing) = &self.preparing else {
            return Prepared::default();
        };
        let commands = &bench.derived.prepare;
        let listed = bench.whose.repository.as_ref();
        let listed = listed.is_some_and(|name| preparing.listed.contains_key(name));
        if self.image(bench).is_some() || commands.is_empty() || !(preparing.network || listed) {
            return Prepared::default();
        }
        match self.layer(preparing, bench, commands).await {
            Ok(layer) => Prepared {
                layer: Some(layer),
                notes: Vec::new(),
            },
            Err(notes) => {
                tracing::info!(?notes, "nothing was prepared");
                Prepared { layer: None, notes }
            }
        }
    }

    async fn layer(
        &self,
        preparing: &Preparing,
        bench: &Bench,
        commands: &[command::Command],
    ) -> Result<PathBuf, Vec<String>> {
        let argv = as_one(commands).map_err(|why| vec![why])?;
        let key = self.key(bench, commands, &argv).map_err(|why| vec![why])?;
        if let Some(layer) = preparing.layers.get(&key) {
            return Ok(layer);
        }
        let part = preparing.layers.begin(&key);
        let order = Order {
            argv,
            shown_as: String::new(),
            directory: String::new(),
            env: BTreeMap::new(),
            around: Around {
                network: preparing.network,
                keep: Some(Keeping {
                    path: part.path().to_owned(),
                    bytes: preparing.layers.layer_bytes(),
                }),
                ..Around::default()
            },
        };
        let ran = self.order(order, bench.source.clone(), Vec::new()).await;
        let ran = ran.map_err(|error| vec![format!("what prepares was not run: {error}")])?;
        if ran.exit != Some(0) || ran.layer.is_none() {
            return Err(failed(&ran));
        }
        let kept = preparing.layers.keep(part);
        kept.map_err(|error| vec![format!("what was prepared is not kept: {error}")])
    }

    fn key(
        &self,
        bench: &Bench,
        commands: &[command::Command],
        argv: &[String],
    ) -> Result<Digest, String> {
        let tree = &bench.source.tree;
        let manifests = manifests(tree);
        let by_manifests = bench.whose.trusted
            && manifests.len() <= MAX_MANIFESTS
            && !commands.iter().any(copies_sources);
        let blob = |path: &'_ String| tree.entry(path).map(|entry| entry.id.as_str().to_owned());
        let blobs: Vec<Option<String>> = manifests.iter().map(blob).collect();
        let pairs = manifests.iter().zip(&blobs);
        let pairs = pairs.map(|(path, id)| (path.as_str(), id.as_deref().unwrap_or_default()));
        let whole = tree.id().map_err(|error| error.to_string())?;
        let key = Key {
            form: FORM,
            platform: (std::env::consts::OS, std::env::consts::ARCH),
            tools: self.runner.identity(),
            settings: self.runner.env(),
            repository: bench.whose.repository.as_ref().map(ToString::to_string),
            argv,
            manifests: by_manifests.then(|| pairs.collect()),
            tree: (!by_manifests).then(|| whole.to_string()),
        };
        let bytes = serde_json::to_vec(&key).map_err(|error| error.to_string())?;
        Ok(Digest::of(&bytes))
    }
}

/// Why there is nothing, in words and from the step's own mouth.
fn failed(ran: &Ran) -> Vec<String> {
    let how = match (ran.killed, ran.exit) {
        (Some(why), _) => format!("its {} limit ended it", why.as_str()),
        (None, Some(code)) => format!("exit code {code}"),
        (None, None) => "a signal ended it".to_owned(),
    };
    let output = [ran.stdout.text(), ran.stderr.text()].concat();
    let output = String::from_utf8_lossy(&output);
    let output = redact(output.trim());
    let from = output
        .char_indices()
        .rev()
        .nth(MAX_TOLD)
        .map_or(0, |(at, _)| at);
    let mut notes = vec![format!("what prepares failed ({how}): {}", &output[from..])];
    notes.extend(ran.notes.iter().cloned());
    notes.extend(
        ran.contacts
            .iter()
            .map(|contact| format!("connection to {contact}")),
    );
    notes
}
