//! The last strategy: a language model proposes edits, the failed command
//! judges them, and what it says goes back, a few times over.
//!
//! Nothing that a model says is believed. Its answer is a list of exact
//! replacements in files that it was shown; one that reaches for anything else
//! ends the conversation, because whoever follows instructions out of a log
//! goes on to do so. What is proposed has passed the failed command twice, and
//! waits for a person all the same. Deliberately absent: edits of tests, new
//! files, deletions, a proposal where nothing can be run.

mod answer;
mod prompt;
mod reach;
mod shown;

use sentinel_sdk::model::{Completion, Message, Role};
use sentinel_sdk::{AccessError, Attribute, Failure};

use crate::bench::Bench;
use crate::candidate::{Candidate, FileChange, Refusal, edits, naming};
use crate::limits::{MAX_ANSWER_TOKENS, MAX_MODEL_ROUNDS};
use crate::model::Model;
use crate::transcript::Transcript;
use crate::workspace::Workspace;
use answer::{Answer, Wrong};
use prompt::{Again, Fenced};
use shown::Shown;

/// What it is called in proposals. The host knows by itself which runs a model
/// had a part in.
pub const STRATEGY: &str = "model";

/// As little as the host's default policy lets through: an operator who wants
/// more certainty raises `policy.min_confidence` and gets no such proposals.
const CONFIDENCE: f64 = 0.7;

/// How a round ended.
enum Round {
    Proven(Box<Candidate>),
    /// The model is told this, and asked again.
    Again(Again),
    /// Nothing more is asked.
    Over(String),
}

/// What a model makes of a failure that nothing else mends, or why nothing.
pub fn propose(
    bench: &Bench<'_>,
    printed: &Transcript,
    failures: &[Failure],
    workspace: &dyn Workspace,
    model: &dyn Model,
) -> Result<Candidate, Refusal> {
    let refused = |why: String| Refusal(format!("model: {why}"));
    reach::eligible(failures, printed, &bench.shown()).map_err(refused)?;
    let shown = Shown::gather(failures, printed, workspace).map_err(refused)?;
    let conversation = Conversation {
        bench,
        shown: &shown,
        model,
    };
    let first = prompt::first(&bench.shown(), printed, &shown, &model.past());
    conversation.hold(first).map_err(refused)
}

struct Conversation<'a> {
    bench: &'a Bench<'a>,
    shown: &'a Shown,
    model: &'a dyn Model,
}

impl Conversation<'_> {
    fn hold(&self, first: Vec<Message>) -> Result<Candidate, String> {
        let mut messages = first;
        let mut last = String::new();
        for _ in 0..MAX_MODEL_ROUNDS {
            let done = self.ask(&messages)?;
            let said = said(Role::Assistant, done.text.clone());
            match self.round(&done) {
                Round::Proven(candidate) => return Ok(*candidate),
                Round::Over(why) => return Err(why),
                Round::Again(again) => {
                    last = again.why.clone();
                    messages.extend([said, again.message()]);
                }
            }
        }
        Err(format!(
            "it had {MAX_MODEL_ROUNDS} rounds and mended nothing; at last {last}"
        ))
    }

    fn ask(&self, messages: &[Message]) -> Result<Completion, String> {
        let option = |key: &str, value: String| Attribute {
            key: key.to_owned(),
            value,
        };
        let options = [
            option("max-tokens", MAX_ANSWER_TOKENS.to_string()),
            option("json-schema", answer::SCHEMA.to_owned()),
        ];
        let asked = self.model.complete(messages, &options);
        asked.map_err(|error| match error {
            AccessError::Denied(denial) => format!("{}; {}", denial.rule, denial.remedy),
            AccessError::NotFound(why)
            | AccessError::OutOfBudget(why)
            | AccessError::Failed(why) => why,
            AccessError::Other(other) => other.name,
        })
    }

    fn round(&self, done: &Completion) -> Round {
        match done.stop.as_str() {
            "refusal" => return Round::Over("it declines to answer".to_owned()),
            "length" => return Round::Again(Again::new("the answer was cut off; answer shorter")),
            _ => {}
        }
        let answer = match Answer::read(&done.text) {
            Ok(answer) if answer.edits.is_empty() => {
                return Round::Over("it knows no repair".to_owned());
            }
            Ok(answer) => answer,
            Err(why) => return Round::Again(Again::new(&why)),
        };
        match answer.apply(self.shown) {
            Ok(files) => self.tried(&answer, files),
            Err(Wrong::Slip(why)) => Round::Again(Again::new(&why)),
            Err(Wrong::Reach(why)) => Round::Over(why),
        }
    }

    /// Runs the failed command with the edits, twice: what passes by chance, or
    /// leaves the command something to change, is no repair.
    fn tried(&self, answer: &Answer, files: Vec<FileChange>) -> Round {
        let candidate = self.candidate(answer, files);
        if let Err(Refusal(why)) = candidate.check() {
            return Round::Over(why);
        }
        let with = edits(&candidate.files);
        for _ in 0..2 {
            let result = match self.bench.check(&with) {
                Ok(result) => result,
                Err(why) => return Round::Over(why),
            };
            if result.exit != Some(0) {
                let output = prompt::output(&self.bench.transcript(&result));
                let why = format!("`{}` still fails", self.bench.shown());
                let told = "the command still fails with these edits; it prints what stands below";
                return Round::Again(Again {
                    told: told.to_owned(),
                    why,
                    data: vec![Fenced::new("output", output)],
                });
            }
            if !result.edits.is_empty() {
                let why = "the command passes and changes files itself, so its pass says nothing";
                return Round::Again(Again::new(why));
            }
        }
        Round::Proven(Box::new(candidate))
    }

    fn candidate(&self, answer: &Answer, files: Vec<FileChange>) -> Candidate {
        let command = self.bench.shown();
        Candidate {
            strategy: STRATEGY,
            title: format!("edit {} as a language model suggests", naming(&files)),
            rationale: format!(
                "A language model wrote this, and says of it: {}\nTried here: `{command}` fails \
                 without this change and passes with it, twice.",
                answer.explanation()
            ),
            confidence: CONFIDENCE,
            files,
            log: None,
            approval: true,
            proven: Some(command),
        }
    }
}

fn said(role: Role, content: String) -> Message {
    Message { role, content }
}
