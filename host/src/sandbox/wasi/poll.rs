//! Waiting, which takes no time: what is ready is ready at once, and where
//! nothing is, the clock goes on to the first timer.

use wasmtime::component::Resource;
use wasmtime_wasi::p2::DynPollable;
use wasmtime_wasi::p2::bindings::io::poll;

use crate::sandbox::state::{State, ours, owned};
use crate::sandbox::trace::{Fact, HostFn};

/// Something to wait for.
#[derive(Debug)]
pub enum Pollable {
    /// A file, a standard stream, a body that is here.
    Ready,
    /// A time of the task's clock, in nanoseconds.
    At(u64),
}

impl State {
    fn is_ready(&self, handle: &Resource<DynPollable>) -> wasmtime::Result<bool> {
        Ok(self.due(handle)?.is_none_or(|at| at <= self.clock.now()))
    }

    /// When a timer is due; none for what is ready.
    fn due(&self, handle: &Resource<DynPollable>) -> wasmtime::Result<Option<u64>> {
        let pollable: &Pollable = self.table.get(&ours(handle))?;
        Ok(match pollable {
            Pollable::Ready => None,
            Pollable::At(at) => Some(*at),
        })
    }

    fn ready_ones(&self, handles: &[Resource<DynPollable>]) -> wasmtime::Result<Vec<u32>> {
        let mut ready = Vec::new();
        for (index, handle) in (0u32..).zip(handles) {
            if self.is_ready(handle)? {
                ready.push(index);
            }
        }
        Ok(ready)
    }
}

impl poll::Host for State {
    async fn poll(&mut self, handles: Vec<Resource<DynPollable>>) -> wasmtime::Result<Vec<u32>> {
        if handles.is_empty() {
            wasmtime::bail!("the guest polled an empty list, which wasi:io/poll forbids");
        }
        let mut ready = self.ready_ones(&handles)?;
        if ready.is_empty() {
            let mut first = u64::MAX;
            for handle in &handles {
                first = first.min(self.due(handle)?.unwrap_or(0));
            }
            self.clock.advance_to(first);
            ready = self.ready_ones(&handles)?;
        }
        let fact = Fact::new().number(handles.len() as u64);
        let fact = ready
            .iter()
            .fold(fact, |fact, index| fact.number(u64::from(*index)));
        self.note(HostFn::Poll, fact);
        Ok(ready)
    }
}

impl poll::HostPollable for State {
    async fn ready(&mut self, handle: Resource<DynPollable>) -> wasmtime::Result<bool> {
        let ready = self.is_ready(&handle)?;
        self.note(HostFn::Poll, Fact::new().number(u64::from(ready)));
        Ok(ready)
    }

    async fn block(&mut self, handle: Resource<DynPollable>) -> wasmtime::Result<()> {
        if let Some(at) = self.due(&handle)? {
            self.clock.advance_to(at);
        }
        self.note(HostFn::Poll, Fact::new());
        Ok(())
    }

    fn drop(&mut self, handle: Resource<DynPollable>) -> wasmtime::Result<()> {
        self.table.delete(owned::<_, Pollable>(handle))?;
        Ok(())
    }
}
