//! Where the service is root, its tools often lie in a home that nobody else
//! may go through. In a mount namespace of its own such a home is covered by
//! an empty one, with nothing in it but the tools.

use std::fs;
use std::io::{ErrorKind, Result};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use rustix::mount::{MountFlags, MountPropagationFlags, mount, mount_bind, mount_change};
use rustix::thread::{UnshareFlags, unshare_unsafe};

use super::super::plan::Plan;

/// The permission to go through, for others.
const THROUGH: u32 = 0o001;

/// Bytes of an empty home: the directories that tools hang in.
const COVER: &std::ffi::CStr = c"size=1m,mode=0755";

/// Makes what the plan binds reachable for the user that it runs as. Where
/// this process may not, what is unreachable is not bound.
pub fn uncover(plan: &mut Plan, user: u32) -> Result<()> {
    let mut needed: Vec<PathBuf> = plan.binds.clone();
    needed.push(plan.program.clone());
    needed.extend(plan.proxy.clone());
    let mut covers: Vec<PathBuf> = (needed.iter())
        .filter_map(|path| closed(path, user))
        .collect();
    covers.sort();
    covers.dedup();
    if covers.is_empty() {
        return Ok(());
    }
    if !own_mounts()? {
        plan.binds.retain(|bind| closed(bind, user).is_none());
        return Ok(());
    }
    let stage = tempfile::tempdir()?;
    mount(c"tmpfs", stage.path(), c"tmpfs", MountFlags::empty(), COVER)?;
    for cover in covers {
        let inside = needed.iter().filter(|path| path.starts_with(&cover));
        replace(&cover, &inside.collect::<Vec<_>>(), stage.path())?;
    }
    // Gone from here, and with this namespace from everywhere.
    rustix::mount::unmount(stage.path(), rustix::mount::UnmountFlags::DETACH)?;
    Ok(())
}

/// The first directory above a path that others may not go through.
fn closed(path: &Path, user: u32) -> Option<PathBuf> {
    let above: Vec<&Path> = path.ancestors().skip(1).collect();
    let closed = above.into_iter().rev().find(|directory| {
        let found = fs::metadata(directory);
        found.is_ok_and(|found| found.uid() != user && found.permissions().mode() & THROUGH == 0)
    });
    closed.map(Path::to_owned)
}

/// Whether this process now has mounts of its own. A container's root may not
/// have them.
fn own_mounts() -> Result<bool> {
    // SAFETY: only the mounts are parted from; no thread shares memory or
    // descriptors with this one, because there is none.
    #[expect(unsafe_code, reason = "parting from descriptors would not be safe")]
    let parted = unsafe { unshare_unsafe(UnshareFlags::NEWNS) };
    match parted {
        Ok(()) => {
            let private = MountPropagationFlags::PRIVATE | MountPropagationFlags::REC;
            mount_change("/", private)?;
            Ok(true)
        }
        Err(rustix::io::Errno::PERM) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Covers a directory by an empty one with these paths in it.
fn replace(cover: &Path, kept: &[&PathBuf], stage: &Path) -> Result<()> {
    let mut staged = Vec::new();
    for (number, path) in kept.iter().enumerate() {
        let place = stage.join(number.to_string());
        match hang(path, &place) {
            Ok(()) => staged.push((place, *path)),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    mount(c"tmpfs", cover, c"tmpfs", MountFlags::empty(), COVER)?;
    for (place, path) in staged {
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        hang(&place, path)?;
        rustix::mount::unmount(&place, rustix::mount::UnmountFlags::DETACH)?;
    }
    Ok(())
}

/// Binds a file or a directory to a place that is not there yet.
fn hang(path: &Path, place: &Path) -> Result<()> {
    match fs::metadata(path)?.is_dir() {
        true => fs::create_dir(place)?,
        false => drop(fs::File::create_new(place)?),
    }
    mount_bind(path, place)?;
    Ok(())
}
