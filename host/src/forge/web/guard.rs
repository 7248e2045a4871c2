//! Which addresses a name may lead to. Whoever owns a name chooses what it
//! resolves to, at every look-up anew: so the address is looked at when it is
//! connected to, and never only when the name is read.

use std::collections::BTreeSet;
use std::error::Error;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use hyper_util::client::legacy::connect::dns::Name;
use tower_service::Service;

use crate::grant::{AddressKind, kind_of};

/// Addresses of one name that are looked at.
const MAX_ADDRESSES: usize = 16;

/// What may be connected to.
#[derive(Debug, Clone)]
pub(in crate::forge) enum Guard {
    /// Wherever a configured name leads.
    Open,
    /// Public addresses; and the operator's own network behind these hosts,
    /// in lower case.
    Public { inside: Arc<BTreeSet<String>> },
}

impl Guard {
    /// Whether a host may lead to an address.
    pub fn passes(&self, host: &str, address: IpAddr) -> bool {
        match self {
            Guard::Open => true,
            Guard::Public { inside } => match kind_of(address) {
                AddressKind::Public => true,
                AddressKind::Loopback | AddressKind::Private => {
                    inside.contains(&host.to_ascii_lowercase())
                }
                // Where clouds keep their credentials, and what is no host.
                AddressKind::LinkLocal | AddressKind::Reserved => false,
            },
        }
    }
}

/// Whether an error is the guard's word: trying again changes nothing.
pub(super) fn refused(error: &(dyn Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        let io = error.downcast_ref::<io::Error>();
        if io.is_some_and(|io| io.kind() == io::ErrorKind::PermissionDenied) {
            return true;
        }
        next = error.source();
    }
    false
}

/// An address that was written instead of a name: nobody resolves it.
pub(in crate::forge) fn literal(host: &str) -> Option<IpAddr> {
    let inner = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    inner.unwrap_or(host).parse().ok()
}

impl Service<Name> for Guard {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let guard = self.clone();
        Box::pin(async move {
            // The connector puts the port in the place of this one.
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let found = found.take(MAX_ADDRESSES);
            let passing: Vec<SocketAddr> = found
                .filter(|address| guard.passes(name.as_str(), address.ip()))
                .collect();
            match passing.is_empty() {
                true => Err(io::Error::new(
                    io::ErrorKind::PermissionDenied,
                    "the name leads to no public address; a server of your own network is listed \
                     in generic.log_origins_inside",
                )),
                false => Ok(passing.into_iter()),
            }
        })
    }
}
