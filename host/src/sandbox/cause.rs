//! What ended a call, told from markers and the limiter and not from the trap
//! it looks like.

use wasmtime::component::ResourceTableError;
use wasmtime::{Error, Trap, WasmBacktrace};

use super::convert;
use super::error::{Budget, DeadlineReached, Exhausted, Phase, TaskError};
use super::run::Run;
use super::wasi::Exited;

/// Characters kept of a function's name in a backtrace.
const MAX_FRAME_CHARS: usize = 200;

/// Bytes of standard error kept in a trap report.
const MAX_STDERR: usize = 4096;

impl Run {
    /// Sorts what a call came to. `None` is a call that was dropped.
    pub(super) fn judge<T>(
        &self,
        phase: Phase,
        called: Option<Result<T, Error>>,
        limit_ms: u64,
    ) -> Result<T, TaskError> {
        match called {
            None => Err(TaskError::Deadline { phase, limit_ms }),
            Some(Ok(value)) => Ok(value),
            Some(Err(error)) => Err(self.sort(phase, &error, limit_ms)),
        }
    }

    /// Whose fault it was. The limiter is asked before the trap is believed:
    /// a refused allocation shows up in a guest as `unreachable`.
    fn sort(&self, phase: Phase, error: &Error, limit_ms: u64) -> TaskError {
        if error.downcast_ref::<DeadlineReached>().is_some() {
            return TaskError::Deadline { phase, limit_ms };
        }
        if let Some(budget) = self.exhausted(error) {
            return TaskError::OutOfBudget {
                phase,
                budget,
                limit: self.limit(budget),
            };
        }
        let message = convert::told(&format!("{:#}", error.root_cause()));
        let trapped = match phase {
            // What cannot be set up is the machine's, unless the guest's own
            // start function trapped.
            Phase::Instantiate => is_guests(error),
            // An answer or a pointer that breaks the canonical ABI is found
            // with no guest on the stack, so nothing but the machine's own
            // errors is the host's.
            Phase::Initialize | Phase::Execute | Phase::Cleanup => !is_io(error),
        };
        match trapped {
            true => TaskError::Trap {
                phase,
                message,
                backtrace: backtrace(error),
                stderr: self.stderr(),
            },
            false => TaskError::HostFault {
                phase,
                why: format!("{error:#}"),
            },
        }
    }

    fn exhausted(&self, error: &Error) -> Option<Budget> {
        if let Some(Exhausted(budget)) = error.downcast_ref() {
            return Some(*budget);
        }
        match error.downcast_ref() {
            Some(Trap::OutOfFuel) => return Some(Budget::Fuel),
            Some(Trap::StackOverflow) => return Some(Budget::Stack),
            _ => {}
        }
        if matches!(error.downcast_ref(), Some(ResourceTableError::Full)) {
            return Some(Budget::OpenHandles);
        }
        // The type is wasmtime's own; a test holds this to its wording.
        if error
            .chain()
            .any(|cause| cause.to_string().contains("fuel allocated for hostcalls"))
        {
            return Some(Budget::AnswerBytes);
        }
        if error
            .chain()
            .any(|cause| cause.to_string().contains("resource limit exceeded:"))
        {
            return Some(Budget::Instances);
        }
        self.store.data().limiter.refused()
    }

    fn limit(&self, budget: Budget) -> u64 {
        let limits = &self.store.data().limits;
        match budget {
            Budget::Fuel => self.fuel,
            Budget::Memory => limits.memory_bytes as u64,
            Budget::Tables => limits.table_elements as u64,
            Budget::Instances => limits.instances as u64,
            Budget::OpenHandles => limits.open_handles as u64,
            Budget::HostCalls => limits.host_calls,
            Budget::AnswerBytes => limits.answer_bytes as u64,
            Budget::LogBytes => limits.log_bytes as u64,
            Budget::LogEvents => u64::from(limits.log_events),
            Budget::Stack => limits.stack_bytes as u64,
            Budget::FileBytes => limits.file_bytes as u64,
            Budget::RandomBytes => super::wasi::MAX_RANDOM_BYTES,
        }
    }

    fn stderr(&self) -> String {
        let bytes = self.store.data().console.stderr();
        let tail = &bytes[bytes.len().saturating_sub(MAX_STDERR)..];
        // A panic's message quotes what the guest was reading.
        convert::told(&String::from_utf8_lossy(tail))
    }
}

fn is_guests(error: &Error) -> bool {
    error.downcast_ref::<Trap>().is_some()
        || error.downcast_ref::<Exited>().is_some()
        || error.downcast_ref::<WasmBacktrace>().is_some()
}

/// Raised by a host function because of the host's disk or repository.
fn is_io(error: &Error) -> bool {
    error.downcast_ref::<std::io::Error>().is_some()
}

fn backtrace(error: &Error) -> Vec<String> {
    let Some(trace) = error.downcast_ref::<WasmBacktrace>() else {
        return Vec::new();
    };
    let name = |frame: &wasmtime::FrameInfo| match frame.func_name() {
        // Names come from the component.
        Some(name) => convert::told(name).chars().take(MAX_FRAME_CHARS).collect(),
        None => format!("function {}", frame.func_index()),
    };
    trace.frames().iter().map(name).collect()
}
