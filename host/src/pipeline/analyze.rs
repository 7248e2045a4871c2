//! Logs → failures → incidents → queued repairs.

use serde_json::json;

use super::beside::{Gathered, gather};
use super::queue::{Repair, insert_failures, insert_repair, queue};
use super::ran::Ran;
use super::record::record;
use super::{LogInput, Pipeline, StageError};
use crate::decision::Origin;
use crate::event::{LogFormat, OWN_BRANCH_PREFIX, PipelineFailed, Trigger};
use crate::failure::Failure;
use crate::grant::AgentRef;
use crate::ids::{Digest, ForgeKind, Source, TaskId};
use crate::incident::group;
use crate::ledger::Kind;
use crate::sandbox::{Input, Output, Report, TaskError};
use crate::store::{Claimed, JobLog, TaskRecord, TaskRow, Tx, delivery};
use crate::task::{TaskKind, TaskState};
use crate::time::Timestamp;

/// Causes of one run that become tasks: a run with more has one cause we do
/// not see. The ledger says how many there were.
const MAX_CAUSES: usize = 20;

pub(super) async fn run(pipeline: &Pipeline, work: &Claimed) -> Result<(), StageError> {
    let key = work.subject.clone();
    let (event, logs) = pipeline
        .store
        .read(move |connection| {
            Ok((
                delivery::run(connection, &key)?,
                delivery::logs(connection, &key)?,
            ))
        })
        .await?;
    let beside = gather(pipeline, work, &event, &logs).await?;
    let mut read = Vec::new();
    for log in logs {
        read.push(read_log(pipeline, &event, log, &beside).await?);
    }
    let failures: Vec<(String, Failure)> = read
        .iter()
        .flat_map(|read| {
            read.failures()
                .iter()
                .map(|f| (read.log.job.clone(), f.clone()))
        })
        .collect();
    let mut groups = group(&event.run.repository, failures);
    let causes = groups.len();
    groups.truncate(MAX_CAUSES);
    let repairs: Vec<Repair> = groups
        .into_iter()
        .map(|group| queue(pipeline, &event, group))
        .collect();
    let analyzed = Analyzed {
        read,
        repairs,
        causes,
        beside: beside.facts,
    };
    commit(pipeline, work, &event, analyzed).await
}

/// One log and what the analyser said of it.
pub(super) struct Read {
    pub log: JobLog,
    task: TaskId,
    report: Report,
    recording: Option<Digest>,
}

impl Read {
    pub fn failures(&self) -> &[Failure] {
        match &self.report.outcome {
            Ok(Output::Failures(failures)) => failures,
            _ => &[],
        }
    }
}

async fn read_log(
    pipeline: &Pipeline,
    event: &PipelineFailed,
    log: JobLog,
    beside: &Gathered,
) -> Result<Read, StageError> {
    let agent = pipeline.agents.analyzer().digest.hex();
    let task = TaskId::derive(&["analyze", &event.run.to_string(), &log.job, &agent]);
    let input = LogInput::stored(pipeline.store.blobs(), &log)?;
    let beside = beside.of(pipeline.store.blobs(), &log.job)?;
    let report = pipeline
        .agents
        .read_log_beside(task.clone(), &input, &beside, provider(event))
        .await;
    retry_host_fault(&report)?;
    let (blobs, agents) = (pipeline.store.blobs().clone(), pipeline.agents.clone());
    let recorded = tokio::task::spawn_blocking(move || {
        let recording = record(&blobs, &agents, &report);
        recording.map(|recording| (report, recording))
    });
    let (report, recording) = recorded
        .await
        .map_err(|panic| StageError::GiveUp(format!("recording it panicked: {panic}")))??;
    Ok(Read {
        log,
        task,
        report,
        recording,
    })
}

/// What the host failed at is tried again: it is nobody's answer.
pub(super) fn retry_host_fault(report: &Report) -> Result<(), StageError> {
    match &report.outcome {
        Err(TaskError::HostFault { why, .. }) => Err(StageError::Retry {
            why: why.clone(),
            after: None,
        }),
        _ => Ok(()),
    }
}

/// Which CI system's frame is around the run's logs.
pub(super) fn provider(event: &PipelineFailed) -> Input {
    match (event.log_format, &event.run.source) {
        (Some(LogFormat::GitHub), _) => Input::GitHub,
        (Some(LogFormat::GitLab), _) => Input::GitLab,
        (Some(LogFormat::Jenkins), _) | (None, Source::Jenkins { .. }) => Input::Jenkins,
        (Some(LogFormat::Auto), _)
        | (None, Source::CheckRun | Source::Told { .. } | Source::Timetable) => Input::Auto,
        (None, Source::Forge) => match event.run.repository.forge {
            ForgeKind::GitHub => Input::GitHub,
            ForgeKind::GitLab => Input::GitLab,
            ForgeKind::Local => Input::Auto,
        },
    }
}

/// Whose branch it is.
pub(super) fn origin(event: &PipelineFailed) -> Origin {
    // Bots name their branches after themselves, whoever the actor is.
    const BOTS: [&str; 4] = ["dependabot/", "renovate/", "pre-commit-ci-", "snyk-"];
    let branch = event.branch.as_str();
    Origin {
        own_branch: !event.fork && branch.starts_with(OWN_BRANCH_PREFIX),
        fork: event.fork,
        merge_queue: event.trigger == Trigger::MergeQueue
            || branch.starts_with("gh-readonly-queue/"),
        bot: BOTS.iter().any(|bot| branch.starts_with(bot)),
    }
}

/// What became of a run's logs.
struct Analyzed {
    read: Vec<Read>,
    repairs: Vec<Repair>,
    causes: usize,
    /// What lay beside the logs.
    beside: serde_json::Value,
}

async fn commit(
    pipeline: &Pipeline,
    work: &Claimed,
    event: &PipelineFailed,
    analyzed: Analyzed,
) -> Result<(), StageError> {
    let Analyzed {
        read,
        repairs,
        causes,
        beside,
    } = analyzed;
    let now = pipeline.now();
    let (work, event, policy) = (work.clone(), event.clone(), pipeline.policy.clone());
    let analyzer = pipeline.agents.analyzer().clone();
    let entry = pipeline.entry(
        Kind::RunAnalyzed,
        &work.subject,
        json!({
            "agent": analyzer.to_string(),
            "failures": read.iter().map(|read| read.failures().len()).sum::<usize>(),
            "causes": causes,
            "beside": beside,
            "incidents": repairs.iter().map(|r| r.group.incident.clone()).collect::<Vec<_>>(),
        }),
    );
    pipeline
        .store
        .write(move |tx| {
            for read in &read {
                let record = TaskRecord::new(analyzer.clone(), &event, read.log.name.clone());
                insert_analysis(tx, &event, read, record, now)?;
            }
            for repair in repairs {
                insert_failures(tx, &event, &read, &repair.group, now)?;
                insert_repair(tx, &policy, &event, repair, now)?;
            }
            tx.record(&entry)?;
            tx.finish(&work)
        })
        .await?;
    Ok(())
}

fn insert_analysis(
    tx: &mut Tx<'_>,
    event: &PipelineFailed,
    read: &Read,
    record: TaskRecord,
    now: Timestamp,
) -> crate::store::Result<()> {
    let state = match &read.report.outcome {
        Ok(Output::Failures(_)) => TaskState::Analyzed,
        Ok(_) => TaskState::Abstained,
        Err(_) => TaskState::Failed,
    };
    let row = TaskRow {
        id: read.task.clone(),
        kind: TaskKind::Analyze,
        state,
        repository: event.run.repository.clone(),
        run: event.run.to_string(),
        job: read.log.job.clone(),
        incident: None,
        record: TaskRecord {
            note: read.report.outcome.as_ref().err().map(ToString::to_string),
            ..record
        },
        created_at: now,
        updated_at: now,
    };
    tx.insert_task(&row)?;
    let ran = Ran::new(&row, &read.report, read.recording, now);
    ran.write(tx)
}

/// A run whose logs could not be read at all still shows up where people look:
/// as an analysis that ended so, with the reason.
pub(super) fn insert_unread(
    tx: &mut Tx<'_>,
    agent: &AgentRef,
    run: &str,
    (state, note): (TaskState, String),
    now: Timestamp,
) -> crate::store::Result<()> {
    let event = tx.run(run)?;
    let mut record = TaskRecord::new(agent.clone(), &event, event.workflow.clone());
    record.note = Some(note);
    tx.insert_task(&TaskRow {
        id: TaskId::derive(&["unread", run]),
        kind: TaskKind::Analyze,
        state,
        repository: event.run.repository.clone(),
        run: run.to_owned(),
        job: String::new(),
        incident: None,
        record,
        created_at: now,
        updated_at: now,
    })?;
    Ok(())
}
