//! What a client asks of a proxy: the first lines of a connection.

use crate::grant::{canonical, split_port};

/// Bytes of a request's head; registries ask for a few hundred.
pub const MAX_HEAD: usize = 16 * 1024;

/// Characters of a host that are told of.
const MAX_TOLD: usize = 100;

/// A request that a proxy can do something with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// `CONNECT name:port`: TLS follows.
    Tunnel { host: String, port: u16 },
    /// `GET http://name:port/…`: this request, as the server is to get it.
    Plain {
        host: String,
        port: u16,
        head: Vec<u8>,
    },
}

impl Asked {
    /// The host in its only spelling, the port, and whether TLS is spoken.
    pub fn target(&self) -> (&str, u16, bool) {
        match self {
            Asked::Tunnel { host, port } => (host, *port, true),
            Asked::Plain { host, port, .. } => (host, *port, false),
        }
    }
}

/// Reads a head, up to and with its empty line. The error is what was asked
/// for, as far as it can be told.
pub fn parse(head: &[u8]) -> Result<Asked, String> {
    let text = std::str::from_utf8(head).map_err(|_| "bytes".to_owned())?;
    let text = text.strip_suffix("\r\n\r\n").ok_or("half a request")?;
    let mut lines = text.split("\r\n");
    let first = lines.next().unwrap_or_default();
    let mut words = first.split(' ');
    let (Some(method), Some(target), Some(version), None) =
        (words.next(), words.next(), words.next(), words.next())
    else {
        return Err(shown(first));
    };
    let control = |line: &str| line.bytes().any(|byte| byte < b' ' && byte != b'\t');
    if !version.starts_with("HTTP/1.") || text.split("\r\n").any(control) {
        return Err(shown(first));
    }
    if method == "CONNECT" {
        let (host, port) = authority(target).ok_or_else(|| shown(target))?;
        let port = port.ok_or_else(|| shown(target))?;
        return Ok(Asked::Tunnel { host, port });
    }
    let rest = target
        .strip_prefix("http://")
        .ok_or_else(|| shown(target))?;
    let at = rest.find(['/', '?']).unwrap_or(rest.len());
    let (name, path) = rest.split_at(at);
    let (host, port) = authority(name).ok_or_else(|| shown(target))?;
    let port = port.unwrap_or(80);
    let slash = if path.starts_with('/') { "" } else { "/" };
    let mut passed = format!("{method} {slash}{path} HTTP/1.1\r\nHost: {host}:{port}\r\n");
    for line in lines.filter(|line| !is_between_us(line)) {
        passed.push_str(line);
        passed.push_str("\r\n");
    }
    // One request a connection: the next might be for somebody else.
    passed.push_str("Connection: close\r\n\r\n");
    Ok(Asked::Plain {
        host,
        port,
        head: passed.into_bytes(),
    })
}

/// Headers of the way to the proxy, and the one that the proxy writes itself.
fn is_between_us(line: &str) -> bool {
    let name = line.split(':').next().unwrap_or_default().trim();
    let name = name.to_ascii_lowercase();
    // A line that begins with a blank goes on from the one before it.
    let folded = line.starts_with([' ', '\t']);
    folded || name.starts_with("proxy-") || ["host", "connection", "keep-alive"].contains(&&*name)
}

fn authority(text: &str) -> Option<(String, Option<u16>)> {
    let (host, port) = split_port(text)?;
    Some((canonical(host)?, port))
}

/// For people: printable and short.
fn shown(text: &str) -> String {
    let printable = text
        .chars()
        .map(|c| if c.is_ascii_graphic() { c } else { '?' });
    printable.take(MAX_TOLD).collect()
}
