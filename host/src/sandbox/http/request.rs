//! A request while a guest puts it together, and what may be sent of it.

use wasmtime::component::Resource;
use wasmtime_wasi_http::p2::bindings::http::types::{self, ErrorCode, Method, Scheme};

use super::body::{OutgoingBody, SharedBody};
use super::fields::Fields;
use super::{target, told};
use crate::effect::{Header, HttpRequest};
use crate::sandbox::state::{State, ours, owned};

/// As the guest put it together.
#[derive(Debug)]
pub struct Request {
    method: Method,
    scheme: Option<Scheme>,
    authority: Option<String>,
    path: Option<String>,
    headers: Fields,
    body: Option<SharedBody>,
}

impl Request {
    /// What is sent, without the body, which may not be finished yet.
    pub fn into_parts(self) -> Result<(HttpRequest, Option<SharedBody>), ErrorCode> {
        let tls = target::tls(self.scheme.as_ref())?;
        let authority = self.authority.as_deref().unwrap_or_default();
        let (host, port) = target::authority(authority, tls)?;
        let length = self.headers.length();
        let length = length.map_err(|_| told("content-length is not one number"))?;
        if self.body.is_none() && length.is_some_and(|length| length > 0) {
            return Err(ErrorCode::HttpRequestBodySize(Some(0)));
        }
        let request = HttpRequest {
            method: target::method(&self.method)?,
            tls,
            host,
            port,
            target: target::path(self.path.as_deref())?,
            headers: sent(&self.headers),
            body: Vec::new(),
        };
        Ok((request, self.body))
    }
}

/// The length is written by whoever sends the body.
fn sent(headers: &Fields) -> Vec<Header> {
    let entries = headers.entries().iter();
    let sent = entries.filter(|header| header.name != "content-length");
    sent.cloned().collect()
}

impl State {
    fn request(
        &mut self,
        handle: &Resource<types::OutgoingRequest>,
    ) -> wasmtime::Result<&mut Request> {
        Ok(self.table.get_mut(&ours(handle))?)
    }
}

/// What a setter answers: the host has no more to say than that it is wrong.
type Set = wasmtime::Result<Result<(), ()>>;

impl types::HostOutgoingRequest for State {
    fn new(
        &mut self,
        headers: Resource<types::Fields>,
    ) -> wasmtime::Result<Resource<types::OutgoingRequest>> {
        let headers = self.table.delete(owned::<_, Fields>(headers))?;
        let request = Request {
            method: Method::Get,
            scheme: None,
            authority: None,
            path: None,
            headers: headers.sealed(),
            body: None,
        };
        Ok(owned(self.table.push(request)?))
    }

    fn body(
        &mut self,
        handle: Resource<types::OutgoingRequest>,
    ) -> wasmtime::Result<Result<Resource<types::OutgoingBody>, ()>> {
        let request = self.request(&handle)?;
        let length = match (&request.body, request.headers.length()) {
            (None, Ok(length)) => length,
            (Some(_), _) | (_, Err(_)) => return Ok(Err(())),
        };
        let body = SharedBody::of_length(length);
        request.body = Some(body.clone());
        Ok(Ok(owned(self.table.push(OutgoingBody::of(body))?)))
    }

    fn method(&mut self, handle: Resource<types::OutgoingRequest>) -> wasmtime::Result<Method> {
        Ok(self.request(&handle)?.method.clone())
    }

    fn set_method(&mut self, handle: Resource<types::OutgoingRequest>, method: Method) -> Set {
        let request = self.request(&handle)?;
        if let Method::Other(name) = &method
            && !target::is_method(name)
        {
            return Ok(Err(()));
        }
        request.method = method;
        Ok(Ok(()))
    }

    fn path_with_query(
        &mut self,
        handle: Resource<types::OutgoingRequest>,
    ) -> wasmtime::Result<Option<String>> {
        Ok(self.request(&handle)?.path.clone())
    }

    fn set_path_with_query(
        &mut self,
        handle: Resource<types::OutgoingRequest>,
        path: Option<String>,
    ) -> Set {
        let request = self.request(&handle)?;
        if target::path(path.as_deref()).is_err() {
            return Ok(Err(()));
        }
        request.path = path;
        Ok(Ok(()))
    }

    fn scheme(
        &mut self,
        handle: Resource<types::OutgoingRequest>,
    ) -> wasmtime::Result<Option<Scheme>> {
        Ok(self.request(&handle)?.scheme.clone())
    }

    fn set_scheme(
        &mut self,
        handle: Resource<types::OutgoingRequest>,
        scheme: Option<Scheme>,
    ) -> Set {
        let request = self.request(&handle)?;
        // Another scheme cannot be sent: say so now.
        if target::tls(scheme.as_ref()).is_err() {
            return Ok(Err(()));
        }
        request.scheme = scheme;
        Ok(Ok(()))
    }

    fn authority(
        &mut self,
        handle: Resource<types::OutgoingRequest>,
    ) -> wasmtime::Result<Option<String>> {
        Ok(self.request(&handle)?.authority.clone())
    }

    fn set_authority(
        &mut self,
        handle: Resource<types::OutgoingRequest>,
        authority: Option<String>,
    ) -> Set {
        let request = self.request(&handle)?;
        if let Some(authority) = &authority
            && target::authority(authority, true).is_err()
        {
            return Ok(Err(()));
        }
        request.authority = authority;
        Ok(Ok(()))
    }

    fn headers(
        &mut self,
        handle: Resource<types::OutgoingRequest>,
    ) -> wasmtime::Result<Resource<types::Fields>> {
        let headers = self.request(&handle)?.headers.clone();
        self.push_fields(headers)
    }

    fn drop(&mut self, handle: Resource<types::OutgoingRequest>) -> wasmtime::Result<()> {
        self.table.delete(owned::<_, Request>(handle))?;
        Ok(())
    }
}

/// Time-outs that a guest would set. How long a request may take is the host's
/// to say, and a run that was slower than the guest liked could not be
/// repeated: none is supported, as the interface lets us say.
#[derive(Debug)]
pub struct Options;

type Time = wasmtime::Result<Option<types::Duration>>;

impl State {
    fn no_time(&self, handle: &Resource<types::RequestOptions>) -> Time {
        let _: &Options = self.table.get(&ours(handle))?;
        Ok(None)
    }

    fn unsupported(&self, handle: &Resource<types::RequestOptions>) -> Set {
        let _: &Options = self.table.get(&ours(handle))?;
        Ok(Err(()))
    }
}

impl types::HostRequestOptions for State {
    fn new(&mut self) -> wasmtime::Result<Resource<types::RequestOptions>> {
        Ok(owned(self.table.push(Options)?))
    }

    fn connect_timeout(&mut self, handle: Resource<types::RequestOptions>) -> Time {
        self.no_time(&handle)
    }

    fn set_connect_timeout(
        &mut self,
        handle: Resource<types::RequestOptions>,
        _: Option<types::Duration>,
    ) -> Set {
        self.unsupported(&handle)
    }

    fn first_byte_timeout(&mut self, handle: Resource<types::RequestOptions>) -> Time {
        self.no_time(&handle)
    }

    fn set_first_byte_timeout(
        &mut self,
        handle: Resource<types::RequestOptions>,
        _: Option<types::Duration>,
    ) -> Set {
        self.unsupported(&handle)
    }

    fn between_bytes_timeout(&mut self, handle: Resource<types::RequestOptions>) -> Time {
        self.no_time(&handle)
    }

    fn set_between_bytes_timeout(
        &mut self,
        handle: Resource<types::RequestOptions>,
        _: Option<types::Duration>,
    ) -> Set {
        self.unsupported(&handle)
    }

    fn drop(&mut self, handle: Resource<types::RequestOptions>) -> wasmtime::Result<()> {
        self.table.delete(owned::<_, Options>(handle))?;
        Ok(())
    }
}
