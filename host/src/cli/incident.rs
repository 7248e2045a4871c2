//! `sentinel incident …`

use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::json;

use super::render::{self, first_line, foreign, line};
use super::task::{became, open};
use super::{Place, compose};
use crate::config::Config;
use crate::failure::Failure;
use crate::ids::{Fingerprint, IncidentId};
use crate::incident::{Ended, Reach, Spread, is_infrastructure};
use crate::policy::Policy;
use crate::store::incident::IncidentRow;
use crate::store::outcome::OutcomeRow;
use crate::store::{Store, TaskRow, ended, failure, incident, outcome, task};

#[derive(Args)]
pub struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// The incidents seen last, newest first.
    List {
        #[command(flatten)]
        place: Place,
        /// How many.
        #[arg(long, default_value_t = 50)]
        limit: usize,
        #[arg(long)]
        json: bool,
    },
    /// One incident: where it shows, how far it reaches, what was done about it.
    Show {
        incident: IncidentId,
        #[command(flatten)]
        place: Place,
        #[arg(long)]
        json: bool,
    },
}

/// Runs and tasks of one incident that are shown, the newest.
const SHOWN: usize = 20;

/// How far back other repositories count, in milliseconds: a week.
const REACH_MS: i64 = 7 * 24 * 3_600_000;

pub(super) async fn run(options: Options) -> anyhow::Result<ExitCode> {
    match options.command {
        Command::List { place, limit, json } => list(&open(&place).await?, limit, json).await?,
        Command::Show {
            incident,
            place,
            json,
        } => {
            // Without a configuration the store is still there to be read.
            let policy = Config::load(&place.config).map(|config| config.policy);
            let story = story(&open(&place).await?, incident, policy.unwrap_or_default()).await?;
            match json {
                true => render::json(&story.json())?,
                false => story.print(),
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(store: &Store, limit: usize, json: bool) -> anyhow::Result<()> {
    let incidents = store
        .read(move |connection| incident::list(connection, limit))
        .await?;
    if json {
        return render::json(&incidents);
    }
    if incidents.is_empty() {
        line("No incidents yet.");
    }
    for incident in incidents {
        line(&format!(
            "{}  {:>3} {:6}  {:22}  {}  {}",
            incident.id,
            incident.urgency.points(),
            incident.urgency.word(),
            incident.class,
            incident.last_seen,
            incident.repository,
        ));
    }
    Ok(())
}

/// What there is to tell of an incident.
struct Story {
    incident: IncidentRow,
    reach: Reach,
    spread: Spread,
    policy: Policy,
    /// As it was read the last time.
    failure: Option<Failure>,
    runs: Vec<Ended>,
    tasks: Vec<TaskRow>,
    /// What became of each task's change.
    outcomes: Vec<Vec<OutcomeRow>>,
}

async fn story(store: &Store, id: IncidentId, policy: Policy) -> anyhow::Result<Story> {
    let now = compose::now();
    let window = now.plus_ms(-policy.outage_window_ms());
    let story = store
        .read(move |connection| {
            let incident = incident::find(connection, &id)?;
            let runs = ended::with_incident(connection, &id, SHOWN as u32)?;
            let failure = match runs.first() {
                Some(run) => failure::of_incident(connection, &run.run.to_string(), &id)?
                    .into_iter()
                    .next()
                    .map(|stored| stored.failure),
                None => None,
            };
            let fingerprint: Option<Fingerprint> = incident.fingerprint.parse().ok();
            let counted = match &fingerprint {
                Some(fingerprint) => incident::counted(connection, fingerprint, window)?,
                None => incident::Counted::default(),
            };
            let tasks = task::of_incident(connection, &id, SHOWN)?;
            let outcomes = tasks
                .iter()
                .map(|task| outcome::of_task(connection, &task.id));
            Ok(Story {
                outcomes: outcomes.collect::<Result<_, _>>()?,
                reach: incident::reach(connection, &id, now, now.plus_ms(-REACH_MS))?,
                spread: Spread {
                    infrastructure: failure.as_ref().is_some_and(is_infrastructure),
                    repositories: counted.repositories,
                    red: counted.red,
                    held_ms: 0,
                },
                tasks,
                policy,
                incident,
                failure,
                runs,
            })
        })
        .await?;
    Ok(story)
}

impl Story {
    fn json(&self) -> serde_json::Value {
        let run = |run: &Ended| json!({ "run": run.run.to_string(), "branch": run.branch, "commit": run.commit });
        json!({
            "incident": self.incident,
            "reach": {
                "jobs": self.reach.jobs,
                "branches": self.reach.branches,
                "repositories": self.reach.repositories,
            },
            "outage": self.spread.is_outage(&self.policy),
            "spread": self.spread,
            "failure": self.failure,
            "runs": self.runs.iter().map(run).collect::<Vec<_>>(),
            "tasks": self.tasks,
            "outcomes": self.outcomes,
        })
    }

    fn print(&self) {
        let IncidentRow {
            id,
            repository,
            class,
            urgency,
            first_seen,
            last_seen,
            ended,
            ..
        } = &self.incident;
        let (points, word) = (urgency.points(), urgency.word());
        line(&format!("{id}: {class} in {repository}"));
        line(&format!("  urgency {points} ({word})"));
        line(&format!("  seen from {first_seen} to {last_seen}"));
        if let Some(ended) = ended {
            line(&format!("  over: {}", ended.as_str()));
        }
        let Reach {
            jobs,
            branches,
            repositories,
            ..
        } = self.reach;
        line(&format!(
            "  in {jobs} jobs, on {branches} branches, in {repositories} repositories this week"
        ));
        if self.spread.is_outage(&self.policy) {
            line(&format!(
                "  an outage: {} of {} red repositories showed it within {} minutes",
                self.spread.repositories, self.spread.red, self.policy.outage_window_minutes
            ));
        }
        let said = self.failure.iter().flat_map(|failure| &failure.key_lines);
        for said in said.take(SHOWN) {
            line(&format!("  | {}", foreign(&said.text)));
        }
        line("\nIts runs:");
        for run in &self.runs {
            let (branch, commit) = (&run.branch, &run.commit);
            line(&format!(
                "  {}  {branch} at {commit}",
                foreign(&run.run.to_string())
            ));
        }
        line("\nIts tasks:");
        for (task, outcomes) in self.tasks.iter().zip(&self.outcomes) {
            let note = task.record.note.as_deref().unwrap_or_default();
            let state = task.state.as_str();
            let target = &task.record.target;
            line(&format!(
                "  {}  {state:10} {target}  {}",
                task.id,
                first_line(note)
            ));
            for outcome in outcomes {
                line(&format!("    {}", became(outcome)));
            }
        }
    }
}
