//! A registry on loopback: files by their paths, over plain HTTP.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// A server that ends with its value.
pub struct Registry {
    address: SocketAddr,
    seen: Arc<Seen>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Seen {
    files: Mutex<BTreeMap<String, Vec<u8>>>,
    heads: Mutex<Vec<String>>,
    connections: AtomicU64,
    received: AtomicU64,
    over: AtomicBool,
}

impl Registry {
    pub fn start(files: &[(&str, &[u8])]) -> Registry {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Seen::default());
        let own = seen.clone();
        let thread = std::thread::spawn(move || {
            while !own.over.load(Ordering::Relaxed) {
                match listener.accept() {
                    Ok((stream, _)) => {
                        let own = own.clone();
                        std::thread::spawn(move || serve(stream, &own));
                    }
                    Err(_) => std::thread::sleep(Duration::from_millis(5)),
                }
            }
        });
        let registry = Registry {
            address,
            seen,
            thread: Some(thread),
        };
        for (path, bytes) in files {
            registry.file(path, bytes);
        }
        registry
    }

    /// Publishes a file.
    pub fn file(&self, path: &str, bytes: &[u8]) {
        let mut files = self.seen.files.lock().unwrap();
        files.insert(path.to_owned(), bytes.to_vec());
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://localhost:PORT`, as an operator lists it.
    pub fn url(&self) -> String {
        format!("http://localhost:{}", self.address.port())
    }

    pub fn connections(&self) -> u64 {
        self.seen.connections.load(Ordering::Relaxed)
    }

    pub fn received(&self) -> u64 {
        self.seen.received.load(Ordering::Relaxed)
    }

    /// Requests without their last empty line.
    pub fn heads(&self) -> Vec<String> {
        self.seen.heads.lock().unwrap().clone()
    }

    /// The paths that were asked for.
    pub fn asked(&self) -> Vec<String> {
        let path = |head: &String| head.split(' ').nth(1).unwrap_or_default().to_owned();
        self.heads().iter().map(path).collect()
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        self.seen.over.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve(mut stream: TcpStream, seen: &Seen) {
    seen.connections.fetch_add(1, Ordering::Relaxed);
    stream.set_nonblocking(false).unwrap();
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    let head = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break String::from_utf8_lossy(&bytes[..end]).into_owned();
        }
        match stream.read(&mut chunk) {
            Ok(0) | Err(_) => return,
            Ok(count) => {
                seen.received.fetch_add(count as u64, Ordering::Relaxed);
                bytes.extend(&chunk[..count]);
            }
        }
    };
    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
    let waits = head.starts_with("POST");
    seen.heads.lock().unwrap().push(head);
    if waits {
        let _ = stream.read_to_end(&mut Vec::new());
        return;
    }
    let found = seen.files.lock().unwrap().get(&path).cloned();
    let (status, body) = match found {
        Some(body) => ("200 OK", body),
        None => ("404 Not Found", b"not here\n".to_vec()),
    };
    let kind = match path.ends_with('/') {
        true => "text/html",
        false if path.ends_with(".tgz") || path.ends_with(".whl") => "application/octet-stream",
        false => "application/json",
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n",
        body.len()
    );
    let _ = stream.write_all(&[head.as_bytes(), &body].concat());
}
