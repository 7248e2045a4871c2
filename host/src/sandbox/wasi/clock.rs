//! Virtual time. Nothing in a run depends on how fast the machine is.

use wasmtime::component::Resource;
use wasmtime_wasi::p2::DynPollable;
use wasmtime_wasi::p2::bindings::clocks::{monotonic_clock, wall_clock};

use super::poll::Pollable;
use crate::sandbox::state::{State, owned};
use crate::sandbox::trace::{Fact, HostFn};
use crate::time::Timestamp;

/// What a look at the clock advances it by, in nanoseconds: a loop that waits
/// for time to pass ends, and two looks never see the same time.
const TICK_NS: u64 = 1_000;

/// The clock of one task. It starts when the task's grant was issued.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    /// Nanoseconds since the start.
    now: u64,
    /// The start, in nanoseconds since the epoch.
    start: u64,
}

impl Clock {
    pub fn starting_at(at: Timestamp) -> Clock {
        let ms = u64::try_from(at.0).unwrap_or(0);
        Clock {
            now: 0,
            start: ms.saturating_mul(1_000_000),
        }
    }

    /// Nanoseconds since the start, without a look's cost.
    pub fn now(&self) -> u64 {
        self.now
    }

    /// A sleep: the time is there at once.
    pub fn advance_to(&mut self, at: u64) {
        self.now = self.now.max(at);
    }

    fn look(&mut self) -> u64 {
        self.now = self.now.saturating_add(TICK_NS);
        self.now
    }

    fn wall(&mut self) -> u64 {
        self.start.saturating_add(self.look())
    }
}

const SECOND_NS: u64 = 1_000_000_000;

impl wall_clock::Host for State {
    fn now(&mut self) -> wasmtime::Result<wall_clock::Datetime> {
        let now = self.clock.wall();
        self.note(HostFn::WallNow, Fact::new().number(now));
        Ok(wall_clock::Datetime {
            seconds: now / SECOND_NS,
            nanoseconds: u32::try_from(now % SECOND_NS).unwrap_or(0),
        })
    }

    fn resolution(&mut self) -> wasmtime::Result<wall_clock::Datetime> {
        Ok(wall_clock::Datetime {
            seconds: 0,
            nanoseconds: TICK_NS as u32,
        })
    }
}

impl State {
    fn timer(&mut self, at: u64) -> wasmtime::Result<Resource<DynPollable>> {
        self.note(HostFn::MonotonicSubscribe, Fact::new().number(at));
        Ok(owned(self.table.push(Pollable::At(at))?))
    }
}

impl monotonic_clock::Host for State {
    fn now(&mut self) -> wasmtime::Result<u64> {
        let now = self.clock.look();
        self.note(HostFn::MonotonicNow, Fact::new().number(now));
        Ok(now)
    }

    fn resolution(&mut self) -> wasmtime::Result<u64> {
        Ok(TICK_NS)
    }

    fn subscribe_instant(&mut self, when: u64) -> wasmtime::Result<Resource<DynPollable>> {
        self.timer(when)
    }

    fn subscribe_duration(&mut self, length: u64) -> wasmtime::Result<Resource<DynPollable>> {
        let at = self.clock.now().saturating_add(length);
        self.timer(at)
    }
}
