//! `sentinel optimize --repo DIR [--of REPOSITORY]`

mod past;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use clap::Args;
use serde::Serialize;

use super::render::{self, diff, foreign, foreign_block, json, line, print};
use super::{compose, written};
use crate::config::Config;
use crate::evidence::Evidence;
use crate::forge::checkout;
use crate::forge::directory::snapshot;
use crate::ids::Repository;
use crate::pipeline::{Advised, Finding};
use crate::redact::redact;
use crate::sandbox::Workspace;
use crate::store::Stage;

#[derive(Args)]
pub struct Options {
    /// The repository.
    #[arg(long, default_value = ".")]
    repo: PathBuf,
    /// Whose past runs are read, `github:owner/name` or `gitlab:group/name`, by
    /// the credentials of the configuration. Without them only what the files
    /// themselves show is advised on.
    #[arg(long, value_name = "REPOSITORY")]
    of: Option<Repository>,
    /// How many days of past runs are read.
    #[arg(long, default_value_t = 14, value_parser = clap::value_parser!(u32).range(1..=90))]
    days: u32,
    /// Past runs that --save wrote, in the place of --of.
    #[arg(long, value_name = "FILE", conflicts_with = "of")]
    history: Option<PathBuf>,
    /// Write the past runs that were read, for --history.
    #[arg(long, value_name = "FILE", requires = "of")]
    save: Option<PathBuf>,
    /// Write the changes into the repository's files; of several changes of one
    /// file the first.
    #[arg(long)]
    apply: bool,
    /// Have the server look at the repository now, as on its timetable, and
    /// propose what it finds.
    #[arg(long, requires = "of", conflicts_with_all = ["apply", "save", "json"])]
    now: bool,
    /// A configuration whose forges, policy and runner are used.
    #[arg(long, env = "SENTINEL_CONFIG")]
    config: Option<PathBuf>,
    /// One JSON object instead of text.
    #[arg(long)]
    json: bool,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Printed<'a> {
    changes: Vec<Change>,
    findings: &'a [Finding],
    abstained: Option<String>,
}

#[derive(Serialize)]
struct Change {
    title: String,
    strategy: String,
    /// What was measured and what is expected.
    rationale: String,
    /// Minutes of runners in 30 days, where that can be said.
    saves_minutes_a_month: Option<f64>,
    /// A unified diff that `git apply` takes.
    patch: String,
    evidence: Evidence,
}

pub(super) async fn run(options: Options) -> anyhow::Result<ExitCode> {
    let config = match &options.config {
        Some(place) => Config::load(place)?,
        None => Config::default(),
    };
    if let (true, Some(repository)) = (options.now, &options.of) {
        return ask_for(&config, repository).await;
    }
    let copy = tempfile::tempdir()?;
    let tree = snapshot(&options.repo, copy.path())
        .await
        .with_context(|| format!("cannot read {}", options.repo.display()))?;
    let workspace = Workspace {
        tree: Arc::new(tree),
        files: checkout::files(copy.path())?,
    };
    let history = past::runs(&options, &config, &workspace).await?;
    let agents = compose::repairing(&config).await?;
    let rules = config.policy.patch_rules()?;
    let advised = crate::pipeline::optimize(&agents, workspace, history.as_ref(), &rules).await?;
    let written = match options.apply {
        true => {
            let patches = advised
                .changes
                .iter()
                .map(|(candidate, _)| &candidate.patch);
            Some(written::apply(&options.repo, patches)?)
        }
        false => None,
    };
    match options.json {
        true => as_json(&advised)?,
        false => show(&advised, written.as_deref()),
    }
    Ok(ExitCode::SUCCESS)
}

/// Puts a look in the queue of the server that has the repository on its
/// timetable.
async fn ask_for(config: &Config, repository: &Repository) -> anyhow::Result<ExitCode> {
    if !config.timetable().contains_key(repository) {
        anyhow::bail!(
            "{repository} is not on the timetable; the configuration needs\n\
             [repositories.\"{repository}\"]\noptimize = {{ every = \"7d\" }}"
        );
    }
    let directory = config.data_dir.clone();
    let directory = directory.context("the configuration has no data_dir")?;
    let store = compose::store(&directory).await?;
    let (subject, now) = (repository.to_string(), compose::now());
    store
        .write(move |tx| tx.enqueue(Stage::Look, &subject, now))
        .await?;
    line(&format!(
        "The server looks at {repository} now; `sentinel task list` shows what it finds."
    ));
    Ok(ExitCode::SUCCESS)
}

fn as_json(advised: &Advised) -> anyhow::Result<()> {
    let changes = advised.changes.iter().map(|(candidate, evidence)| {
        let proposal = &candidate.proposal;
        let said = proposal.attributes.iter();
        let mut saves = said.filter(|attribute| attribute.key == "saves-minutes-a-month");
        Change {
            title: redact(&proposal.title).into_owned(),
            strategy: proposal.strategy.clone(),
            rationale: redact(&proposal.rationale).into_owned(),
            saves_minutes_a_month: saves.next().and_then(|saves| saves.value.parse().ok()),
            patch: candidate.patch.unified_diff(),
            evidence: evidence.clone(),
        }
    });
    let nothing = advised.changes.is_empty() && advised.findings.is_empty();
    json(&Printed {
        changes: changes.collect(),
        findings: &advised.findings,
        abstained: nothing.then(|| advised.reasons.join("; ")),
    })
}

fn show(advised: &Advised, written: Option<&[String]>) {
    let _quiet = render::WithoutCommands::begin();
    for (candidate, evidence) in &advised.changes {
        line(&foreign(&candidate.proposal.title));
        print(&foreign_block(&candidate.proposal.rationale, "  "));
        print(&foreign_block(&evidence.sentence(), "  "));
        line("");
        line(&diff(&candidate.patch.unified_diff()));
    }
    for finding in &advised.findings {
        let place = finding.location.as_ref().map_or(String::new(), |at| {
            let number = at.line.map_or(String::new(), |number| format!(":{number}"));
            format!("{}{number}: ", foreign(&at.path))
        });
        line(&format!("{place}{}", foreign(&finding.title)));
        print(&foreign_block(&finding.body, "  "));
    }
    for reason in &advised.reasons {
        line(&foreign(reason));
    }
    match written {
        Some([]) => line("Nothing was written."),
        Some(written) => line(&format!("Written: {}.", written.join(", "))),
        None if advised.changes.is_empty() => {}
        None => line("Nothing was written; --apply writes it."),
    }
}
