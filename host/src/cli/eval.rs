//! `sentinel eval logs DIR`: how well the embedded LogAnalyzer, in its
//! sandbox, reads logs that people labelled. The format of DIR is in
//! `agents/log-eval/README.md`. `sentinel eval fix DIR` is in `fix`.

mod fix;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use clap::{Args, Subcommand};
use log_eval::{Case, Corpus, Figures, Passing, Report, Told};
use serde::Serialize;

use super::render::{foreign, foreign_block, json, print};
use super::{Provider, analyze, compose};
use crate::failure::Failure;
use crate::grant::Limits;
use crate::pipeline::Agents;

#[derive(Args)]
pub struct Options {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Read labelled logs and say how often the reading is right.
    Logs(Logs),
    /// Break things as cases say, run the whole repair, and judge its patches.
    Fix(fix::Options),
}

#[derive(Args)]
struct Logs {
    /// Holds `labels.jsonl` and the logs.
    dir: PathBuf,
    /// One JSON object instead of text.
    #[arg(long)]
    json: bool,
    /// Also list the logs that were read wrongly.
    #[arg(long)]
    misses: bool,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Printed<'a> {
    #[serde(flatten)]
    report: &'a Report,
    megabytes_a_second: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    misses: Option<Vec<Miss<'a>>>,
}

/// A log whose class is wrong or whose cause is not among the first lines.
#[derive(Serialize)]
struct Miss<'a> {
    id: &'a str,
    labelled: &'a str,
    told: &'a str,
    /// How many lines are read until a labelled one.
    rank: Option<usize>,
}

pub(super) async fn run(options: Options) -> anyhow::Result<ExitCode> {
    match options.what {
        What::Logs(options) => logs(options).await,
        What::Fix(options) => fix::run(options).await,
    }
}

async fn logs(options: Logs) -> anyhow::Result<ExitCode> {
    let corpus = Corpus::open(&options.dir)?;
    let mut reader = Reader::new().await?;
    let cases = reader.failing(&corpus).await?;
    let passing = reader.passing(&corpus).await?;
    let report = Report {
        failing: Figures::of(&cases),
        passing,
        bytes: reader.bytes,
        seconds: reader.spent.as_secs_f64(),
    };
    let misses = options.misses.then(|| misses(&cases));
    if options.json {
        json(&Printed {
            megabytes_a_second: report.speed(),
            report: &report,
            misses,
        })?;
    } else {
        // Labels and paths are the user's, classes may be the log's.
        print(&foreign_block(&report.to_string(), ""));
        misses.iter().flatten().for_each(show);
    }
    Ok(ExitCode::SUCCESS)
}

/// The sandboxed analyser, and what reading has cost.
struct Reader {
    agents: Agents,
    bytes: u64,
    spent: Duration,
    /// Whether the component was compiled: the first log waits for that, and
    /// no other does.
    warm: bool,
}

impl Reader {
    async fn new() -> anyhow::Result<Reader> {
        Ok(Reader {
            agents: compose::agents(&Limits::default()).await?,
            bytes: 0,
            spent: Duration::ZERO,
            warm: false,
        })
    }

    async fn failing(&mut self, corpus: &Corpus) -> anyhow::Result<Vec<Case>> {
        let mut cases = Vec::new();
        for label in &corpus.failing {
            let failures = self.read(&label.log).await?;
            cases.push(Case {
                told: told(&failures),
                label: label.clone(),
            });
        }
        Ok(cases)
    }

    async fn passing(&mut self, corpus: &Corpus) -> anyhow::Result<Passing> {
        let mut passing = Passing {
            logs: corpus.passing.len(),
            alarms: Vec::new(),
        };
        for log in &corpus.passing {
            if let Some(failure) = self.read(log).await?.first() {
                let told = analyze::headline(failure);
                passing.alarms.push((log.display().to_string(), told));
            }
        }
        Ok(passing)
    }

    async fn read(&mut self, path: &Path) -> anyhow::Result<Vec<Failure>> {
        let log = analyze::Log::open(path)?;
        if !self.warm {
            analyze::read(&self.agents, &log, Provider::Auto).await?;
            self.warm = true;
        }
        let started = Instant::now();
        let failures = analyze::read(&self.agents, &log, Provider::Auto)
            .await
            .with_context(|| format!("{} was not read", path.display()))?;
        self.spent += started.elapsed();
        self.bytes += path.metadata()?.len();
        Ok(failures)
    }
}

fn told(failures: &[Failure]) -> Told {
    let first = failures.first();
    let lines = failures.iter().flat_map(|failure| &failure.key_lines);
    Told {
        class: first.map(|failure| failure.class.as_str().to_owned()),
        confidence: first.map_or(0.0, |failure| failure.confidence),
        lines: lines.map(|line| line.number).collect(),
        failures: failures.len(),
    }
}

/// Lines within which the cause should stand.
const FIRST_LINES: usize = 5;

fn misses(cases: &[Case]) -> Vec<Miss<'_>> {
    let missed = |case: &&Case| !case.is_right() || !case.found(FIRST_LINES);
    let miss = |case| Miss::of(case);
    cases.iter().filter(missed).map(miss).collect()
}

impl<'a> Miss<'a> {
    fn of(case: &'a Case) -> Miss<'a> {
        Miss {
            id: &case.label.id,
            labelled: &case.label.class,
            told: case.class(),
            rank: case.rank(),
        }
    }
}

fn show(miss: &Miss) {
    let rank = miss
        .rank
        .map_or("nowhere".to_owned(), |rank| format!("line {rank}"));
    let Miss {
        id, labelled, told, ..
    } = miss;
    let text = format!("{id}: {labelled}, told {told}; the cause is {rank} of what is told");
    print(&format!("{}\n", foreign(&text)));
}
