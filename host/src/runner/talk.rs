//! The host's side of a run: starts it, tells it the tree, takes its answer,
//! and ends it if it does not come.

use std::io::{BufWriter, Read, Write};
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::answer::{Answer, MAX_ANSWER};
use super::cgroup::Cgroup;
use super::container::ENGINES_OWN;
use super::edits::Overlay;
use super::enter::{STAGES, Stage};
use super::keep::Seed;
use super::plan::{Keep, KeepCaches, Plan};
use super::settings::Tier;
use super::{RunError, Runner, Stop, Why, wire};

/// What writing the tree and comparing it may take beside the command.
const AROUND: Duration = Duration::from_secs(60);

/// Bytes a second that the tree is written and read with, at least.
const BYTES_A_SECOND: u64 = 20 * 1024 * 1024;

/// How long the keeper has to end its command once nobody listens.
const FAREWELL: Duration = Duration::from_secs(2);

/// Between two looks at the clock and at who waits.
const TICK: Duration = Duration::from_millis(100);

/// Bytes kept of what the steps inside complain about.
const MAX_COMPLAINT: u64 = 8 * 1024;

/// How it ended without an answer.
enum Broken {
    Limit(Why),
    Closed,
}

pub fn talk(
    runner: &Runner,
    plan: &Plan,
    keep: &Keep,
    overlay: &Overlay<'_>,
    cgroup: Option<&Cgroup>,
    stop: &Stop,
) -> Result<Answer, RunError> {
    let broken = |error: std::io::Error| RunError::Broken(error.to_string());
    let mut child = start(runner, plan.tier).map_err(broken)?;
    let (Some(to), Some(from), Some(complaints)) =
        (child.stdin.take(), child.stdout.take(), child.stderr.take())
    else {
        return Err(RunError::Broken("it has no standard streams".into()));
    };
    let patience = patience(keep, overlay);
    let (told, listened, complaint) = std::thread::scope(|scope| {
        let teller = scope.spawn(|| tell(to, plan, keep, overlay));
        let complaint = scope.spawn(|| complained(complaints));
        let listened = listen(from, patience, stop);
        if listened.is_err() || !ends_by_itself(&mut child) {
            end(&mut child, plan.tier, cgroup);
        }
        let panicked = || RunError::Broken("a thread of the runner panicked".into());
        let told = teller.join().unwrap_or_else(|_| Err(panicked()));
        (told, listened, complaint.join().unwrap_or_default())
    });
    let _ = child.wait();
    // What cannot be read is the reason for whatever else went wrong.
    told?;
    match listened {
        Ok(bytes) if bytes.is_empty() => lost(Broken::Closed, cgroup, &complaint),
        Ok(bytes) => Answer::parse(&bytes).map_err(broken),
        Err(how) => lost(how, cgroup, &complaint),
    }
}

fn start(runner: &Runner, tier: Tier) -> std::io::Result<Child> {
    let mut command = Command::new(&runner.program);
    command.args([STAGES, Stage::Enter.as_str()]).env_clear();
    // Where bubblewrap is looked for, and where temporary files go.
    let own: &[&str] = match tier {
        Tier::Container => &ENGINES_OWN,
        Tier::Bubblewrap | Tier::Landlock => &[],
    };
    for name in ["PATH", "TMPDIR"].iter().chain(own) {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
}

fn patience(keep: &Keep, overlay: &Overlay<'_>) -> Duration {
    let tree = Duration::from_secs(overlay.bytes() / BYTES_A_SECOND);
    Duration::from_secs(keep.limits.wall_seconds)
        .saturating_add(AROUND)
        .saturating_add(tree)
}

/// Tells everything. That nobody listens any more shows in the answer.
fn tell(to: ChildStdin, plan: &Plan, keep: &Keep, overlay: &Overlay<'_>) -> Result<(), RunError> {
    let mut to = BufWriter::new(to);
    let heard = wire::write_json(&mut to, plan)
        .and_then(|()| to.flush())
        .and_then(|()| wire::write_json(&mut to, keep));
    if heard.is_err() {
        return Ok(());
    }
    let by_time = matches!(keep.caches, Some(KeepCaches::Lay { by_time: true }));
    for laid in overlay.laid() {
        let bytes = overlay.read(&laid).map_err(RunError::Tree)?;
        let seed = Seed {
            path: laid.path.to_owned(),
            mode: laid.kind.mode().to_owned(),
            newer: by_time && laid.is_edited(),
        };
        let heard = wire::write_json(&mut to, &seed).and_then(|()| wire::write(&mut to, &bytes));
        if heard.is_err() {
            return Ok(());
        }
    }
    let _ = wire::write(&mut to, b"").and_then(|()| to.flush());
    Ok(())
}

fn listen(mut from: ChildStdout, patience: Duration, stop: &Stop) -> Result<Vec<u8>, Broken> {
    let started = Instant::now();
    let mut bytes = Vec::new();
    let mut chunk = vec![0; 64 * 1024];
    let tick = Timespec::try_from(TICK).expect("a tenth of a second");
    loop {
        if stop.is_set() {
            return Err(Broken::Limit(Why::Cancelled));
        }
        if started.elapsed() > patience {
            return Err(Broken::Limit(Why::Time));
        }
        let mut polled = [PollFd::new(&from, PollFlags::IN)];
        match poll(&mut polled, Some(&tick)) {
            Ok(0) | Err(rustix::io::Errno::INTR) => continue,
            Ok(_) => {}
            Err(_) => return Err(Broken::Closed),
        }
        match from.read(&mut chunk) {
            Ok(0) => return Ok(bytes),
            Ok(count) => bytes.extend(&chunk[..count]),
            Err(_) => return Err(Broken::Closed),
        }
        if bytes.len() > MAX_ANSWER {
            return Err(Broken::Closed);
        }
    }
}

/// The end of what the steps inside say about themselves.
fn complained(mut from: ChildStderr) -> String {
    let mut bytes = Vec::new();
    let _ = (&mut from).take(MAX_COMPLAINT).read_to_end(&mut bytes);
    let _ = std::io::copy(&mut from, &mut std::io::sink());
    String::from_utf8_lossy(&bytes).trim().to_owned()
}

fn ends_by_itself(child: &mut Child) -> bool {
    let started = Instant::now();
    while started.elapsed() < FAREWELL {
        match child.try_wait() {
            Ok(None) => std::thread::sleep(Duration::from_millis(2)),
            Ok(Some(_)) | Err(_) => return true,
        }
    }
    false
}

/// Ends everything. Bubblewrap takes its namespace with it; the Landlock
/// keeper notices that nobody listens and ends its command itself.
fn end(child: &mut Child, tier: Tier, cgroup: Option<&Cgroup>) {
    if tier == Tier::Landlock {
        ends_by_itself(child);
    }
    let _ = child.kill();
    if let Some(cgroup) = cgroup {
        cgroup.kill();
    }
}

/// An end without an answer: a limit that took the keeper along, or a fault.
fn lost(how: Broken, cgroup: Option<&Cgroup>, complaint: &str) -> Result<Answer, RunError> {
    let memory = cgroup.is_some_and(Cgroup::ran_out_of_memory);
    match how {
        Broken::Limit(why) => Ok(Answer::killed(why)),
        Broken::Closed if memory => Ok(Answer::killed(Why::Memory)),
        Broken::Closed => Err(RunError::Broken(match complaint {
            "" => "it ended without an answer".to_owned(),
            complaint => complaint.chars().take(1_000).collect(),
        })),
    }
}
