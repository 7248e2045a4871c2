//! Evidence for a change of the CI configuration: a linter of workflows, run on
//! the tree without the patch and with it.

use std::collections::{BTreeMap, BTreeSet};

use super::effects::Commands;
use crate::evidence::Evidence;
use crate::ids::Digest;
use crate::patch::{FileChange, ScopedPatch};
use crate::proposal::{Edit, EditContent};
use crate::runner::{Around, Order, Ran, Source};
use crate::sandbox::Workspace;

/// The linter of GitHub's workflows. What it would ask other programs
/// (shellcheck, pyflakes) is about commands, which no such patch changes.
const LINTER: [&str; 5] = [
    "actionlint",
    "-no-color",
    "-oneline",
    "-shellcheck=",
    "-pyflakes=",
];

/// Where GitHub looks for workflows.
const WORKFLOWS: &str = ".github/workflows/";

/// What is found to be wrong for the first time with the patch, told at most.
const MAX_TOLD: usize = 3;

/// What a linter says of a patch. The error is why the patch is refused: it
/// breaks something.
pub async fn lint(
    commands: Option<&Commands>,
    workspace: &Workspace,
    patch: &ScopedPatch,
) -> Result<Evidence, String> {
    let not_run = |reason: &str| {
        Ok(Evidence::NotRun {
            reason: reason.to_owned(),
        })
    };
    let paths: Vec<&str> = patch
        .files()
        .iter()
        .map(|file| file.path.as_str())
        .collect();
    if !paths.iter().all(|path| path.starts_with(WORKFLOWS)) {
        return not_run("there is no linter of this configuration that works without its server");
    }
    let Some(commands) = commands else {
        return not_run("commands are not run on this host");
    };
    let edits: Vec<Edit> = patch.files().iter().map(edit).collect();
    let before = run(commands, workspace, &paths, &[]).await;
    let after = run(commands, workspace, &paths, &edits).await;
    let (before, after) = match (before, after) {
        (Ok(before), Ok(after)) => (before, after),
        (Err(why), _) | (_, Err(why)) => return not_run(&why),
    };
    let tier = after.tier.as_str().to_owned();
    let (before, after) = match (findings(&before), findings(&after)) {
        (Some(before), Some(after)) => (before, after),
        _ => {
            return not_run(
                "actionlint is not among the tools of the operator's PATH, or it did not finish; \
                 `sentinel doctor` lists them",
            );
        }
    };
    let new: Vec<&String> = after.difference(&before).take(MAX_TOLD).collect();
    match new.is_empty() {
        true => Ok(Evidence::Lint {
            linter: LINTER[0].to_owned(),
            tier,
        }),
        false => Err(format!("{} finds in it: {new:?}", LINTER[0])),
    }
}

fn edit(file: &FileChange) -> Edit {
    let base = file.before.as_ref();
    Edit {
        path: file.path.to_string(),
        base: base.map(|bytes| Digest::of(bytes).hex()),
        content: match &file.after {
            Some(bytes) => EditContent::Write(bytes.clone()),
            None => EditContent::Delete,
        },
    }
}

async fn run(
    commands: &Commands,
    workspace: &Workspace,
    paths: &[&str],
    edits: &[Edit],
) -> Result<Ran, String> {
    let order = Order {
        argv: LINTER
            .iter()
            .chain(paths)
            .map(|word| (*word).to_owned())
            .collect(),
        shown_as: String::new(),
        directory: String::new(),
        env: BTreeMap::new(),
        around: Around::default(),
    };
    let source = Source {
        tree: workspace.tree.clone(),
        files: workspace.files.clone(),
    };
    let ran = commands.order(order, source, edits.to_vec()).await;
    ran.map_err(|error| error.to_string())
}

/// What the linter found, without places: a line further down is the same
/// finding. None where it did not come to an end (it exits with 0 or 1).
fn findings(ran: &Ran) -> Option<BTreeSet<String>> {
    if !matches!(ran.exit, Some(0 | 1)) {
        return None;
    }
    let text = String::from_utf8_lossy(&ran.stdout.text()).into_owned();
    let message = |line: &str| {
        let mut parts = line.splitn(4, ':');
        let (path, _, _, message) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        Some(format!("{path}:{message}"))
    };
    Some(text.lines().filter_map(message).collect())
}
