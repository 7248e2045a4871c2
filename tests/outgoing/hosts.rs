//! A host pattern matches exactly what it says.

use proptest::prelude::*;
use sentinel::grant::{HostPattern, canonical, is_address};

fn pattern(text: &str) -> HostPattern {
    HostPattern::parse(text).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn what_matches_and_what_does_not() {
    for (text, host, port, tls, expected) in [
        ("example.com", "example.com", 443, true, true),
        ("example.com", "EXAMPLE.com", 443, true, true),
        ("example.com", "example.com.", 443, true, true),
        ("example.com", "example.com", 443, false, false),
        ("example.com", "example.com", 8443, true, false),
        ("example.com", "www.example.com", 443, true, false),
        ("example.com", "badexample.com", 443, true, false),
        ("example.com", "example.com.evil.test", 443, true, false),
        ("example.com", "example.co", 443, true, false),
        ("example.com", "", 443, true, false),
        ("example.com:8443", "example.com", 8443, true, true),
        ("http://example.com", "example.com", 80, false, true),
        ("http://example.com", "example.com", 80, true, false),
        ("http://example.com:8080", "example.com", 8080, false, true),
        ("*.example.com", "www.example.com", 443, true, true),
        ("*.example.com", "a.b.example.com", 443, true, true),
        ("*.example.com", "example.com", 443, true, false),
        ("*.example.com", ".example.com", 443, true, false),
        ("*.example.com", "badexample.com", 443, true, false),
        ("[::1]", "[::1]", 443, true, true),
        ("[0:0::1]:80", "[::1]", 80, true, true),
        ("127.0.0.1", "127.0.0.1", 443, true, true),
    ] {
        let matches = pattern(text).matches(host, port, tls);
        assert_eq!(matches, expected, "{text} {host}:{port} {tls}");
    }
}

#[test]
fn what_means_nothing_or_too_much_is_refused() {
    for text in [
        "",
        "*",
        "*.",
        "*.com",
        "*.*.com",
        "a..b",
        ".a",
        "a.",
        "a b",
        "user@example.com",
        "example.com/path",
        "example.com:",
        "example.com:0",
        "example.com:65536",
        "example.com:+80",
        "ftp://example.com",
        "exämple.com",
        "example.com?x",
        "[::1",
        "::1",
        "[fe80::1%eth0]",
        "127.1",
        "2130706433",
        "0x7f.0.0.1",
        "0177.0.0.1",
        "1.2.3.256",
        "*.0.0.1",
        "*.1.2.3.4",
        "a.0x7f",
    ] {
        // One dot at the end of a name is the name.
        if text == "a." {
            continue;
        }
        assert!(HostPattern::parse(text).is_err(), "{text:?}");
    }
}

#[test]
fn one_spelling_a_host() {
    for (host, expected) in [
        ("Example.COM.", Some("example.com")),
        ("127.0.0.1", Some("127.0.0.1")),
        ("127.0.0.1.", Some("127.0.0.1")),
        ("[::FFFF:127.0.0.1]", Some("[::ffff:127.0.0.1]")),
        ("[0:0:0:0:0:0:0:1]", Some("[::1]")),
        ("xn--bcher-kva.example", Some("xn--bcher-kva.example")),
        ("_dmarc.example.com", Some("_dmarc.example.com")),
        ("bücher.example", None),
        ("127.1", None),
        ("0x7f000001", None),
        ("017700000001", None),
        ("1.2.3.4.5", None),
        ("a..b", None),
        ("a%00b", None),
        ("[::1]x", None),
    ] {
        assert_eq!(canonical(host).as_deref(), expected, "{host}");
    }
}

fn label() -> impl Strategy<Value = String> {
    "[a-z]([a-z0-9-]{0,6}[a-z0-9])?"
}

fn name() -> impl Strategy<Value = String> {
    proptest::collection::vec(label(), 2..4).prop_map(|labels| labels.join("."))
}

proptest! {
    /// Another name, port or scheme never matches; the same in any case does.
    #[test]
    fn a_plain_pattern_is_equality(
        own in name(), other in name(), port in 1u16.., other_port in 1u16.., tls: bool
    ) {
        let scheme = if tls { "" } else { "http://" };
        let pattern = pattern(&format!("{scheme}{own}:{port}"));
        prop_assert!(pattern.matches(&own.to_uppercase(), port, tls));
        prop_assert!(!pattern.matches(&own, port, !tls));
        prop_assert_eq!(pattern.matches(&other, other_port, tls), own == other && port == other_port);
        for host in [format!("x{own}"), format!("{own}x"), format!("x.{own}"), format!("{own}.x")] {
            prop_assert!(!pattern.matches(&host, port, tls), "{}", host);
        }
    }

    /// A wildcard matches what ends in a dot and its name, with something
    /// before that.
    #[test]
    fn a_wildcard_is_below(own in name(), below in label(), other in name()) {
        let pattern = pattern(&format!("*.{own}"));
        let below = format!("{below}.{own}");
        prop_assert!(pattern.matches(&below, 443, true));
        prop_assert!(!pattern.matches(&own, 443, true));
        let stuck = format!("x{own}");
        prop_assert!(!pattern.matches(&stuck, 443, true));
        prop_assert_eq!(
            pattern.matches(&other, 443, true),
            other.ends_with(&format!(".{own}"))
        );
    }

    /// Written and read again it is the same pattern.
    #[test]
    fn a_pattern_is_what_it_prints(own in name(), port in 1u16.., tls: bool, wild: bool) {
        let (scheme, star) = (if tls { "" } else { "http://" }, if wild { "*." } else { "" });
        let first = pattern(&format!("{scheme}{star}{own}:{port}"));
        prop_assert_eq!(&first, &pattern(&first.to_string()));
    }

    /// A spelling is final, and no bytes make it panic.
    #[test]
    fn canonical_is_canonical(text in "\\PC{0,40}") {
        let _ = HostPattern::parse(&text);
        if let Some(host) = canonical(&text) {
            prop_assert_eq!(canonical(&host), Some(host.clone()));
            // What is an address for us is one for the standard library.
            let inner = host.trim_start_matches('[').trim_end_matches(']');
            prop_assert_eq!(is_address(&host), inner.parse::<std::net::IpAddr>().is_ok());
        }
    }

    /// Within: everything the inner one matches, the outer one does.
    #[test]
    fn within_is_within(inner in name(), outer in name(), wild: [bool; 2], host in name()) {
        let star = |wild: bool| if wild { "*." } else { "" };
        let inner = pattern(&format!("{}{inner}", star(wild[0])));
        let outer = pattern(&format!("{}{outer}", star(wild[1])));
        if inner.is_within(&outer) && inner.matches(&host, 443, true) {
            prop_assert!(outer.matches(&host, 443, true));
        }
        prop_assert!(inner.is_within(&inner));
    }
}
