//! From a task to an answer: reads the log once, asks every strategy.

use std::io::{self, Read};

use sentinel_sdk::{Output, Proposal, RepairTask};

use crate::candidate::{Candidate, Refusal};
use crate::failure::Cause;
use crate::hint::hints;
use crate::transcript::Transcript;
use crate::workspace::Workspace;
use crate::{printed_diff, suggestion, whitespace};

/// Reasons given when abstaining. More do not help a reader.
const MAX_REASONS: usize = 5;

/// Proposals for one cause, best first, or the reason to abstain.
pub fn repair(task: &RepairTask, log: impl Read, workspace: &dyn Workspace) -> io::Result<Output> {
    let transcript = Transcript::read(log)?;
    let cause = Cause::new(task);
    let mut proposals = Vec::new();
    let mut refusals = Vec::new();
    for result in ask(&transcript, &cause, workspace) {
        match result.and_then(Candidate::into_proposal) {
            Ok(proposal) => proposals.push(proposal),
            Err(refusal) => refusals.push(refusal),
        }
    }
    if proposals.is_empty() && refusals.is_empty() {
        refusals.extend(hints(&transcript, &cause).into_iter().map(Refusal));
    }
    Ok(answer(proposals, refusals))
}

fn ask(
    transcript: &Transcript,
    cause: &Cause,
    workspace: &dyn Workspace,
) -> Vec<Result<Candidate, Refusal>> {
    let mut results = printed_diff::propose(transcript, cause, workspace);
    results.extend(whitespace::propose(transcript, cause, workspace));
    results.extend(suggestion::propose(transcript, cause, workspace));
    results
}

fn answer(mut proposals: Vec<Proposal>, refusals: Vec<Refusal>) -> Output {
    if proposals.is_empty() {
        return Output::Abstained(reason(refusals));
    }
    proposals.sort_by(|one, two| two.confidence.total_cmp(&one.confidence));
    // Two strategies may come to the same; the surer one stays.
    let mut distinct: Vec<Proposal> = Vec::new();
    for proposal in proposals {
        if distinct
            .iter()
            .all(|other| other.actions != proposal.actions)
        {
            distinct.push(proposal);
        }
    }
    Output::Proposals(distinct)
}

fn reason(refusals: Vec<Refusal>) -> String {
    let mut reasons: Vec<String> = Vec::new();
    for Refusal(reason) in refusals {
        if !reasons.contains(&reason) && reasons.len() < MAX_REASONS {
            reasons.push(reason);
        }
    }
    if reasons.is_empty() {
        return "The log shows no change that a tool wants exactly: neither a formatter's diff \
                nor white space named by file and line."
            .into();
    }
    reasons.join("\n")
}
