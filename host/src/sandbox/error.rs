//! How a task can end badly. The kinds stay apart, because each is somebody
//! else's to mend.

use std::fmt;

use serde::Serialize;

use crate::grant::Capability;
use crate::manifest::InvalidManifest;

/// A budget of [`Limits`](crate::grant::Limits).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Budget {
    Fuel,
    Memory,
    Tables,
    Instances,
    OpenHandles,
    HostCalls,
    AnswerBytes,
    LogBytes,
    LogEvents,
    Stack,
    FileBytes,
    RandomBytes,
}

impl Budget {
    /// The configuration key that raises it.
    pub fn key(self) -> &'static str {
        match self {
            Budget::Fuel => "limits.fuel",
            Budget::Memory => "limits.memory_bytes",
            Budget::Tables => "limits.table_elements",
            Budget::Instances => "limits.instances",
            Budget::OpenHandles => "limits.open_handles",
            Budget::HostCalls => "limits.host_calls",
            Budget::AnswerBytes => "limits.answer_bytes",
            Budget::LogBytes => "limits.log_bytes",
            Budget::LogEvents => "limits.log_events",
            Budget::Stack => "limits.stack_bytes",
            Budget::FileBytes => "limits.file_bytes",
            // A constant: no honest guest wants more in one call.
            Budget::RandomBytes => "random bytes of one call",
        }
    }
}

impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}

/// Which exported function ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    Instantiate,
    Initialize,
    Execute,
    Cleanup,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Phase::Instantiate => "instantiation",
            Phase::Initialize => "initialize",
            Phase::Execute => "execute",
            Phase::Cleanup => "cleanup",
        })
    }
}

/// Why a task has no answer.
#[derive(Debug, Clone, PartialEq, thiserror::Error, Serialize)]
#[serde(rename_all = "snake_case", tag = "error")]
pub enum TaskError {
    /// The grant does not allow this run; the guest did not start.
    #[error("denied: {why}; {remedy}")]
    Denied { why: String, remedy: String },
    /// A budget ran out.
    #[error(
        "out of budget in {phase}: {budget} ({limit}) is used up; raise {budget} if the work is honest"
    )]
    OutOfBudget {
        phase: Phase,
        budget: Budget,
        limit: u64,
    },
    /// Wall time ran out.
    #[error(
        "deadline in {phase}: {limit_ms} ms of wall time are used up; raise limits.wall_ms if the work is honest"
    )]
    Deadline { phase: Phase, limit_ms: u64 },
    /// The guest did something WebAssembly does not allow, or panicked.
    #[error("trap in {phase}: {message}")]
    Trap {
        phase: Phase,
        message: String,
        /// Innermost frame first.
        backtrace: Vec<String>,
        /// The end of what the guest wrote to standard error.
        stderr: String,
    },
    /// The guest answered with an error of its own.
    #[error("the agent answered {kind}: {message}")]
    Guest {
        phase: Phase,
        kind: String,
        message: String,
    },
    /// The guest's answer breaks the contract.
    #[error("the agent's answer is invalid: {why}")]
    InvalidAnswer { why: String },
    /// The host failed; not the agent's fault.
    #[error("the host failed in {phase}: {why}")]
    HostFault { phase: Phase, why: String },
}

impl TaskError {
    /// One word for tables and metrics.
    pub fn kind(&self) -> &'static str {
        match self {
            TaskError::Denied { .. } => "denied",
            TaskError::OutOfBudget { .. } => "out_of_budget",
            TaskError::Deadline { .. } => "deadline",
            TaskError::Trap { .. } => "trap",
            TaskError::Guest { .. } => "guest_error",
            TaskError::InvalidAnswer { .. } => "invalid_answer",
            TaskError::HostFault { .. } => "host_fault",
        }
    }
}

/// Why bytes are not an agent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LoadError {
    #[error("the sandbox does not start on this machine: {why}")]
    Start { why: String },
    #[error("the component is {bytes} bytes; limits.component_bytes is {limit}")]
    TooLarge { bytes: usize, limit: usize },
    #[error(
        "this is a WebAssembly core module, not a component; build for wasm32-wasip2 or wrap it with `wasm-tools component new`"
    )]
    CoreModule,
    #[error("this is not a WebAssembly component: {why}")]
    NotAComponent { why: String },
    #[error(
        "the component does not export sentinel:agent/lifecycle at a version this host serves (0.1.x)"
    )]
    NoLifecycle,
    #[error("the component imports {import}, which this host does not offer")]
    UnknownImport { import: String },
    #[error(
        "the component has no manifest; write a manifest.toml and embed it: the Rust SDK's `agent!` macro does, `sentinel agent pack` does for any other language"
    )]
    NoManifest,
    #[error("the component's manifest is not valid: {0}")]
    Manifest(#[from] InvalidManifest),
    #[error("the component has {count} manifests; which one counts must not be a question")]
    Manifests { count: usize },
    #[error(
        "the component imports {import}, but its manifest does not request `{capability}`; add [capabilities.{capability}] with a reason, or build without that import"
    )]
    NotRequested {
        import: String,
        capability: Capability,
    },
    #[error("the component is {what}; a composition of honest size has fewer, flatten or split it")]
    TooComplex { what: String },
    #[error(
        "the component was not compiled within {seconds} s; split its largest functions, or it is an attack on the compiler"
    )]
    TooSlow { seconds: u64 },
    #[error("the component does not fit the contract: {why}")]
    Contract { why: String },
}

/// Raised inside a host call to end a task whose budget ran out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Exhausted(pub Budget);

impl fmt::Display for Exhausted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "out of budget: {}", self.0)
    }
}

impl std::error::Error for Exhausted {}

/// Raised at an epoch when wall time ran out.
#[derive(Debug, Clone, Copy)]
pub(super) struct DeadlineReached;

impl fmt::Display for DeadlineReached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("wall time is used up")
    }
}

impl std::error::Error for DeadlineReached {}
