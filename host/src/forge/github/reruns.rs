//! A run as it stands now, and its failed jobs run again.

use serde::Deserialize;
use serde_json::json;

use super::call::{ACTIONS, ACTIONS_WRITE, Call};
use super::ci_state::state;
use super::client::Client;
use super::runs::bounded;
use super::wire::{transient, unexpected};
use crate::change::{CheckState, RunNow};
use crate::forge::{ForgeError, Result};
use crate::ids::RunKey;

const WHAT: &str = "running the failed jobs again";

#[derive(Deserialize)]
struct Run {
    #[serde(default)]
    run_attempt: u64,
    event: String,
    status: Option<String>,
    conclusion: Option<String>,
    /// `.github/workflows/ci.yml`, with `@refs/…` behind it on some servers.
    path: Option<String>,
}

pub(super) async fn now(client: &Client, key: &RunKey) -> Result<RunNow> {
    let path = format!("/actions/runs/{}", key.run);
    let call = Call::get("looking at the run", &key.repository.name, ACTIONS, path);
    let run: Run = client.json(call).await?;
    let definition = run.path.as_deref();
    let definition = definition.and_then(|path| path.split('@').next());
    Ok(RunNow {
        attempt: run.run_attempt.max(1),
        state: state(run.status.as_deref(), run.conclusion.as_deref()),
        trigger: bounded(&run.event),
        definition: definition.map(bounded),
    })
}

/// Looks first, so that a try whose answer was lost finds what it began.
pub(super) async fn again(client: &Client, key: &RunKey) -> Result<u64> {
    let seen = now(client, key).await?;
    if seen.attempt > key.attempt {
        return Ok(seen.attempt);
    }
    if seen.state == CheckState::Waiting {
        return Err(transient(WHAT, "the run is not over".into()));
    }
    let path = format!("/actions/runs/{}/rerun-failed-jobs", key.run);
    let repository = &key.repository.name;
    let call = Call::post(WHAT, repository, ACTIONS_WRITE, path, json!({}));
    let answer = client.send(&call).await?;
    match answer.status.as_u16() {
        // Somebody was faster, or it is too old; looking again tells which.
        409 | 422 => match now(client, key).await?.attempt {
            attempt if attempt > key.attempt => Ok(attempt),
            _ => Err(ForgeError::Conflict {
                what: WHAT,
                why: format!("GitHub refuses it: {}", answer.message()),
            }),
        },
        _ => {
            answer.success(&call)?;
            let next = key.attempt.checked_add(1);
            next.ok_or_else(|| unexpected(WHAT, "the run has no next attempt"))
        }
    }
}
