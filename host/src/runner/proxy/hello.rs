//! The server's name in the first message of TLS (RFC 8446, 4.1.2; RFC 6066,
//! 3). A tunnel to one server is not to become a way to another behind the
//! same address.

use crate::grant::canonical;

/// Bytes of a first message; with post-quantum keys they have two thousand.
pub const MAX_HELLO: usize = 64 * 1024;

const HANDSHAKE: u8 = 22;
const CLIENT_HELLO: u8 = 1;
const SERVER_NAME: usize = 0;
const HOST_NAME: u8 = 0;

/// What the bytes say so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hello {
    /// The message goes on.
    Incomplete,
    /// The name, in its only spelling.
    Name(String),
    /// Not TLS, or without a name.
    Nameless,
}

/// Reads the beginning of what a client sends.
pub fn read(bytes: &[u8]) -> Hello {
    match message(bytes) {
        Ok(Some(message)) => match name(&message) {
            Some(name) => Hello::Name(name),
            None => Hello::Nameless,
        },
        Ok(None) if bytes.len() < MAX_HELLO => Hello::Incomplete,
        Ok(None) | Err(()) => Hello::Nameless,
    }
}

/// The body of the first handshake message, out of as many records as it takes.
fn message(bytes: &[u8]) -> Result<Option<Vec<u8>>, ()> {
    let mut message = Vec::new();
    let mut rest = bytes;
    loop {
        if let [kind, a, b, c, ..] = message[..] {
            if kind != CLIENT_HELLO {
                return Err(());
            }
            let length = usize::from(a) << 16 | usize::from(b) << 8 | usize::from(c);
            if length > MAX_HELLO {
                return Err(());
            }
            if message.len() >= 4 + length {
                return Ok(Some(message[4..4 + length].to_vec()));
            }
        }
        let Some(kind) = rest.first() else {
            return Ok(None);
        };
        if *kind != HANDSHAKE {
            return Err(());
        }
        let [_, _, _, high, low, after @ ..] = rest else {
            return Ok(None);
        };
        let length = usize::from(*high) << 8 | usize::from(*low);
        if length == 0 {
            // Empty records would go on for ever.
            return Err(());
        }
        let Some(fragment) = after.get(..length) else {
            return Ok(None);
        };
        message.extend_from_slice(fragment);
        rest = &after[length..];
    }
}

/// The one name of the extension.
fn name(hello: &[u8]) -> Option<String> {
    let mut from = hello;
    // Version and random.
    take(&mut from, 2 + 32)?;
    for width in [1, 2, 1] {
        // Session, cipher suites, compression.
        let length = number(&mut from, width)?;
        take(&mut from, length)?;
    }
    let length = number(&mut from, 2)?;
    let mut extensions = take(&mut from, length)?;
    while !extensions.is_empty() {
        let kind = number(&mut extensions, 2)?;
        let length = number(&mut extensions, 2)?;
        let mut body = take(&mut extensions, length)?;
        if kind != SERVER_NAME {
            continue;
        }
        let length = number(&mut body, 2)?;
        let mut list = take(&mut body, length)?;
        let (kind, length) = (take(&mut list, 1)?, number(&mut list, 2)?);
        let name = take(&mut list, length)?;
        // A second name would be another server.
        if kind != [HOST_NAME] || !list.is_empty() || !body.is_empty() {
            return None;
        }
        return canonical(std::str::from_utf8(name).ok()?);
    }
    None
}

fn take<'a>(from: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (taken, rest) = from.split_at_checked(count)?;
    *from = rest;
    Some(taken)
}

fn number(from: &mut &[u8], width: usize) -> Option<usize> {
    let bytes = take(from, width)?;
    Some(
        bytes
            .iter()
            .fold(0, |sum, byte| sum << 8 | usize::from(*byte)),
    )
}
