//! The address of a CI run, as a person copies it from the browser.

use http::Uri;

use super::address::decoded;
use super::{ForgeKind, Repository, RepositoryName};

/// Longest address taken, in bytes.
const MAX_BYTES: usize = 2048;

/// What an address names. Nothing of it has been looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunUrl {
    /// `https://HOST[:PORT]`, in lower case.
    pub origin: String,
    pub repository: Repository,
    pub place: Place,
}

/// The run or the job that an address leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// A run of GitHub Actions or a pipeline of GitLab CI; all its jobs.
    Run(u64),
    /// One job of a run whose number the address has too.
    JobOfRun { run: u64, job: u64 },
    /// A job of GitLab, whose address does not name its pipeline.
    Job(u64),
}

/// Why an address leads to no run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoRun {
    #[error("it is no address; copy it from the browser, `https://…`")]
    NoAddress,
    #[error("it is not https (plain http only leads to this machine)")]
    NotHttps,
    #[error("a name or a password stands before its host")]
    UserInfo,
    #[error(
        "it is not the address of a run; those are \
         `https://HOST/OWNER/NAME/actions/runs/NUMBER[/job/NUMBER]` on GitHub, \
         `https://HOST/GROUP/NAME/-/pipelines/NUMBER` or `…/-/jobs/NUMBER` on GitLab"
    )]
    NotARun,
}

impl RunUrl {
    pub fn parse(text: &str) -> Result<RunUrl, NoRun> {
        let address = text.split(['#', '?']).next().unwrap_or_default();
        let uri: Uri = (address.len() <= MAX_BYTES)
            .then(|| address.parse().ok())
            .flatten()
            .ok_or(NoRun::NoAddress)?;
        let origin = origin(&uri)?;
        let parts: Option<Vec<String>> = uri
            .path()
            .split('/')
            .filter(|part| !part.is_empty())
            .map(decoded)
            .collect();
        let parts = parts.ok_or(NoRun::NotARun)?;
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        let (forge, name, place) = github(&parts)
            .or_else(|| gitlab(&parts))
            .ok_or(NoRun::NotARun)?;
        Ok(RunUrl {
            origin,
            repository: Repository::new(forge, name),
            place,
        })
    }
}

fn origin(uri: &Uri) -> Result<String, NoRun> {
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
        return Err(NoRun::NoAddress);
    };
    if authority.as_str().contains('@') {
        return Err(NoRun::UserInfo);
    }
    let loopback = matches!(authority.host(), "localhost" | "127.0.0.1" | "[::1]");
    match scheme == "https" || (scheme == "http" && loopback) {
        true => Ok(format!("{scheme}://{authority}").to_ascii_lowercase()),
        false => Err(NoRun::NotHttps),
    }
}

type Named = (ForgeKind, RepositoryName, Place);

fn github(parts: &[&str]) -> Option<Named> {
    let [owner, name, "actions", "runs", run, rest @ ..] = parts else {
        return None;
    };
    let run = run.parse().ok()?;
    let place = match rest {
        [] | ["attempts", _] => Place::Run(run),
        ["job", job] | ["attempts", _, "job", job] => Place::JobOfRun {
            run,
            job: job.parse().ok()?,
        },
        _ => return None,
    };
    let name = format!("{owner}/{name}").parse().ok()?;
    Some((ForgeKind::GitHub, name, place))
}

fn gitlab(parts: &[&str]) -> Option<Named> {
    let [project @ .., "-", what, number] = parts else {
        return None;
    };
    let number = number.parse().ok()?;
    let place = match *what {
        "pipelines" => Place::Run(number),
        "jobs" => Place::Job(number),
        _ => return None,
    };
    let name = project.join("/").parse().ok()?;
    Some((ForgeKind::GitLab, name, place))
}
