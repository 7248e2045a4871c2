//! The only way out of a sandbox: a proxy of the host's that leads to the
//! package registries that the operator names, and nowhere else.
//!
//! It listens on a UNIX socket that is bound into one run's sandbox; inside,
//! `keep::forward` makes a port of the loopback out of it. Every connection is
//! for a name on the list, goes to an address that was looked at, is counted,
//! and is told of. A command sends through it what it likes: whoever lists a
//! registry trusts that it publishes nothing that anybody uploads unasked.
//!
//! Not here: reading what is inside of TLS, caching, credentials.

mod dial;
mod hello;
mod relay;
mod request;
mod serve;

use std::collections::BTreeMap;
use std::io::{Error, ErrorKind, Result};
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use serde::Deserialize;
use tempfile::TempDir;

use crate::grant::HostPattern;

/// Connections at a time: what package managers open at once, and two threads
/// each.
const AT_ONCE: usize = 64;

/// Between two looks at whether the run is over.
const TICK: Duration = Duration::from_millis(50);

/// Contacts that are told one by one; further ones are counted.
const MAX_TOLD: usize = 64;

/// Looks a name up. The machine's resolver, or a test's.
pub type Resolve = Box<dyn Fn(&str, u16) -> Result<Vec<SocketAddr>> + Send + Sync>;

/// `[runner.network]`: how much one run may use of it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NetworkLimits {
    /// Connections of one run in all.
    pub connections: u64,
    /// Bytes of all of them together, both ways.
    pub bytes: u64,
    /// Seconds that a connection may say nothing.
    pub idle_seconds: u64,
}

impl Default for NetworkLimits {
    fn default() -> Self {
        NetworkLimits {
            // A package is one request, and requests share connections.
            connections: 4_096,
            // A large lock file is half of it.
            bytes: 2 * 1024 * 1024 * 1024,
            idle_seconds: 60,
        }
    }
}

/// What a run may reach.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rules {
    pub registries: Vec<HostPattern>,
    /// Those that may lie inside of the operator's own network.
    pub inside: Vec<HostPattern>,
    pub limits: NetworkLimits,
}

/// What became of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    Passed,
    /// Not among the registries, or with another port or scheme.
    NotListed,
    /// The name leads to an address that it may not lead to.
    Address,
    /// TLS for another server than the one that was asked for, or none at all.
    ServerName,
    /// No request that a proxy gets.
    Malformed,
    /// Connections or bytes were used up.
    Budget,
    /// No address, or none that answers.
    Unreachable,
}

impl Verdict {
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Passed => "passed",
            Verdict::NotListed => "not a listed registry",
            Verdict::Address => "leads to an address it may not lead to",
            Verdict::ServerName => "asked TLS for another server",
            Verdict::Malformed => "no request for a proxy",
            Verdict::Budget => "the run's budget is used up",
            Verdict::Unreachable => "cannot be reached",
        }
    }
}

/// Connections of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// `name:port`, as it was asked for; printable and short.
    pub host: String,
    pub verdict: Verdict,
    pub connections: u64,
    pub sent: u64,
    pub received: u64,
}

impl std::fmt::Display for Contact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{}: {}, {} connections, {} bytes sent, {} received",
            self.host,
            self.verdict.as_str(),
            self.connections,
            self.sent,
            self.received
        )
    }
}

/// What all connections of one run share.
struct Shared {
    rules: Rules,
    resolve: Resolve,
    over: AtomicBool,
    open: AtomicUsize,
    begun: AtomicU64,
    bytes: AtomicU64,
    contacts: Mutex<BTreeMap<(String, Verdict), [u64; 3]>>,
}

impl Shared {
    fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }

    /// Takes bytes from the run's budget; false where that is used up.
    fn spend(&self, bytes: usize) -> bool {
        let before = self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
        before.saturating_add(bytes as u64) <= self.rules.limits.bytes
    }

    fn tell(&self, host: &str, verdict: Verdict, sent: u64, received: u64) {
        let mut contacts = self.contacts.lock().unwrap_or_else(PoisonError::into_inner);
        let mut key = (host.to_owned(), verdict);
        if !contacts.contains_key(&key) && contacts.len() >= MAX_TOLD {
            key.0 = "others".to_owned();
        }
        let sums = contacts.entry(key).or_default();
        for (sum, more) in sums.iter_mut().zip([1, sent, received]) {
            *sum = sum.saturating_add(more);
        }
    }
}

/// One run's proxy. It ends with its value.
pub struct Proxy {
    place: TempDir,
    shared: Arc<Shared>,
    listener: Option<JoinHandle<()>>,
}

impl Proxy {
    /// Listens for a command of this user's.
    pub fn start(rules: &Rules, user: Option<u32>) -> Result<Proxy> {
        Proxy::resolving(rules, user, Box::new(dial::system))
    }

    /// The same with another way to look names up.
    pub fn resolving(rules: &Rules, user: Option<u32>, resolve: Resolve) -> Result<Proxy> {
        let place = tempfile::Builder::new().prefix("sentinel-way-").tempdir()?;
        // To go through; the socket itself is its user's alone.
        let through = std::fs::Permissions::from_mode(0o711);
        std::fs::set_permissions(place.path(), through)?;
        let socket = place.path().join(SOCKET);
        let listener = UnixListener::bind(&socket)?;
        std::fs::set_permissions(&socket, std::fs::Permissions::from_mode(0o600))?;
        std::os::unix::fs::chown(&socket, user, user)?;
        listener.set_nonblocking(true)?;
        let shared = Arc::new(Shared {
            rules: rules.clone(),
            resolve,
            over: AtomicBool::new(false),
            open: AtomicUsize::new(0),
            begun: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            contacts: Mutex::default(),
        });
        let own = shared.clone();
        let listener = std::thread::Builder::new()
            .name("registries".to_owned())
            .spawn(move || accept(&listener, &own))?;
        Ok(Proxy {
            place,
            shared,
            listener: Some(listener),
        })
    }

    /// Where it listens.
    pub fn socket(&self) -> PathBuf {
        self.place.path().join(SOCKET)
    }

    /// Ends every connection, and tells of all.
    pub fn finish(mut self) -> Vec<Contact> {
        self.end();
        let contacts = self.shared.contacts.lock();
        let contacts = contacts.unwrap_or_else(PoisonError::into_inner);
        let told = contacts.iter().map(|((host, verdict), sums)| Contact {
            host: host.clone(),
            verdict: *verdict,
            connections: sums[0],
            sent: sums[1],
            received: sums[2],
        });
        told.collect()
    }

    fn end(&mut self) {
        self.shared.over.store(true, Ordering::Relaxed);
        if let Some(listener) = self.listener.take() {
            let _ = listener.join();
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.end();
    }
}

/// The socket's name in its directory.
const SOCKET: &str = "socket";

/// Takes connections until the run is over, and waits for the last of them:
/// what they did is told then.
fn accept(listener: &UnixListener, shared: &Arc<Shared>) {
    let mut threads: Vec<JoinHandle<()>> = Vec::new();
    while !shared.is_over() {
        threads.retain(|thread| !thread.is_finished());
        // Those above the number wait in the socket's own queue.
        if shared.open.load(Ordering::Relaxed) >= AT_ONCE {
            std::thread::sleep(TICK);
            continue;
        }
        match listener.accept() {
            Ok((stream, _)) => {
                shared.open.fetch_add(1, Ordering::Relaxed);
                let own = shared.clone();
                let thread = std::thread::Builder::new().name("registry".to_owned());
                let thread = thread.spawn(move || {
                    serve::serve(stream, &own);
                    own.open.fetch_sub(1, Ordering::Relaxed);
                });
                match thread {
                    Ok(thread) => threads.push(thread),
                    Err(_) => {
                        shared.open.fetch_sub(1, Ordering::Relaxed);
                    }
                }
            }
            Err(_) => std::thread::sleep(TICK),
        }
    }
    for thread in threads {
        let _ = thread.join();
    }
}

/// An end that the host wants, as an error of reading or writing.
fn over() -> Error {
    Error::new(ErrorKind::ConnectionAborted, "the run is over")
}

/// A socket that is bound into a sandbox.
pub fn inside() -> &'static Path {
    Path::new("/registries")
}
