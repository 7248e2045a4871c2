//! Running a case's commands: in the same sandbox as failed commands, on a
//! copy of a directory.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;

use crate::cli::compose;
use crate::forge::checkout;
use crate::forge::directory::snapshot;
use crate::proposal::{Edit, EditContent};
use crate::runner::{Around, Order, Ran, Runner, Settings, Source, Stop};

/// A runner with the case's tools in its `PATH`.
pub struct Lab(Arc<Runner>);

/// What a run showed.
pub struct Shown {
    pub ran: Ran,
    /// Both streams, in the order in which they were written.
    pub output: Vec<u8>,
}

impl Shown {
    pub fn says(&self, words: &str) -> bool {
        String::from_utf8_lossy(&self.output).contains(words)
    }

    pub fn passed(&self) -> bool {
        self.ran.exit == Some(0)
    }

    /// The end of what it printed, for a reason.
    pub fn end(&self) -> String {
        /// Characters that let an author see what happened.
        const TOLD: usize = 800;
        let text = String::from_utf8_lossy(&self.output);
        let from = text.chars().count().saturating_sub(TOLD);
        text.chars().skip(from).collect()
    }
}

impl Lab {
    pub fn new(settings: &Settings) -> anyhow::Result<Lab> {
        compose::runner(settings).map(|runner| Lab(Arc::new(runner)))
    }

    /// Runs a script on a copy of a directory, which stays as it is.
    pub async fn run(&self, directory: &Path, script: &str) -> anyhow::Result<Shown> {
        let copy = tempfile::tempdir()?;
        let tree = snapshot(directory, copy.path()).await;
        let source = Source {
            tree: Arc::new(tree.with_context(|| format!("reading {}", directory.display()))?),
            files: checkout::files(copy.path())?,
        };
        // One stream, as CI has it.
        let script = format!("exec 2>&1\n{script}");
        let order = Order {
            argv: ["bash", "-e", "-o", "pipefail", "-c", &script]
                .map(str::to_owned)
                .to_vec(),
            shown_as: String::new(),
            directory: String::new(),
            env: BTreeMap::new(),
            around: Around::default(),
        };
        let runner = self.0.clone();
        let run = move || runner.run(&order, &source, &[], &Stop::default());
        let ran = tokio::task::spawn_blocking(run).await??;
        let output = ran.stdout.text();
        Ok(Shown { ran, output })
    }
}

/// Writes a run's changes into a directory.
pub fn write(directory: &Path, edits: &[Edit]) -> anyhow::Result<()> {
    for edit in edits {
        let place = checkout::place(directory, &edit.path)
            .with_context(|| format!("{} leads out of the tree", edit.path))?;
        match &edit.content {
            EditContent::Delete => std::fs::remove_file(&place)?,
            EditContent::Write(bytes) => {
                place.parent().map_or(Ok(()), std::fs::create_dir_all)?;
                std::fs::write(&place, bytes)?;
            }
        }
    }
    Ok(())
}
