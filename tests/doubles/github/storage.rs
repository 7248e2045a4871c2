//! Where redirects lead: logs and tarballs behind addresses that carry their
//! own key. A credential sent here is one that leaked.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use tar::{Builder, EntryType, Header};

use super::objects::Flat;
use super::routes::{Asked, not_found};
use super::server::{Content, Reply};
use super::state::{Log, Repo, State};

/// In every address, as a storage's signature is; no error may show it.
pub const SIGNATURE: &str = "sig=storage-signature";

pub fn log_address(url: &str, name: &str, job: &str) -> String {
    format!("{url}/storage/{name}/logs/{job}?{SIGNATURE}")
}

pub fn artifact_address(url: &str, name: &str, id: &str) -> String {
    format!("{url}/storage/{name}/artifacts/{id}?{SIGNATURE}")
}

pub fn tarball_address(url: &str, name: &str, at: &str) -> String {
    format!("{url}/storage/{name}/tarball/{at}?{SIGNATURE}")
}

pub fn answer(state: &mut State, asked: &Asked, rest: &[&str]) -> Reply {
    if asked.bearer.is_some() {
        state
            .unexpected
            .push(format!("a credential came along to {}", asked.path));
    }
    if asked.query != SIGNATURE {
        return Reply::message(403, "the signature is missing");
    }
    let url = state.url.clone();
    match rest {
        [owner, name, "logs", job] => log(state, &url, &format!("{owner}/{name}"), job),
        [owner, name, "artifacts", id] => {
            let repo = state.repo(&format!("{owner}/{name}"));
            let mut all = repo.artifacts.iter();
            let found = all.find(|artifact| artifact.id.to_string() == *id);
            Reply::bytes("application/zip", found.expect("an artifact").zip.clone())
        }
        [owner, name, "tarball", at] => {
            let repo = state.repo(&format!("{owner}/{name}"));
            match repo.tarball.broken {
                true => Reply::bytes("application/x-gzip", b"this is no gzip".repeat(50)),
                false if repo.tarball.bomb => Reply::bytes("application/x-gzip", bomb()),
                false => tarball(repo, &format!("{owner}-{name}"), at),
            }
        }
        _ => not_found(),
    }
}

fn log(state: &mut State, url: &str, name: &str, job: &str) -> Reply {
    let runs = state.repo(name).runs.iter_mut();
    let mut jobs = runs.flat_map(|run| &mut run.jobs);
    let found = jobs.find(|known| known.id.to_string() == job);
    match found.map(|job| &mut job.log) {
        Some(Log::Text(text) | Log::NotYet(_, text)) => {
            Reply::bytes("text/plain", text.clone().into_bytes())
        }
        Some(Log::Generated(bytes)) => Reply {
            status: 200,
            headers: vec![("content-type".into(), "text/plain".into())],
            body: Content::Generated(*bytes),
        },
        Some(Log::Hops(left)) if *left > 0 => {
            *left -= 1;
            Reply::redirect(log_address(url, name, job))
        }
        Some(Log::Hops(_)) => Reply::bytes("text/plain", b"after the hops\n".to_vec()),
        _ => not_found(),
    }
}

/// As `git archive` writes it: a global header with the commit, one directory
/// before everything, extended headers for long paths.
fn tarball(repo: &Repo, prefix: &str, at: &str) -> Reply {
    let Some(flat) = repo
        .objects
        .get_commit(at)
        .and_then(|commit| repo.objects.flat(&commit.tree))
    else {
        return not_found();
    };
    let mut builder = Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    let top = format!("{prefix}-{}", &at[..7]);
    pax(&mut builder, EntryType::XGlobalHeader, "comment", at);
    if repo.tarball.hostile {
        hostile(&mut builder, &top, &flat);
    }
    for (path, (mode, id)) in &flat {
        if repo.tarball.left_out.contains(path) {
            continue;
        }
        let bytes = repo.objects.get_blob(id).unwrap_or_default();
        let bytes = repo.tarball.changed.get(path).map_or(bytes, Vec::as_slice);
        let name = format!("{top}/{path}");
        match mode.as_str() {
            "120000" => link(&mut builder, EntryType::Symlink, &name, bytes),
            "160000" => entry(&mut builder, EntryType::Directory, &name, &[]),
            _ => entry(&mut builder, EntryType::Regular, &name, bytes),
        }
    }
    let gzip = builder.into_inner().expect("a tarball");
    Reply::bytes("application/x-gzip", gzip.finish().expect("a gzip"))
}

type Out = Builder<GzEncoder<Vec<u8>>>;

fn entry(out: &mut Out, kind: EntryType, name: &str, bytes: &[u8]) {
    if name.len() > 100 {
        pax(out, EntryType::XHeader, "path", name);
    }
    out.append(&header(kind, name, bytes.len() as u64), bytes)
        .expect("an entry");
}

fn link(out: &mut Out, kind: EntryType, name: &str, target: &[u8]) {
    let mut header = header(kind, name, 0);
    let field = &mut header.as_old_mut().linkname;
    let length = target.len().min(field.len());
    field[..length].copy_from_slice(&target[..length]);
    header.set_cksum();
    out.append(&header, &[][..]).expect("a link");
}

/// The name is written as it is: the library would refuse a hostile one.
fn header(kind: EntryType, name: &str, size: u64) -> Header {
    let mut header = Header::new_ustar();
    header.set_entry_type(kind);
    header.set_mode(0o664);
    header.set_size(size);
    let field = &mut header.as_old_mut().name;
    let length = name.len().min(field.len());
    field[..length].copy_from_slice(&name.as_bytes()[..length]);
    header.set_cksum();
    header
}

fn pax(out: &mut Out, kind: EntryType, key: &str, value: &str) {
    // The length counts its own digits.
    let rest = format!(" {key}={value}\n");
    let mut length = rest.len() + 1;
    while format!("{length}{rest}").len() != length {
        length += 1;
    }
    let record = format!("{length}{rest}");
    let header = header(kind, "pax_global_header", record.len() as u64);
    out.append(&header, record.as_bytes()).expect("a header");
}

/// One entry of four gigabytes of zeros, the same compressed piece again and
/// again: what is joined of gzips is a gzip.
fn bomb() -> Vec<u8> {
    const PIECES: usize = 64;
    let compressed = |bytes: &[u8]| {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        gzip.write_all(bytes).expect("memory");
        gzip.finish().expect("a gzip")
    };
    let piece = vec![0; 64 * 1024 * 1024];
    let size = (piece.len() * PIECES) as u64;
    let mut all = compressed(header(EntryType::Regular, "top/zeros", size).as_bytes());
    all.extend(compressed(&piece).repeat(PIECES));
    all
}

/// What an attacker would put before the honest entries.
fn hostile(out: &mut Out, top: &str, flat: &Flat) {
    let evil = b"evil\n";
    for name in [
        "../escape",
        "top/../../escape",
        "/etc/escape",
        "top/.git/hooks/pre-commit",
        "escape",
    ] {
        entry(out, EntryType::Regular, name, evil);
    }
    link(out, EntryType::Symlink, &format!("{top}/out"), b"/tmp");
    entry(out, EntryType::Regular, &format!("{top}/out/escape"), evil);
    link(out, EntryType::Link, &format!("{top}/hard"), b"/etc/passwd");
    entry(out, EntryType::Fifo, &format!("{top}/fifo"), &[]);
    // Listed names with other bytes, a directory in a file's place, and a name
    // that only the extended header gives.
    for path in flat.keys().take(3) {
        link(
            out,
            EntryType::Symlink,
            &format!("{top}/{path}"),
            b"/etc/passwd",
        );
        entry(out, EntryType::Directory, &format!("{top}/{path}"), &[]);
        entry(out, EntryType::Regular, &format!("{top}/{path}"), evil);
    }
    pax(
        out,
        EntryType::XHeader,
        "path",
        &format!("{top}/../../escape"),
    );
    entry(out, EntryType::Regular, &format!("{top}/harmless"), evil);
    // An extended header of 80 MB must not be read into memory.
    let zeros = vec![b'x'; 80 * 1024 * 1024];
    let header = header(EntryType::GNULongName, "././@LongLink", zeros.len() as u64);
    out.append(&header, &zeros[..]).expect("a header");
    out.get_mut().flush().expect("memory");
}
