//! `wasi:http` for guests that ask: `types` and `outgoing-handler`.
//!
//! The interfaces are those of `wasmtime-wasi-http`'s bindings; the
//! implementation is ours, because a replay must see what the run saw. A
//! request is authorised where it is handed over and sent when its body is
//! finished and the guest waits for the response or asks for it; the whole
//! response is here before the guest sees any of it, so nothing a guest can
//! observe depends on when a byte arrived. Sockets, names, TLS and credentials
//! are not in here: they are behind [`Effects`](super::Effects).
//!
//! The serving half of `types` is linked, because some toolchains import it,
//! and traps: nothing ever calls a guest with a request.

mod body;
mod exchange;
mod fields;
mod incoming;
mod request;
mod target;

use wasmtime::component::{HasSelf, Linker, Resource};
use wasmtime_wasi_http::p2::bindings::http::{outgoing_handler, types};
use wasmtime_wasi_http::p2::{HeaderError, HttpError};

pub(super) use body::SharedBody;

use super::state::State;

/// The version that the bindings link; guests of any 0.2 find it.
const TYPES: &str = "wasi:http/types@0.2.12";

/// Links what an asking guest imports.
pub(super) fn link(l: &mut Linker<State>) -> wasmtime::Result<()> {
    type Own = HasSelf<State>;
    let options = types::LinkOptions::default();
    types::add_to_linker::<_, Own>(l, &options, |state| state)?;
    outgoing_handler::add_to_linker::<_, Own>(l, |state| state)?;
    link_get(l)
}

/// The bindings' `get` cannot wait, and a guest may ask for a response without
/// ever having waited for it. This one sends the request first.
fn link_get(l: &mut Linker<State>) -> wasmtime::Result<()> {
    use types::HostFutureIncomingResponse as Future;
    l.allow_shadowing(true);
    l.instance(TYPES)?.func_wrap_async(
        "[method]future-incoming-response.get",
        |mut store, (handle,): (Resource<types::FutureIncomingResponse>,)| {
            Box::new(async move {
                let state: &mut State = store.data_mut();
                state.settle(handle.rep()).await?;
                Ok((Future::get(state, handle)?,))
            })
        },
    )?;
    l.allow_shadowing(false);
    Ok(())
}

impl types::Host for State {
    fn convert_error_code(&mut self, error: HttpError) -> wasmtime::Result<types::ErrorCode> {
        error.downcast()
    }

    fn convert_header_error(&mut self, error: HeaderError) -> wasmtime::Result<types::HeaderError> {
        error.downcast()
    }

    fn http_error_code(
        &mut self,
        error: Resource<types::IoError>,
    ) -> wasmtime::Result<Option<types::ErrorCode>> {
        Ok(self.table.get(&error)?.downcast_ref().cloned())
    }
}

/// An error in words, for what `error-code` has no case for.
fn told(why: &str) -> types::ErrorCode {
    types::ErrorCode::InternalError(Some(why.to_owned()))
}
