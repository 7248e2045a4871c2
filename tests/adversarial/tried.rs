//! Patches that every rule lets pass and that do not mend: the command is run.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use sentinel::cli::compose::now;
use sentinel::pipeline::{Agents, World as Outside};
use sentinel::task::TaskState::Refused;

use super::{LOOSE, Orders, end_of, ended, hostile};
use crate::stories::proof::commands;
use crate::world::{UNFORMATTED, World};

/// The hostile agent at a host that runs commands; none where no OS sandbox
/// works.
static TRIED: LazyLock<Option<Arc<Agents>>> = LazyLock::new(|| {
    let outside = Outside {
        store: None,
        web: None,
        sites: BTreeMap::new(),
        commands: Some(Arc::new(commands()?)),
        models: None,
        clock: now,
    };
    Some(Arc::new(hostile().reaching(outside)))
});

const MANIFEST: &str = "[package]\nname = \"widget\"\nversion = \"0.1.0\"\nedition = \"2024\"\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_patch_that_does_not_mend_is_dropped() {
    let Some(agents) = TRIED.clone() else { return };
    let other = format!("{UNFORMATTED}// Nothing to see.\n");
    let cases = [
        (
            "beside the point",
            Orders::default().new_file("NEWS.md", "# New\n"),
        ),
        (
            "still wrong",
            Orders::default().write("src/lib.rs", UNFORMATTED, &other),
        ),
        // Passes nothing: the formatter cannot even read it.
        (
            "no Rust at all",
            Orders::default().write("src/lib.rs", UNFORMATTED, "pub fn one(\n"),
        ),
    ];
    for (name, orders) in cases {
        let world = World::of(agents.clone(), LOOSE).await;
        let task = end_of(world, &[("Cargo.toml", MANIFEST)], orders).await;
        ended(name, &task, Refused, "tried and dropped");
    }
}
