//! Bodies: those that a guest writes, within a bound, and those it reads,
//! which are here whole.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use wasmtime::component::Resource;
use wasmtime_wasi::p2::{DynInputStream, DynOutputStream, DynPollable, StreamError};
use wasmtime_wasi_http::p2::HttpResult;
use wasmtime_wasi_http::p2::bindings::http::types::{self, ErrorCode};

use super::fields::Fields;
use super::told;
use crate::sandbox::state::{State, ours, owned};
use crate::sandbox::wasi::{Input, Output, Pollable};

/// Bytes of one request's body: an agent asks questions, it does not upload.
pub const MAX_BODY_BYTES: usize = 1024 * 1024;

/// Bytes of all bodies of one task together, kept or not: handles are counted
/// and not weighed, and each might hold a body.
pub const MAX_BODIES_BYTES: usize = 16 * 1024 * 1024;

/// How far a body is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    Open,
    Finished,
    /// Dropped before its end, or not of the length it promised.
    Broken,
    /// More was written than the host takes.
    TooLarge,
}

#[derive(Debug)]
struct Body {
    stage: Stage,
    bytes: Vec<u8>,
    /// What `content-length` promised.
    length: Option<u64>,
}

/// A body that its request, its stream and whoever finishes it share: the
/// guest may drop each of them in any order.
#[derive(Debug, Clone)]
pub struct SharedBody(Arc<Mutex<Body>>);

impl SharedBody {
    pub fn of_length(length: Option<u64>) -> SharedBody {
        SharedBody(Arc::new(Mutex::new(Body {
            stage: Stage::Open,
            bytes: Vec::new(),
            length,
        })))
    }

    fn lock(&self) -> MutexGuard<'_, Body> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn stage(&self) -> Stage {
        self.lock().stage
    }

    /// The bytes; it is empty after that.
    pub fn take(&self) -> Vec<u8> {
        std::mem::take(&mut self.lock().bytes)
    }

    pub fn is_open(&self) -> bool {
        self.stage() == Stage::Open
    }

    /// Takes bytes in, of which `left` may still come; says whether it did.
    fn write(&self, bytes: &[u8], left: usize) -> bool {
        let mut body = self.lock();
        let fits = bytes.len() <= left && body.bytes.len() + bytes.len() <= MAX_BODY_BYTES;
        match fits {
            true => body.bytes.extend_from_slice(bytes),
            false => {
                body.stage = Stage::TooLarge;
                body.bytes = Vec::new();
            }
        }
        fits
    }

    /// Ends it; an error where it is not as long as was promised.
    fn finish(&self) -> Result<(), ErrorCode> {
        let mut body = self.lock();
        if body.stage != Stage::Open {
            return Err(too_large());
        }
        let length = body.bytes.len() as u64;
        if body.length.is_some_and(|promised| promised != length) {
            body.stage = Stage::Broken;
            return Err(ErrorCode::HttpRequestBodySize(Some(length)));
        }
        body.stage = Stage::Finished;
        Ok(())
    }

    fn abandon(&self) {
        let mut body = self.lock();
        if body.stage == Stage::Open {
            body.stage = Stage::Broken;
        }
    }
}

pub fn too_large() -> ErrorCode {
    ErrorCode::HttpRequestBodySize(Some(MAX_BODY_BYTES as u64))
}

/// `outgoing-body`: the end at which a body is finished.
#[derive(Debug)]
pub struct OutgoingBody {
    body: SharedBody,
    has_stream: bool,
}

impl OutgoingBody {
    pub fn of(body: SharedBody) -> OutgoingBody {
        OutgoingBody {
            body,
            has_stream: false,
        }
    }
}

impl State {
    /// Writes to a request's body. What is too much is an error for the guest,
    /// with its reason, and the request is not sent.
    pub(in crate::sandbox) fn write_body(
        &mut self,
        body: &SharedBody,
        bytes: &[u8],
    ) -> Result<(), StreamError> {
        if !body.is_open() {
            return Err(StreamError::Closed);
        }
        let left = MAX_BODIES_BYTES - self.body_bytes;
        match body.write(bytes, left) {
            true => {
                self.body_bytes += bytes.len();
                Ok(())
            }
            false => Err(StreamError::LastOperationFailed(too_large().into())),
        }
    }
}

impl types::HostOutgoingBody for State {
    fn write(
        &mut self,
        handle: Resource<types::OutgoingBody>,
    ) -> wasmtime::Result<Result<Resource<DynOutputStream>, ()>> {
        let parent: Resource<OutgoingBody> = ours(&handle);
        let outgoing = self.table.get_mut(&parent)?;
        if outgoing.has_stream {
            return Ok(Err(()));
        }
        outgoing.has_stream = true;
        let stream = Output::Body(outgoing.body.clone());
        Ok(Ok(owned(self.table.push_child(stream, &parent)?)))
    }

    fn finish(
        &mut self,
        handle: Resource<types::OutgoingBody>,
        trailers: Option<Resource<types::Fields>>,
    ) -> HttpResult<()> {
        let outgoing = self.table.delete(owned::<_, OutgoingBody>(handle))?;
        let trailers = match trailers {
            Some(handle) => self.table.delete(owned::<_, Fields>(handle))?,
            None => Fields::default(),
        };
        if !trailers.is_empty() {
            outgoing.body.abandon();
            return Err(told("trailers are not sent by this host").into());
        }
        Ok(outgoing.body.finish()?)
    }

    fn drop(&mut self, handle: Resource<types::OutgoingBody>) -> wasmtime::Result<()> {
        let outgoing = self.table.delete(owned::<_, OutgoingBody>(handle))?;
        outgoing.body.abandon();
        Ok(())
    }
}

/// `incoming-body`, until its stream is taken.
#[derive(Debug)]
pub struct IncomingBody(pub Option<Arc<[u8]>>);

/// `future-trailers`: there never are any.
#[derive(Debug, Default)]
pub struct Trailers {
    taken: bool,
}

impl types::HostIncomingBody for State {
    fn stream(
        &mut self,
        handle: Resource<types::IncomingBody>,
    ) -> wasmtime::Result<Result<Resource<DynInputStream>, ()>> {
        let parent: Resource<IncomingBody> = ours(&handle);
        let Some(bytes) = self.table.get_mut(&parent)?.0.take() else {
            return Ok(Err(()));
        };
        let stream = Input::Bytes { bytes, at: 0 };
        Ok(Ok(owned(self.table.push_child(stream, &parent)?)))
    }

    fn finish(
        &mut self,
        handle: Resource<types::IncomingBody>,
    ) -> wasmtime::Result<Resource<types::FutureTrailers>> {
        self.table.delete(owned::<_, IncomingBody>(handle))?;
        Ok(owned(self.table.push(Trailers::default())?))
    }

    fn drop(&mut self, handle: Resource<types::IncomingBody>) -> wasmtime::Result<()> {
        self.table.delete(owned::<_, IncomingBody>(handle))?;
        Ok(())
    }
}

type NoTrailers = Result<Result<Option<Resource<types::Trailers>>, ErrorCode>, ()>;

impl types::HostFutureTrailers for State {
    fn subscribe(
        &mut self,
        handle: Resource<types::FutureTrailers>,
    ) -> wasmtime::Result<Resource<DynPollable>> {
        let parent: Resource<Trailers> = ours(&handle);
        self.table.get(&parent)?;
        Ok(owned(self.table.push_child(Pollable::Ready, &parent)?))
    }

    fn get(
        &mut self,
        handle: Resource<types::FutureTrailers>,
    ) -> wasmtime::Result<Option<NoTrailers>> {
        let trailers: &mut Trailers = self.table.get_mut(&ours(&handle))?;
        Ok(Some(match std::mem::replace(&mut trailers.taken, true) {
            true => Err(()),
            false => Ok(Ok(None)),
        }))
    }

    fn drop(&mut self, handle: Resource<types::FutureTrailers>) -> wasmtime::Result<()> {
        self.table.delete(owned::<_, Trailers>(handle))?;
        Ok(())
    }
}
