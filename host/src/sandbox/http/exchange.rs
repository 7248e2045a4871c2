//! A request on its way and the response that came of it.

use std::sync::Arc;

use wasmtime::component::Resource;
use wasmtime_wasi::p2::DynPollable;
use wasmtime_wasi_http::p2::HttpResult;
use wasmtime_wasi_http::p2::bindings::http::{
    outgoing_handler,
    types::{self, ErrorCode},
};

use super::body::{IncomingBody, SharedBody, Stage, too_large};
use super::fields::Fields;
use super::request::{Options, Request};
use super::told;
use crate::effect::{Answer, Call, Failed, HttpRequest, HttpResponse};
use crate::grant::{Effect, Permit};
use crate::sandbox::state::{State, ours, owned};
use crate::sandbox::trace::{Fact, HostFn};
use crate::sandbox::wasi::Pollable;

/// `future-incoming-response`.
#[derive(Debug)]
pub enum Exchange {
    /// Authorised, not sent.
    Waiting(Box<Outgoing>),
    Answered(Result<HttpResponse, ErrorCode>),
    /// The guest has its answer.
    Taken,
}

#[derive(Debug)]
pub struct Outgoing {
    permit: Permit,
    request: HttpRequest,
    /// None where the guest never took one.
    body: Option<SharedBody>,
}

impl Outgoing {
    fn stage(&self) -> Stage {
        self.body
            .as_ref()
            .map_or(Stage::Finished, SharedBody::stage)
    }

    /// The whole request; an error where its body will never be whole.
    fn whole(self) -> Result<(Permit, HttpRequest), ErrorCode> {
        match self.stage() {
            Stage::Finished => {}
            Stage::TooLarge => return Err(too_large()),
            Stage::Open => {
                return Err(told(
                    "nothing can happen any more: the guest waits for the response of a request \
                     whose body it has not finished",
                ));
            }
            Stage::Broken => {
                return Err(told(
                    "the request's body was dropped before it was finished",
                ));
            }
        }
        let body = self.body.map(|body| body.take()).unwrap_or_default();
        let request = HttpRequest {
            body,
            ..self.request
        };
        Ok((self.permit, request))
    }
}

impl State {
    fn exchange(&mut self, rep: u32) -> wasmtime::Result<&mut Exchange> {
        Ok(self.table.get_mut(&Resource::new_borrow(rep))?)
    }

    /// Whether waiting for it ends: it is answered, or it can be sent.
    pub(in crate::sandbox) fn can_settle(&self, rep: u32) -> wasmtime::Result<bool> {
        let exchange: &Exchange = self.table.get(&Resource::new_borrow(rep))?;
        Ok(match exchange {
            Exchange::Waiting(outgoing) => outgoing.stage() != Stage::Open,
            Exchange::Answered(_) | Exchange::Taken => true,
        })
    }

    /// Sends it where it was not sent and its body is at its end.
    pub(in crate::sandbox) async fn settle(&mut self, rep: u32) -> wasmtime::Result<()> {
        match self.can_settle(rep)? {
            true => self.conclude(rep).await,
            false => Ok(()),
        }
    }

    /// Answers it one way or another: only a guest that goes on could finish a
    /// body, and one that waits for this alone never goes on.
    pub(in crate::sandbox) async fn conclude(&mut self, rep: u32) -> wasmtime::Result<()> {
        let exchange = self.exchange(rep)?;
        let outgoing = match std::mem::replace(exchange, Exchange::Taken) {
            Exchange::Waiting(outgoing) => outgoing,
            settled @ (Exchange::Answered(_) | Exchange::Taken) => {
                *exchange = settled;
                return Ok(());
            }
        };
        let answer = match outgoing.whole() {
            Ok((permit, request)) => self.send(permit, request).await,
            Err(error) => Err(error),
        };
        self.note(HostFn::HttpSend, fact(&answer));
        *self.exchange(rep)? = Exchange::Answered(answer);
        Ok(())
    }

    async fn send(
        &mut self,
        permit: Permit,
        request: HttpRequest,
    ) -> Result<HttpResponse, ErrorCode> {
        match self.perform(permit, Call::Fetch(request)).await {
            Answer::Fetched(response) => Ok(response),
            Answer::Failed(failed) => Err(error_code(failed)),
            Answer::Commands(_) | Answer::Ran(_) | Answer::Completed(_) | Answer::Past(_) => {
                Err(told("the host has an answer to another question here"))
            }
        }
    }
}

/// Why nothing came of it. `error-code` is about networks; what it has no case
/// for is told in words.
fn error_code(failed: Failed) -> ErrorCode {
    match failed {
        // By which rule stands in the task's report.
        Failed::Denied(_) => ErrorCode::HttpRequestDenied,
        Failed::NotFound(_) => ErrorCode::DestinationNotFound,
        Failed::OutOfBudget(why) | Failed::Unavailable(why) => told(&why),
    }
}

fn fact(answer: &Result<HttpResponse, ErrorCode>) -> Fact {
    match answer {
        Err(error) => Fact::new().text(&error.to_string()),
        Ok(response) => {
            let fact = Fact::new().number(u64::from(response.status));
            let fact = response.headers.iter().fold(fact, |fact, header| {
                fact.text(&header.name).bytes(&header.value)
            });
            fact.bytes(&response.body)
        }
    }
}

fn asked(request: &HttpRequest) -> Fact {
    let fact = Fact::new()
        .text(&request.method)
        .number(u64::from(request.tls))
        .text(&request.host)
        .number(u64::from(request.port))
        .text(&request.target);
    request.headers.iter().fold(fact, |fact, header| {
        fact.text(&header.name).bytes(&header.value)
    })
}

impl outgoing_handler::Host for State {
    fn handle(
        &mut self,
        request: Resource<types::OutgoingRequest>,
        options: Option<Resource<types::RequestOptions>>,
    ) -> HttpResult<Resource<types::FutureIncomingResponse>> {
        let request = self.table.delete(owned::<_, Request>(request))?;
        if let Some(options) = options {
            self.table.delete(owned::<_, Options>(options))?;
        }
        let (request, body) = request.into_parts()?;
        self.note(HostFn::HttpHandle, asked(&request));
        let effect = Effect::Request {
            host: &request.host,
            port: request.port,
            tls: request.tls,
        };
        let permit = match self.authorise(effect) {
            Ok(permit) => permit,
            Err(_) => return Err(ErrorCode::HttpRequestDenied.into()),
        };
        let outgoing = Outgoing {
            permit,
            request,
            body,
        };
        let exchange = Exchange::Waiting(Box::new(outgoing));
        Ok(owned(self.table.push(exchange)?))
    }
}

type Got = Result<Result<Resource<types::IncomingResponse>, ErrorCode>, ()>;

impl types::HostFutureIncomingResponse for State {
    fn subscribe(
        &mut self,
        handle: Resource<types::FutureIncomingResponse>,
    ) -> wasmtime::Result<Resource<DynPollable>> {
        let parent: Resource<Exchange> = ours(&handle);
        self.table.get(&parent)?;
        let pollable = Pollable::Response(handle.rep());
        Ok(owned(self.table.push_child(pollable, &parent)?))
    }

    fn get(
        &mut self,
        handle: Resource<types::FutureIncomingResponse>,
    ) -> wasmtime::Result<Option<Got>> {
        let exchange = self.exchange(handle.rep())?;
        let got = match std::mem::replace(exchange, Exchange::Taken) {
            waiting @ Exchange::Waiting(_) => {
                *exchange = waiting;
                None
            }
            Exchange::Answered(Ok(response)) => {
                let response = self.table.push(Response::of(response))?;
                Some(Ok(Ok(owned(response))))
            }
            Exchange::Answered(Err(error)) => Some(Ok(Err(error))),
            Exchange::Taken => Some(Err(())),
        };
        self.note(
            HostFn::HttpResponse,
            Fact::new().number(u64::from(got.is_some())),
        );
        Ok(got)
    }

    fn drop(&mut self, handle: Resource<types::FutureIncomingResponse>) -> wasmtime::Result<()> {
        self.table.delete(owned::<_, Exchange>(handle))?;
        Ok(())
    }
}

/// `incoming-response`.
#[derive(Debug)]
struct Response {
    status: u16,
    headers: Fields,
    /// Until it is consumed.
    body: Option<Arc<[u8]>>,
}

impl Response {
    fn of(response: HttpResponse) -> Response {
        Response {
            status: response.status,
            headers: Fields::received(&response.headers),
            body: Some(response.body.into()),
        }
    }
}

impl State {
    fn response(
        &mut self,
        handle: &Resource<types::IncomingResponse>,
    ) -> wasmtime::Result<&mut Response> {
        Ok(self.table.get_mut(&ours(handle))?)
    }
}

impl types::HostIncomingResponse for State {
    fn status(&mut self, handle: Resource<types::IncomingResponse>) -> wasmtime::Result<u16> {
        Ok(self.response(&handle)?.status)
    }

    fn headers(
        &mut self,
        handle: Resource<types::IncomingResponse>,
    ) -> wasmtime::Result<Resource<types::Fields>> {
        let headers = self.response(&handle)?.headers.clone();
        self.push_fields(headers)
    }

    fn consume(
        &mut self,
        handle: Resource<types::IncomingResponse>,
    ) -> wasmtime::Result<Result<Resource<types::IncomingBody>, ()>> {
        match self.response(&handle)?.body.take() {
            Some(bytes) => Ok(Ok(owned(self.table.push(IncomingBody(Some(bytes)))?))),
            None => Ok(Err(())),
        }
    }

    fn drop(&mut self, handle: Resource<types::IncomingResponse>) -> wasmtime::Result<()> {
        self.table.delete(owned::<_, Response>(handle))?;
        Ok(())
    }
}
