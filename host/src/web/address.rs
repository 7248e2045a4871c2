//! Name → addresses that the grant lets pass → a connection to one of them.

use std::net::{IpAddr, SocketAddr};

use futures_util::future::BoxFuture;
use rustls_pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

use super::{Outgoing, failed};
use crate::effect::{Failed, HttpRequest};
use crate::grant::{Effect, Grant};

/// Looks a name up. The machine's resolver, or a test's.
pub type Resolve =
    Box<dyn Fn(String, u16) -> BoxFuture<'static, std::io::Result<Vec<SocketAddr>>> + Send + Sync>;

/// Addresses of one name that are looked at: large services have a dozen, and
/// each is another wait where none answers.
const MAX_ADDRESSES: usize = 16;

/// The machine's resolver.
pub fn system() -> Resolve {
    Box::new(|name, port| {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), port)).await?;
            Ok(found.take(MAX_ADDRESSES).collect())
        })
    })
}

/// A connection, encrypted or not.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

impl Outgoing {
    /// The addresses behind a request's host that may be connected to. Where a
    /// name has good and bad ones, the bad ones are left out.
    pub(super) async fn addresses(
        &self,
        request: &HttpRequest,
        grant: &Grant,
        inside: bool,
    ) -> Result<Vec<SocketAddr>, Failed> {
        let mut found = match literal(&request.host) {
            Some(address) => vec![SocketAddr::new(address, request.port)],
            None => self.look_up(request).await?,
        };
        found.truncate(MAX_ADDRESSES);
        let mut refusal = None;
        found.retain(|address| {
            let address = address.ip();
            let decided = grant.authorise(Effect::Connect { address, inside });
            let passes = decided.is_ok();
            refusal = refusal.take().or(decided.err());
            passes
        });
        match (found.is_empty(), refusal) {
            (false, _) => Ok(found),
            (true, Some(refusal)) => Err(Failed::Denied(refusal)),
            (true, None) => Err(not_found(request)),
        }
    }

    async fn look_up(&self, request: &HttpRequest) -> Result<Vec<SocketAddr>, Failed> {
        let found = (self.resolve)(request.host.clone(), request.port).await;
        // The resolver's own words differ from machine to machine.
        found.map_err(|_| not_found(request))
    }

    /// The first address that answers.
    pub(super) async fn connect(
        &self,
        request: &HttpRequest,
        addresses: &[SocketAddr],
    ) -> Result<(Box<dyn Stream>, IpAddr), Failed> {
        // An address that swallows packets leaves time for another one.
        let patience = self.times.connect / 2;
        let mut why = "no address".to_owned();
        for address in addresses {
            match tokio::time::timeout(patience, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => {
                    let stream = self.encrypted(request, stream).await?;
                    return Ok((stream, address.ip()));
                }
                Ok(Err(error)) => why = error.kind().to_string(),
                Err(_) => why = "no answer".to_owned(),
            }
        }
        Err(failed(request, &format!("cannot connect: {why}")))
    }

    async fn encrypted(
        &self,
        request: &HttpRequest,
        stream: TcpStream,
    ) -> Result<Box<dyn Stream>, Failed> {
        // A request is small and waits for its answer.
        let _ = stream.set_nodelay(true);
        if !request.tls {
            return Ok(Box::new(stream));
        }
        let name = match literal(&request.host) {
            Some(address) => ServerName::IpAddress(address.into()),
            None => ServerName::try_from(request.host.clone())
                .map_err(|_| failed(request, "TLS has no such server name"))?,
        };
        let stream = self.tls.connect(name, stream).await;
        let stream = stream.map_err(|error| failed(request, &format!("TLS: {error}")))?;
        Ok(Box::new(stream))
    }
}

/// An address that was written instead of a name.
fn literal(host: &str) -> Option<IpAddr> {
    let inner = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    inner.unwrap_or(host).parse().ok()
}

fn not_found(request: &HttpRequest) -> Failed {
    Failed::NotFound(format!("the name {} has no address", request.host))
}
