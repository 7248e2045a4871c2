//! Ending everything that a command started.

use std::fs;
use std::io::Result;
use std::time::Duration;

use rustix::process::{Pid, Signal, WaitOptions, getpid, kill_process, wait};

use super::super::settings::Tier;

/// The pause between two looks at processes that are dying.
const PAUSE: Duration = Duration::from_millis(2);

/// Kills all that is left and waits until nothing is. A process that cannot
/// die keeps the keeper waiting, and then the host ends both.
pub fn end_all(tier: Tier) -> Result<()> {
    loop {
        match tier {
            Tier::Bubblewrap | Tier::Container => kill_everybody(),
            Tier::Landlock => kill_below()?,
        }
        loop {
            match wait(WaitOptions::NOHANG) {
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(rustix::io::Errno::CHILD) => return Ok(()),
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        std::thread::sleep(PAUSE);
    }
}

/// All processes of this namespace but its first, which is this one.
fn kill_everybody() {
    assert_eq!(getpid(), Pid::INIT, "elsewhere that would be the machine");
    // SAFETY: a signal touches no memory of this process.
    #[expect(unsafe_code, reason = "no safe wrapper takes -1")]
    let _ = unsafe { libc::kill(-1, libc::SIGKILL) };
}

/// All processes below this one. They are stopped before they are killed, so
/// that those which make new ones do not outrun the list.
fn kill_below() -> Result<()> {
    let mut known = 0;
    loop {
        let below = below(getpid())?;
        for pid in &below {
            let _ = kill_process(*pid, Signal::STOP);
        }
        if below.len() <= known {
            below.iter().for_each(|pid| {
                let _ = kill_process(*pid, Signal::KILL);
            });
            return Ok(());
        }
        known = below.len();
    }
}

/// Everything that descends from a process; the dead are left out.
fn below(root: Pid) -> Result<Vec<Pid>> {
    let mut parents = Vec::new();
    for entry in fs::read_dir("/proc")? {
        let name = entry?.file_name();
        let Some(pid) = name.to_str().and_then(|name| name.parse::<i32>().ok()) else {
            continue;
        };
        // It may have gone meanwhile.
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        if let Some(parent) = parent(&stat) {
            parents.push((pid, parent));
        }
    }
    let mut family = std::collections::BTreeSet::from([root.as_raw_pid()]);
    loop {
        let before = family.len();
        for (pid, parent) in &parents {
            if family.contains(parent) {
                family.insert(*pid);
            }
        }
        if family.len() == before {
            break;
        }
    }
    family.remove(&root.as_raw_pid());
    Ok(family.into_iter().filter_map(Pid::from_raw).collect())
}

/// From `pid (name) state parent …`; a name may hold anything, brackets too.
fn parent(stat: &str) -> Option<i32> {
    let (_, rest) = stat.rsplit_once(") ")?;
    let mut fields = rest.split(' ');
    let state = fields.next()?;
    let parent = fields.next()?.parse().ok()?;
    (state != "Z").then_some(parent)
}
