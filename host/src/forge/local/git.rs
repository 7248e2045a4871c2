//! Git's plumbing, with everything that makes git execute something else
//! switched off.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, Command};

use crate::forge::{ForgeError, Result};

/// A git command that takes longer is stuck.
pub(super) const TIMEOUT: Duration = Duration::from_secs(120);

/// Bytes of a command's answer; a listing of half a million files is less.
const MAX_ANSWER: u64 = 256 * 1024 * 1024;

/// One repository, addressed by its git directory.
#[derive(Debug, Clone)]
pub(crate) struct Git {
    directory: PathBuf,
    variables: Vec<(&'static str, OsString)>,
}

/// What a command printed; a status other than zero is no error here.
#[derive(Debug)]
pub(crate) struct Answer {
    pub ok: bool,
    pub stdout: Vec<u8>,
    pub stderr: String,
}

impl Git {
    pub fn new(directory: &Path) -> Git {
        Git {
            directory: directory.to_owned(),
            variables: Vec::new(),
        }
    }

    /// The same repository with an index of its own, so that the user's is not
    /// touched.
    pub fn with_index(&self, index: &Path) -> Git {
        let mut git = self.clone();
        git.variables.push(("GIT_INDEX_FILE", index.into()));
        git
    }

    /// The same repository with an author, a committer and a date (Unix time).
    pub fn committing_as(&self, name: &str, email: &str, date: &str) -> Git {
        let mut git = self.clone();
        let date = format!("@{date} +0000");
        for (variable, value) in [
            ("GIT_AUTHOR_NAME", name),
            ("GIT_AUTHOR_EMAIL", email),
            ("GIT_AUTHOR_DATE", &date),
            ("GIT_COMMITTER_NAME", name),
            ("GIT_COMMITTER_EMAIL", email),
            ("GIT_COMMITTER_DATE", &date),
        ] {
            git.variables.push((variable, value.into()));
        }
        git
    }

    /// Everything switched off, for whoever starts it.
    fn prepared(&self, arguments: &[&str]) -> std::process::Command {
        let mut command = std::process::Command::new("git");
        command
            .env_clear()
            // Hooks, file system monitors and the configuration of other people
            // are code; a system's and a user's own configuration is not read.
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_OPTIONAL_LOCKS", "0")
            .env("GIT_NO_REPLACE_OBJECTS", "1")
            // A partial clone would fetch what is missing, by whatever program
            // its remote names. The list of allowed protocols is empty, and
            // unlike `protocol.allow` a repository cannot override it.
            .env("GIT_NO_LAZY_FETCH", "1")
            .env("GIT_ALLOW_PROTOCOL", "")
            .env("LC_ALL", "C")
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .args([
                "-c",
                "core.hooksPath=/dev/null",
                "-c",
                "core.fsmonitor=false",
            ])
            .args([
                "-c",
                "log.showSignature=false",
                "-c",
                "gc.auto=0",
                "-c",
                "maintenance.auto=false",
            ])
            .args(["-c", "core.logAllRefUpdates=false"])
            .arg("-C")
            .arg(&self.directory)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if let Some(path) = std::env::var_os("PATH") {
            command.env("PATH", path);
        }
        command
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::from(self.prepared(arguments));
        command.kill_on_drop(true);
        command
    }

    /// A long-running command to talk to from a thread that may wait.
    pub fn converse_here(&self, arguments: &[&str]) -> std::io::Result<std::process::Child> {
        let mut command = self.prepared(arguments);
        // Nobody reads it, and a full pipe would stop the conversation.
        command.stderr(Stdio::null()).spawn()
    }

    fn spawn(&self, arguments: &[&str]) -> Result<Child> {
        Git::start(self.command(arguments))
    }

    fn start(mut command: Command) -> Result<Child> {
        command.spawn().map_err(|source| match source.kind() {
            std::io::ErrorKind::NotFound => ForgeError::Unsupported(
                "git is not on the PATH; local repositories need it (`apt-get install git`)".into(),
            ),
            _ => ForgeError::Io {
                what: "starting git",
                source,
            },
        })
    }

    /// A long-running command to talk to.
    pub fn converse(&self, arguments: &[&str]) -> Result<Child> {
        let mut command = self.command(arguments);
        // Nobody reads it, and a full pipe would stop the conversation.
        command.stderr(Stdio::null());
        Git::start(command)
    }

    /// Runs a command with this standard input.
    pub async fn ask(&self, arguments: &[&str], input: &[u8]) -> Result<Answer> {
        let mut child = self.spawn(arguments)?;
        let (stdin, stdout, stderr) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let write = async {
            if let Some(mut stdin) = stdin {
                // A command that does not read its input closes it early.
                let _ = stdin.write_all(input).await;
            }
        };
        let talk = async {
            let (_, stdout, stderr) = tokio::join!(write, all(stdout), all(stderr));
            let status = child.wait().await;
            Ok::<_, std::io::Error>((status?, stdout?, stderr?))
        };
        let answer =
            tokio::time::timeout(TIMEOUT, talk)
                .await
                .map_err(|_| ForgeError::Transient {
                    what: "git",
                    why: format!("no answer within {} s", TIMEOUT.as_secs()),
                    retry_after: None,
                })?;
        let io = |source| ForgeError::Io {
            what: "talking to git",
            source,
        };
        let (status, stdout, stderr) = answer.map_err(io)?;
        let stderr = String::from_utf8_lossy(&stderr).trim().to_owned();
        Ok(Answer {
            ok: status.success(),
            stdout,
            stderr,
        })
    }

    /// Runs a command that must succeed.
    pub async fn run(&self, arguments: &[&str], input: &[u8]) -> Result<Vec<u8>> {
        let answer = self.ask(arguments, input).await?;
        match answer.ok {
            true => Ok(answer.stdout),
            false => Err(ForgeError::Unexpected {
                what: "git",
                why: format!("`git {}` failed: {}", arguments.join(" "), answer.stderr),
            }),
        }
    }

    /// The first line a command prints.
    pub async fn line(&self, arguments: &[&str], input: &[u8]) -> Result<String> {
        let output = self.run(arguments, input).await?;
        Ok(String::from_utf8_lossy(&output)
            .lines()
            .next()
            .unwrap_or_default()
            .to_owned())
    }
}

async fn all(stream: Option<impl tokio::io::AsyncRead + Unpin>) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if let Some(stream) = stream {
        stream.take(MAX_ANSWER).read_to_end(&mut bytes).await?;
    }
    Ok(bytes)
}
