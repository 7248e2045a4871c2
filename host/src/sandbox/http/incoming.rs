//! The serving half of `wasi:http/types`: nothing calls a guest with a
//! request, so no handle of these ever comes to be.

use wasmtime::component::Resource;
use wasmtime_wasi_http::p2::bindings::http::types::{self, ErrorCode};
use wasmtime_wasi_http::p2::{HttpError, HttpResult};

use crate::sandbox::state::State;

const WHY: &str = "this host sends requests for guests and serves none with them";

fn none<T>() -> wasmtime::Result<T> {
    Err(wasmtime::Error::msg(WHY))
}

impl types::HostIncomingRequest for State {
    fn method(&mut self, _: Resource<types::IncomingRequest>) -> wasmtime::Result<types::Method> {
        none()
    }

    fn path_with_query(
        &mut self,
        _: Resource<types::IncomingRequest>,
    ) -> wasmtime::Result<Option<String>> {
        none()
    }

    fn scheme(
        &mut self,
        _: Resource<types::IncomingRequest>,
    ) -> wasmtime::Result<Option<types::Scheme>> {
        none()
    }

    fn authority(
        &mut self,
        _: Resource<types::IncomingRequest>,
    ) -> wasmtime::Result<Option<String>> {
        none()
    }

    fn headers(
        &mut self,
        _: Resource<types::IncomingRequest>,
    ) -> wasmtime::Result<Resource<types::Fields>> {
        none()
    }

    fn consume(
        &mut self,
        _: Resource<types::IncomingRequest>,
    ) -> wasmtime::Result<Result<Resource<types::IncomingBody>, ()>> {
        none()
    }

    fn drop(&mut self, _: Resource<types::IncomingRequest>) -> wasmtime::Result<()> {
        none()
    }
}

impl types::HostResponseOutparam for State {
    fn send_informational(
        &mut self,
        _: Resource<types::ResponseOutparam>,
        _: u16,
        _: Resource<types::Fields>,
    ) -> HttpResult<()> {
        Err(HttpError::trap(wasmtime::Error::msg(WHY)))
    }

    fn set(
        &mut self,
        _: Resource<types::ResponseOutparam>,
        _: Result<Resource<types::OutgoingResponse>, ErrorCode>,
    ) -> wasmtime::Result<()> {
        none()
    }

    fn drop(&mut self, _: Resource<types::ResponseOutparam>) -> wasmtime::Result<()> {
        none()
    }
}

impl types::HostOutgoingResponse for State {
    fn new(
        &mut self,
        _: Resource<types::Fields>,
    ) -> wasmtime::Result<Resource<types::OutgoingResponse>> {
        none()
    }

    fn status_code(&mut self, _: Resource<types::OutgoingResponse>) -> wasmtime::Result<u16> {
        none()
    }

    fn set_status_code(
        &mut self,
        _: Resource<types::OutgoingResponse>,
        _: u16,
    ) -> wasmtime::Result<Result<(), ()>> {
        none()
    }

    fn headers(
        &mut self,
        _: Resource<types::OutgoingResponse>,
    ) -> wasmtime::Result<Resource<types::Fields>> {
        none()
    }

    fn body(
        &mut self,
        _: Resource<types::OutgoingResponse>,
    ) -> wasmtime::Result<Result<Resource<types::OutgoingBody>, ()>> {
        none()
    }

    fn drop(&mut self, _: Resource<types::OutgoingResponse>) -> wasmtime::Result<()> {
        none()
    }
}
