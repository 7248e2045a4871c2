//! What bubblewrap is told.

use std::ffi::OsString;
use std::os::fd::RawFd;
use std::path::Path;

use super::plan::{HOME, Plan, TEMPORARY};
use super::proxy;
use super::system::{self, Root};

/// Bytes of shared memory: browsers and databases take some.
const SHARED_MEMORY: u64 = 256 * 1024 * 1024;

/// The user inside; a number of nobody's.
const USER: &str = "1000";

/// Where this program is inside.
pub const PROGRAM: &str = "/sentinel";

/// Descriptors of what is made for one run.
pub struct Made {
    pub filter: RawFd,
    /// Files of `/etc`, by path.
    pub files: Vec<(&'static str, RawFd)>,
}

/// All of its arguments; the keeper comes after them.
pub fn arguments(plan: &Plan, made: &Made) -> Vec<OsString> {
    let mut arguments = Arguments(Vec::new());
    arguments.namespaces();
    arguments.machine(made);
    let scratch = plan.limits.scratch_bytes;
    for place in ["/workspace", HOME, TEMPORARY] {
        arguments.temporary(place, scratch);
    }
    // After these: a tool may lie below `/tmp`, and an empty one would hide it.
    for bind in &plan.binds {
        // What is gone since start-up is no reason not to run.
        arguments.push(&["--ro-bind-try".as_ref(), bind.as_path(), bind]);
    }
    let program: &Path = &plan.program;
    arguments.push(&["--ro-bind".as_ref(), program, PROGRAM.as_ref()]);
    if let Some(socket) = &plan.proxy {
        arguments.push(&["--ro-bind".as_ref(), socket.as_path(), proxy::inside()]);
    }
    // What bubblewrap made to hang all this into is a place to write to.
    arguments.push(&["--remount-ro", "/"]);
    arguments.push(&["--chdir", "/workspace"]);
    arguments.push(&["--seccomp", &made.filter.to_string()]);
    arguments.0
}

struct Arguments(Vec<OsString>);

impl Arguments {
    fn push<T: AsRef<Path>>(&mut self, arguments: &[T]) {
        let arguments = arguments
            .iter()
            .map(|one| one.as_ref().as_os_str().to_owned());
        self.0.extend(arguments);
    }

    fn namespaces(&mut self) {
        self.push(&["--unshare-user", "--unshare-all", "--hostname", "sentinel"]);
        self.push(&["--uid", USER, "--gid", USER]);
        self.push(&["--cap-drop", "ALL", "--clearenv", "--new-session"]);
        // The keeper is the first process: nobody inside can signal it, and
        // with it everything ends.
        self.push(&["--die-with-parent", "--as-pid-1"]);
    }

    fn machine(&mut self, made: &Made) {
        for root in system::roots() {
            match root {
                Root::Link { path, to } => {
                    self.push(&["--symlink".as_ref(), to.as_path(), path.as_ref()]);
                }
                Root::Directory(path) => self.push(&["--ro-bind", path, path]),
            }
        }
        for path in system::present(&system::ETC) {
            self.push(&["--ro-bind".as_ref(), path, path]);
        }
        for (path, descriptor) in &made.files {
            self.push(&["--ro-bind-data", &descriptor.to_string(), path]);
        }
        self.push(&["--proc", "/proc", "--dev", "/dev"]);
        self.temporary("/dev/shm", SHARED_MEMORY);
        self.push(&["--remount-ro", "/dev"]);
    }

    fn temporary(&mut self, place: &str, bytes: u64) {
        self.push(&["--size", &bytes.to_string(), "--tmpfs", place]);
    }
}
