//! Name → addresses that may be connected to → a connection to one of them.
//! The address that was looked at is the one connected to: a name that leads
//! elsewhere the next time it is asked leads nowhere.

use std::io::Result;
use std::net::{IpAddr, SocketAddr, TcpStream, ToSocketAddrs as _};
use std::time::Duration;

use super::{Shared, Verdict};
use crate::grant::{AddressKind, HostPattern, kind_of};

/// Addresses of one name that are tried.
const MAX_ADDRESSES: usize = 8;

/// How long one of them has to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// The machine's resolver.
pub fn system(name: &str, port: u16) -> Result<Vec<SocketAddr>> {
    let name = name.trim_start_matches('[').trim_end_matches(']');
    Ok((name, port).to_socket_addrs()?.collect())
}

/// A connection to a host that is listed.
pub fn dial(
    shared: &Shared,
    host: &str,
    port: u16,
    tls: bool,
) -> std::result::Result<TcpStream, Verdict> {
    let among = |list: &[HostPattern]| list.iter().any(|one| one.matches(host, port, tls));
    let inside = among(&shared.rules.inside);
    if !inside && !among(&shared.rules.registries) {
        return Err(Verdict::NotListed);
    }
    let found = (shared.resolve)(host, port).map_err(|_| Verdict::Unreachable)?;
    let (mut refused, mut tried) = (false, 0);
    for address in found {
        if !may_lead_to(address.ip(), inside) {
            refused = true;
            continue;
        }
        tried += 1;
        if tried > MAX_ADDRESSES || shared.is_over() {
            break;
        }
        if let Ok(stream) = TcpStream::connect_timeout(&address, PATIENCE) {
            return Ok(stream);
        }
    }
    match refused && tried == 0 {
        true => Err(Verdict::Address),
        false => Err(Verdict::Unreachable),
    }
}

/// What is inside may lie in the operator's network; where clouds keep their
/// credentials lies no registry.
fn may_lead_to(address: IpAddr, inside: bool) -> bool {
    match kind_of(address) {
        AddressKind::Public => true,
        AddressKind::Loopback | AddressKind::Private => inside,
        AddressKind::LinkLocal | AddressKind::Reserved => false,
    }
}
