//! Published packages: downloaded once, known by their digest, never run
//! outside of the sandbox.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use flate2::read::GzDecoder;

use super::case::{Package, globs};
use super::tools::{Shelf, command};
use crate::forge::checkout;
use crate::ids::Digest;
use crate::patch::path::RepoPath;

/// Bytes of one archive. Larger ones make slow cases.
const MAX_ARCHIVE_BYTES: u64 = 32 * 1024 * 1024;

/// Bytes of all its files, and how many there may be.
const MAX_UNPACKED_BYTES: u64 = 256 * 1024 * 1024;
const MAX_FILES: usize = 20_000;

/// Seconds for one download.
const PATIENCE: &str = "300";

/// Puts a package's files into an empty directory.
pub async fn unpack(shelf: &Shelf, package: &Package, into: &Path) -> anyhow::Result<()> {
    let archive = fetch(shelf, package).await?;
    let wanted = globs(&package.files)?;
    let mut tar = tar::Archive::new(GzDecoder::new(std::fs::File::open(archive)?));
    let (mut bytes, mut files) = (0, 0);
    for entry in tar.entries()? {
        let mut entry = entry.context("the package is no .tar.gz")?;
        if !entry.header().entry_type().is_file() {
            continue;
        }
        let path = entry.path()?.to_string_lossy().into_owned();
        // One directory at the top is the package's own name.
        let Some(path) = path.split_once('/').map(|(_, path)| path.to_owned()) else {
            continue;
        };
        // A name that no patch could have is none of the case's.
        let named = RepoPath::parse(&path).is_ok();
        if !named || !(package.files.is_empty() || wanted.is_match(&path)) {
            continue;
        }
        bytes += entry.size();
        files += 1;
        if bytes > MAX_UNPACKED_BYTES || files > MAX_FILES {
            bail!("the package has more than {MAX_FILES} files or {MAX_UNPACKED_BYTES} bytes");
        }
        let place = checkout::place(into, &path).context("a path leads out of the package")?;
        place.parent().map_or(Ok(()), std::fs::create_dir_all)?;
        let mut content = Vec::new();
        entry.read_to_end(&mut content)?;
        std::fs::write(place, content)?;
    }
    if files == 0 {
        bail!("nothing of the package is wanted; `files` names its files");
    }
    Ok(())
}

/// The archive on disk, with the digest it should have.
async fn fetch(shelf: &Shelf, package: &Package) -> anyhow::Result<PathBuf> {
    let place = shelf.place(&format!("package-{}", &digest_name(&package.sha256)?));
    let _alone = shelf.alone(&place).await?;
    if !place.exists() {
        let part = place.with_extension("part");
        download(&package.url, &part).await?;
        std::fs::rename(&part, &place)?;
    }
    let found = Digest::of(&std::fs::read(&place)?).hex();
    if found != package.sha256 {
        std::fs::remove_file(&place)?;
        bail!(
            "{} has the digest {found}, and the case says {}",
            package.url,
            package.sha256
        );
    }
    Ok(place)
}

fn digest_name(sha256: &str) -> anyhow::Result<&str> {
    let plain = sha256.len() == 64 && sha256.bytes().all(|byte| byte.is_ascii_hexdigit());
    match plain {
        true => Ok(sha256),
        false => bail!("sha256 is 64 hexadecimal digits"),
    }
}

async fn download(url: &str, into: &Path) -> anyhow::Result<()> {
    let bytes = MAX_ARCHIVE_BYTES.to_string();
    let mut curl = command("curl");
    curl.args(["--fail", "--silent", "--show-error", "--location"])
        .args(["--proto", "=https", "--proto-redir", "=https"])
        .args([
            "--max-filesize",
            &bytes,
            "--max-time",
            PATIENCE,
            "--retry",
            "2",
        ])
        .arg("--output")
        .arg(into)
        .args(["--", url]);
    super::tools::done(curl, &format!("downloading {url}")).await
}
