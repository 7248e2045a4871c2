//! One connection, from its first byte to its last.

use std::io::{Read as _, Result, Write as _};
use std::os::unix::net::UnixStream;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::hello::{Hello, read as read_hello};
use super::relay::{LOOK, Relayed, relay, waits};
use super::request::{Asked, MAX_HEAD, parse};
use super::{Shared, Verdict, dial, over};

/// How long a client has for the head of its request, and for TLS's first
/// message.
const HEAD: Duration = Duration::from_secs(20);

/// Who is refused before it said whom it wants.
const NOBODY: &str = "nobody";

pub fn serve(mut client: UnixStream, shared: &Shared) {
    let number = shared.begun.fetch_add(1, Ordering::Relaxed);
    if number >= shared.rules.limits.connections {
        refuse(&mut client, shared, NOBODY, Verdict::Budget);
        return;
    }
    let timed = client.set_nonblocking(false);
    if timed
        .and_then(|()| client.set_read_timeout(Some(LOOK)))
        .is_err()
    {
        return;
    }
    let Ok((head, rest)) = head(&mut client, shared) else {
        return;
    };
    match parse(&head) {
        Ok(asked) => pass(client, shared, &asked, rest),
        Err(what) => refuse(&mut client, shared, &what, Verdict::Malformed),
    }
}

/// Everything up to the first empty line, and what came after it.
fn head(client: &mut UnixStream, shared: &Shared) -> Result<(Vec<u8>, Vec<u8>)> {
    let mut bytes = Vec::new();
    let since = Instant::now();
    loop {
        let end = memchr::memmem::find(&bytes, b"\r\n\r\n");
        if let Some(end) = end.filter(|end| end + 4 <= MAX_HEAD) {
            let rest = bytes.split_off(end + 4);
            return Ok((bytes, rest));
        }
        if bytes.len() > MAX_HEAD {
            // Its end, wherever it is, is not read: half a request is none.
            bytes.truncate(MAX_HEAD);
            return Ok((bytes, Vec::new()));
        }
        more(client, shared, &mut bytes, since)?;
    }
}

/// Some more bytes; an error at the end, or when it takes too long.
fn more(
    client: &mut UnixStream,
    shared: &Shared,
    bytes: &mut Vec<u8>,
    since: Instant,
) -> Result<()> {
    let mut chunk = [0; 4096];
    loop {
        if shared.is_over() || since.elapsed() > HEAD {
            return Err(over());
        }
        match client.read(&mut chunk) {
            Ok(0) => return Err(over()),
            Ok(count) => {
                bytes.extend_from_slice(&chunk[..count]);
                return Ok(());
            }
            Err(error) if waits(error.kind()) => {}
            Err(error) => return Err(error),
        }
    }
}

fn pass(mut client: UnixStream, shared: &Shared, asked: &Asked, rest: Vec<u8>) {
    let (host, port, tls) = asked.target();
    let shown = format!("{host}:{port}");
    let server = match dial::dial(shared, host, port, tls) {
        Ok(server) => server,
        Err(verdict) => return refuse(&mut client, shared, &shown, verdict),
    };
    let first = match asked {
        Asked::Plain { head, .. } => [&head[..], &rest].concat(),
        Asked::Tunnel { .. } => match greeted(&mut client, shared, host, rest) {
            Ok(first) => first,
            // The client believes in its tunnel: there is nothing to say but
            // that it ends.
            Err(verdict) => return shared.tell(&shown, verdict, 0, 0),
        },
    };
    let Relayed { sent, received } = relay(shared, &client, &server, &first);
    let spent = shared.bytes.load(Ordering::Relaxed) > shared.rules.limits.bytes;
    let verdict = if spent {
        Verdict::Budget
    } else {
        Verdict::Passed
    };
    shared.tell(&shown, verdict, sent, received);
}

/// Opens the tunnel for the client, and reads whom it greets in it.
fn greeted(
    client: &mut UnixStream,
    shared: &Shared,
    host: &str,
    mut bytes: Vec<u8>,
) -> std::result::Result<Vec<u8>, Verdict> {
    let gone = |_| Verdict::ServerName;
    client
        .write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")
        .map_err(gone)?;
    let since = Instant::now();
    loop {
        match read_hello(&bytes) {
            Hello::Name(name) if name == host => return Ok(bytes),
            Hello::Name(_) | Hello::Nameless => return Err(Verdict::ServerName),
            Hello::Incomplete => more(client, shared, &mut bytes, since).map_err(gone)?,
        }
    }
}

/// Tells the client why, and what would allow it.
fn refuse(client: &mut UnixStream, shared: &Shared, host: &str, verdict: Verdict) {
    shared.tell(host, verdict, 0, 0);
    let status = match verdict {
        Verdict::Passed => return,
        Verdict::Malformed => "400 Bad Request",
        Verdict::NotListed | Verdict::Address | Verdict::ServerName => "403 Forbidden",
        Verdict::Budget => "429 Too Many Requests",
        Verdict::Unreachable => "502 Bad Gateway",
    };
    let hint = match verdict {
        Verdict::NotListed => "; `registries` below [runner] lists hosts that commands may reach",
        Verdict::Address => "; `registries_inside` lists hosts of the operator's own network",
        Verdict::Budget => "; [runner.network] says how much a run may use",
        Verdict::Passed | Verdict::ServerName | Verdict::Malformed | Verdict::Unreachable => "",
    };
    let body = format!("sentinel: {host}: {}{hint}\n", verdict.as_str());
    let answer = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n{body}",
        body.len()
    );
    let _ = client.set_write_timeout(Some(LOOK));
    let _ = client.write_all(answer.as_bytes());
}
