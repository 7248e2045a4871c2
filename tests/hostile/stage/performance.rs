//! What a guest did, and what one can say of it.

use sentinel::grant::Limits;
use sentinel::sandbox::{Budget, GuestEvent, Output, Phase, Report, TaskError};

use super::Guest;
use crate::hostile::contract::Contract;

/// Denials of one task that a report keeps.
const KEPT_DENIALS: usize = 100;

/// Frames of a backtrace, and characters of a frame's name, that a report keeps.
const KEPT_FRAMES: usize = 32;
const KEPT_NAME: usize = 200;

/// Bytes of standard error, or of a message, that a report keeps.
const KEPT_TEXT: usize = 4096;

/// Whether a refusal that a guest sees as an error number is explained in the
/// task's report. The stock WASI of today does not tell us of them.
const NUMBERS_ARE_EXPLAINED: bool = false;

/// How a guest ends that does not answer.
#[derive(Debug, Clone, Copy)]
pub enum Ending {
    Exhausted(Phase, Budget),
    Deadline(Phase),
    /// A trap whose message has this in it.
    Trap(Phase, &'static str),
    /// An error of the guest's own: its kind and its text.
    Guest(Phase, &'static str, &'static str),
    /// An answer that breaks the contract, and a part of the reason.
    Invalid(&'static str),
}

impl Ending {
    fn is(self, error: &TaskError) -> bool {
        match (self, error) {
            (Ending::Exhausted(at, which), TaskError::OutOfBudget { phase, budget, .. }) => {
                at == *phase && which == *budget
            }
            (Ending::Deadline(at), TaskError::Deadline { phase, .. }) => at == *phase,
            (Ending::Trap(at, part), TaskError::Trap { phase, message, .. }) => {
                at == *phase && message.contains(part)
            }
            (
                Ending::Guest(at, which, text),
                TaskError::Guest {
                    phase,
                    kind,
                    message,
                },
            ) => at == *phase && which == kind && text == message,
            (Ending::Invalid(part), TaskError::InvalidAnswer { why }) => why.contains(part),
            _ => false,
        }
    }
}

/// One run.
pub struct Performance {
    label: String,
    contract: &'static Contract,
    pub report: Report,
}

impl Performance {
    /// Takes a report and checks what holds whatever a guest does: the host is
    /// not to blame, and what it keeps of the guest is within the limits.
    pub fn new(guest: &Guest, report: Report, limits: &Limits) -> Performance {
        let performance = Performance {
            label: guest.label.clone(),
            contract: guest.contract,
            report,
        };
        performance.keeps_to(limits);
        performance
            .errors()
            .for_each(|error| performance.is_bounded(error));
        performance
    }

    fn errors(&self) -> impl Iterator<Item = &TaskError> {
        let outcome = self.report.outcome.as_ref().err();
        outcome.into_iter().chain(&self.report.cleanup)
    }

    fn keeps_to(&self, limits: &Limits) {
        let Performance { label, report, .. } = self;
        let said = report.events.iter().map(|event| match event {
            GuestEvent::Log { message, .. } => message.len(),
            GuestEvent::Progress { step, .. } => step.len(),
        });
        let bounds = [
            ("bytes of log", said.sum(), limits.log_bytes),
            ("events", report.events.len(), limits.log_events as usize),
            ("denials", report.denials.len(), KEPT_DENIALS),
            ("memory", report.usage.memory as usize, limits.memory_bytes),
        ];
        let calls = report.usage.host_calls;
        // The call that is one too many is counted and not made.
        assert!(calls <= limits.host_calls + 1, "{label}: {calls} calls");
        for (what, kept, bound) in bounds {
            assert!(kept <= bound, "{label}: {kept} {what}, over {bound}");
        }
    }

    fn is_bounded(&self, error: &TaskError) {
        let label = &self.label;
        match error {
            TaskError::HostFault { .. } => panic!("{label}: blamed on the host: {error}"),
            TaskError::Trap {
                message,
                backtrace,
                stderr,
                ..
            } => {
                assert!(message.len() <= KEPT_TEXT, "{label}: message");
                assert!(stderr.len() <= KEPT_TEXT, "{label}: stderr");
                assert!(backtrace.len() <= KEPT_FRAMES, "{label}: backtrace");
                let long = |name: &String| name.chars().count() > KEPT_NAME;
                assert!(!backtrace.iter().any(long), "{label}: a frame's name");
            }
            TaskError::Guest { message, .. } => {
                assert!(message.len() <= KEPT_TEXT, "{label}: message");
            }
            TaskError::InvalidAnswer { why } => {
                assert!(why.len() <= KEPT_TEXT, "{label}: reason");
            }
            TaskError::Denied { .. }
            | TaskError::OutOfBudget { .. }
            | TaskError::Deadline { .. } => {}
        }
    }

    /// The guest gave no answer, for this reason.
    pub fn ends(&self, ending: Ending) {
        match &self.report.outcome {
            Err(error) if ending.is(error) => {}
            other => panic!("{}: not {ending:?} but {other:?}", self.label),
        }
    }

    /// The answer stands, and cleanup ended for this reason.
    pub fn ends_late(&self, ending: Ending) {
        assert_eq!(self.answer(), "done", "{}", self.label);
        match &self.report.cleanup {
            Some(error) if ending.is(error) => {}
            other => panic!("{}: not {ending:?} but {other:?}", self.label),
        }
    }

    /// The guest abstained with this text, and cleaned up.
    pub fn says(&self, text: &str) {
        assert_eq!(self.answer(), text, "{}", self.label);
        assert_eq!(self.report.cleanup, None, "{}", self.label);
    }

    pub fn answer(&self) -> &str {
        match &self.report.outcome {
            Ok(Output::Abstained(text)) => text,
            other => panic!("{}: {other:?}", self.label),
        }
    }

    /// The guest was given this error of the file system's.
    pub fn errs(&self, code: &str) {
        self.says_code("wasi:filesystem/types", code);
    }

    /// The guest was refused the network with this error, and the report says so.
    pub fn denied_network(&self, code: &str) {
        self.says_code("wasi:sockets/network", code);
        self.explained();
    }

    fn says_code(&self, interface: &str, code: &str) {
        let answer = self.answer();
        let number = answer.parse().ok();
        let name = number.and_then(|number| self.contract.case(interface, "error-code", number));
        assert_eq!(name, Some(code), "{}: it said {answer}", self.label);
    }

    fn explained(&self) {
        assert_eq!(
            !self.report.denials.is_empty(),
            NUMBERS_ARE_EXPLAINED,
            "{}: {:?}",
            self.label,
            self.report.denials
        );
    }
}
