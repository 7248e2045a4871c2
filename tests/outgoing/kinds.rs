//! What kind of network an address belongs to, and that no spelling of a
//! private address passes for a public one.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use proptest::prelude::*;
use sentinel::grant::{AddressKind, kind_of};

fn kind(text: &str) -> AddressKind {
    kind_of(
        text.parse()
            .unwrap_or_else(|error| panic!("{text}: {error}")),
    )
}

/// First and last address of every special range, and the public neighbours.
#[test]
fn every_special_range() {
    use AddressKind::*;
    for (address, expected) in [
        ("0.0.0.0", Reserved),
        ("0.255.255.255", Reserved),
        ("1.0.0.0", Public),
        ("9.255.255.255", Public),
        ("10.0.0.0", Private),
        ("10.255.255.255", Private),
        ("11.0.0.0", Public),
        ("100.63.255.255", Public),
        ("100.64.0.0", Private),
        ("100.127.255.255", Private),
        ("100.128.0.0", Public),
        ("100.100.100.200", LinkLocal),
        ("126.255.255.255", Public),
        ("127.0.0.0", Loopback),
        ("127.0.0.1", Loopback),
        ("127.255.255.255", Loopback),
        ("128.0.0.0", Public),
        ("169.253.255.255", Public),
        ("169.254.0.0", LinkLocal),
        ("169.254.169.254", LinkLocal),
        ("169.254.255.255", LinkLocal),
        ("169.255.0.0", Public),
        ("172.15.255.255", Public),
        ("172.16.0.0", Private),
        ("172.31.255.255", Private),
        ("172.32.0.0", Public),
        ("192.0.0.1", Reserved),
        ("192.0.0.192", LinkLocal),
        ("192.0.2.1", Reserved),
        ("192.88.99.1", Reserved),
        ("192.167.255.255", Public),
        ("192.168.0.0", Private),
        ("192.168.255.255", Private),
        ("192.169.0.0", Public),
        ("198.17.255.255", Public),
        ("198.18.0.0", Reserved),
        ("198.19.255.255", Reserved),
        ("198.20.0.0", Public),
        ("198.51.100.1", Reserved),
        ("203.0.113.1", Reserved),
        ("223.255.255.255", Public),
        ("224.0.0.0", Reserved),
        ("239.255.255.255", Reserved),
        ("240.0.0.0", Reserved),
        ("255.255.255.255", Reserved),
        ("::", Reserved),
        ("::1", Loopback),
        ("::2", Reserved),
        ("64:ff9b::808:808", Public),
        ("64:ff9b:1::a00:1", Private),
        ("100::1", Reserved),
        ("2001::1", Reserved),
        ("2001:db8::1", Reserved),
        ("2001:4860:4860::8888", Public),
        ("2606:4700:4700::1111", Public),
        ("3fff::1", Reserved),
        ("4000::1", Reserved),
        ("fc00::1", Private),
        ("fd00::1", Private),
        ("fd00:ec2::254", LinkLocal),
        ("fe80::1", LinkLocal),
        ("febf::1", LinkLocal),
        ("fec0::1", Private),
        ("ff02::1", Reserved),
    ] {
        assert_eq!(kind(address), expected, "{address}");
    }
}

/// Every way to write an IPv4 address as an IPv6 one.
fn embeddings(address: Ipv4Addr) -> [Ipv6Addr; 6] {
    let [a, b, c, d] = address.octets();
    let (high, low) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
    [
        Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, high, low),
        Ipv6Addr::new(0, 0, 0, 0, 0, 0, high, low),
        Ipv6Addr::new(0, 0, 0, 0, 0xffff, 0, high, low),
        Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, high, low),
        Ipv6Addr::new(0x64, 0xff9b, 1, 0, 0, 0, high, low),
        Ipv6Addr::new(0x2002, high, low, 0, 0, 0, 0, 1),
    ]
}

fn not_public() -> impl Strategy<Value = Ipv4Addr> {
    any::<[u8; 4]>().prop_filter_map("public", |octets| {
        let prefixes: [&[u8]; 7] = [
            &[10],
            &[127],
            &[169, 254],
            &[192, 168],
            &[172, 16],
            &[100, 64],
            &[0],
        ];
        let mut all = octets;
        let prefix = prefixes[usize::from(octets[3]) % prefixes.len()];
        all[..prefix.len()].copy_from_slice(prefix);
        let address = Ipv4Addr::from(all);
        (kind_of(address.into()) != AddressKind::Public).then_some(address)
    })
}

proptest! {
    #[test]
    fn kind_of_is_total(octets: [u8; 16], v4: [u8; 4]) {
        let _ = kind_of(IpAddr::V6(octets.into()));
        let _ = kind_of(IpAddr::V4(v4.into()));
    }

    /// However it is wrapped, what is not public stays so.
    #[test]
    fn no_embedding_makes_an_address_public(address in not_public()) {
        for wrapped in embeddings(address) {
            prop_assert_ne!(kind_of(wrapped.into()), AddressKind::Public, "{}", wrapped);
        }
    }

    /// An address that the standard library calls loopback, private,
    /// link-local, multicast, … is never public. Somebody else's list.
    #[test]
    fn the_standard_library_agrees(v4: [u8; 4], v6: [u16; 8]) {
        let v4 = Ipv4Addr::from(v4);
        if v4.is_loopback() || v4.is_private() || v4.is_link_local() || v4.is_broadcast()
            || v4.is_documentation() || v4.is_multicast() || v4.is_unspecified()
        {
            prop_assert_ne!(kind_of(v4.into()), AddressKind::Public, "{}", v4);
        }
        let v6 = Ipv6Addr::from(v6);
        if v6.is_loopback() || v6.is_multicast() || v6.is_unspecified()
            || v6.is_unique_local() || v6.is_unicast_link_local()
        {
            prop_assert_ne!(kind_of(v6.into()), AddressKind::Public, "{}", v6);
        }
    }
}
