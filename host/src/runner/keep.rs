//! The keeper: writes the tree, runs the command, ends everything that is left
//! of it, and only then looks at what changed.
//!
//! In bubblewrap it is the first process of its namespace, which nobody inside
//! can signal; in the Landlock tier it stands outside of the command's domain,
//! and what loses its parent becomes its child. In neither can it be traced or
//! looked into.

mod caches;
mod changes;
mod forward;
mod gone;
mod history;
mod ignored;
mod kept;
mod layer;
mod seed;
mod size;
mod watch;

use std::io::{BufReader, BufWriter, Result, Write as _};

use rustix::process::{DumpableBehavior, getpid, set_child_subreaper, set_dumpable_behavior};

use super::enter::{Brought, brought, input};
use super::plan::{Keep, KeepCaches, Told};
use super::settings::Tier;
use super::wire;
use changes::Found;
pub use forward::forward;
use layer::Places;
pub use seed::Seed;
use seed::Seeded;
use watch::Watched;

pub fn keep() -> Result<()> {
    set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    set_child_subreaper(Some(getpid()))?;
    let mut from = BufReader::new(input()?);
    let mut keep: Keep = wire::read_json(&mut from)?;
    let Brought {
        layer_from,
        layer_to,
        caches,
    } = brought(&keep)?;
    if keep.tier == Tier::Container {
        settle(&mut keep)?;
    }
    let mut seeded = Seeded::write(&keep.workspace, &mut from)?;
    drop(from);
    if keep.history {
        history::begin(&keep.workspace, &seeded)?;
    }
    for (place, target) in &keep.links {
        seed::link(place, target)?;
    }
    let home = keep.home.clone();
    let workspace = keep.workspace.clone();
    let places = Places {
        workspace: &workspace,
        home: &home,
    };
    if let Some(from) = layer_from {
        seeded.prepared = layer::restore(from, places, &|_| true)?;
    }
    let caches = match (caches, keep.caches) {
        (Some(from), Some(KeepCaches::Lay { by_time })) => {
            let laid = caches::lay(from, places, by_time)?;
            seeded.prepared.extend(laid);
            None
        }
        (Some(to), Some(KeepCaches::Save { bytes, by_time })) => Some((to, bytes, by_time)),
        (None, _) | (_, None) => None,
    };
    if keep.network {
        assert_eq!(
            keep.tier,
            Tier::Bubblewrap,
            "elsewhere it is the machine's own loopback"
        );
        let proxy = forward::start()?;
        let names = PROXY.map(|name| (name.to_owned(), proxy.clone()));
        keep.env.extend(names);
    }
    match watch::run(&keep)? {
        Ok(watched) => {
            let good = watched.exit == Some(0) && watched.killed.is_none();
            let layer = match (layer_to.filter(|_| good), keep.layer_to) {
                (Some(to), Some(limit)) => {
                    Some(layer::save(to, places, &seeded, limit).map_err(|error| error.to_string()))
                }
                (None, _) | (_, None) => None,
            };
            let found = changes::find(&workspace, &mut seeded);
            // What a command made of other sources than the tree's is no
            // cache of the tree's; what a limit ended may be half of one.
            let as_it_was = found.changes.is_empty() && found.incomplete.is_none();
            let whole = as_it_was && watched.killed.is_none();
            let caches = caches.filter(|_| whole).map(|(to, limit, by_time)| {
                let saved = caches::save(to, places, &seeded, limit, by_time);
                saved.map_err(|error| error.to_string())
            });
            tell(watched, found, Left { layer, caches })
        }
        Err(why) => unstartable(why),
    }
}

/// In an image the tools and what they are told are the image's.
fn settle(keep: &mut Keep) -> Result<()> {
    for place in &keep.write {
        std::fs::create_dir_all(place)?;
    }
    // The machine's own directories are not there.
    keep.env.remove("PATH");
    keep.links.clear();
    for (name, value) in std::env::vars() {
        keep.env.entry(name).or_insert(value);
    }
    let filter = super::seccomp::program(keep.tier, false).map_err(std::io::Error::other)?;
    seccompiler::apply_filter(&filter).map_err(std::io::Error::other)
}

/// Names under which tools look for a proxy.
const PROXY: [&str; 7] = [
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "ALL_PROXY",
    "https_proxy",
    "http_proxy",
    "all_proxy",
    "YARN_HTTPS_PROXY",
];

/// What is kept of a run for later ones.
struct Left {
    layer: Option<std::result::Result<u64, String>>,
    caches: Option<std::result::Result<u64, String>>,
}

fn tell(watched: Watched, found: Found, left: Left) -> Result<()> {
    let told = Told {
        exit: watched.exit,
        signal: watched.signal,
        killed: watched.killed,
        unstartable: None,
        duration_ms: u64::try_from(watched.duration.as_millis()).unwrap_or(u64::MAX),
        printed: [watched.stdout.printed, watched.stderr.printed],
        changes: found.changes,
        incomplete: found.incomplete,
        layer: left.layer,
        caches: left.caches,
    };
    let mut to = BufWriter::new(std::io::stdout().lock());
    wire::write_json(&mut to, &told)?;
    for stream in [watched.stdout, watched.stderr] {
        let (head, tail) = stream.parts();
        wire::write(&mut to, &head)?;
        wire::write(&mut to, &tail)?;
    }
    for bytes in found.bytes {
        wire::write(&mut to, &bytes)?;
    }
    to.flush()
}

fn unstartable(why: String) -> Result<()> {
    let told = Told {
        exit: None,
        signal: None,
        killed: None,
        unstartable: Some(why),
        duration_ms: 0,
        printed: [0, 0],
        changes: Vec::new(),
        incomplete: None,
        layer: None,
        caches: None,
    };
    let mut to = std::io::stdout().lock();
    wire::write_json(&mut to, &told)?;
    to.flush()
}
