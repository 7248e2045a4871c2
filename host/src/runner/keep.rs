//! The keeper: writes the tree, runs the command, ends everything that is left
//! of it, and only then looks at what changed.
//!
//! In bubblewrap it is the first process of its namespace, which nobody inside
//! can signal; in the Landlock tier it stands outside of the command's domain,
//! and what loses its parent becomes its child. In neither can it be traced or
//! looked into.

mod changes;
mod gone;
mod ignored;
mod kept;
mod seed;
mod size;
mod watch;

use std::io::{BufReader, BufWriter, Result, Write as _};

use rustix::process::{DumpableBehavior, getpid, set_child_subreaper, set_dumpable_behavior};

use super::enter::input;
use super::plan::{Keep, Told};
use super::wire;
use changes::Found;
pub use seed::Seed;
use seed::Seeded;
use watch::Watched;

pub fn keep() -> Result<()> {
    set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    set_child_subreaper(Some(getpid()))?;
    let mut from = BufReader::new(input()?);
    let keep: Keep = wire::read_json(&mut from)?;
    let mut seeded = Seeded::write(&keep.workspace, &mut from)?;
    drop(from);
    for (place, target) in &keep.links {
        seed::link(place, target)?;
    }
    match watch::run(&keep)? {
        Ok(watched) => {
            let found = changes::find(&keep.workspace, &mut seeded);
            tell(watched, found)
        }
        Err(why) => unstartable(why),
    }
}

fn tell(watched: Watched, found: Found) -> Result<()> {
    let told = Told {
        exit: watched.exit,
        signal: watched.signal,
        killed: watched.killed,
        unstartable: None,
        duration_ms: u64::try_from(watched.duration.as_millis()).unwrap_or(u64::MAX),
        printed: [watched.stdout.printed, watched.stderr.printed],
        changes: found.changes,
        incomplete: found.incomplete,
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
    };
    let mut to = std::io::stdout().lock();
    wire::write_json(&mut to, &told)?;
    to.flush()
}
