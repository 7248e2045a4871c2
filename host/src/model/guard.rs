//! Which addresses the name in `base_url` may lead to: looked at when it is
//! connected to, because whoever owns the name chooses them at every look-up.

use std::error::Error;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

use hyper_util::client::legacy::connect::dns::Name;
use tower_service::Service;

use super::settings::{Place, passes};

/// Addresses of one name that are looked at.
const MAX_ADDRESSES: usize = 16;

/// Why a name was refused.
pub(super) const REFUSED: &str = "it leads to no address that is allowed; for a server inside your \
                                  own network set inside = true, and without TLS it must be one";

/// A resolver that leaves out what may not be connected to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Guard {
    inside: bool,
    plain: bool,
}

impl Guard {
    pub fn of(place: &Place) -> Guard {
        Guard {
            inside: place.inside,
            plain: place.plain,
        }
    }
}

impl Service<Name> for Guard {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let Guard { inside, plain } = *self;
        Box::pin(async move {
            // The connector puts the port in the place of this one.
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let found = found.take(MAX_ADDRESSES);
            let passing: Vec<SocketAddr> = found
                .filter(|address| passes(address.ip(), inside, plain))
                .collect();
            match passing.is_empty() {
                true => Err(io::Error::new(io::ErrorKind::PermissionDenied, REFUSED)),
                false => Ok(passing.into_iter()),
            }
        })
    }
}

/// Whether an error is the guard's word.
pub(super) fn refused(error: &(dyn Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        let io = error.downcast_ref::<io::Error>();
        if io.is_some_and(|io| io.to_string() == REFUSED) {
            return true;
        }
        next = error.source();
    }
    false
}
