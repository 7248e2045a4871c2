//! The files of a tree: a tarball first, single blobs for what it lacks.
//!
//! A tarball obeys `export-ignore` and `export-subst`, so it is only a fast way
//! to most of the bytes; what a file holds is what its blob id says.

use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde::Deserialize;
use tokio::sync::Mutex;

use super::call::{CONTENTS, Call};
use super::client::Client;
use super::logs::redirected;
use super::wire::transient;
use crate::forge::checkout::Writer;
use crate::forge::tarball::{self, Wanted};
use crate::forge::{ForgeError, Result};
use crate::ids::{ObjectId, RepositoryName};
use crate::tree::{MAX_FILE_BYTES, Tree, blob_id};

/// Up to here single blobs cost no more than a tarball and its redirect.
const FEW_FILES: usize = 16;

/// Blobs fetched one by one: each costs one of 5,000 requests an hour.
const MAX_BLOBS: usize = 500;

/// Bytes of one file's answer, in base64 and JSON where a server insists.
const MAX_BLOB_ANSWER_BYTES: usize = MAX_FILE_BYTES as usize / 3 * 4 + 64 * 1024;

/// Requests at a time; GitHub allows a hundred for all that an App does.
const AT_ONCE: usize = 4;

pub(super) async fn write(
    client: &Client,
    repository: &RepositoryName,
    commit: &ObjectId,
    tree: &Tree,
    into: &Path,
) -> Result<()> {
    let mut wanted = tarball::wanted(tree)?;
    if wanted.len() > FEW_FILES {
        wanted = from_tarball(client, repository, commit, wanted, into).await?;
    }
    blobs(client, repository, wanted, into).await
}

/// Writes what the tarball holds as the tree has it; answers with the rest.
async fn from_tarball(
    client: &Client,
    repository: &RepositoryName,
    commit: &ObjectId,
    wanted: Wanted,
    into: &Path,
) -> Result<Wanted> {
    const WHAT: &str = "downloading the tarball";
    let path = format!("/tarball/{commit}");
    let call = Call::get(WHAT, repository, CONTENTS, path);
    let response = redirected(client, &call).await?;
    match response.status().as_u16() {
        200 => {}
        // Without it, blob by blob will do; where there are too many, that says so.
        404 => return Ok(wanted),
        _ => {
            let why = format!("GitHub answered {}", response.status());
            return Err(transient(WHAT, why));
        }
    }
    let incoming = client.wire.stream(WHAT, response);
    tarball::download(incoming, wanted, into).await
}

async fn blobs(
    client: &Client,
    repository: &RepositoryName,
    wanted: Wanted,
    into: &Path,
) -> Result<()> {
    if wanted.len() > MAX_BLOBS {
        return Err(ForgeError::TooLarge {
            what: "the number of files that the tarball lacks",
            limit: format!("{MAX_BLOBS} files"),
        });
    }
    let writer = Arc::new(Mutex::new(Writer::new(into)));
    stream::iter(wanted)
        .map(|(path, entry)| {
            let writer = writer.clone();
            async move {
                let bytes = blob(client, repository, &entry.id).await?;
                writer.lock().await.write(&path, &entry, &bytes)
            }
        })
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await
}

/// One file's bytes, by its id.
pub(super) async fn blob(
    client: &Client,
    repository: &RepositoryName,
    id: &ObjectId,
) -> Result<Vec<u8>> {
    let path = format!("/git/blobs/{id}");
    let call = Call::get("reading a file", repository, CONTENTS, path)
        .raw()
        .limit(MAX_BLOB_ANSWER_BYTES);
    let body = client.send(&call).await?.success(&call)?.body;
    match blob_id(&body) == *id {
        true => Ok(body),
        false => Ok(from_json(&body).unwrap_or(body)),
    }
}

/// Servers that look like GitHub may answer with JSON all the same. Which it
/// is, the blob's id tells; whoever writes the bytes compares it once more.
fn from_json(body: &[u8]) -> Option<Vec<u8>> {
    #[derive(Deserialize)]
    struct Blob {
        content: String,
    }
    let blob: Blob = serde_json::from_slice(body).ok()?;
    let content: String = blob.content.split_ascii_whitespace().collect();
    STANDARD.decode(content).ok()
}
