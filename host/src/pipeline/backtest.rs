//! A component over tasks that were recorded: what would it have answered?

use serde::Serialize;

use super::replay::{Player, ReplayError};
use crate::sandbox::{Component, Output, Recording, Report};

/// How another component's answer compares with the recorded one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The same answer, byte for byte.
    Same,
    /// It proposes something where the recorded agent did not.
    Fixed,
    /// It abstains where the recorded agent proposed something.
    Abstained,
    /// Both propose, and not the same; or both do not, and say otherwise.
    Different,
    /// It did not answer: a trap, a budget, a file that the recording does not
    /// have, because the recorded agent did not read it.
    Failed,
}

impl Verdict {
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Same => "same",
            Verdict::Fixed => "fixed",
            Verdict::Abstained => "abstained",
            Verdict::Different => "different",
            Verdict::Failed => "failed",
        }
    }
}

/// One task of a backtest.
#[derive(Debug, Serialize)]
pub struct Tested {
    pub verdict: Verdict,
    /// What it answered, in a line.
    pub answer: String,
}

/// Runs a component on a recorded task. Both components run now, on the same
/// inputs, so that what is compared are answers and not digests of them.
pub async fn backtest(
    player: &Player<'_>,
    recording: &Recording,
    former: Component,
    candidate: Component,
) -> Result<Tested, ReplayError> {
    let former = player.sandbox.run(player.job(recording, former)?).await;
    let now = player.sandbox.run(player.job(recording, candidate)?).await;
    Ok(Tested {
        verdict: compare(&former, &now),
        answer: answer(&now),
    })
}

fn compare(former: &Report, now: &Report) -> Verdict {
    let (Ok(then), Ok(now)) = (&former.outcome, &now.outcome) else {
        return match &now.outcome {
            Ok(output) if proposes(output) => Verdict::Fixed,
            Ok(_) => Verdict::Different,
            Err(_) => Verdict::Failed,
        };
    };
    match (proposes(then), proposes(now)) {
        _ if then == now => Verdict::Same,
        (false, true) => Verdict::Fixed,
        (true, false) => Verdict::Abstained,
        (true, true) | (false, false) => Verdict::Different,
    }
}

/// Whether an answer leads to something being done.
fn proposes(output: &Output) -> bool {
    match output {
        Output::Failures(failures) => !failures.is_empty(),
        Output::Proposals(proposals) => !proposals.is_empty(),
        Output::Abstained(_) => false,
    }
}

fn answer(report: &Report) -> String {
    match &report.outcome {
        Ok(Output::Failures(failures)) => format!("{} failures", failures.len()),
        Ok(Output::Proposals(proposals)) => format!("{} proposals", proposals.len()),
        Ok(Output::Abstained(reason)) => format!("abstained: {reason}"),
        Err(error) => error.to_string(),
    }
}
