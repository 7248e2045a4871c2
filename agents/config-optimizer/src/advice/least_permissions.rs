//! A token that may only read, where nothing needs more.

use super::{Advice, name};
use crate::edit::Edit;
use crate::workflow_file::WorkflowFile;

/// Actions that do their work with a token that may only read.
const READERS: &[&str] = &[
    "actions/cache",
    "actions/checkout",
    "actions/download-artifact",
    "actions/setup-dotnet",
    "actions/setup-go",
    "actions/setup-java",
    "actions/setup-node",
    "actions/setup-python",
    "actions/upload-artifact",
    "astral-sh/setup-uv",
    "dtolnay/rust-toolchain",
    "pnpm/action-setup",
    "ruby/setup-ruby",
    "Swatinem/rust-cache",
];

/// Words by which a workflow uses the token itself, or another's power.
const POWERS: &[&str] = &[
    "GITHUB_TOKEN",
    "GH_TOKEN",
    "github.token",
    "secrets.",
    "git push",
    "gh ",
    "id-token",
];

pub fn advise(file: &WorkflowFile) -> Option<Advice> {
    let (jobs_line, _) = file.key("jobs")?;
    let jobs = file.jobs();
    let said = file.key("permissions").is_some()
        || jobs.iter().any(|job| job.body.get("permissions").is_some());
    let powerful = POWERS.iter().any(|word| file.text.contains(word));
    let other = jobs
        .iter()
        .flat_map(|job| job.steps())
        .filter_map(|step| step.get("uses")?.text())
        .any(|uses| !is_reader(uses));
    if said || powerful || other || file.calls_others() || jobs.is_empty() {
        return None;
    }
    let lines = ["permissions:", "  contents: read", ""].map(str::to_owned);
    let wanted = [("/permissions/contents".to_owned(), "read".to_owned())];
    Some(Advice {
        strategy: "least-permissions",
        title: format!("Let the token of {} only read", name(file.path)),
        evidence: "Without `permissions:` the workflow's token may be able to write to the \
                   repository, and every program that runs in a job can use it. Nothing in this \
                   workflow names the token or a secret, pushes, or uses an action that is not \
                   known to need no more than reading the code."
            .to_owned(),
        saves: None,
        path: file.path.to_owned(),
        before: file.text.to_owned(),
        after: Edit::default()
            .insert(jobs_line - 1, lines.to_vec())
            .checked(file.text, &wanted)?,
    })
}

fn is_reader(uses: &str) -> bool {
    let name = uses.split('@').next().unwrap_or_default();
    READERS.contains(&name)
}
