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
    /// The response of the exchange that has this place in the table.
    Response(u32),
}

/// When waiting for something ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wait {
    Ready,
    At(u64),
    /// Not before the guest finishes the body of the exchange's request.
    Body(u32),
}

impl State {
    fn wait(&self, handle: &Resource<DynPollable>) -> wasmtime::Result<Wait> {
        let pollable: &Pollable = self.table.get(&ours(handle))?;
        Ok(match *pollable {
            Pollable::Ready => Wait::Ready,
            Pollable::At(at) if at <= self.clock.now() => Wait::Ready,
            Pollable::At(at) => Wait::At(at),
            Pollable::Response(rep) if self.can_settle(rep)? => Wait::Ready,
            Pollable::Response(rep) => Wait::Body(rep),
        })
    }

    /// Sends the request whose response is waited for.
    async fn settle_handle(&mut self, handle: &Resource<DynPollable>) -> wasmtime::Result<()> {
        let pollable: &Pollable = self.table.get(&ours(handle))?;
        match *pollable {
            Pollable::Response(rep) => self.settle(rep).await,
            Pollable::Ready | Pollable::At(_) => Ok(()),
        }
    }

    fn ready_ones(&self, handles: &[Resource<DynPollable>]) -> wasmtime::Result<Vec<u32>> {
        let mut ready = Vec::new();
        for (index, handle) in (0u32..).zip(handles) {
            if self.wait(handle)? == Wait::Ready {
                ready.push(index);
            }
        }
        Ok(ready)
    }

    /// Nothing is ready: the first timer is, or else nothing ever will be, and
    /// those who wait for a body are told.
    async fn pass_time(&mut self, handles: &[Resource<DynPollable>]) -> wasmtime::Result<()> {
        let mut first = None;
        for handle in handles {
            if let Wait::At(at) = self.wait(handle)? {
                first = Some(first.map_or(at, |first: u64| first.min(at)));
            }
        }
        if let Some(first) = first {
            self.clock.advance_to(first);
            return Ok(());
        }
        for handle in handles {
            if let Wait::Body(rep) = self.wait(handle)? {
                self.conclude(rep).await?;
            }
        }
        Ok(())
    }
}

impl poll::Host for State {
    async fn poll(&mut self, handles: Vec<Resource<DynPollable>>) -> wasmtime::Result<Vec<u32>> {
        if handles.is_empty() {
            wasmtime::bail!("the guest polled an empty list, which wasi:io/poll forbids");
        }
        for handle in &handles {
            self.settle_handle(handle).await?;
        }
        let mut ready = self.ready_ones(&handles)?;
        if ready.is_empty() {
            self.pass_time(&handles).await?;
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
        self.settle_handle(&handle).await?;
        let ready = self.wait(&handle)? == Wait::Ready;
        self.note(HostFn::Poll, Fact::new().number(u64::from(ready)));
        Ok(ready)
    }

    async fn block(&mut self, handle: Resource<DynPollable>) -> wasmtime::Result<()> {
        self.settle_handle(&handle).await?;
        if self.wait(&handle)? != Wait::Ready {
            self.pass_time(std::slice::from_ref(&handle)).await?;
        }
        self.note(HostFn::Poll, Fact::new());
        Ok(())
    }

    fn drop(&mut self, handle: Resource<DynPollable>) -> wasmtime::Result<()> {
        self.table.delete(owned::<_, Pollable>(handle))?;
        Ok(())
    }
}
