//! The way to the registries inside: a port of the sandbox's own loopback, so
//! that `HTTPS_PROXY` works for every tool, and behind it the proxy's socket.
//!
//! A process of its own beside the command, which it ends with. It decides
//! nothing: whoever connects to the socket directly gets no further.

use std::io::{Read, Result, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::super::enter::{STAGES, Stage, input};
use super::super::proxy;

/// Connections at a time: as many as the proxy serves.
const AT_ONCE: usize = 64;

/// Between two looks at whether one of them has ended.
const PAUSE: Duration = Duration::from_millis(5);

/// Bytes taken at a time.
const CHUNK: usize = 32 * 1024;

/// Starts it; the answer is what tools call it by.
pub fn start() -> Result<String> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let port = listener.local_addr()?.port();
    Command::new("/proc/self/exe")
        .args([STAGES, Stage::Forward.as_str()])
        .env_clear()
        .stdin(Stdio::from(OwnedFd::from(listener)))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        // The keeper buries it with everything else.
        .spawn()?;
    Ok(format!("http://127.0.0.1:{port}"))
}

/// The step: standard input is the port.
pub fn forward() -> Result<()> {
    let listener = TcpListener::from(OwnedFd::from(input()?));
    let open = Arc::new(AtomicUsize::new(0));
    loop {
        while open.load(Ordering::Relaxed) >= AT_ONCE {
            std::thread::sleep(PAUSE);
        }
        let (client, _) = listener.accept()?;
        let own = open.clone();
        own.fetch_add(1, Ordering::Relaxed);
        let thread = std::thread::Builder::new().spawn(move || {
            let _ = serve(&client);
            own.fetch_sub(1, Ordering::Relaxed);
        });
        if thread.is_err() {
            // No process is left for it: the client is told by its end.
            open.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

fn serve(client: &TcpStream) -> Result<()> {
    let server = UnixStream::connect(proxy::inside())?;
    std::thread::scope(|scope| {
        scope.spawn(|| {
            pump(client, &server);
            let _ = server.shutdown(Shutdown::Write);
        });
        pump(&server, client);
        let _ = client.shutdown(Shutdown::Both);
        // The proxy has nothing more to say, so nothing more is to be said.
        let _ = server.shutdown(Shutdown::Both);
    });
    Ok(())
}

fn pump(mut from: impl Read, mut to: impl Write) {
    let mut chunk = vec![0; CHUNK];
    while let Ok(count) = from.read(&mut chunk) {
        if count == 0 || to.write_all(&chunk[..count]).is_err() {
            return;
        }
    }
}
