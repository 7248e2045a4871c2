//! One case: broken, looked at, repaired, judged.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Context as _;

use super::case::{Case, Frame, Outcome};
use super::frame::framed;
use super::judge::Court;
use super::lab::{Lab, Shown, write};
use super::report::{Row, Verdict};
use super::stage::{expected, lay};
use super::tools::Shelf;
use crate::cli::analyze::{self, Log};
use crate::cli::fix::{Broken, repair};
use crate::cli::written;
use crate::cli::{Provider, compose};
use crate::config::Config;
use crate::pipeline::Proved;
use crate::proof::NOT_STARTED;

/// What all cases of a run share.
pub struct Bench {
    pub shelf: Shelf,
    /// Whether it ends once a case is known to be honest.
    pub check: bool,
    pub keep: Option<PathBuf>,
}

/// A case whose parts are ready.
struct Trial<'a> {
    case: &'a Case,
    bench: &'a Bench,
    config: Config,
    lab: Lab,
    /// Everything is made in here.
    scratch: &'a Path,
}

impl Bench {
    /// Tries a case. What goes wrong on the way is the case's own fault, or
    /// this machine's: it says nothing about the repair.
    pub async fn row(&self, case: &Case) -> Row {
        let started = Instant::now();
        let verdict = self.verdict(case).await;
        let verdict = verdict.unwrap_or_else(|error| Verdict::Unusable(format!("{error:#}")));
        Row::of(case, verdict, started.elapsed())
    }

    async fn verdict(&self, case: &Case) -> anyhow::Result<Verdict> {
        let path = match self.shelf.path(&case.tools).await {
            Ok(path) => path,
            Err(error) => return Ok(Verdict::Skipped(format!("{error:#}"))),
        };
        let mut config = Config::default();
        config.runner.path = Some(path);
        let scratch = tempfile::tempdir()?;
        let trial = Trial {
            lab: Lab::new(&config.runner)?,
            scratch: scratch.path(),
            bench: self,
            config,
            case,
        };
        trial.verdict().await
    }
}

impl Trial<'_> {
    async fn verdict(&self) -> anyhow::Result<Verdict> {
        let broken = self.laid("broken").await?;
        let failed = self.lab.run(&broken, &self.case.written.run).await?;
        if let Some(why) = self.not_broken(&failed) {
            return Ok(Verdict::Dishonest(why));
        }
        let right = match self.case.written.outcome {
            Outcome::Abstained => None,
            Outcome::Fixed => Some(self.right().await?),
        };
        let court = Court {
            case: self.case,
            lab: &self.lab,
            broken: &broken,
            right: right.as_deref(),
        };
        if let Some(right) = &right
            && let Some(why) = court.wrong(right).await?
        {
            let why = format!("the case's own answer is not right: {why}");
            return Ok(Verdict::Dishonest(why));
        }
        match self.bench.check {
            true => Ok(Verdict::Honest),
            false => self.repaired(&broken, &failed, &court).await,
        }
    }

    /// Why the failing run is not what the case tells of.
    fn not_broken(&self, failed: &Shown) -> Option<String> {
        let written = &self.case.written;
        if let Some(why) = failed.ran.killed {
            return Some(format!(
                "its command was ended by its {} limit",
                why.as_str()
            ));
        }
        match failed.ran.exit {
            Some(0) => return Some("its command passes".to_owned()),
            Some(code) if NOT_STARTED.contains(&code) => {
                return Some(format!("its command does not start: {}", failed.end()));
            }
            Some(_) | None => {}
        }
        let says = failed.says(&written.says);
        (!says).then(|| format!("it does not say {:?}: {}", written.says, failed.end()))
    }

    async fn laid(&self, name: &str) -> anyhow::Result<PathBuf> {
        let place = self.scratch.join(name);
        let laid = lay(&self.bench.shelf, self.case, &place).await;
        laid.context("its tree cannot be made")?;
        Ok(place)
    }

    /// The tree as it should be.
    async fn right(&self) -> anyhow::Result<PathBuf> {
        let place = self.laid("right").await?;
        expected(self.case, &place)?;
        if let Some(oracle) = &self.case.written.oracle {
            let run = self.lab.run(&place, &oracle.run).await?;
            write(&place, &run.ran.edits).context("what the oracle changed")?;
        }
        Ok(place)
    }

    async fn repaired(
        &self,
        broken: &Path,
        failed: &Shown,
        court: &Court<'_>,
    ) -> anyhow::Result<Verdict> {
        let written = &self.case.written;
        let exit = failed.ran.exit.unwrap_or(1);
        let text = framed(written.frame, &written.run, &failed.output, exit);
        let place = self.scratch.join("log.txt");
        std::fs::write(&place, &text)?;
        let log = Log::open(&place)?;
        let agents = compose::repairing(&self.config).await?;
        let provider = match written.frame {
            Frame::Github => Provider::Github,
            Frame::Gitlab => Provider::Gitlab,
            Frame::Plain => Provider::Auto,
        };
        let failures = analyze::read(&agents, &log, provider).await?;
        let asked = Broken {
            repo: broken,
            log: &log,
            provider,
            command: written.stated.then_some(written.run.as_str()),
        };
        let (proposed, reasons) = repair(&agents, &asked, &failures).await?;
        self.kept(&text, &proposed, &reasons)?;
        let Some(best) = proposed.first() else {
            return Ok(Verdict::Abstained(reasons.join("; ")));
        };
        let told = format!(
            "{}, {}",
            best.candidate.proposal.strategy,
            best.evidence.sentence()
        );
        if written.outcome == Outcome::Abstained {
            return Ok(Verdict::Wrong(format!("something is proposed ({told})")));
        }
        let patched = self.laid("patched").await?;
        let patches = proposed.iter().map(|proved| &proved.candidate.patch);
        written::apply(&patched, patches)?;
        Ok(match court.wrong(&patched).await? {
            Some(why) => Verdict::Wrong(format!("{why} ({told})")),
            None if best.evidence.is_proven() => Verdict::Proven(told),
            None => Verdict::Unproven(told),
        })
    }

    /// Writes down what happened, for a person.
    fn kept(&self, log: &[u8], proposed: &[Proved], reasons: &[String]) -> anyhow::Result<()> {
        let Some(keep) = &self.bench.keep else {
            return Ok(());
        };
        let place = keep.join(&self.case.name);
        std::fs::create_dir_all(&place)?;
        std::fs::write(place.join("log.txt"), log)?;
        std::fs::write(place.join("reasons.txt"), reasons.join("\n"))?;
        for (number, proved) in proposed.iter().enumerate() {
            let proposal = &proved.candidate.proposal;
            let told = [
                &proposal.title,
                &proposal.rationale,
                &proved.evidence.sentence(),
            ]
            .map(|text| text.replace('\n', "\n# "))
            .join("\n# ");
            let text = format!("# {told}\n{}", proved.candidate.patch.unified_diff());
            std::fs::write(place.join(format!("{number}.patch")), text)?;
        }
        Ok(())
    }
}
