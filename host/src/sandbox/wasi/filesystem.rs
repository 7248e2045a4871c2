//! `wasi:filesystem` over the immutable tree. Reading is authorised when a
//! path is opened or looked at; writing is refused, always with `read-only`.

use wasmtime::component::Resource;
use wasmtime_wasi::p2::bindings::clocks::wall_clock::Datetime;
use wasmtime_wasi::p2::bindings::filesystem::preopens;
use wasmtime_wasi::p2::bindings::sync::filesystem::types::{
    self, Advice, DescriptorFlags, DescriptorStat, DescriptorType, DirectoryEntry, ErrorCode,
    MetadataHashValue, NewTimestamp, OpenFlags, PathFlags,
};
use wasmtime_wasi::p2::{DynInputStream, DynOutputStream, FsError, FsResult};

use super::directory::{Listing, Node, NodeKind};
use super::streams::{Input, MAX_READ};
use crate::grant::Effect;
use crate::ids::Digest;
use crate::sandbox::error::{Budget, Exhausted};
use crate::sandbox::files::{Absent, Content, Found, Mount, OpenError, normalise};
use crate::sandbox::state::{State, ours, owned};
use crate::sandbox::trace::{Fact, HostFn};

type Descriptor = Resource<types::Descriptor>;

/// Every file's times: a tree has none, and a guest that compares them finds
/// nothing newer than anything else.
const TIME: Datetime = Datetime {
    seconds: 0,
    nanoseconds: 0,
};

fn refuse<T>(code: ErrorCode) -> FsResult<T> {
    // The two bindings of WASI have one trappable error between them.
    Err(FsError::from(asynchronous(code)))
}

/// Both bindings generate the same enum.
fn asynchronous(code: ErrorCode) -> wasmtime_wasi::p2::bindings::filesystem::types::ErrorCode {
    use wasmtime_wasi::p2::bindings::filesystem::types::ErrorCode as To;
    match code {
        ErrorCode::Access => To::Access,
        ErrorCode::BadDescriptor => To::BadDescriptor,
        ErrorCode::FileTooLarge => To::FileTooLarge,
        ErrorCode::Invalid => To::Invalid,
        ErrorCode::IsDirectory => To::IsDirectory,
        ErrorCode::Loop => To::Loop,
        ErrorCode::NameTooLong => To::NameTooLong,
        ErrorCode::NoEntry => To::NoEntry,
        ErrorCode::NotDirectory => To::NotDirectory,
        ErrorCode::NotPermitted => To::NotPermitted,
        ErrorCode::ReadOnly => To::ReadOnly,
        _ => To::Io,
    }
}

fn absent(absent: &Absent) -> ErrorCode {
    match absent {
        Absent::NoEntry => ErrorCode::NoEntry,
        Absent::NotDirectory => ErrorCode::NotDirectory,
        Absent::Symlink => ErrorCode::Loop,
        Absent::Outside => ErrorCode::NotPermitted,
        Absent::TooLong => ErrorCode::NameTooLong,
        Absent::Invalid => ErrorCode::Invalid,
    }
}

fn type_of(found: Found) -> DescriptorType {
    match found {
        Found::Directory => DescriptorType::Directory,
        Found::File { .. } => DescriptorType::RegularFile,
        Found::Symlink => DescriptorType::SymbolicLink,
    }
}

fn stat_of(found: Found) -> DescriptorStat {
    let size = match found {
        Found::File { size } => size,
        Found::Directory | Found::Symlink => 0,
    };
    DescriptorStat {
        type_: type_of(found),
        link_count: 1,
        size,
        data_access_timestamp: Some(TIME),
        data_modification_timestamp: Some(TIME),
        status_change_timestamp: Some(TIME),
    }
}

/// What tells two files apart: their place, which no two share.
fn identity(mount: Mount, path: &str) -> MetadataHashValue {
    let digest = Digest::of_parts(&[mount.path().as_bytes(), path.as_bytes()]);
    let half = |at: usize| {
        let bytes = &digest.as_bytes()[at..at + 8];
        bytes
            .iter()
            .fold(0, |sum, byte| sum << 8 | u64::from(*byte))
    };
    MetadataHashValue {
        lower: half(0),
        upper: half(8),
    }
}

impl State {
    fn node(&self, fd: &Descriptor) -> FsResult<&Node> {
        Ok(self.table.get(&ours(fd))?)
    }

    /// A path below a directory's descriptor, authorised.
    fn place(&mut self, fd: &Descriptor, path: &str) -> FsResult<(Mount, String)> {
        let node = self.node(fd)?;
        if !matches!(node.kind, NodeKind::Directory) {
            return refuse(ErrorCode::NotDirectory);
        }
        let mount = node.mount;
        let path = match normalise(&node.path, path) {
            Ok(path) => path,
            Err(reason) => return refuse(absent(&reason)),
        };
        let effect = match mount {
            Mount::Input => Effect::Input,
            Mount::Workspace if path.is_empty() => Effect::List,
            Mount::Workspace => Effect::Read(&path),
        };
        // A directory on the way to what may be read may be looked at; its
        // listing says no more than `workspace.list` does.
        let directory = matches!(self.files.find(mount, &path), Ok(Found::Directory));
        let effect = if directory && mount == Mount::Workspace {
            Effect::List
        } else {
            effect
        };
        match self.authorise(effect) {
            Ok(_) => Ok((mount, path)),
            Err(_) => refuse(ErrorCode::Access),
        }
    }

    /// What is there. A size the forge did not say is found out by reading.
    fn look(&mut self, mount: Mount, path: &str) -> FsResult<Found> {
        match self.files.find(mount, path) {
            Ok(Found::File { size: 0 }) => {
                let content = self.content(mount, path)?;
                Ok(Found::File {
                    size: content.size(),
                })
            }
            Ok(found) => Ok(found),
            Err(reason) => refuse(absent(&reason)),
        }
    }

    fn content(&mut self, mount: Mount, path: &str) -> FsResult<Content> {
        let limit = self.held_limit();
        match self.files.open(mount, path, limit) {
            Ok(content) => Ok(content),
            Err(OpenError::TooLarge) => refuse(ErrorCode::FileTooLarge),
            Err(OpenError::Held) => Err(FsError::trap(Exhausted(Budget::FileBytes))),
            // The host's disk or repository failed, or the bytes are not those
            // the tree names: nobody's answer.
            Err(OpenError::Io(error)) => Err(FsError::trap(error)),
        }
    }
}

impl preopens::Host for State {
    fn get_directories(
        &mut self,
    ) -> wasmtime::Result<Vec<(Resource<wasmtime_wasi::filesystem::Descriptor>, String)>> {
        let mounts: Vec<Mount> = self.files.mounts().collect();
        let mut directories = Vec::new();
        let mut fact = Fact::new();
        for mount in mounts {
            fact = fact.text(mount.path());
            let node = Node {
                mount,
                path: String::new(),
                kind: NodeKind::Directory,
            };
            let handle = owned(self.table.push(node)?);
            directories.push((handle, mount.path().to_owned()));
        }
        self.note(HostFn::Preopens, fact);
        Ok(directories)
    }
}

impl types::Host for State {
    fn convert_error_code(&mut self, error: FsError) -> wasmtime::Result<ErrorCode> {
        Ok(error.downcast()?.into())
    }

    fn filesystem_error_code(
        &mut self,
        _: Resource<types::Error>,
    ) -> wasmtime::Result<Option<ErrorCode>> {
        Ok(Some(ErrorCode::Io))
    }
}

impl types::HostDescriptor for State {
    fn open_at(
        &mut self,
        fd: Descriptor,
        _: PathFlags,
        path: String,
        open: OpenFlags,
        flags: DescriptorFlags,
    ) -> FsResult<Descriptor> {
        let fact = Fact::new().text(&path);
        let opened = self.open(&fd, &path, open, flags);
        let answer = match &opened {
            Ok((found, _)) => 1 + found_number(*found),
            Err(_) => 0,
        };
        self.note(HostFn::OpenAt, fact.number(answer));
        let (_, node) = opened?;
        Ok(owned(self.table.push(node)?))
    }

    fn read_via_stream(&mut self, fd: Descriptor, at: u64) -> FsResult<Resource<DynInputStream>> {
        let content = match &self.node(&fd)?.kind {
            NodeKind::File(content) => content.clone(),
            NodeKind::Directory => return refuse(ErrorCode::IsDirectory),
        };
        self.note(HostFn::ReadViaStream, Fact::new().number(at));
        Ok(owned(self.table.push(Input::File { content, at })?))
    }

    fn read(&mut self, fd: Descriptor, length: u64, at: u64) -> FsResult<(Vec<u8>, bool)> {
        let node = self.node(&fd)?;
        let NodeKind::File(content) = &node.kind else {
            return refuse(ErrorCode::IsDirectory);
        };
        let bytes = content
            .read(at, length.min(MAX_READ) as usize)
            .map_err(FsError::trap)?;
        let end = at.saturating_add(bytes.len() as u64) >= content.size();
        let fact = Fact::new().number(length).number(at).bytes(&bytes);
        self.note(HostFn::FileRead, fact);
        Ok((bytes, end))
    }

    fn read_directory(
        &mut self,
        fd: Descriptor,
    ) -> FsResult<Resource<types::DirectoryEntryStream>> {
        let node = self.node(&fd)?;
        if !matches!(node.kind, NodeKind::Directory) {
            return refuse(ErrorCode::NotDirectory);
        }
        let entries = self.files.children(node.mount, &node.path);
        self.note(
            HostFn::ReadDirectory,
            Fact::new().number(entries.len() as u64),
        );
        Ok(owned(self.table.push(Listing::of(entries))?))
    }

    fn stat(&mut self, fd: Descriptor) -> FsResult<DescriptorStat> {
        let node = self.node(&fd)?;
        let found = match &node.kind {
            NodeKind::Directory => Found::Directory,
            NodeKind::File(content) => Found::File {
                size: content.size(),
            },
        };
        self.note(HostFn::Stat, Fact::new().number(found_number(found)));
        Ok(stat_of(found))
    }

    fn stat_at(&mut self, fd: Descriptor, _: PathFlags, path: String) -> FsResult<DescriptorStat> {
        let found = self
            .place(&fd, &path)
            .and_then(|(mount, path)| self.look(mount, &path));
        let answer = found.as_ref().map_or(0, |found| 1 + found_number(*found));
        self.note(HostFn::StatAt, Fact::new().text(&path).number(answer));
        Ok(stat_of(found?))
    }

    fn get_flags(&mut self, fd: Descriptor) -> FsResult<DescriptorFlags> {
        self.node(&fd)?;
        Ok(DescriptorFlags::READ)
    }

    fn get_type(&mut self, fd: Descriptor) -> FsResult<DescriptorType> {
        Ok(match &self.node(&fd)?.kind {
            NodeKind::Directory => DescriptorType::Directory,
            NodeKind::File(_) => DescriptorType::RegularFile,
        })
    }

    fn is_same_object(&mut self, one: Descriptor, other: Descriptor) -> wasmtime::Result<bool> {
        let one: &Node = self.table.get(&ours(&one))?;
        let other: &Node = self.table.get(&ours(&other))?;
        Ok((one.mount, &one.path) == (other.mount, &other.path))
    }

    fn metadata_hash(&mut self, fd: Descriptor) -> FsResult<MetadataHashValue> {
        let node = self.node(&fd)?;
        let value = identity(node.mount, &node.path);
        self.note(HostFn::MetadataHash, Fact::new().number(value.lower));
        Ok(value)
    }

    fn metadata_hash_at(
        &mut self,
        fd: Descriptor,
        _: PathFlags,
        path: String,
    ) -> FsResult<MetadataHashValue> {
        let (mount, path) = self.place(&fd, &path)?;
        if let Err(reason) = self.files.find(mount, &path) {
            return refuse(absent(&reason));
        }
        let value = identity(mount, &path);
        self.note(HostFn::MetadataHash, Fact::new().number(value.lower));
        Ok(value)
    }

    /// Links are listed; where they lead is not followed and not told.
    fn readlink_at(&mut self, fd: Descriptor, path: String) -> FsResult<String> {
        let (mount, place) = self.place(&fd, &path)?;
        self.note(HostFn::Readlink, Fact::new().text(&path));
        match self.files.find(mount, &place) {
            Ok(Found::Symlink) => refuse(ErrorCode::NotPermitted),
            Ok(Found::Directory | Found::File { .. }) => refuse(ErrorCode::Invalid),
            Err(reason) => refuse(absent(&reason)),
        }
    }

    // Hints and syncs of what never changes are done already.

    fn advise(&mut self, fd: Descriptor, _: u64, _: u64, _: Advice) -> FsResult<()> {
        self.node(&fd).map(|_| ())
    }

    fn sync_data(&mut self, fd: Descriptor) -> FsResult<()> {
        self.node(&fd).map(|_| ())
    }

    fn sync(&mut self, fd: Descriptor) -> FsResult<()> {
        self.node(&fd).map(|_| ())
    }

    fn drop(&mut self, fd: Descriptor) -> wasmtime::Result<()> {
        self.table.delete(owned::<_, Node>(fd))?;
        Ok(())
    }

    // All that would write.

    fn write(&mut self, fd: Descriptor, _: Vec<u8>, _: u64) -> FsResult<u64> {
        self.read_only(&fd)
    }

    fn write_via_stream(&mut self, fd: Descriptor, _: u64) -> FsResult<Resource<DynOutputStream>> {
        self.read_only(&fd)
    }

    fn append_via_stream(&mut self, fd: Descriptor) -> FsResult<Resource<DynOutputStream>> {
        self.read_only(&fd)
    }

    fn set_size(&mut self, fd: Descriptor, _: u64) -> FsResult<()> {
        self.read_only(&fd)
    }

    fn set_times(&mut self, fd: Descriptor, _: NewTimestamp, _: NewTimestamp) -> FsResult<()> {
        self.read_only(&fd)
    }

    fn set_times_at(
        &mut self,
        fd: Descriptor,
        _: PathFlags,
        _: String,
        _: NewTimestamp,
        _: NewTimestamp,
    ) -> FsResult<()> {
        self.read_only(&fd)
    }

    fn create_directory_at(&mut self, fd: Descriptor, _: String) -> FsResult<()> {
        self.read_only(&fd)
    }

    fn remove_directory_at(&mut self, fd: Descriptor, _: String) -> FsResult<()> {
        self.read_only(&fd)
    }

    fn unlink_file_at(&mut self, fd: Descriptor, _: String) -> FsResult<()> {
        self.read_only(&fd)
    }

    fn symlink_at(&mut self, fd: Descriptor, _: String, _: String) -> FsResult<()> {
        self.read_only(&fd)
    }

    fn link_at(
        &mut self,
        fd: Descriptor,
        _: PathFlags,
        _: String,
        _: Descriptor,
        _: String,
    ) -> FsResult<()> {
        self.read_only(&fd)
    }

    fn rename_at(&mut self, fd: Descriptor, _: String, _: Descriptor, _: String) -> FsResult<()> {
        self.read_only(&fd)
    }
}

impl types::HostDirectoryEntryStream for State {
    fn read_directory_entry(
        &mut self,
        stream: Resource<types::DirectoryEntryStream>,
    ) -> FsResult<Option<DirectoryEntry>> {
        let listing: &mut Listing = self.table.get_mut(&ours(&stream))?;
        let entry = listing.next();
        let name = entry.as_ref().map_or("", |(name, _)| name);
        let fact = Fact::new().text(name);
        self.note(HostFn::DirectoryEntry, fact);
        Ok(entry.map(|(name, found)| DirectoryEntry {
            type_: type_of(found),
            name,
        }))
    }

    fn drop(&mut self, stream: Resource<types::DirectoryEntryStream>) -> wasmtime::Result<()> {
        self.table.delete(owned::<_, Listing>(stream))?;
        Ok(())
    }
}

impl State {
    fn open(
        &mut self,
        fd: &Descriptor,
        path: &str,
        open: OpenFlags,
        flags: DescriptorFlags,
    ) -> FsResult<(Found, Node)> {
        let (mount, path) = self.place(fd, path)?;
        let writes = DescriptorFlags::WRITE | DescriptorFlags::MUTATE_DIRECTORY;
        let makes = OpenFlags::CREATE | OpenFlags::EXCLUSIVE | OpenFlags::TRUNCATE;
        let found = match self.files.find(mount, &path) {
            // Opening for writing what is not there would make it.
            Err(Absent::NoEntry) if open.intersects(makes) => return refuse(ErrorCode::ReadOnly),
            Err(reason) => return refuse(absent(&reason)),
            Ok(found) => found,
        };
        if open.intersects(makes) || flags.contains(DescriptorFlags::WRITE) {
            return refuse(ErrorCode::ReadOnly);
        }
        // Runtimes ask for the right to change a directory and never use it.
        if flags.intersects(writes) && !matches!(found, Found::Directory) {
            return refuse(ErrorCode::ReadOnly);
        }
        let kind = match found {
            Found::Symlink => return refuse(ErrorCode::Loop),
            Found::File { .. } if open.contains(OpenFlags::DIRECTORY) => {
                return refuse(ErrorCode::NotDirectory);
            }
            Found::File { .. } => NodeKind::File(self.content(mount, &path)?),
            Found::Directory => NodeKind::Directory,
        };
        Ok((found, Node { mount, path, kind }))
    }

    fn read_only<T>(&mut self, fd: &Descriptor) -> FsResult<T> {
        self.node(fd)?;
        self.note(HostFn::Write, Fact::new());
        refuse(ErrorCode::ReadOnly)
    }
}

/// A find as a number, for the trace.
fn found_number(found: Found) -> u64 {
    match found {
        Found::Directory => 0,
        Found::Symlink => 1,
        Found::File { size } => 2 + size,
    }
}
