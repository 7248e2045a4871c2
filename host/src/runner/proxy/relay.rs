//! Bytes from one side to the other, counted, until somebody has nothing more
//! to say or the budget ends.

use std::io::{ErrorKind, Read, Result, Write};
use std::net::{Shutdown, TcpStream};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use super::{Shared, over};

/// Bytes taken at a time.
const CHUNK: usize = 32 * 1024;

/// How long a read waits before it looks whether the run is over.
pub const LOOK: Duration = Duration::from_millis(200);

/// How long a side has to take what it is sent.
const TAKE: Duration = Duration::from_secs(30);

/// How a connection ended.
pub struct Relayed {
    pub sent: u64,
    pub received: u64,
}

/// Relays both ways; `first` was read from the client already.
pub fn relay(shared: &Shared, client: &UnixStream, server: &TcpStream, first: &[u8]) -> Relayed {
    let begun = times(client, server).and_then(|()| {
        if !shared.spend(first.len()) {
            return Err(over());
        }
        let mut to = server;
        to.write_all(first)
    });
    if begun.is_err() {
        return Relayed {
            sent: 0,
            received: 0,
        };
    }
    let (sent, received) = std::thread::scope(|scope| {
        let out = scope.spawn(|| {
            let sent = pump(shared, client, server);
            let _ = server.shutdown(Shutdown::Write);
            if sent.1 {
                // What was cut ends both ways.
                let _ = server.shutdown(Shutdown::Both);
            }
            sent
        });
        let received = pump(shared, server, client);
        let _ = client.shutdown(Shutdown::Write);
        if received.1 {
            let _ = client.shutdown(Shutdown::Both);
        }
        (out.join().unwrap_or((0, true)), received)
    });
    Relayed {
        sent: sent.0 + first.len() as u64,
        received: received.0,
    }
}

fn times(client: &UnixStream, server: &TcpStream) -> Result<()> {
    client.set_read_timeout(Some(LOOK))?;
    client.set_write_timeout(Some(TAKE))?;
    server.set_read_timeout(Some(LOOK))?;
    server.set_write_timeout(Some(TAKE))?;
    server.set_nodelay(true)
}

/// How many bytes went over, and whether the end was forced.
fn pump(shared: &Shared, mut from: impl Read, mut to: impl Write) -> (u64, bool) {
    let idle = Duration::from_secs(shared.rules.limits.idle_seconds);
    let mut chunk = vec![0; CHUNK];
    let (mut count, mut last) = (0, Instant::now());
    loop {
        if shared.is_over() || last.elapsed() > idle {
            return (count, true);
        }
        match from.read(&mut chunk) {
            Ok(0) => return (count, false),
            Ok(read) => {
                if !shared.spend(read) || to.write_all(&chunk[..read]).is_err() {
                    return (count, true);
                }
                count += read as u64;
                last = Instant::now();
            }
            Err(error) if waits(error.kind()) => {}
            Err(_) => return (count, true),
        }
    }
}

/// Nothing came within the time of one look.
pub fn waits(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted
    )
}
