//! A repository's blobs, read one by one when they are wanted.

use std::io::{BufRead as _, BufReader, Error, ErrorKind, Read as _, Result, Write as _};
use std::process::{Child, ChildStdin, ChildStdout};
use std::sync::{Mutex, PoisonError};

use super::git::Git;
use crate::tree::{Entry, Files, MAX_FILE_BYTES};

/// Bytes of `cat-file`'s line before a blob: an id, a word, a number.
const MAX_HEADER: u64 = 256;

/// One `git cat-file --batch`, started when the first blob is read. It looks
/// up objects and runs nothing of the repository's.
#[derive(Debug)]
pub(super) struct Blobs {
    git: Git,
    conversation: Mutex<Option<Conversation>>,
}

#[derive(Debug)]
struct Conversation {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

impl Blobs {
    pub fn of(git: Git) -> Blobs {
        Blobs {
            git,
            conversation: Mutex::new(None),
        }
    }

    fn start(&self) -> Result<Conversation> {
        let mut child = self.git.converse_here(&["cat-file", "--batch"])?;
        let closed = || Error::from(ErrorKind::BrokenPipe);
        let stdin = child.stdin.take().ok_or_else(closed)?;
        let stdout = child.stdout.take().ok_or_else(closed)?;
        Ok(Conversation {
            child,
            stdin,
            stdout: BufReader::with_capacity(64 * 1024, stdout),
        })
    }
}

impl Files for Blobs {
    fn bytes(&self, _: &str, entry: &Entry) -> Result<Vec<u8>> {
        let mut held = self
            .conversation
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let mut conversation = match held.take() {
            Some(conversation) => conversation,
            None => self.start()?,
        };
        let bytes = conversation.ask(entry)?;
        // After an error nobody knows where in its output it is: then the next
        // blob is asked of another.
        *held = Some(conversation);
        Ok(bytes)
    }
}

impl Conversation {
    fn ask(&mut self, entry: &Entry) -> Result<Vec<u8>> {
        writeln!(self.stdin, "{}", entry.id)?;
        self.stdin.flush()?;
        let mut header = String::new();
        (&mut self.stdout).take(MAX_HEADER).read_line(&mut header)?;
        let size = header
            .trim_end()
            .strip_prefix(&format!("{} blob ", entry.id))
            .and_then(|size| size.parse::<u64>().ok());
        let Some(size) = size else {
            let why = format!("git has no blob {}", entry.id);
            return Err(Error::new(ErrorKind::NotFound, why));
        };
        if size > MAX_FILE_BYTES {
            return Err(Error::from(ErrorKind::FileTooLarge));
        }
        let mut bytes = vec![0; size as usize + 1];
        self.stdout.read_exact(&mut bytes)?;
        bytes.pop();
        Ok(bytes)
    }
}

impl Drop for Conversation {
    fn drop(&mut self) {
        // It ends by itself when its input does; this is for one that hangs.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
