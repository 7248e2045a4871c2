//! `sentinel optimize --repo DIR`

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use clap::Args;
use serde::Serialize;

use super::compose;
use super::render::{foreign, foreign_block, json, line, print};
use crate::failure::{Location, Severity};
use crate::forge::checkout;
use crate::forge::directory::snapshot;
use crate::grant::Limits;
use crate::proposal::Action;
use crate::sandbox::{Output, Workspace};

#[derive(Args)]
pub struct Options {
    /// The repository.
    #[arg(long, default_value = ".")]
    repo: PathBuf,
    /// One JSON object instead of text.
    #[arg(long)]
    json: bool,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Findings {
    findings: Vec<Finding>,
    abstained: Option<String>,
}

#[derive(Serialize)]
struct Finding {
    title: String,
    body: String,
    severity: Severity,
    location: Option<Location>,
}

pub(super) async fn run(options: Options) -> anyhow::Result<ExitCode> {
    let copy = tempfile::tempdir()?;
    let tree = snapshot(&options.repo, copy.path())
        .await
        .with_context(|| format!("cannot read {}", options.repo.display()))?;
    let agents = compose::agents(&Limits::default()).await?;
    let workspace = Workspace {
        tree: Arc::new(tree),
        files: checkout::files(copy.path())?,
    };
    let report = crate::pipeline::optimize(&agents, workspace).await;
    let found = match report.outcome.context("ConfigOptimizer did not finish")? {
        Output::Proposals(proposals) => {
            let actions = proposals.into_iter().flat_map(|proposal| proposal.actions);
            Findings {
                findings: actions.filter_map(finding).collect(),
                abstained: None,
            }
        }
        Output::Abstained(reason) => Findings {
            findings: Vec::new(),
            abstained: Some(reason),
        },
        Output::Failures(_) => bail!("ConfigOptimizer answered with an analysis"),
    };
    if options.json {
        json(&found)?;
    } else {
        show(&found);
    }
    Ok(ExitCode::SUCCESS)
}

fn finding(action: Action) -> Option<Finding> {
    match action {
        Action::Report {
            title,
            body,
            severity,
            location,
        } => Some(Finding {
            title,
            body,
            severity,
            location,
        }),
        Action::Change { .. } | Action::Rerun { .. } => None,
    }
}

fn show(found: &Findings) {
    for finding in &found.findings {
        let place = finding.location.as_ref().map_or(String::new(), |at| {
            let number = at.line.map_or(String::new(), |number| format!(":{number}"));
            format!("{}{number}: ", foreign(&at.path))
        });
        line(&format!("{place}{}", foreign(&finding.title)));
        print(&foreign_block(&finding.body, "  "));
    }
    if let Some(reason) = &found.abstained {
        line(&foreign(reason));
    }
}
