//! `sentinel eval fix DIR`: the whole of `sentinel fix` on cases that are
//! broken for it, judged by more than the failed command. The format of DIR is
//! in `tests/fix/README.md`.
//!
//! A case counts only if it is honest: its command really fails here and says
//! what it should, and for one that can be repaired there is a tree that passes
//! every judge. The log is what the command printed in that very run.

mod case;
mod frame;
mod judge;
mod lab;
mod package;
mod report;
mod stage;
mod tools;
mod trial;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::Args;
use futures_util::StreamExt as _;

use crate::cli::render::{foreign, foreign_block, json, print};
use case::{Case, Suite};
use report::{Report, Row};
use tools::Shelf;
use trial::Bench;

/// Cases of one set; each takes seconds.
const MAX_CASES: usize = 2_000;

/// Cases at a time: each may run a compiler with gigabytes of memory.
const MAX_JOBS: usize = 32;

#[derive(Args)]
pub struct Options {
    /// Holds a directory for each case, and `suite.toml`.
    dir: PathBuf,
    /// Only cases whose name, class, tool or tag is this; may be repeated.
    #[arg(long)]
    only: Vec<String>,
    /// Cases at a time.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=MAX_JOBS as i64))]
    jobs: u16,
    /// Where tools and packages are kept; without it the user's own cache.
    #[arg(long, env = "SENTINEL_EVAL_CACHE")]
    cache: Option<PathBuf>,
    /// Only look whether the cases are honest; nothing is repaired.
    #[arg(long)]
    check: bool,
    /// Write each case's log, patch and reasons into this directory.
    #[arg(long)]
    keep: Option<PathBuf>,
    /// One JSON object instead of text.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(options: Options) -> anyhow::Result<ExitCode> {
    let suite = Suite::open(&options.dir)?;
    let cases = chosen(&suite, &options.only)?;
    let bench = Bench {
        shelf: Shelf::at(cache(options.cache.as_deref())?)?,
        check: options.check,
        keep: options.keep,
    };
    let rows = all(&bench, &cases, usize::from(options.jobs)).await;
    let report = Report::of(rows);
    match options.json {
        true => json(&report)?,
        // Names, reasons and paths may be anybody's.
        false => print(&foreign_block(&report.to_string(), "")),
    }
    Ok(match report.is_clean() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

/// Tries them, so many at a time; the answer is in the order of their names.
async fn all(bench: &Bench, cases: &[&Case], jobs: usize) -> Vec<Row> {
    let many = cases.len();
    let tried = cases.iter().map(|case| bench.row(case));
    let mut rows = futures_util::stream::iter(tried).buffer_unordered(jobs);
    let mut done: Vec<Row> = Vec::new();
    while let Some(row) = rows.next().await {
        done.push(row);
        let row = done.last().expect("one was put there");
        eprintln!("[{}/{many}] {}", done.len(), foreign(&row.line()));
    }
    done.sort_by(|a, b| a.name.cmp(&b.name));
    done
}

fn chosen<'a>(suite: &'a Suite, only: &[String]) -> anyhow::Result<Vec<&'a Case>> {
    let wanted = |case: &&Case| only.is_empty() || only.iter().any(|word| case.is_called(word));
    let cases: Vec<&Case> = suite.cases.iter().filter(wanted).collect();
    if cases.is_empty() {
        bail!("no case is called so; names, classes, tools and tags can be asked for");
    }
    if cases.len() > MAX_CASES {
        bail!("{} cases; one run takes at most {MAX_CASES}", cases.len());
    }
    Ok(cases)
}

/// `$XDG_CACHE_HOME/sentinel/eval`, or below the home.
fn cache(given: Option<&Path>) -> anyhow::Result<PathBuf> {
    let of = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let own = of("XDG_CACHE_HOME").map(PathBuf::from);
    let own = own.or_else(|| Some(PathBuf::from(of("HOME")?).join(".cache")));
    let place = given
        .map(Path::to_owned)
        .or_else(|| Some(own?.join("sentinel/eval")));
    place.context("there is no home to keep tools in; --cache names a directory")
}
