//! Streams that are always ready.

use std::sync::Arc;

use wasmtime::component::Resource;
use wasmtime_wasi::p2::bindings::sync::io::{error, streams};
use wasmtime_wasi::p2::{DynInputStream, DynOutputStream, DynPollable, StreamError};

use super::poll::Pollable;
use crate::sandbox::files::Content;
use crate::sandbox::http::SharedBody;
use crate::sandbox::state::{State, ours, owned};
use crate::sandbox::trace::{Fact, HostFn};

/// Most bytes one read returns; a guest that asks for more is answered with
/// this much. A multiple of what languages' buffers ask for, so that reading a
/// large log takes few calls.
pub const MAX_READ: u64 = 1024 * 1024;

/// Most bytes one write takes, as `check-write` says it.
const MAX_WRITE: u64 = 64 * 1024;

/// What a guest reads from.
#[derive(Debug)]
pub enum Input {
    /// Standard input: at its end from the start.
    Empty,
    /// A file, from a place on.
    File { content: Content, at: u64 },
    /// Bytes that came from outside, whole.
    Bytes { bytes: Arc<[u8]>, at: usize },
}

/// What a guest writes to.
#[derive(Debug)]
pub enum Output {
    Stdout,
    Stderr,
    /// The body of a request.
    Body(SharedBody),
}

type StreamResult<T> = Result<T, StreamError>;

impl Input {
    fn read(&mut self, length: u64) -> std::io::Result<Vec<u8>> {
        let length = length.min(MAX_READ) as usize;
        match self {
            Input::Empty => Ok(Vec::new()),
            Input::File { content, at } => {
                let bytes = content.read(*at, length)?;
                *at += bytes.len() as u64;
                Ok(bytes)
            }
            Input::Bytes { bytes, at } => {
                let end = bytes.len().min(*at + length);
                let read = bytes[*at..end].to_vec();
                *at = end;
                Ok(read)
            }
        }
    }

    fn is_at_end(&self) -> bool {
        match self {
            Input::Empty => true,
            Input::File { content, at } => *at >= content.size(),
            Input::Bytes { bytes, at } => *at >= bytes.len(),
        }
    }

    fn skip(&mut self, length: u64) -> u64 {
        match self {
            Input::Empty => 0,
            Input::File { content, at } => {
                let skipped = length.min(content.size().saturating_sub(*at));
                *at += skipped;
                skipped
            }
            Input::Bytes { bytes, at } => {
                let left = (bytes.len() - *at) as u64;
                let skipped = length.min(left);
                *at += skipped as usize;
                skipped
            }
        }
    }
}

impl State {
    fn read_stream(
        &mut self,
        handle: &Resource<DynInputStream>,
        length: u64,
    ) -> StreamResult<Vec<u8>> {
        let stream: &mut Input = self.table.get_mut(&ours(handle))?;
        if stream.is_at_end() {
            self.note(HostFn::StreamRead, Fact::new().number(length));
            return Err(StreamError::Closed);
        }
        let bytes = stream
            .read(length)
            .map_err(|error| StreamError::LastOperationFailed(error.into()))?;
        self.note(HostFn::StreamRead, Fact::new().number(length).bytes(&bytes));
        Ok(bytes)
    }

    fn write_stream(
        &mut self,
        handle: &Resource<DynOutputStream>,
        bytes: &[u8],
    ) -> StreamResult<()> {
        self.note(HostFn::StreamWrite, Fact::new().bytes(bytes));
        let stream: &Output = self.table.get(&ours(handle))?;
        let written = match stream {
            Output::Stdout => self.console.write_stdout(bytes.len()),
            Output::Stderr => self.console.write_stderr(bytes),
            Output::Body(body) => {
                let body = body.clone();
                return self.write_body(&body, bytes);
            }
        };
        written.map_err(|exhausted| StreamError::Trap(exhausted.into()))
    }

    fn ready(&mut self) -> wasmtime::Result<Resource<DynPollable>> {
        Ok(owned(self.table.push(Pollable::Ready)?))
    }
}

impl error::Host for State {}

impl error::HostError for State {
    fn to_debug_string(&mut self, handle: Resource<error::Error>) -> wasmtime::Result<String> {
        Ok(format!("{:#}", self.table.get(&handle)?))
    }

    fn drop(&mut self, handle: Resource<error::Error>) -> wasmtime::Result<()> {
        self.table.delete(handle)?;
        Ok(())
    }
}

impl streams::Host for State {
    fn convert_stream_error(
        &mut self,
        error: StreamError,
    ) -> wasmtime::Result<streams::StreamError> {
        match error {
            StreamError::Closed => Ok(streams::StreamError::Closed),
            StreamError::LastOperationFailed(error) => Ok(
                streams::StreamError::LastOperationFailed(self.table.push(error)?),
            ),
            StreamError::Trap(error) => Err(error),
        }
    }
}

impl streams::HostInputStream for State {
    fn read(&mut self, stream: Resource<DynInputStream>, length: u64) -> StreamResult<Vec<u8>> {
        self.read_stream(&stream, length)
    }

    fn blocking_read(
        &mut self,
        stream: Resource<DynInputStream>,
        length: u64,
    ) -> StreamResult<Vec<u8>> {
        self.read_stream(&stream, length)
    }

    fn skip(&mut self, stream: Resource<DynInputStream>, length: u64) -> StreamResult<u64> {
        let input: &mut Input = self.table.get_mut(&ours(&stream))?;
        if input.is_at_end() {
            return Err(StreamError::Closed);
        }
        let skipped = input.skip(length);
        self.note(
            HostFn::StreamSkip,
            Fact::new().number(length).number(skipped),
        );
        Ok(skipped)
    }

    fn blocking_skip(
        &mut self,
        stream: Resource<DynInputStream>,
        length: u64,
    ) -> StreamResult<u64> {
        self.skip(stream, length)
    }

    fn subscribe(
        &mut self,
        stream: Resource<DynInputStream>,
    ) -> wasmtime::Result<Resource<DynPollable>> {
        let _: &Input = self.table.get(&ours(&stream))?;
        self.ready()
    }

    fn drop(&mut self, stream: Resource<DynInputStream>) -> wasmtime::Result<()> {
        self.table.delete(owned::<_, Input>(stream))?;
        Ok(())
    }
}

impl streams::HostOutputStream for State {
    fn check_write(&mut self, stream: Resource<DynOutputStream>) -> StreamResult<u64> {
        match self.table.get(&ours(&stream))? {
            Output::Body(body) if !body.is_open() => Err(StreamError::Closed),
            Output::Body(_) | Output::Stdout | Output::Stderr => Ok(MAX_WRITE),
        }
    }

    fn write(&mut self, stream: Resource<DynOutputStream>, bytes: Vec<u8>) -> StreamResult<()> {
        self.write_stream(&stream, &bytes)
    }

    fn blocking_write_and_flush(
        &mut self,
        stream: Resource<DynOutputStream>,
        bytes: Vec<u8>,
    ) -> StreamResult<()> {
        self.write_stream(&stream, &bytes)
    }

    fn flush(&mut self, stream: Resource<DynOutputStream>) -> StreamResult<()> {
        let _: &Output = self.table.get(&ours(&stream))?;
        Ok(())
    }

    fn blocking_flush(&mut self, stream: Resource<DynOutputStream>) -> StreamResult<()> {
        self.flush(stream)
    }

    fn subscribe(
        &mut self,
        stream: Resource<DynOutputStream>,
    ) -> wasmtime::Result<Resource<DynPollable>> {
        let _: &Output = self.table.get(&ours(&stream))?;
        self.ready()
    }

    fn write_zeroes(&mut self, stream: Resource<DynOutputStream>, length: u64) -> StreamResult<()> {
        // More than `check-write` allows is a mistake of the guest's.
        let length = match length <= MAX_WRITE {
            true => length as usize,
            false => return Err(StreamError::trap("write-zeroes beyond check-write")),
        };
        self.write_stream(&stream, &vec![0; length])
    }

    fn blocking_write_zeroes_and_flush(
        &mut self,
        stream: Resource<DynOutputStream>,
        length: u64,
    ) -> StreamResult<()> {
        self.write_zeroes(stream, length)
    }

    fn splice(
        &mut self,
        to: Resource<DynOutputStream>,
        from: Resource<DynInputStream>,
        length: u64,
    ) -> StreamResult<u64> {
        let bytes = self.read_stream(&from, length.min(MAX_WRITE))?;
        self.write_stream(&to, &bytes)?;
        Ok(bytes.len() as u64)
    }

    fn blocking_splice(
        &mut self,
        to: Resource<DynOutputStream>,
        from: Resource<DynInputStream>,
        length: u64,
    ) -> StreamResult<u64> {
        self.splice(to, from, length)
    }

    fn drop(&mut self, stream: Resource<DynOutputStream>) -> wasmtime::Result<()> {
        self.table.delete(owned::<_, Output>(stream))?;
        Ok(())
    }
}
