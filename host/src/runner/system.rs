//! What of the machine every command sees, read-only.

use std::path::{Path, PathBuf};

/// Where the machine's own programs and libraries are.
pub const ROOTS: [&str; 6] = ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64"];

/// Stores of package managers that keep everything by its digest.
pub const STORES: [&str; 2] = ["/nix/store", "/gnu/store"];

/// What programs need of `/etc`: no accounts, no keys, no names of hosts.
pub const ETC: [&str; 19] = [
    "/etc/alternatives",
    "/etc/ca-certificates",
    "/etc/debian_version",
    "/etc/fonts",
    "/etc/java-11-openjdk",
    "/etc/java-17-openjdk",
    "/etc/java-21-openjdk",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/localtime",
    "/etc/magic",
    "/etc/mime.types",
    "/etc/os-release",
    "/etc/perl",
    "/etc/pki/tls/certs",
    "/etc/protocols",
    "/etc/ssl/certs",
    "/etc/ssl/openssl.cnf",
];

/// What says who is who. Where the sandbox has an `/etc` of its own it has
/// others in these places.
pub const ACCOUNTS: [&str; 3] = ["/etc/group", "/etc/nsswitch.conf", "/etc/passwd"];

/// Devices that hold nothing.
pub const DEVICES: [&str; 5] = [
    "/dev/full",
    "/dev/null",
    "/dev/random",
    "/dev/urandom",
    "/dev/zero",
];

/// What of `/proc` says nothing about other processes.
pub const PROC: [&str; 6] = [
    "/proc/cpuinfo",
    "/proc/filesystems",
    "/proc/loadavg",
    "/proc/meminfo",
    "/proc/sys/vm/overcommit_memory",
    "/proc/version",
];

/// A root as it is here.
pub enum Root {
    /// `/bin` is `usr/bin` on most machines.
    Link {
        path: &'static str,
        to: PathBuf,
    },
    Directory(&'static str),
}

/// The roots that are here.
pub fn roots() -> Vec<Root> {
    let root = |path: &'static str| match std::fs::read_link(path) {
        Ok(to) => Some(Root::Link { path, to }),
        Err(_) => Path::new(path).is_dir().then_some(Root::Directory(path)),
    };
    let stores = STORES.iter().filter(|store| Path::new(store).is_dir());
    let roots = ROOTS.iter().filter_map(|path| root(path));
    roots
        .chain(stores.map(|store| Root::Directory(store)))
        .collect()
}

/// Those of these paths that are here.
pub fn present(paths: &'static [&'static str]) -> impl Iterator<Item = &'static Path> {
    paths.iter().map(Path::new).filter(|path| path.exists())
}

/// Whether a path is part of what every command sees anyway.
pub fn holds(path: &Path) -> bool {
    let within = |root: &&str| path.starts_with(root);
    ROOTS.iter().chain(&STORES).any(within)
}
