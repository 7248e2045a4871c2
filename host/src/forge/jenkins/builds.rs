//! What a Jenkins has of a build beside its log: the job's green builds, test
//! results and archived artifacts.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{Jenkins, WHAT, place, success};
use crate::event::jenkins::{build_path, job_path};
use crate::forge::reports::junit::{Case, written};
use crate::forge::reports::{Basket, Format, MAX_REPORT_BYTES, MAX_REPORTS, Reports};
use crate::forge::web::{encoded, unexpected};
use crate::forge::{ForgeError, Job, MAX_GREEN_RUNS, Result};
use crate::ids::{Branch, RunKey};

/// Bytes of an answer of Jenkins' API; results of ten thousand tests are less.
const MAX_ANSWER_BYTES: usize = 16 * 1024 * 1024;

/// Builds looked at for green ones, the newest.
const MAX_BUILDS: usize = 50;

#[derive(Deserialize)]
struct Builds {
    builds: Vec<Build>,
}

#[derive(Deserialize)]
struct Build {
    number: u64,
    result: Option<String>,
}

/// The newest green builds of the job. A branch of a multibranch job is a job
/// of its own, so this one's builds are those of its branch; another branch's
/// are not asked for.
pub(super) async fn green(
    jenkins: &Jenkins,
    like: &crate::event::PipelineFailed,
    branch: &Branch,
) -> Result<Vec<RunKey>> {
    if like.branch != *branch {
        return Ok(Vec::new());
    }
    let (_, job) = place(&like.run)?;
    let tree = format!("builds%5Bnumber,result%5D%7B0,{MAX_BUILDS}%7D");
    let path = format!("{}/api/json?tree={tree}", job_path(job));
    let found: Builds = json(jenkins, &like.run, &path).await?;
    let green = found
        .builds
        .into_iter()
        .filter(|build| build.result.as_deref() == Some("SUCCESS"));
    let key = |build: Build| RunKey {
        run: build.number,
        ..like.run.clone()
    };
    Ok(green.take(MAX_GREEN_RUNS).map(key).collect())
}

async fn json<T: DeserializeOwned>(jenkins: &Jenkins, run: &RunKey, path: &str) -> Result<T> {
    let bytes = bytes(jenkins, run, path, MAX_ANSWER_BYTES).await?;
    serde_json::from_slice(&bytes).map_err(|error| unexpected(WHAT, error.to_string()))
}

async fn bytes(jenkins: &Jenkins, run: &RunKey, path: &str, limit: usize) -> Result<Vec<u8>> {
    let response = success(jenkins.get_at(run, path, "*/*").await?)?;
    jenkins.web.transfer(WHAT, response).read(limit).await
}

#[derive(Deserialize)]
struct Archived {
    #[serde(default)]
    artifacts: Vec<Artifact>,
}

#[derive(Deserialize)]
struct Artifact {
    #[serde(rename = "relativePath")]
    path: String,
}

#[derive(Deserialize)]
struct TestReport {
    #[serde(default)]
    suites: Vec<Suite>,
}

#[derive(Deserialize)]
struct Suite {
    name: Option<String>,
    #[serde(default)]
    cases: Vec<TestCase>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TestCase {
    class_name: Option<String>,
    name: Option<String>,
    status: Option<String>,
    error_details: Option<String>,
    error_stack_trace: Option<String>,
}

/// What Jenkins read of the tests, and reports among the archived files.
pub(super) async fn reports(jenkins: &Jenkins, run: &RunKey, jobs: &[Job]) -> Result<Reports> {
    let mut basket = Basket::default();
    let (_, name) = place(run)?;
    let build = build_path(name, run.run);
    let job = jobs.first().map(|job| job.id.as_str());
    tests(jenkins, run, &build, job, &mut basket).await?;
    let path = format!("{build}/api/json?tree=artifacts%5BrelativePath%5D");
    let archived: Option<Archived> = there(json(jenkins, run, &path).await)?;
    let artifacts = archived.map(|found| found.artifacts).unwrap_or_default();
    let mut asked = 0;
    for Artifact { path } in artifacts {
        if Format::of(&path).is_none() {
            continue;
        }
        if asked >= MAX_REPORTS {
            basket.leave(&path, "there are more reports than are read");
            continue;
        }
        asked += 1;
        let parts: Vec<String> = path.split('/').map(encoded).collect();
        let place = format!("{build}/artifact/{}", parts.join("/"));
        match there(bytes(jenkins, run, &place, MAX_REPORT_BYTES).await) {
            Ok(Some(content)) => basket.put(job, &path, content),
            Ok(None) => basket.leave(&path, "it is not there"),
            Err(error) if error.is_transient() => return Err(error),
            Err(error) => basket.leave(&path, &error.to_string()),
        }
    }
    Ok(basket.into_reports())
}

async fn tests(
    jenkins: &Jenkins,
    run: &RunKey,
    build: &str,
    job: Option<&str>,
    basket: &mut Basket,
) -> Result<()> {
    let tree = "suites%5Bname,cases%5BclassName,name,status,errorDetails,errorStackTrace%5D%5D";
    let path = format!("{build}/testReport/api/json?tree={tree}");
    let report: Option<TestReport> = match there(json(jenkins, run, &path).await) {
        Ok(report) => report,
        Err(error) if error.is_transient() => return Err(error),
        Err(error) => {
            basket.leave("the build's test report", &error.to_string());
            None
        }
    };
    let suites = report.map(|report| report.suites).unwrap_or_default();
    for (at, suite) in suites.into_iter().enumerate() {
        let red = |case: &TestCase| matches!(case.status.as_deref(), Some("FAILED" | "REGRESSION"));
        let cases: Vec<Case> = suite.cases.into_iter().filter(red).map(case).collect();
        if !cases.is_empty() {
            let suite = suite.name.unwrap_or_default();
            basket.put(job, &format!("junit-{at}.xml"), written(&suite, &cases));
        }
    }
    Ok(())
}

fn case(case: TestCase) -> Case {
    let message = case.error_details.unwrap_or_default();
    Case {
        class: case.class_name.unwrap_or_default(),
        name: case.name.unwrap_or_default(),
        file: None,
        message: message.lines().next().unwrap_or_default().to_owned(),
        details: case.error_stack_trace.unwrap_or_default(),
    }
}

/// A Jenkins without test results answers 404.
fn there<T>(answer: Result<T>) -> Result<Option<T>> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(ForgeError::NotFound { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
