//! All objects in one file, and the list that says where each is (git's pack
//! format version 2, its index version 2). Nothing is compressed: it lives in
//! memory for as long as one command.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Result, Write};
use std::path::{Path, PathBuf};

use flate2::write::ZlibEncoder;
use flate2::{Compression, Crc};
use sha1::{Digest as _, Sha1};

/// What an object is, by git's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Commit = 1,
    Tree = 2,
    Blob = 3,
}

/// A pack that is being written.
pub struct Pack {
    directory: PathBuf,
    to: Hashed<BufWriter<File>>,
    /// Where each object begins, and the checksum of its bytes there.
    objects: BTreeMap<[u8; 20], (u32, u32)>,
}

/// While it is written it has no name that git looks for.
const UNFINISHED: &str = "unfinished";

impl Pack {
    /// Of so many objects; each has to be added once.
    pub fn begin(directory: &Path, count: usize) -> Result<Pack> {
        let file = File::create_new(directory.join(UNFINISHED))?;
        let mut to = Hashed::new(BufWriter::new(file));
        to.write_all(b"PACK\0\0\0\x02")?;
        to.write_all(&number(count)?.to_be_bytes())?;
        Ok(Pack {
            directory: directory.to_owned(),
            to,
            objects: BTreeMap::new(),
        })
    }

    pub fn add(&mut self, kind: Kind, id: [u8; 20], bytes: &[u8]) -> Result<()> {
        let mut object = header(kind, bytes.len());
        let mut packed = ZlibEncoder::new(&mut object, Compression::none());
        packed.write_all(bytes)?;
        packed.finish()?;
        let mut crc = Crc::new();
        crc.update(&object);
        let at = number(self.to.written)?;
        self.objects.insert(id, (at, crc.sum()));
        self.to.write_all(&object)
    }

    /// Gives it its name, and its list.
    pub fn finish(mut self) -> Result<()> {
        let checksum = self.to.checksum();
        self.to.inner.write_all(&checksum)?;
        self.to.inner.flush()?;
        let name = hex::encode(checksum);
        let place = |ending| self.directory.join(format!("pack-{name}.{ending}"));
        let file = File::create_new(place("idx"))?;
        let mut list = Hashed::new(BufWriter::new(file));
        self.list(&mut list, &checksum)?;
        let own = list.checksum();
        list.inner.write_all(&own)?;
        list.inner.flush()?;
        std::fs::rename(self.directory.join(UNFINISHED), place("pack"))
    }

    fn list(&self, to: &mut impl Write, checksum: &[u8]) -> Result<()> {
        to.write_all(b"\xfftOc\0\0\0\x02")?;
        // How many begin with this byte or a lesser one.
        let mut counts = [0u32; 256];
        for id in self.objects.keys() {
            counts[usize::from(id[0])] += 1;
        }
        let mut sum = 0;
        for count in counts {
            sum += count;
            to.write_all(&sum.to_be_bytes())?;
        }
        for id in self.objects.keys() {
            to.write_all(id)?;
        }
        for (_, crc) in self.objects.values() {
            to.write_all(&crc.to_be_bytes())?;
        }
        for (at, _) in self.objects.values() {
            to.write_all(&at.to_be_bytes())?;
        }
        to.write_all(checksum)
    }
}

/// Kind and size: four bits of the size, then seven a byte.
fn header(kind: Kind, size: usize) -> Vec<u8> {
    let mut header = Vec::new();
    let mut byte = ((kind as u8) << 4) | (size & 0x0f) as u8;
    let mut rest = size >> 4;
    while rest > 0 {
        header.push(byte | 0x80);
        byte = (rest & 0x7f) as u8;
        rest >>= 7;
    }
    header.push(byte);
    header
}

/// Offsets have 31 bits here; what is larger gets no history.
fn number(number: usize) -> Result<u32> {
    let fits = i32::try_from(number)
        .ok()
        .and_then(|n| u32::try_from(n).ok());
    fits.ok_or_else(|| std::io::ErrorKind::FileTooLarge.into())
}

/// Bytes and their SHA-1, which git puts behind them.
pub struct Hashed<W> {
    pub inner: W,
    sha: Sha1,
    written: usize,
}

impl<W: Write> Hashed<W> {
    pub fn new(inner: W) -> Hashed<W> {
        Hashed {
            inner,
            sha: Sha1::new(),
            written: 0,
        }
    }

    pub fn checksum(&self) -> [u8; 20] {
        self.sha.clone().finalize().into()
    }
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        let count = self.inner.write(bytes)?;
        self.sha.update(&bytes[..count]);
        self.written += count;
        Ok(count)
    }

    fn flush(&mut self) -> Result<()> {
        self.inner.flush()
    }
}
