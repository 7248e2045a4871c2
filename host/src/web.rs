//! Requests to the web on a guest's behalf.
//!
//! A request comes with the grant it is made under. The name is resolved once,
//! the grant is asked about every address before it is used, and the socket
//! is connected to the very address that passed: what the name resolves to a
//! moment later does not matter. Deliberately absent: redirects (a 3xx is an
//! answer, and following it is the guest's next request, authorised anew),
//! proxies of the environment, cookies, decompression, connections that are
//! used twice, retries.

mod address;
mod answer;
mod credential;
mod send;

use std::sync::Arc;
use std::time::Duration;

use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

pub use address::{Resolve, system};
pub use credential::{Credential, InvalidCredential};

use crate::effect::{Failed, HttpRequest, HttpResponse};
use crate::grant::{Effect, Grant, HostPattern, Permit};

/// How long things may take.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    /// Resolving a name and connecting to it, TLS included.
    pub connect: Duration,
    /// A whole request, from the name to the last byte of the answer.
    pub request: Duration,
}

impl Default for Times {
    fn default() -> Self {
        Times {
            // A reachable host answers a handshake within a second.
            connect: Duration::from_secs(5),
            // Less than a task's wall time, so that an agent is told and can
            // still answer.
            request: Duration::from_secs(20),
        }
    }
}

/// What the operator said about one agent's hosts.
#[derive(Debug, Clone, Default)]
pub struct Site {
    /// Hosts of their own network: their addresses may be private.
    pub inside: Vec<HostPattern>,
    pub credentials: Vec<Credential>,
}

impl Site {
    fn is_inside(&self, request: &HttpRequest) -> bool {
        let matches = |host: &HostPattern| host.matches(&request.host, request.port, request.tls);
        self.inside.iter().any(matches)
    }
}

/// Whatever sends requests.
pub struct Outgoing {
    resolve: Resolve,
    tls: TlsConnector,
    times: Times,
}

impl Outgoing {
    /// With the machine's resolver and the certificates it trusts.
    pub fn new() -> std::io::Result<Outgoing> {
        let mut roots = RootCertStore::empty();
        // Some stores hold certificates that do not parse; the rest counts.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if roots.is_empty() {
            tracing::warn!("this machine trusts no certificates: agents' https requests will fail");
        }
        Outgoing::with(system(), roots, Times::default())
    }

    pub fn with(resolve: Resolve, roots: RootCertStore, times: Times) -> std::io::Result<Outgoing> {
        let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(std::io::Error::other)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Outgoing {
            resolve,
            tls: TlsConnector::from(Arc::new(config)),
            times,
        })
    }

    /// Sends a request and reads its answer, of at most the permit's bytes.
    pub async fn fetch(
        &self,
        request: &HttpRequest,
        grant: &Grant,
        permit: &Permit,
        site: &Site,
    ) -> Result<HttpResponse, Failed> {
        // The permit is for the capability; which host is asked here again.
        let effect = Effect::Request {
            host: &request.host,
            port: request.port,
            tls: request.tls,
        };
        let _host_passes: Permit = grant.authorise(effect).map_err(Failed::Denied)?;
        let exchange = self.exchange(request, grant, permit.budgets().bytes, site);
        match tokio::time::timeout(self.times.request, exchange).await {
            Ok(answer) => answer,
            Err(_) => Err(failed(
                request,
                &within("there was no answer", self.times.request),
            )),
        }
    }

    async fn exchange(
        &self,
        request: &HttpRequest,
        grant: &Grant,
        bytes: u64,
        site: &Site,
    ) -> Result<HttpResponse, Failed> {
        let inside = site.is_inside(request);
        let connecting = async {
            let addresses = self.addresses(request, grant, inside).await?;
            self.connect(request, &addresses).await
        };
        let connected = tokio::time::timeout(self.times.connect, connecting).await;
        let (stream, address) = connected.map_err(|_| {
            failed(
                request,
                &within("there was no connection", self.times.connect),
            )
        })??;
        let credential = Credential::of(&site.credentials, request, inside, address);
        let answer = send::over(stream, request, credential, bytes).await?;
        match credential {
            Some(credential) => credential.hidden_in(answer, request),
            None => Ok(answer),
        }
    }
}

fn within(what: &str, time: Duration) -> String {
    format!("{what} within {} ms", time.as_millis())
}

/// Why nothing came of a request, without addresses and without what was sent.
fn failed(request: &HttpRequest, why: &str) -> Failed {
    let scheme = if request.tls { "https" } else { "http" };
    let HttpRequest { host, port, .. } = request;
    Failed::Unavailable(format!("{scheme}://{host}:{port}: {why}"))
}
