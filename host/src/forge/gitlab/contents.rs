//! The files of a tree: an archive first, single blobs for what it lacks. An
//! archive obeys `export-ignore` and `export-subst`; what a file holds is what
//! its blob id says.

use std::path::Path;
use std::sync::Arc;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use tokio::sync::Mutex;

use super::api::{Api, too_long};
use crate::forge::checkout::Writer;
use crate::forge::tarball::{self, Wanted};
use crate::forge::{ForgeError, Result};
use crate::ids::{ObjectId, RepositoryName};
use crate::tree::{MAX_FILE_BYTES, Tree};

/// Up to here single blobs cost no more than an archive; GitLab.com gives a
/// user five archives a minute.
const FEW_FILES: usize = 16;

/// Blobs fetched one by one.
const MAX_BLOBS: usize = 500;

/// Requests at a time.
const AT_ONCE: usize = 4;

pub(super) async fn write(
    api: &Api,
    project: &RepositoryName,
    commit: &ObjectId,
    tree: &Tree,
    into: &Path,
) -> Result<()> {
    let mut wanted = tarball::wanted(tree)?;
    if wanted.len() > FEW_FILES {
        let path = format!("/repository/archive.tar.gz?sha={commit}");
        match api.stream("downloading the archive", project, &path).await {
            Ok(incoming) => wanted = tarball::download(incoming, wanted, into).await?,
            // Without it, blob by blob will do; where there are too many, that
            // says so.
            Err(ForgeError::NotFound { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    blobs(api, project, wanted, into).await
}

async fn blobs(api: &Api, project: &RepositoryName, wanted: Wanted, into: &Path) -> Result<()> {
    if wanted.len() > MAX_BLOBS {
        let what = "the number of files that the archive lacks";
        return Err(too_long(what, format!("{MAX_BLOBS} files")));
    }
    let writer = Arc::new(Mutex::new(Writer::new(into)));
    stream::iter(wanted)
        .map(|(path, entry)| {
            let writer = writer.clone();
            async move {
                let blob = format!("/repository/blobs/{}/raw", entry.id);
                let incoming = api.stream("reading a file", project, &blob).await?;
                // Its size is not listed; one that is too large is not written,
                // as a checkout writes none.
                match incoming.read(MAX_FILE_BYTES as usize).await {
                    Ok(bytes) => writer.lock().await.write(&path, &entry, &bytes),
                    Err(ForgeError::TooLarge { .. }) => Ok(()),
                    Err(error) => Err(error),
                }
            }
        })
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await
}
