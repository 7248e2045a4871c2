//! One host, one spelling. Whoever decides about a host and whoever connects
//! to it must mean the same one.

use core::net::{Ipv4Addr, Ipv6Addr};

/// Longest name of the DNS, in bytes, without the dot at its end.
const MAX_NAME_BYTES: usize = 253;

/// Longest part between two dots.
const MAX_LABEL_BYTES: usize = 63;

/// A host's only spelling: a name in lower case without a dot at its end, four
/// decimal numbers, or an IPv6 address in brackets as RFC 5952 writes it. None
/// for what is no host, and for the spellings of IPv4 that only some programs
/// understand (`0177.1`, `2130706433`, `0x7f.0.0.1`).
pub fn canonical(host: &str) -> Option<String> {
    if let Some(rest) = host.strip_prefix('[') {
        let address: Ipv6Addr = rest.strip_suffix(']')?.parse().ok()?;
        return Some(format!("[{address}]"));
    }
    let name = host.strip_suffix('.').unwrap_or(host);
    if name.len() > MAX_NAME_BYTES || !name.split('.').all(is_label) {
        return None;
    }
    match ends_in_number(name) {
        true => name
            .parse()
            .ok()
            .map(|address: Ipv4Addr| address.to_string()),
        false => Some(name.to_ascii_lowercase()),
    }
}

/// Whether a canonical host is an address and no name.
pub fn is_address(host: &str) -> bool {
    host.starts_with('[') || ends_in_number(host)
}

fn is_label(label: &str) -> bool {
    let good = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    !label.is_empty() && label.len() <= MAX_LABEL_BYTES && label.bytes().all(good)
}

/// What some resolver may take for an IPv4 address: no top-level domain is a
/// number (the WHATWG URL standard draws the line there).
fn ends_in_number(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or(name);
    let hexadecimal = last.strip_prefix("0x").or_else(|| last.strip_prefix("0X"));
    match hexadecimal {
        Some(digits) => digits.bytes().all(|byte| byte.is_ascii_hexdigit()),
        None => last.bytes().all(|byte| byte.is_ascii_digit()),
    }
}

/// A host and the port behind it, where there is one. None where the port is
/// no number from 1 to 65535.
pub fn split_port(authority: &str) -> Option<(&str, Option<u16>)> {
    // The colons inside brackets are the address's own.
    let after = authority.rfind(']').map_or(0, |end| end + 1);
    match authority[after..].find(':') {
        None => Some((authority, None)),
        Some(colon) => {
            let (host, port) = authority.split_at(after + colon);
            Some((host, Some(port_number(&port[1..])?)))
        }
    }
}

fn port_number(text: &str) -> Option<u16> {
    let digits = text.len() <= 5 && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = digits.then(|| text.parse().ok()).flatten();
    number.filter(|number| *number > 0)
}
