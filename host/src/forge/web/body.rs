//! A body as it arrives: with deadlines, into memory or into a file.

use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use http::Response;
use http_body_util::BodyExt as _;
use http_body_util::combinators::UnsyncBoxBody;
use tokio::fs::File;
use tokio::io::{AsyncWriteExt as _, BufWriter};
use tokio::time::Instant;

use super::{chain, transient};
use crate::forge::{Downloaded, ForgeError, MAX_LOG_BYTES, Result};

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A body with a deadline for the next bytes and for all.
pub(in crate::forge) struct Incoming {
    what: &'static str,
    body: UnsyncBoxBody<Bytes, BoxError>,
    read: Duration,
    until: Instant,
}

impl Incoming {
    pub fn new<B>(
        what: &'static str,
        response: Response<B>,
        read: Duration,
        within: Duration,
    ) -> Incoming
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        Incoming {
            what,
            body: response.into_body().map_err(Into::into).boxed_unsync(),
            read,
            until: Instant::now() + within,
        }
    }

    /// The next bytes; none at the end. A body that breaks off is an error.
    pub async fn next(&mut self) -> Result<Option<Bytes>> {
        loop {
            let until = self.until.min(Instant::now() + self.read);
            let frame = tokio::time::timeout_at(until, self.body.frame())
                .await
                .map_err(|_| transient(self.what, "the answer took too long".into()))?;
            match frame {
                None => return Ok(None),
                Some(Err(error)) => return Err(transient(self.what, chain(&*error))),
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) if !data.is_empty() => return Ok(Some(data)),
                    _ => continue,
                },
            }
        }
    }

    /// The whole body, if it is no longer than `limit` bytes.
    pub async fn read(mut self, limit: usize) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        while let Some(chunk) = self.next().await? {
            if bytes.len() + chunk.len() > limit {
                let (what, limit) = (self.what, format!("{limit} bytes"));
                return Err(ForgeError::TooLarge { what, limit });
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }
}

/// A log being written, from one answer or from several.
pub(in crate::forge) struct LogFile {
    file: BufWriter<File>,
    bytes: u64,
    limit: u64,
    truncated: bool,
}

fn io(source: std::io::Error) -> ForgeError {
    ForgeError::Io {
        what: "writing a log",
        source,
    }
}

impl LogFile {
    pub async fn create(into: &Path) -> Result<LogFile> {
        LogFile::up_to(into, MAX_LOG_BYTES).await
    }

    /// A log of which at most so many bytes are kept.
    pub async fn up_to(into: &Path, limit: u64) -> Result<LogFile> {
        Ok(LogFile {
            limit: limit.min(MAX_LOG_BYTES),
            file: BufWriter::new(File::create(into).await.map_err(io)?),
            bytes: 0,
            truncated: false,
        })
    }

    /// Appends bytes up to the limit of a log; false once it is reached.
    pub async fn append(&mut self, chunk: &[u8]) -> Result<bool> {
        let room = usize::try_from(self.limit - self.bytes).unwrap_or(usize::MAX);
        let kept = &chunk[..chunk.len().min(room)];
        self.file.write_all(kept).await.map_err(io)?;
        self.bytes += kept.len() as u64;
        self.truncated |= kept.len() < chunk.len();
        Ok(!self.truncated)
    }

    /// Appends a body; memory does not grow with it.
    pub async fn take(&mut self, mut incoming: Incoming) -> Result<()> {
        while let Some(chunk) = incoming.next().await? {
            if !self.append(&chunk).await? {
                break;
            }
        }
        Ok(())
    }

    /// Whether the limit of a log is reached.
    pub fn is_full(&self) -> bool {
        self.truncated
    }

    pub async fn finish(mut self) -> Result<Downloaded> {
        self.file.flush().await.map_err(io)?;
        Ok(Downloaded {
            bytes: self.bytes,
            truncated: self.truncated,
        })
    }
}

/// One body as a log of at most so many bytes.
pub(in crate::forge) async fn to_file(
    incoming: Incoming,
    into: &Path,
    limit: u64,
) -> Result<Downloaded> {
    let mut file = LogFile::up_to(into, limit).await?;
    file.take(incoming).await?;
    file.finish().await
}
