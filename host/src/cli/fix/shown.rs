//! What a person, a program or a CI job's page is shown of a fix.

use std::io::Write as _;
use std::path::Path;

use anyhow::Context as _;
use serde::Serialize;

use super::super::analyze::headline;
use super::super::render::{self, diff, foreign, foreign_block, json, line, print};
use crate::change::text::quote::{code, fence};
use crate::evidence::Evidence;
use crate::failure::Failure;
use crate::incident::{Remedy, remedy};
use crate::pipeline::Proved;
use crate::redact::redact;

/// What came of a log and a tree.
pub(super) struct Found {
    pub failures: Vec<Failure>,
    /// Best first.
    pub candidates: Vec<Proved>,
    /// Why there are not more.
    pub reasons: Vec<String>,
    /// Somebody said which command failed.
    pub stated: bool,
}

impl Found {
    /// Whether there was anything that a patch might mend.
    fn repairable(&self) -> bool {
        let tried = |failure: &Failure| matches!(remedy(failure), Remedy::Repair);
        self.failures.iter().any(tried)
    }
}

/// What `--json` prints.
#[derive(Serialize)]
struct Fixes {
    /// Best first.
    proposals: Vec<Shown>,
    abstained: Option<String>,
}

#[derive(Serialize)]
struct Shown {
    title: String,
    confidence: f64,
    rationale: String,
    strategy: String,
    /// A unified diff that `git apply` takes.
    patch: String,
    evidence: Evidence,
    /// A language model had a part in it.
    from_model: bool,
}

/// What is said of a patch that a model had a part in.
const FROM_MODEL: &str = "A language model had a part in it: read it as a stranger's patch.";

fn shown(proved: &Proved) -> Shown {
    let Proved {
        candidate,
        evidence,
    } = proved;
    Shown {
        title: redact(&candidate.proposal.title).into_owned(),
        confidence: candidate.proposal.confidence,
        rationale: redact(&candidate.proposal.rationale).into_owned(),
        strategy: candidate.proposal.strategy.clone(),
        patch: candidate.patch.unified_diff(),
        evidence: evidence.clone(),
        from_model: candidate.proposal.is_from_model(),
    }
}

/// For programs.
pub(super) fn as_json(found: &Found) -> anyhow::Result<()> {
    let nothing = found.candidates.is_empty();
    json(&Fixes {
        proposals: found.candidates.iter().map(shown).collect(),
        abstained: nothing.then(|| found.reasons.join("; ")),
    })
}

/// The best proposal as a patch that `git apply` takes; an empty file where
/// there is none, so that a step after this one need not look.
pub(super) fn write_patch(found: &Found, into: &Path) -> anyhow::Result<()> {
    let best = found.candidates.first();
    let text = best.map(|best| best.candidate.patch.unified_diff());
    std::fs::write(into, text.unwrap_or_default())
        .with_context(|| format!("cannot write the patch to {}", into.display()))
}

/// Characters of a diff on a job's page, which takes a mebibyte in all.
const MAX_SUMMARY_CHARS: usize = 200_000;

/// Appends what was found to a page in Markdown, as `$GITHUB_STEP_SUMMARY` is.
pub(super) fn write_summary(found: &Found, into: &Path) -> anyhow::Result<()> {
    let mut text = String::from("### Sentinel\n\n");
    for failure in &found.failures {
        text += &format!("- failed: {}\n", code(&headline(failure)));
    }
    for Proved {
        candidate,
        evidence,
    } in &found.candidates
    {
        let proposal = &candidate.proposal;
        text += &format!(
            "\n**Proposal** by {} ({}):\n\n",
            code(&proposal.strategy),
            evidence.sentence(),
        );
        if proposal.is_from_model() {
            text += &format!("{FROM_MODEL}\n\n");
        }
        text += &format!(
            "{}\n",
            fence(&candidate.patch.unified_diff(), MAX_SUMMARY_CHARS)
        );
    }
    if found.candidates.is_empty() {
        text += "\nNo fix is proposed:\n\n";
        text += &fence(&redact(&found.reasons.join("\n")), MAX_SUMMARY_CHARS);
        text.push('\n');
    }
    let mut options = std::fs::OpenOptions::new();
    let opened = options.create(true).append(true).open(into);
    opened
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .with_context(|| format!("cannot write the summary to {}", into.display()))
}

/// For people. `written` is what `--apply` wrote.
pub(super) fn show(found: &Found, written: Option<&[String]>) {
    let _quiet = render::WithoutCommands::begin();
    for failure in &found.failures {
        line(&format!("Failed: {}", headline(failure)));
        if let Some(telling) = failure.key_lines.first() {
            let text = foreign(telling.text.trim_end());
            line(&format!("  {:>7} | {text}", telling.number));
        }
    }
    found.candidates.iter().for_each(show_proposal);
    match written {
        _ if found.candidates.is_empty() => {
            line("\nNo fix is proposed:");
            found
                .reasons
                .iter()
                .for_each(|reason| print(&foreign_block(reason, "  ")));
            if !found.stated && found.repairable() {
                line("\n--command \"…\" says which command failed, and has it tried here.");
            }
        }
        Some(written) => line(&format!(
            "\nWritten: {}. Run the failed command again to see it pass.",
            written.join(", ")
        )),
        None => line(
            "\nNothing was written; --apply writes it, or pipe the patch of --json to `git apply`.",
        ),
    }
}

fn show_proposal(proved: &Proved) {
    let proposal = &proved.candidate.proposal;
    line(&format!(
        "\nProposal: {} (strategy {}, confidence {:.0} %)",
        foreign(&proposal.title),
        foreign(&proposal.strategy),
        proposal.confidence * 100.0
    ));
    print(&foreign_block(&proposal.rationale, "  "));
    print(&foreign_block(&proved.evidence.sentence(), "  "));
    if proposal.is_from_model() {
        line(&format!("  {FROM_MODEL}"));
    }
    line("");
    print(&diff(&proved.candidate.patch.unified_diff()));
}
