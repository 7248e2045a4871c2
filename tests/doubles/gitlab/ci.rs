//! Pipelines, jobs and what they left.

use serde_json::{Value, json};

use super::super::github::server::Reply;
use super::routes::{Asked, not_found, page, text};
use super::{Job, Pipeline, Project, State};

/// What lies behind a redirect. No token belongs there.
pub fn storage(state: &mut State, asked: &Asked, job: &str) -> Reply {
    if asked.token.is_some() {
        let leaked = "a token came along to the storage";
        state.unexpected.push(leaked.into());
    }
    let mut projects = state.projects.values();
    let trace = projects.find_map(|project| find(project, job).map(|job| job.trace.clone()));
    trace.map_or_else(not_found, |trace| text(trace.into_bytes()))
}

fn pipeline<'a>(project: &'a Project, id: &str) -> Option<&'a Pipeline> {
    let mut pipelines = project.pipelines.iter();
    pipelines.find(|pipeline| pipeline.id.to_string() == id)
}

fn find<'a>(project: &'a Project, id: &str) -> Option<&'a Job> {
    let mut jobs = project.pipelines.iter().flat_map(|pipeline| &pipeline.jobs);
    jobs.find(|job| job.id.to_string() == id)
}

pub fn jobs(project: &Project, asked: &Asked, id: &str) -> Reply {
    let Some(pipeline) = pipeline(project, id) else {
        return not_found();
    };
    let scope = asked.query.get("scope");
    let listed = pipeline.jobs.iter().rev();
    let listed = listed.filter(|job| scope.is_none_or(|scope| *scope == job.status));
    let all = listed
        .map(|job| {
            json!({"id": job.id, "name": job.name, "stage": "test", "status": job.status,
                   "allow_failure": job.allow_failure, "failure_reason": job.failure_reason,
                   "duration": job.seconds, "queued_duration": 1.25})
        })
        .collect();
    page(asked, all)
}

pub fn job(project: &Project, id: &str) -> Reply {
    let Some(job) = find(project, id) else {
        return not_found();
    };
    let mut artifacts = Vec::new();
    if let Some(archive) = &job.archive {
        artifacts.push(json!({"file_type": "archive", "size": archive.len(),
                              "filename": "artifacts.zip", "file_format": "zip"}));
    }
    if !job.tests.is_empty() {
        artifacts.push(
            json!({"file_type": "junit", "size": 1, "filename": "junit.xml.gz",
                              "file_format": "gzip"}),
        );
    }
    Reply::json(
        200,
        json!({"id": job.id, "name": job.name, "status": job.status, "artifacts": artifacts,
               "pipeline": {"id": run_of(project, id)}}),
    )
}

/// Retried jobs are new ones of the same name.
pub fn retry_all(project: &mut Project, id: &str, fresh: u64) -> Reply {
    let mut pipelines = project.pipelines.iter_mut();
    let Some(pipeline) = pipelines.find(|pipeline| pipeline.id.to_string() == id) else {
        return not_found();
    };
    let failed = |job: &&mut Job| job.status == "failed";
    let failed = pipeline.jobs.iter_mut().filter(failed);
    // Far above every other number, and each its own.
    for (at, job) in failed.enumerate() {
        job.id = fresh * 1000 + at as u64;
        job.status = "pending".into();
        pipeline.status = "running".into();
    }
    Reply::json(201, json!({"id": pipeline.id, "status": pipeline.status}))
}

/// What stands on a commit: its jobs, and what others wrote there.
pub fn statuses(project: &Project, asked: &Asked, id: &str) -> Reply {
    let of = project.pipelines.iter().filter(|run| run.commit == id);
    let jobs = of.flat_map(|pipeline| &pipeline.jobs);
    let mut all: Vec<Value> = jobs
        .map(|job| json!({"id": job.id, "name": job.name, "status": job.status}))
        .collect();
    all.extend(project.statuses.iter().cloned());
    page(asked, all)
}

pub fn artifacts(project: &Project, id: &str) -> Reply {
    match find(project, id).and_then(|job| job.archive.clone()) {
        Some(archive) => text(archive),
        None => not_found(),
    }
}

pub fn test_report(project: &Project, id: &str) -> Reply {
    let Some(pipeline) = pipeline(project, id) else {
        return not_found();
    };
    let suites: Vec<Value> = pipeline
        .jobs
        .iter()
        .filter(|job| !job.tests.is_empty())
        .map(|job| json!({"name": job.name, "test_cases": job.tests}))
        .collect();
    Reply::json(200, json!({"test_suites": suites}))
}

pub fn pipelines(project: &Project, asked: &Asked) -> Reply {
    let listed = project.pipelines.iter().rev().filter(|pipeline| {
        asked.is("status", &pipeline.status)
            && asked.is("ref", &pipeline.branch)
            && asked.is("sha", &pipeline.commit)
            && asked
                .query
                .get("updated_after")
                .is_none_or(|since| *since <= pipeline.created_at)
    });
    let all = listed
        .map(|pipeline| {
            json!({"id": pipeline.id, "status": pipeline.status, "ref": pipeline.branch,
                   "sha": pipeline.commit, "source": pipeline.source,
                   "created_at": pipeline.created_at, "updated_at": pipeline.created_at})
        })
        .collect();
    page(asked, all)
}

pub fn trace(project: &Project, asked: &Asked, id: &str) -> Reply {
    let Some(job) = find(project, id) else {
        return not_found();
    };
    match project.stored_elsewhere {
        true => Reply::redirect(format!("http://{}/storage/{id}", asked.host)),
        false => text(job.trace.clone().into_bytes()),
    }
}

pub fn run(project: &Project, id: &str) -> Reply {
    match pipeline(project, id) {
        Some(found) => Reply::json(
            200,
            json!({
                "id": found.id, "status": found.status, "ref": found.branch,
                "sha": found.commit, "source": found.source, "tag": found.tag,
            }),
        ),
        None => not_found(),
    }
}

/// The pipeline that a job belongs to.
fn run_of(project: &Project, job: &str) -> u64 {
    let has = |pipeline: &&Pipeline| pipeline.jobs.iter().any(|one| one.id.to_string() == job);
    project
        .pipelines
        .iter()
        .find(has)
        .map_or(0, |found| found.id)
}
