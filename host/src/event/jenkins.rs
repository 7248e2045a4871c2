//! Jenkins: what its Notification plugin posts, and the same facts as a job's
//! own step can post them from its environment. Jenkins is no forge: which
//! repository a job builds, the configuration says.

use serde::Deserialize;

use super::{
    Conclusion, Event, Malformed, Normalised, NotForUs, PipelineFailed, PipelinePassed, Trigger,
    bounded, is_own,
};
use crate::delivery::VerifiedDelivery;
use crate::ids::address::{decoded, encoded};
use crate::ids::{Branch, ForgeKind, JobName, ObjectId, Repository, RunKey, Source};

/// One configured job: whose builds these are.
#[derive(Debug, Clone)]
pub struct Mapping {
    /// The configured address of the Jenkins, without its last slash.
    pub server: String,
    /// The job's full name, `folder/name`; `folder/name/*` is every job below,
    /// as a multibranch job has them.
    pub job: String,
    pub repository: Repository,
}

impl Mapping {
    fn covers(&self, job: &str) -> bool {
        match self.job.strip_suffix("/*") {
            Some(above) => job
                .strip_prefix(above)
                .is_some_and(|rest| rest.len() > 1 && rest.starts_with('/')),
            None => job == self.job,
        }
    }
}

/// What the Notification plugin posts. Its `log` is never read: who can post
/// could write anything there.
#[derive(Deserialize)]
struct Notification {
    /// The job's, relative to the Jenkins: `job/folder/job/name/`.
    url: String,
    build: NotifiedBuild,
}

#[derive(Deserialize)]
struct NotifiedBuild {
    full_url: Option<String>,
    number: u64,
    phase: String,
    status: Option<String>,
    scm: Option<Scm>,
}

#[derive(Deserialize)]
struct Scm {
    url: Option<String>,
    branch: Option<String>,
    commit: Option<String>,
}

/// The environment of a build under Jenkins' own names, and its result.
#[derive(Deserialize)]
struct Environment {
    #[serde(rename = "JOB_NAME")]
    job: String,
    #[serde(rename = "BUILD_NUMBER")]
    number: Number,
    #[serde(rename = "BUILD_URL")]
    url: Option<String>,
    #[serde(rename = "GIT_URL")]
    git_url: Option<String>,
    #[serde(rename = "GIT_BRANCH")]
    branch: Option<String>,
    #[serde(rename = "GIT_COMMIT")]
    commit: Option<String>,
    #[serde(rename = "RESULT")]
    result: Option<String>,
}

/// An environment holds only texts.
#[derive(Deserialize)]
#[serde(untagged)]
enum Number {
    Number(u64),
    Text(String),
}

/// What a build says, whichever way it came.
struct Build {
    job: String,
    number: u64,
    full_url: Option<String>,
    result: Option<String>,
    git_url: Option<String>,
    branch: Option<String>,
    commit: Option<String>,
}

/// Says what a verified Jenkins delivery means.
pub fn normalise(
    delivery: &VerifiedDelivery,
    mappings: &[Mapping],
) -> Result<Normalised, Malformed> {
    let body: serde_json::Value = serde_json::from_slice(delivery.body()).map_err(json)?;
    if body.get("build").is_some() {
        let told: Notification = serde_json::from_value(body).map_err(json)?;
        // Completed, a build still archives and its log still grows.
        return match told.build.phase.as_str() {
            "FINALIZED" => build(notified(told)?, mappings),
            _ => not_for_us(NotForUs::NotCompleted),
        };
    }
    if body.get("JOB_NAME").is_some() {
        return build(
            stated(serde_json::from_value(body).map_err(json)?)?,
            mappings,
        );
    }
    Err(Malformed::Value(
        "it has neither a `build`, as the Notification plugin posts, nor a `JOB_NAME`",
    ))
}

fn json(error: serde_json::Error) -> Malformed {
    Malformed::Json(error.to_string())
}

fn not_for_us(why: NotForUs) -> Result<Normalised, Malformed> {
    Ok(Normalised::NotForUs(why))
}

fn notified(told: Notification) -> Result<Build, Malformed> {
    let scm = told.build.scm;
    let (git_url, branch, commit) = match scm {
        Some(scm) => (scm.url, scm.branch, scm.commit),
        None => (None, None, None),
    };
    Ok(Build {
        job: job_name(&told.url)?,
        number: told.build.number,
        full_url: told.build.full_url,
        result: told.build.status,
        git_url,
        branch,
        commit,
    })
}

fn stated(told: Environment) -> Result<Build, Malformed> {
    let number = match told.number {
        Number::Number(number) => number,
        Number::Text(text) => text
            .parse()
            .map_err(|_| Malformed::Value("`BUILD_NUMBER` is no number"))?,
    };
    Ok(Build {
        job: told.job,
        number,
        full_url: told.url,
        result: told.result,
        git_url: told.git_url,
        branch: told.branch,
        commit: told.commit,
    })
}

/// `job/folder/job/name/` is the job `folder/name`.
fn job_name(url: &str) -> Result<String, Malformed> {
    const NO_JOB: Malformed = Malformed::Value("`url` is not `job/NAME/`");
    let parts: Vec<&str> = url.trim_matches('/').split('/').collect();
    let names = parts.chunks(2).map(|pair| match pair {
        ["job", name] => decoded(name),
        _ => None,
    });
    let names: Option<Vec<String>> = names.collect();
    names.map(|names| names.join("/")).ok_or(NO_JOB)
}

/// The address of a build below its Jenkins, which is never taken from a
/// payload.
pub fn build_path(job: &JobName, number: u64) -> String {
    format!("{}/{number}", job_path(job))
}

/// The address of a job below its Jenkins.
pub fn job_path(job: &JobName) -> String {
    let names: Vec<String> = job.as_str().split('/').map(encoded).collect();
    format!("/job/{}", names.join("/job/"))
}

fn build(build: Build, mappings: &[Mapping]) -> Result<Normalised, Malformed> {
    let red = match build.result.as_deref() {
        Some("FAILURE") => true,
        Some("SUCCESS") => false,
        // UNSTABLE is a build whose tests failed and which goes on all the
        // same; ABORTED and NOT_BUILT tell nothing.
        Some(_) | None => return not_for_us(NotForUs::NotFailed),
    };
    let Some(mapping) = mapping(&build, mappings) else {
        return not_for_us(NotForUs::NoSuchJob);
    };
    if !is_of(build.git_url.as_deref(), &mapping.repository) {
        return not_for_us(NotForUs::OtherRepository);
    }
    let Some(commit) = build.commit.as_deref() else {
        return not_for_us(NotForUs::NoCommit);
    };
    let commit: ObjectId = commit.parse()?;
    let Some(branch) = build.branch.as_deref().and_then(branch) else {
        return not_for_us(NotForUs::NoBranch);
    };
    let tested = tested_request(&build.job);
    if tested.is_none() && is_own(&branch) {
        return not_for_us(NotForUs::OwnBranch);
    }
    let job: JobName = build.job.parse()?;
    let url = format!("{}{}/", mapping.server, build_path(&job, build.number));
    let workflow = bounded(job.as_str());
    let run = RunKey {
        repository: mapping.repository.clone(),
        source: Source::Jenkins {
            server: mapping.server.clone(),
            job,
        },
        run: build.number,
        attempt: 1,
    };
    // Jenkins does not say whose branch a change request comes from: it counts
    // as a stranger's.
    let fork = tested.is_some();
    let trigger = tested.map_or(Trigger::Push, |number| Trigger::PullRequest {
        number: Some(number),
    });
    let event = match red {
        false => Event::PipelinePassed(PipelinePassed {
            run,
            commit,
            branch,
            trigger: Some(trigger),
            fork,
            workflow,
        }),
        true => Event::PipelineFailed(PipelineFailed {
            run,
            conclusion: Conclusion::Failure,
            commit,
            branch,
            base: None,
            trigger,
            fork,
            by_bot: false,
            workflow,
            url: Some(bounded(&url)),
            installation: None,
            command: None,
            log_format: None,
        }),
    };
    Ok(Normalised::Event(Box::new(event)))
}

/// The configured job. Where two Jenkins have one of that name, the build's
/// address tells them apart: it chooses among what is configured and is never
/// asked for anything.
fn mapping<'a>(build: &Build, mappings: &'a [Mapping]) -> Option<&'a Mapping> {
    let mut of_name = mappings.iter().filter(|mapping| mapping.covers(&build.job));
    let first = of_name.next()?;
    let mut others = of_name.peekable();
    if others.peek().is_none() {
        return Some(first);
    }
    let url = build.full_url.as_deref()?;
    std::iter::once(first).chain(others).find(|mapping| {
        url.strip_prefix(&mapping.server)
            .is_some_and(|rest| rest.starts_with('/'))
    })
}

/// Whether a git address ends in a repository's name. A job also builds with
/// libraries of other repositories, and their commits mean nothing here.
fn is_of(git_url: Option<&str>, repository: &Repository) -> bool {
    let Some(url) = git_url.filter(|_| repository.forge != ForgeKind::Local) else {
        return true;
    };
    let url = url.trim_end_matches('/');
    let url = url.strip_suffix(".git").unwrap_or(url).to_ascii_lowercase();
    url.strip_suffix(repository.name.as_str())
        .is_some_and(|before| before.ends_with(['/', ':']))
}

/// The branch without the remote's name, which Jenkins puts before it.
fn branch(text: &str) -> Option<Branch> {
    let text = text.strip_prefix("refs/heads/").unwrap_or(text);
    let text = text.strip_prefix("refs/remotes/").unwrap_or(text);
    let text = text.strip_prefix("origin/").unwrap_or(text);
    match text {
        "detached" => None,
        name => name.parse().ok(),
    }
}

/// The number of the change request that a multibranch job built: those jobs
/// are called `PR-12` or `MR-12`.
fn tested_request(job: &str) -> Option<u64> {
    let (_, name) = job.rsplit_once('/')?;
    let number = name.strip_prefix("PR-").or(name.strip_prefix("MR-"))?;
    let digits = number.split('-').next()?;
    digits.parse().ok()
}
