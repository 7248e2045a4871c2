//! What other runs, branches and repositories say about a failure, asked when
//! its task is claimed and again before anything is published.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::base::{Base, base};
use super::known::{Known, known};
use super::{Pipeline, StageError};
use crate::event::{PipelineFailed, Trigger};
use crate::forge::Forge;
use crate::ids::{Branch, ObjectId, Source};
use crate::incident::{Ended, Sightings, Spread, drifts, is_infrastructure};
use crate::store::TaskRow;

/// Runs that are named as evidence; the rest is counted.
const MAX_NAMED: usize = 3;

/// What is known of a failure elsewhere, for the decision, the ledger and
/// people.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub sightings: Sightings,
    /// Which runs say so.
    pub evidence: Value,
    /// The same in sentences.
    pub told: Vec<String>,
    /// Other branches that show it.
    pub also_on: Vec<Branch>,
}

impl Seen {
    fn tell(&mut self, key: &str, evidence: Value, sentence: String) {
        if !self.evidence.is_object() {
            self.evidence = json!({});
        }
        self.evidence[key] = evidence;
        self.told.push(sentence);
    }

    /// A decision's sentences, and what they rest on.
    pub fn note(&self, sentences: &[&'static str]) -> String {
        let told = self.told.iter().map(String::as_str);
        let all: Vec<&str> = sentences.iter().copied().chain(told).collect();
        all.join("; ")
    }
}

/// Asks the store, and the forge where the store's word is not enough.
pub(super) async fn seen(
    pipeline: &Pipeline,
    forge: &dyn Forge,
    task: &TaskRow,
    event: &PipelineFailed,
) -> Result<Seen, StageError> {
    let Some(incident) = task.incident.clone() else {
        return Ok(Seen::default());
    };
    // Nothing failed: there is nothing that could show elsewhere.
    if event.trigger == Trigger::Timetable {
        return Ok(Seen::default());
    }
    let known = known(pipeline, task, event, incident).await?;
    let mut seen = Seen::default();
    seen.sightings.spread = spread(pipeline, task, &known, &mut seen);
    if let Some(class) = known.failure.as_ref().map(|failure| failure.class) {
        seen.sightings.drifts = drifts(class);
    }
    unchanged(pipeline, event, &known, &mut seen).await?;
    flaked(&known, &mut seen);
    went_green(&known, &mut seen);
    if let Some(base) = base(pipeline, forge, event, &known).await? {
        on_base(&base, &mut seen);
    }
    seen.also_on = others(&known);
    Ok(seen)
}

fn spread(pipeline: &Pipeline, task: &TaskRow, known: &Known, seen: &mut Seen) -> Spread {
    let since = task.record.waits.map(|wait| wait.since);
    let spread = Spread {
        infrastructure: known.failure.as_ref().is_some_and(is_infrastructure),
        repositories: known.counted.repositories,
        red: known.counted.red,
        held_ms: since.map_or(0, |since| pipeline.now().0.saturating_sub(since.0)),
    };
    if spread.is_outage(&pipeline.policy) {
        let sentence = outage_sentence(&spread, pipeline.policy.outage_window_minutes);
        seen.tell("outage", json!(spread), sentence);
    }
    spread
}

/// An outage, in words.
pub(super) fn outage_sentence(spread: &Spread, minutes: u32) -> String {
    let Spread {
        repositories, red, ..
    } = spread;
    format!("{repositories} of {red} red repositories showed it within {minutes} minutes")
}

/// Whether the same job passed on unchanged code.
async fn unchanged(
    pipeline: &Pipeline,
    event: &PipelineFailed,
    known: &Known,
    seen: &mut Seen,
) -> Result<(), StageError> {
    let this = &known.this;
    let same = |other: &&Ended| other.passed() && other.tested_the_same(this);
    // The newest tell the most, and each may be a question to the CI system.
    for green in known.at_commit.iter().rev().filter(same).take(MAX_NAMED) {
        if !has_job(pipeline, event, known, green).await? {
            continue;
        }
        let after = green.is_after(this);
        seen.sightings.passed_after |= after;
        seen.sightings.passed_before |= !after;
        let when = if after { "later" } else { "before" };
        let run = &green.run;
        let sentence = format!("the same commit passed {when} in {run}");
        seen.tell(
            "passed",
            json!({ "run": run.to_string(), "when": when }),
            sentence,
        );
    }
    Ok(())
}

/// Whether a green run holds the failed job. An attempt of the same run does;
/// of another run of the workflow the CI system is asked, because its jobs may
/// depend on who started it.
async fn has_job(
    pipeline: &Pipeline,
    event: &PipelineFailed,
    known: &Known,
    green: &Ended,
) -> Result<bool, StageError> {
    // A check run is one job, and was compared by its name.
    let itself = green.run.run == event.run.run || event.run.source == Source::CheckRun;
    let Some(name) = known.job.as_ref().filter(|_| !itself) else {
        return Ok(true);
    };
    let ci = pipeline.systems.get(&event.run)?;
    match ci.passed_jobs(&green.run).await {
        Ok(jobs) => Ok(jobs.iter().any(|job| job.name == *name)),
        Err(error) if error.is_transient() => Err(error.into()),
        // The run is gone; that it passed we were told.
        Err(_) => Ok(true),
    }
}

fn flaked(known: &Known, seen: &mut Seen) {
    let count = known.flaked.len();
    seen.sightings.flaked_commits = u32::try_from(count).unwrap_or(u32::MAX);
    if count > 0 {
        let named: Vec<&ObjectId> = known.flaked.iter().take(MAX_NAMED).collect();
        let sentence = format!("it came and went at {count} other commits without a change");
        seen.tell(
            "flaked",
            json!({ "commits": count, "some": named }),
            sentence,
        );
    }
}

fn went_green(known: &Known, seen: &mut Seen) {
    let this = &known.this;
    let later = |green: &&Ended| green.commit != this.commit && green.supersedes(this);
    if let Some(green) = known.green.iter().find(later) {
        seen.sightings.went_green = true;
        let sentence = format!("the branch passed at {} in {}", green.commit, green.run);
        seen.tell("green", json!(green.run.to_string()), sentence);
    }
}

fn on_base(base: &Base, seen: &mut Seen) {
    seen.sightings.on_base = true;
    let Base { branch, red, fixed } = base;
    let mut sentence = format!("{branch} fails alike at {} in {}", red.commit, red.run);
    if let Some(fixed) = fixed {
        sentence += &format!(
            ", and passed since at {}: bring the branch up to date",
            fixed.commit
        );
    }
    let evidence = json!({
        "branch": branch,
        "run": red.run.to_string(),
        "commit": red.commit,
        "passed_since": fixed.as_ref().map(|fixed| fixed.run.to_string()),
    });
    seen.tell("base", evidence, sentence);
}

/// Other branches of the repository that showed it. What forks call theirs is
/// theirs.
fn others(known: &Known) -> Vec<Branch> {
    let runs = known.with_incident.iter();
    let others = runs.filter(|run| !run.fork && run.branch != known.this.branch);
    let branches: BTreeSet<&str> = others.map(|run| run.branch.as_str()).collect();
    branches
        .into_iter()
        .filter_map(|name| name.parse().ok())
        .collect()
}
