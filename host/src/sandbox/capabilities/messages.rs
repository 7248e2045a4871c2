//! `log` and `progress`, which are always there.

use crate::sandbox::bindings::sentinel::agent::{log, progress};
use crate::sandbox::state::{GuestEvent, State};
use crate::sandbox::trace::{Fact, HostFn};

impl log::Host for State {
    fn emit(&mut self, level: log::Level, message: String) -> wasmtime::Result<()> {
        let level = match level {
            log::Level::Debug => "debug",
            log::Level::Info => "info",
            log::Level::Warn => "warn",
            log::Level::Error => "error",
            log::Level::Other => "other",
        };
        self.note(HostFn::LogEmit, Fact::new().text(level).text(&message));
        self.record(message.len(), GuestEvent::Log { level, message })
    }
}

impl progress::Host for State {
    fn report(&mut self, step: String, done: u32, total: u32) -> wasmtime::Result<()> {
        let fact = Fact::new()
            .text(&step)
            .number(u64::from(done))
            .number(u64::from(total));
        self.note(HostFn::ProgressReport, fact);
        self.record(step.len(), GuestEvent::Progress { step, done, total })
    }
}
