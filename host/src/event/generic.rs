//! Whatever else runs CI tells of a failed run with its log, or says where the
//! log is: `POST /webhooks/generic`, and `sentinel ingest` in the same words.

use std::collections::BTreeSet;

use http::Uri;
use serde::{Deserialize, Serialize};

use super::{
    Conclusion, Event, LogFormat, Malformed, Normalised, NotForUs, PipelineFailed, Trigger,
    bounded, is_own,
};
use crate::delivery::VerifiedDelivery;
use crate::ids::{Branch, Digest, JobName, ObjectId, Repository, RunKey, Source, written};

/// The event name a generic delivery carries.
pub const EVENT: &str = "run_failed";

/// One job of a run that failed. Its number is the sender's to choose; with the
/// repository, the job and the attempt it makes the run's key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToldRun {
    /// `github:owner/name`, `gitlab:group/name` or `local:name`.
    #[serde(with = "written")]
    pub repository: Repository,
    pub run: u64,
    #[serde(default = "first")]
    pub attempt: u64,
    pub branch: Branch,
    pub commit: ObjectId,
    /// What ran, for people.
    pub job: JobName,
    /// The failed command, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// Which CI system's frame is around the log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<LogFormat>,
    /// The whole log, or else `log_url`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log: Option<String>,
    /// Where the log is, at an address that the operator lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_url: Option<String>,
    /// Reports that tools wrote, SARIF or JUnit XML by their names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reports: Vec<ToldReport>,
}

/// A report that comes along with the word of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToldReport {
    pub name: String,
    pub content: String,
}

fn first() -> u64 {
    1
}

/// What `sentinel ingest` stores: the log is in the store already.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ingested {
    pub run: ToldRun,
    pub log: Digest,
    /// Reports by name, in the store as well.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reports: Vec<(String, Digest)>,
}

/// Where logs may be fetched from: scheme, host and port, as the operator lists
/// them. Everything else is somebody asking us to reach where they cannot.
#[derive(Debug, Clone, Default)]
pub struct Origins {
    allowed: Vec<Origin>,
    /// Hosts that may lead inside the operator's own network.
    inside: BTreeSet<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Origin {
    scheme: String,
    host: String,
    port: u16,
}

impl Origin {
    fn of(uri: &Uri) -> Option<Origin> {
        let scheme = uri.scheme_str()?;
        let usual = match scheme {
            "https" => 443,
            "http" => 80,
            _ => return None,
        };
        let authority = uri.authority()?;
        // A name before the host makes people read the wrong one.
        if authority.as_str().contains('@') {
            return None;
        }
        Some(Origin {
            scheme: scheme.to_owned(),
            host: authority.host().to_ascii_lowercase(),
            port: authority.port_u16().unwrap_or(usual),
        })
    }
}

impl Origins {
    /// From `https://HOST[:PORT]`: those that have to lead to public addresses,
    /// and those inside the operator's own network. The error is the one that
    /// is none.
    pub fn parse(public: &[String], inside: &[String]) -> Result<Origins, String> {
        let origin = |text: &String| {
            let uri: Option<Uri> = text.parse().ok();
            let bare = uri.filter(|uri| matches!(uri.path(), "" | "/") && uri.query().is_none());
            bare.as_ref()
                .and_then(Origin::of)
                .ok_or_else(|| text.clone())
        };
        let mut allowed: Vec<Origin> = inside.iter().map(origin).collect::<Result<_, _>>()?;
        let inside = allowed.iter().map(|origin| origin.host.clone()).collect();
        for text in public {
            allowed.push(origin(text)?);
        }
        Ok(Origins { allowed, inside })
    }

    /// Hosts that may lead inside the operator's own network.
    pub fn inside(&self) -> BTreeSet<String> {
        self.inside.clone()
    }

    pub fn is_empty(&self) -> bool {
        self.allowed.is_empty()
    }

    pub fn allow(&self, uri: &Uri) -> bool {
        Origin::of(uri).is_some_and(|origin| self.allowed.contains(&origin))
    }
}

/// Reads the body of a verified generic delivery.
pub fn parse(body: &[u8]) -> Result<ToldRun, Malformed> {
    serde_json::from_slice(body).map_err(|error| Malformed::Json(error.to_string()))
}

/// Says what a verified generic delivery means.
pub fn normalise(delivery: &VerifiedDelivery, origins: &Origins) -> Result<Normalised, Malformed> {
    if delivery.event() != EVENT {
        return Ok(Normalised::NotForUs(NotForUs::UnknownEvent));
    }
    let run = parse(delivery.body())?;
    match (&run.log, &run.log_url) {
        (Some(_), None) => {}
        (None, Some(url)) => check_address(url, origins)?,
        (Some(_), Some(_)) | (None, None) => {
            return Err(Malformed::Value("it has to have either `log` or `log_url`"));
        }
    }
    if is_own(&run.branch) {
        return Ok(Normalised::NotForUs(NotForUs::OwnBranch));
    }
    Ok(Normalised::Event(Box::new(Event::PipelineFailed(event(
        &run,
    )))))
}

fn check_address(url: &str, origins: &Origins) -> Result<(), Malformed> {
    let uri: Option<Uri> = url.parse().ok();
    match uri.is_some_and(|uri| origins.allow(&uri)) {
        true => Ok(()),
        false => Err(Malformed::Value(
            "`log_url` is not at an address that is allowed; list its origin (`https://HOST`) in \
             generic.log_origins of sentinel.toml",
        )),
    }
}

/// The event of a run that was told with its log.
pub fn event(run: &ToldRun) -> PipelineFailed {
    PipelineFailed {
        run: RunKey {
            repository: run.repository.clone(),
            source: Source::Told {
                job: run.job.clone(),
            },
            run: run.run,
            attempt: run.attempt.max(1),
        },
        conclusion: Conclusion::Failure,
        commit: run.commit.clone(),
        branch: run.branch.clone(),
        base: None,
        trigger: Trigger::Push,
        fork: false,
        by_bot: false,
        workflow: bounded(run.job.as_str()),
        url: None,
        installation: None,
        command: run.command.as_deref().map(bounded),
        log_format: run.provider,
    }
}
