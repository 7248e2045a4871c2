//! Where an address leads. A name on an allow-list says nothing about the
//! address it resolves to: whoever owns the name chooses that.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What kind of network an address belongs to (IANA's special-purpose address
/// registries, RFC 6890).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AddressKind {
    /// Reachable over the internet by anyone.
    Public,
    /// This machine.
    Loopback,
    /// Inside somebody's network: RFC 1918, RFC 4193, RFC 6598.
    Private,
    /// This link only, where clouds serve their credentials
    /// (`169.254.169.254`, `fd00:ec2::254`).
    LinkLocal,
    /// Unspecified, multicast, broadcast, documentation, benchmarking,
    /// reserved: nothing a request should ever go to.
    Reserved,
}

/// The kind of an address. IPv4 inside IPv6 (mapped, compatible, NAT64, 6to4,
/// Teredo) is looked at as the IPv4 address it leads to.
pub fn kind_of(address: IpAddr) -> AddressKind {
    match address {
        IpAddr::V4(address) => kind_of_v4(address),
        IpAddr::V6(address) => match embedded_v4(address) {
            Some(inner) => worse(kind_of_v4(inner), kind_of_v6(address)),
            None => kind_of_v6(address),
        },
    }
}

/// An embedding is never better than what it embeds.
fn worse(inner: AddressKind, outer: AddressKind) -> AddressKind {
    match inner {
        AddressKind::Public => outer,
        inner => inner,
    }
}

fn kind_of_v4(address: Ipv4Addr) -> AddressKind {
    let [a, b, c, d] = address.octets();
    // Oracle's and Alibaba's metadata services lie in other ranges.
    if matches!([a, b, c, d], [192, 0, 0, 192] | [100, 100, 100, _]) {
        return AddressKind::LinkLocal;
    }
    match (a, b, c) {
        (127, ..) => AddressKind::Loopback,
        (10, ..) | (172, 16..=31, _) | (192, 168, _) | (100, 64..=127, _) => AddressKind::Private,
        (169, 254, _) => AddressKind::LinkLocal,
        // "This network", IETF protocol assignments, documentation,
        // benchmarking, 6to4 relays, multicast, reserved, broadcast.
        (0, ..)
        | (192, 0, 0 | 2)
        | (192, 88, 99)
        | (198, 18..=19, _)
        | (198, 51, 100)
        | (203, 0, 113)
        | (224..=255, ..) => AddressKind::Reserved,
        _ => AddressKind::Public,
    }
}

fn kind_of_v6(address: Ipv6Addr) -> AddressKind {
    if address.is_loopback() {
        return AddressKind::Loopback;
    }
    let segments = address.segments();
    match segments[0] {
        // AWS serves its metadata on a unique local address.
        0xfd00 if segments[1] == 0x0ec2 => AddressKind::LinkLocal,
        0xfc00..=0xfdff => AddressKind::Private,
        0xfe80..=0xfebf => AddressKind::LinkLocal,
        // Site-local, deprecated and still routed somewhere.
        0xfec0..=0xfeff => AddressKind::Private,
        0xff00..=0xffff => AddressKind::Reserved,
        // Documentation (RFC 3849, RFC 9637) and Teredo, ORCHID, benchmarking.
        0x2001 if segments[1] == 0x0db8 || segments[1] < 0x0200 => AddressKind::Reserved,
        0x3fff if segments[1] < 0x1000 => AddressKind::Reserved,
        // Global unicast, and NAT64's well-known prefix, whose inside has been
        // looked at.
        0x2000..=0x3fff => AddressKind::Public,
        0x0064 if segments[1] == 0xff9b && segments[2] == 0 => AddressKind::Public,
        _ => AddressKind::Reserved,
    }
}

/// The IPv4 address an IPv6 address leads to, if it does.
fn embedded_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let s = address.segments();
    let join = |high: u16, low: u16| {
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        Ipv4Addr::new(a, b, c, d)
    };
    match s {
        // ::ffff:a.b.c.d (RFC 4291) and ::ffff:0:a.b.c.d (RFC 2765).
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0, 0, 0, 0, 0xffff, 0, high, low] => {
            Some(join(high, low))
        }
        // ::a.b.c.d, deprecated; `::` and `::1` are themselves.
        [0, 0, 0, 0, 0, 0, high, low] if high != 0 => Some(join(high, low)),
        // 64:ff9b::a.b.c.d (RFC 6052) and the local 64:ff9b:1::/48 (RFC 8215).
        [0x64, 0xff9b, 0 | 1, _, _, _, high, low] => Some(join(high, low)),
        // 2002:a.b.c.d:: (6to4, RFC 3056).
        [0x2002, high, low, ..] => Some(join(high, low)),
        _ => None,
    }
}
