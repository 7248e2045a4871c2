//! From a task to an answer: reads the log once, asks every strategy, tries
//! what they propose where the failed command can be run again.

use std::io::{self, Read};

use sentinel_sdk::{Failure, Output, Proposal, RepairTask};

use crate::bench::{Baseline, Bench};
use crate::candidate::{Candidate, Refusal};
use crate::failure::Cause;
use crate::hint::hints;
use crate::model::Model;
use crate::push::Push;
use crate::runner::Runner;
use crate::share::Share;
use crate::transcript::Transcript;
use crate::workspace::Workspace;
use crate::{
    cargo_manifest, config_file, diagnosis, fix_mode, known_rule, lockfile, missing, model_loop,
    printed_diff, prove, renamed, revert, stale, suggestion, whitespace, workflow,
};

/// Reasons given when abstaining. More do not help a reader.
const MAX_REASONS: usize = 5;

/// Proposals for one cause from its log alone, best first, or the reason to
/// abstain.
pub fn repair(task: &RepairTask, log: impl Read, workspace: &dyn Workspace) -> io::Result<Output> {
    repair_given(task, log, workspace, Given::default())
}

/// As [`repair`], with the failed command at hand.
pub fn repair_with(
    task: &RepairTask,
    log: impl Read,
    workspace: &dyn Workspace,
    runner: &dyn Runner,
) -> io::Result<Output> {
    let given = Given {
        runner: Some(runner),
        ..Given::default()
    };
    repair_given(task, log, workspace, given)
}

/// As [`repair_with`], with a language model to ask where nothing else mends.
pub fn repair_asking(
    task: &RepairTask,
    log: impl Read,
    workspace: &dyn Workspace,
    runner: &dyn Runner,
    model: &dyn Model,
) -> io::Result<Output> {
    let given = Given {
        runner: Some(runner),
        model: Some(model),
        ..Given::default()
    };
    repair_given(task, log, workspace, given)
}

/// What a host may have for a repair beside log and tree.
#[derive(Default)]
pub struct Given<'a> {
    /// The failed command at hand.
    pub runner: Option<&'a dyn Runner>,
    /// What the push changed.
    pub push: Option<Push>,
    /// A language model to ask where nothing else mends.
    pub model: Option<&'a dyn Model>,
}

/// As [`repair`], with all that the host has.
pub fn repair_given(
    task: &RepairTask,
    log: impl Read,
    workspace: &dyn Workspace,
    given: Given<'_>,
) -> io::Result<Output> {
    let Given {
        runner,
        push,
        model,
    } = given;
    let transcript = Transcript::read(log)?;
    let mut cause = Cause::new(task);
    cause.push = push;
    // What no edit mends gets none, however well one would fit.
    if let Some(proposal) = diagnosis::of(task, &transcript) {
        return Ok(Output::Proposals(vec![proposal]));
    }
    let found = ask(&transcript, &cause, workspace);
    let (results, mut notes) = match runner {
        Some(runner) => {
            let asking = model.map(|model| (model, &task.failures[..]));
            tried(runner, found, &transcript, &cause, workspace, asking)
        }
        None => (found, Vec::new()),
    };
    let mut proposals = Vec::new();
    let mut refusals = Vec::new();
    for result in results {
        match result.and_then(Candidate::into_proposal) {
            Ok(proposal) => proposals.push(proposal),
            Err(refusal) => refusals.push(refusal),
        }
    }
    if proposals.is_empty() && refusals.is_empty() {
        refusals.extend(hints(&transcript, &cause).into_iter().map(Refusal));
    }
    refusals.append(&mut notes);
    if proposals.is_empty() {
        proposals.extend(revert::propose(task, &cause, &refusals));
    }
    Ok(answer(proposals, refusals))
}

/// What every strategy makes of a transcript, in order of expected success.
pub(crate) fn ask(
    transcript: &Transcript,
    cause: &Cause,
    workspace: &dyn Workspace,
) -> Vec<Result<Candidate, Refusal>> {
    let mut results = printed_diff::propose(transcript, cause, workspace);
    results.extend(whitespace::propose(transcript, cause, workspace));
    results.extend(suggestion::propose(
        transcript,
        cause,
        workspace,
        Share::All,
    ));
    results.extend(known_rule::propose(
        transcript,
        cause,
        workspace,
        Share::All,
    ));
    results.extend(lockfile::propose(transcript, cause, workspace));
    results.extend(missing::propose(transcript, cause, workspace));
    results.extend(renamed::propose(transcript, cause, workspace));
    results.extend(workflow::propose(transcript, cause, workspace));
    results.extend(stale::propose_printed(transcript, cause, workspace));
    results.extend(stale::propose_reworded(transcript, cause, workspace));
    results
}

/// What can be mended of what compilers and type checkers report, and what is
/// no more than likely: where the failed command says whether it is enough.
pub(crate) fn ask_for_some(
    transcript: &Transcript,
    cause: &Cause,
    workspace: &dyn Workspace,
) -> impl Iterator<Item = Candidate> {
    let mut results = suggestion::propose(transcript, cause, workspace, Share::Some);
    results.extend(known_rule::propose(
        transcript,
        cause,
        workspace,
        Share::Some,
    ));
    let sure = results.into_iter().filter_map(Result::ok);
    let loads = known_rule::start::propose(transcript, workspace);
    let manifests = cargo_manifest::propose(transcript, cause, workspace);
    let settings = config_file::propose(transcript, workspace);
    sure.chain(loads).chain(manifests).chain(settings)
}

type Results = Vec<Result<Candidate, Refusal>>;

/// What remains of the candidates when the failed command is run with each,
/// and what is to be said of commands that could not be run.
fn tried(
    runner: &dyn Runner,
    found: Results,
    transcript: &Transcript,
    cause: &Cause,
    workspace: &dyn Workspace,
    asking: Option<(&dyn Model, &[Failure])>,
) -> (Results, Vec<Refusal>) {
    match Bench::open(runner, transcript, cause) {
        Ok(Baseline::Fails(bench, printed)) => {
            let mut candidates = found;
            candidates.extend(ask(&printed, cause, workspace));
            candidates.extend(fix_mode::propose(&bench, workspace));
            candidates.extend(stale::propose(&bench, cause, workspace));
            let mut results = prove::all(&bench, candidates, cause, workspace);
            if !results.iter().any(Result::is_ok) {
                let part = ask_for_some(&printed, cause, workspace).map(Ok).collect();
                results.extend(prove::all(&bench, part, cause, workspace));
            }
            // Only what nothing else mends, and only where it is tried.
            if let (Some((model, failures)), None) =
                (asking, results.iter().find(|one| one.is_ok()))
            {
                let asked = model_loop::propose(&bench, &printed, failures, workspace, model);
                // What is said last is why there is nothing: it is told first.
                results.insert(0, asked);
            }
            (results, Vec::new())
        }
        Ok(Baseline::Passes) => {
            let note = "the failed command passes when it is run again on the same tree; \
                        run the job again before changing anything";
            (found, vec![Refusal::new(note)])
        }
        // The log alone has to do; that is no reason to give a reader.
        Err(_) if found.iter().any(Result::is_ok) => (found, Vec::new()),
        Err(why) => (found, vec![Refusal(why)]),
    }
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
        return "The log shows no change that a tool wants exactly: neither a formatter's diff, \
                nor a suggestion, nor a finding of a rule with one remedy."
            .into();
    }
    reasons.join("\n")
}
