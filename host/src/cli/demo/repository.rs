//! The demo's repository, and its CI: rustfmt, as `cargo fmt --check` runs it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyhow::{Context as _, bail};

use crate::ids::{Branch, ObjectId};

pub(super) const FILE: &str = "src/lib.rs";
pub(super) const COMMAND: &str = "rustfmt --check --edition 2024 src/lib.rs";

/// Somebody was in a hurry.
const SOURCE: &str = "//! How much a parcel costs.

/// The price in cents for a weight in grams.
pub fn price( grams: u32,express: bool )->u32 {
    let base = if grams<=1000 { 499 }
        else { 499+(grams-1000)/100*35 };
  if express { base*2 } else { base }
}

#[cfg(test)]
mod tests {
    use super::price;

    #[test]
    fn light_parcels_have_one_price() {
        assert_eq!(price(1,false),price(1000, false));
    }
}
";

pub(super) struct Demo {
    directory: PathBuf,
}

impl Demo {
    /// Makes the repository and commits the source.
    pub fn make(directory: &Path) -> anyhow::Result<Demo> {
        let demo = Demo {
            directory: directory.to_owned(),
        };
        std::fs::create_dir_all(directory.join("src"))?;
        std::fs::write(directory.join(FILE), SOURCE)?;
        demo.git(&["init", "--quiet", "--initial-branch=main"])?;
        demo.git(&["add", "."])?;
        demo.git(&["commit", "--quiet", "-m", "feat: price parcels by weight"])?;
        std::fs::write(directory.join("README.md"), "# Parcels\n")?;
        demo.git(&["add", "."])?;
        demo.git(&["commit", "--quiet", "-m", "docs: say what this is"])?;
        Ok(demo)
    }

    fn git(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let output = Command::new("git")
            .args(["-c", "user.name=Dana", "-c", "user.email=dana@example.com"])
            .args([
                "-c",
                "commit.gpgsign=false",
                "-c",
                "core.hooksPath=/dev/null",
            ])
            .args(arguments)
            .current_dir(&self.directory)
            .output()
            .context("git does not start; `sentinel doctor` says how to get it")?;
        if !output.status.success() {
            bail!(
                "git {}: {}",
                arguments[0],
                String::from_utf8_lossy(&output.stderr)
            );
        }
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    pub fn branch(&self) -> anyhow::Result<Branch> {
        Ok("main".parse()?)
    }

    pub fn commit(&self) -> anyhow::Result<ObjectId> {
        Ok(self.git(&["rev-parse", "HEAD"])?.parse()?)
    }

    /// Runs CI, which must fail, and returns its log.
    pub fn fail(&self) -> anyhow::Result<String> {
        let output = ci(&self.directory)?;
        if output.status.success() {
            bail!("`{COMMAND}` passes, but it should fail");
        }
        let printed = [output.stdout, output.stderr].concat();
        let code = output.status.code().unwrap_or(1);
        // As CI systems do: what was run, what it printed (to the byte: the
        // last line of a diff may be blank), how it ended.
        Ok(format!(
            "$ {COMMAND}\n{}Error: Process completed with exit code {code}.\n",
            String::from_utf8_lossy(&printed)
        ))
    }

    /// Runs CI on a fresh clone of a branch.
    pub fn passes(&self, branch: &Branch) -> anyhow::Result<bool> {
        let clone = tempfile::tempdir()?;
        let place = clone.path().join("clone");
        let place_text = place
            .to_str()
            .context("the temporary directory's name is not text")?;
        let from = self
            .directory
            .to_str()
            .context("the demo's directory's name is not text")?;
        self.git(&[
            "clone",
            "--quiet",
            "--branch",
            branch.as_str(),
            from,
            place_text,
        ])?;
        Ok(ci(&place)?.status.success())
    }
}

fn ci(directory: &Path) -> anyhow::Result<Output> {
    let mut words = COMMAND.split(' ');
    let output = Command::new(words.next().unwrap_or_default())
        .args(words)
        .current_dir(directory)
        // Not a terminal, as in CI: escape sequences are no pleasure to read.
        .env("TERM", "dumb")
        .output();
    match output {
        // The rustup proxy is there without the component.
        Ok(output) if !String::from_utf8_lossy(&output.stderr).contains("is not installed") => {
            Ok(output)
        }
        _ => bail!("rustfmt does not run; the demo needs it: rustup component add rustfmt"),
    }
}
