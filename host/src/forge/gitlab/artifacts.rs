//! Reports of a pipeline's jobs: what `artifacts:reports:junit` uploaded, as
//! GitLab has read it, and SARIF or JUnit files in the jobs' archives.

use serde::Deserialize;

use super::api::{Api, Call};
use crate::forge::reports::archive::{MAX_ARCHIVE_BYTES, unpack};
use crate::forge::reports::junit::{Case, written};
use crate::forge::reports::{Basket, Reports};
use crate::forge::{Job, Result};
use crate::ids::RunKey;

/// Jobs whose archive is asked for.
const MAX_ARCHIVES: usize = 8;

#[derive(Deserialize)]
struct TestReport {
    #[serde(default)]
    test_suites: Vec<Suite>,
}

/// GitLab calls a suite like the job that uploaded it.
#[derive(Deserialize)]
struct Suite {
    name: String,
    #[serde(default)]
    test_cases: Vec<TestCase>,
}

#[derive(Deserialize)]
struct TestCase {
    status: String,
    name: Option<String>,
    classname: Option<String>,
    file: Option<String>,
    stack_trace: Option<String>,
    /// A text, or an object in some versions.
    system_output: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct WithArtifacts {
    #[serde(default)]
    artifacts: Vec<Artifact>,
}

#[derive(Deserialize)]
struct Artifact {
    file_type: String,
    #[serde(default)]
    size: u64,
}

pub(super) async fn reports(api: &Api, run: &RunKey, jobs: &[Job]) -> Result<Reports> {
    let mut basket = Basket::default();
    let mut archives = 0;
    let mut has_tests = false;
    for job in jobs {
        let artifacts = listed(api, run, job).await?;
        has_tests |= artifacts
            .iter()
            .any(|artifact| artifact.file_type == "junit");
        let Some(archive) = artifacts
            .iter()
            .find(|artifact| artifact.file_type == "archive")
        else {
            continue;
        };
        let name = format!("the artifacts of {}", job.name);
        if archive.size > MAX_ARCHIVE_BYTES as u64 {
            basket.leave(&name, &format!("they are over {MAX_ARCHIVE_BYTES} bytes"));
        } else if archives >= MAX_ARCHIVES {
            basket.leave(
                &name,
                &format!("{MAX_ARCHIVES} archives were fetched before"),
            );
        } else {
            archives += 1;
            basket = fetch(api, run, job, name, basket).await?;
        }
    }
    if has_tests {
        tests(api, run, jobs, &mut basket).await?;
    }
    Ok(basket.into_reports())
}

async fn listed(api: &Api, run: &RunKey, job: &Job) -> Result<Vec<Artifact>> {
    let path = format!("/jobs/{}", job.id);
    let call = Call::get("reading the job", &run.repository.name, &path);
    let found: Result<WithArtifacts> = api.json(&call).await;
    match found {
        Ok(found) => Ok(found.artifacts),
        Err(error) if error.is_transient() => Err(error),
        Err(_) => Ok(Vec::new()),
    }
}

async fn fetch(
    api: &Api,
    run: &RunKey,
    job: &Job,
    name: String,
    mut basket: Basket,
) -> Result<Basket> {
    const WHAT: &str = "downloading the job's artifacts";
    let path = format!("/jobs/{}/artifacts", job.id);
    let archive = match api.stream(WHAT, &run.repository.name, &path).await {
        Ok(incoming) => incoming.read(MAX_ARCHIVE_BYTES).await,
        Err(error) => Err(error),
    };
    match archive {
        Ok(archive) => unpack(basket, Some(job.id.clone()), name, archive).await,
        Err(error) if error.is_transient() => Err(error),
        Err(error) => {
            basket.leave(&name, &error.to_string());
            Ok(basket)
        }
    }
}

/// The failed tests of the failed jobs, from the pipeline's own report.
async fn tests(api: &Api, run: &RunKey, jobs: &[Job], basket: &mut Basket) -> Result<()> {
    let path = format!("/pipelines/{}/test_report", run.run);
    let call = Call::get("reading the test report", &run.repository.name, &path);
    let report: Result<TestReport> = api.json(&call).await;
    let report = match report {
        Ok(report) => report,
        Err(error) if error.is_transient() => return Err(error),
        Err(error) => {
            basket.leave("the pipeline's test report", &error.to_string());
            return Ok(());
        }
    };
    for suite in report.test_suites {
        let Some(job) = jobs.iter().find(|job| job.name == suite.name) else {
            continue;
        };
        let red = |case: &TestCase| matches!(case.status.as_str(), "failed" | "error");
        let cases: Vec<Case> = suite.test_cases.into_iter().filter(red).map(case).collect();
        if !cases.is_empty() {
            let name = format!("junit-{}.xml", job.id);
            basket.put(Some(&job.id), &name, written(&suite.name, &cases));
        }
    }
    Ok(())
}

fn case(case: TestCase) -> Case {
    let output = match case.system_output {
        Some(serde_json::Value::String(text)) => text,
        Some(serde_json::Value::Object(parts)) => {
            let texts = parts.values().filter_map(|part| part.as_str());
            texts.collect::<Vec<_>>().join("\n")
        }
        _ => String::new(),
    };
    let details = case.stack_trace.unwrap_or_default();
    let first = [&output, &details]
        .into_iter()
        .find(|text| !text.trim().is_empty());
    let line = first.and_then(|text| text.trim().lines().next());
    Case {
        class: case.classname.unwrap_or_default(),
        name: case.name.unwrap_or_default(),
        file: case.file,
        message: line.unwrap_or_default().to_owned(),
        details: format!("{output}\n{details}").trim().to_owned(),
    }
}
