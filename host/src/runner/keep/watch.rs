//! Running the command, and ending it where it goes too far.

use std::fs::File;
use std::io::{ErrorKind, Read, Result};
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, WaitOptions, WaitStatus, pidfd_open, wait};

use super::super::confine::Confine;
use super::super::enter::{STAGES, Stage};
use super::super::plan::Keep;
use super::super::settings::Tier;
use super::super::{Why, wire};
use super::gone::end_all;
use super::kept::Kept;
use super::size::size;

/// The longest pause between two looks at limits.
const TICK: Duration = Duration::from_millis(100);

/// Between two looks at how much was written, where nothing else limits it;
/// as a multiple of what a look takes too.
const LOOK: Duration = Duration::from_millis(250);
const LOOKS: u32 = 10;

/// Bytes read at a time: what a pipe holds.
const CHUNK: usize = 64 * 1024;

/// The first to be killed where memory is short: never the keeper.
const FIRST_TO_DIE: &str = "1000";

/// What a command did, as far as it can be seen from outside.
#[derive(Debug)]
pub struct Watched {
    pub exit: Option<i32>,
    pub signal: Option<i32>,
    pub killed: Option<Why>,
    pub stdout: Kept,
    pub stderr: Kept,
    pub duration: Duration,
}

/// Runs it to its end; the inner error is why it does not start.
pub fn run(keep: &Keep) -> Result<std::result::Result<Watched, String>> {
    let started = Instant::now();
    let Begun {
        child,
        stdout,
        stderr,
    } = match start(keep) {
        Ok(begun) => begun,
        Err(error) => return Ok(Err(error)),
    };
    let mut watch = Watch {
        keep,
        child: Pid::from_child(&child),
        started,
        status: None,
        stdout,
        stderr,
        kept: [
            Kept::new(keep.limits.kept_bytes),
            Kept::new(keep.limits.kept_bytes),
        ],
        looked: started,
        pause: LOOK,
    };
    let killed = watch.until_over()?;
    let duration = started.elapsed();
    end_all(keep.tier)?;
    watch.rest()?;
    let [stdout, stderr] = watch.kept;
    let status = watch.status;
    Ok(Ok(Watched {
        exit: status.and_then(WaitStatus::exit_status),
        signal: status.and_then(WaitStatus::terminating_signal),
        killed,
        stdout,
        stderr,
        duration,
    }))
}

/// A command under way, and what it prints.
struct Begun {
    child: Child,
    stdout: Option<File>,
    /// None where it goes into the other.
    stderr: Option<File>,
}

fn start(keep: &Keep) -> std::result::Result<Begun, String> {
    let (program, arguments) = keep.argv.split_first().ok_or("the command is empty")?;
    let directory = keep.workspace.join(&keep.directory);
    if !directory.is_dir() {
        return Err(format!("there is no directory {:?}", keep.directory));
    }
    let mut command = match keep.tier {
        Tier::Bubblewrap | Tier::Container => {
            let mut command = Command::new(program);
            command.args(arguments).stdin(Stdio::null());
            command
        }
        Tier::Landlock => {
            found(program, keep, &directory)?;
            let mut command = Command::new("/proc/self/exe");
            command.args([STAGES, Stage::Confine.as_str()]);
            command.stdin(Stdio::piped());
            command
        }
    };
    command
        .env_clear()
        .envs(&keep.env)
        .current_dir(&directory)
        .process_group(0);
    let told = |error| format!("{program}: {error}");
    let (stdout, stderr) = streams(&mut command, keep.one_stream).map_err(told)?;
    let mut child = command.spawn().map_err(told)?;
    // Its ends of the pipes are the child's alone: they end with it.
    drop(command);
    let score = format!("/proc/{}/oom_score_adj", child.id());
    let _ = std::fs::write(score, FIRST_TO_DIE);
    if let Some(mut to) = child.stdin.take() {
        confine(keep, &mut to).map_err(|error| error.to_string())?;
    }
    Ok(Begun {
        child,
        stdout,
        stderr,
    })
}

/// Pipes for what it prints: one for both streams keeps their order.
fn streams(command: &mut Command, one: bool) -> Result<(Option<File>, Option<File>)> {
    let (stdout, into) = std::io::pipe()?;
    let stdout = Some(File::from(OwnedFd::from(stdout)));
    if one {
        command.stderr(into.try_clone()?).stdout(into);
        return Ok((stdout, None));
    }
    command.stdout(into);
    let (stderr, into) = std::io::pipe()?;
    command.stderr(into);
    Ok((stdout, Some(File::from(OwnedFd::from(stderr)))))
}

/// Whether a program is where the command will look for it: behind Landlock
/// it could only say so in the command's own output.
fn found(program: &str, keep: &Keep, directory: &Path) -> std::result::Result<(), String> {
    let path = keep.env.get("PATH").map_or("", String::as_str);
    let there = match program.contains('/') {
        true => directory.join(program).exists(),
        false => path
            .split(':')
            .any(|place| Path::new(place).join(program).is_file()),
    };
    match there {
        true => Ok(()),
        false => Err(format!("{program}: there is no such program in {path}")),
    }
}

fn confine(keep: &Keep, to: &mut impl std::io::Write) -> Result<()> {
    let confine = Confine {
        argv: keep.argv.clone(),
        read: keep.read.clone(),
        write: keep.write.clone(),
        shared_user: keep.shared_user,
    };
    wire::write_json(to, &confine)?;
    to.flush()
}

struct Watch<'a> {
    keep: &'a Keep,
    child: Pid,
    started: Instant,
    status: Option<WaitStatus>,
    stdout: Option<File>,
    stderr: Option<File>,
    kept: [Kept; 2],
    looked: Instant,
    pause: Duration,
}

impl Watch<'_> {
    /// Until the command ends, or has to be ended.
    fn until_over(&mut self) -> Result<Option<Why>> {
        let ended = pidfd_open(self.child, PidfdFlags::empty())?;
        if let Some(stdout) = &self.stdout {
            rustix::io::ioctl_fionbio(stdout, true)?;
        }
        if let Some(stderr) = &self.stderr {
            rustix::io::ioctl_fionbio(stderr, true)?;
        }
        loop {
            self.reap()?;
            if self.status.is_some() {
                return Ok(None);
            }
            if let Some(why) = self.too_far() {
                return Ok(Some(why));
            }
            if self.wait(&ended)? {
                return Ok(Some(Why::Cancelled));
            }
            self.read()?;
        }
    }

    /// Whoever lost its parent is ours to bury.
    fn reap(&mut self) -> Result<()> {
        loop {
            match wait(WaitOptions::NOHANG) {
                Ok(Some((pid, status))) if pid == self.child => self.status = Some(status),
                Ok(Some(_)) => {}
                Ok(None) | Err(rustix::io::Errno::CHILD) => return Ok(()),
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn too_far(&mut self) -> Option<Why> {
        let limits = &self.keep.limits;
        if self.started.elapsed() >= Duration::from_secs(limits.wall_seconds) {
            return Some(Why::Time);
        }
        let printed = self.kept[0].printed.saturating_add(self.kept[1].printed);
        if printed > limits.output_bytes {
            return Some(Why::Output);
        }
        // Elsewhere each of these places has a size.
        let due = self.keep.tier == Tier::Landlock && self.looked.elapsed() >= self.pause;
        if due {
            let look = Instant::now();
            let sizes = self.keep.write.iter().map(|place| size(place));
            let written = sizes.fold(0, u64::saturating_add);
            self.pause = LOOK.max(look.elapsed() * LOOKS);
            self.looked = Instant::now();
            if written > limits.scratch_bytes {
                return Some(Why::Scratch);
            }
        }
        None
    }

    /// Waits for something to happen; true where nobody reads our answer any
    /// more, because the host has gone or does not want it.
    fn wait(&self, ended: &OwnedFd) -> Result<bool> {
        let answer = rustix::stdio::stdout();
        let mut polled = vec![
            PollFd::new(&answer, PollFlags::empty()),
            PollFd::new(ended, PollFlags::IN),
        ];
        let streams = [
            self.stdout.as_ref().map(|stream| stream.as_fd()),
            self.stderr.as_ref().map(|stream| stream.as_fd()),
        ];
        for stream in streams.iter().flatten() {
            polled.push(PollFd::new(stream, PollFlags::IN));
        }
        let tick = Timespec::try_from(TICK).expect("a tenth of a second");
        match poll(&mut polled, Some(&tick)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let gone = PollFlags::ERR | PollFlags::HUP | PollFlags::NVAL;
        Ok(polled[0].revents().intersects(gone))
    }

    fn read(&mut self) -> Result<()> {
        take(&mut self.stdout, &mut self.kept[0], CHUNK)?;
        take(&mut self.stderr, &mut self.kept[1], CHUNK)
    }

    /// What is left in the pipes. Nobody writes any more, so they end.
    fn rest(&mut self) -> Result<()> {
        take(&mut self.stdout, &mut self.kept[0], usize::MAX)?;
        take(&mut self.stderr, &mut self.kept[1], usize::MAX)
    }
}

/// Reads what is there, at least one chunk's worth and at most `limit`.
fn take(stream: &mut Option<impl Read>, kept: &mut Kept, limit: usize) -> Result<()> {
    let Some(from) = stream else {
        return Ok(());
    };
    let mut chunk = vec![0; CHUNK];
    let mut taken = 0;
    while taken < limit {
        match from.read(&mut chunk) {
            Ok(0) => {
                *stream = None;
                return Ok(());
            }
            Ok(count) => {
                kept.add(&chunk[..count]);
                taken += count;
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
