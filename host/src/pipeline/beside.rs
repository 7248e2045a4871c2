//! What lies beside a failed job's log when it is read: logs of the same job
//! that passed, and reports that tools attached to the run. Both make the
//! reading better and neither is needed for it, so that what cannot be had is
//! told and goes missing.

mod attached;
mod passing;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{BesideInput, Pipeline, StageError};
use crate::event::PipelineFailed;
use crate::ids::Digest;
use crate::store::{Blobs, Claimed, JobLog};

/// A file to be mounted.
struct Beside {
    name: String,
    kind: &'static str,
    digest: Digest,
}

/// What lies beside the logs of a run, by job.
pub(super) struct Gathered {
    files: BTreeMap<String, Vec<Beside>>,
    /// For the ledger: what was found, and what was left out.
    pub facts: Value,
}

impl Gathered {
    /// What is mounted beside a job's log.
    pub fn of(&self, blobs: &Blobs, job: &str) -> std::io::Result<Vec<BesideInput>> {
        let files = self.files.get(job).into_iter().flatten();
        let open = |file: &Beside| {
            BesideInput::of(
                &file.name,
                file.kind,
                &blobs.path(&file.digest),
                file.digest,
            )
        };
        files.map(open).collect()
    }
}

pub(super) async fn gather(
    pipeline: &Pipeline,
    work: &Claimed,
    event: &PipelineFailed,
    logs: &[JobLog],
) -> Result<Gathered, StageError> {
    let mut files = BTreeMap::new();
    let passing = passing::gather(pipeline, event, logs, &mut files).await?;
    let reports = attached::gather(pipeline, work, event, logs, &mut files).await?;
    Ok(Gathered {
        files,
        facts: json!({ "passing": passing, "reports": reports.found, "left_out": reports.left_out }),
    })
}
