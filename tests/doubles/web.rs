//! A server that answers byte for byte what a test says, and remembers what it
//! was asked. It speaks as much HTTP as it takes to find a request's end.

use std::future::pending;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

/// A request as it came over the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Request line and headers.
    pub head: String,
    pub body: String,
}

impl Seen {
    /// The value of a header, `a, b` where it is there twice.
    pub fn header(&self, name: &str) -> Option<String> {
        let lines = self.head.lines().skip(1);
        let pairs = lines.filter_map(|line| line.split_once(':'));
        let values: Vec<&str> = pairs
            .filter(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim())
            .collect();
        (!values.is_empty()).then(|| values.join(", "))
    }

    pub fn target(&self) -> &str {
        self.head.split(' ').nth(1).unwrap_or_default()
    }
}

/// What a server does with a request.
pub enum Reply {
    Bytes(Vec<u8>),
    /// A byte now and then, for ever.
    Trickle(Vec<u8>),
    /// These bytes, and then others now and then, for ever.
    Drip(Vec<u8>, Vec<u8>),
    /// Nothing, and the connection stays open.
    Silence,
}

impl Reply {
    pub fn ok(body: &str) -> Reply {
        Reply::with(200, &[], body)
    }

    pub fn with(status: u16, headers: &[(&str, &str)], body: &str) -> Reply {
        let lines: String = headers
            .iter()
            .map(|(name, value)| format!("{name}: {value}\r\n"))
            .collect();
        Reply::Bytes(
            format!(
                "HTTP/1.1 {status} Whatever\r\n{lines}content-length: {}\r\n\r\n{body}",
                body.len()
            )
            .into_bytes(),
        )
    }
}

type Answer = dyn Fn(&Seen) -> Reply + Send + Sync;

/// A server on loopback that ends with its value.
pub struct Server {
    pub address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    serving: tokio::task::JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Server {
    pub async fn start(answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Server {
        Server::listen(None, Arc::new(answer)).await
    }

    /// With a certificate for `api.example.com` and 127.0.0.1.
    pub async fn encrypted(answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Server {
        Server::listen(Some(acceptor()), Arc::new(answer)).await
    }

    async fn listen(tls: Option<TlsAcceptor>, answer: Arc<Answer>) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let seen = Arc::new(Mutex::new(Vec::new()));
        let serving = tokio::spawn(serve(listener, tls, answer, seen.clone()));
        Server {
            address,
            seen,
            serving,
        }
    }

    /// Every request so far.
    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

async fn serve(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    answer: Arc<Answer>,
    seen: Arc<Mutex<Vec<Seen>>>,
) {
    loop {
        let (stream, _) = listener.accept().await.expect("a connection");
        let (tls, answer, seen) = (tls.clone(), answer.clone(), seen.clone());
        tokio::spawn(async move {
            match tls {
                None => exchange(stream, &*answer, &seen).await,
                Some(tls) => {
                    // A client that does not trust us goes away here.
                    if let Ok(stream) = accept(tls, stream).await {
                        exchange(stream, &*answer, &seen).await;
                    }
                }
            }
        });
    }
}

async fn accept(
    tls: TlsAcceptor,
    stream: TcpStream,
) -> std::io::Result<tokio_rustls::server::TlsStream<TcpStream>> {
    tls.accept(stream).await
}

async fn exchange(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    answer: &Answer,
    seen: &Mutex<Vec<Seen>>,
) {
    let Some(request) = request(&mut stream).await else {
        return;
    };
    let reply = answer(&request);
    seen.lock().unwrap().push(request);
    // The client may be gone; that is its right.
    let _ = match reply {
        Reply::Bytes(bytes) => stream.write_all(&bytes).await,
        Reply::Silence => pending().await,
        Reply::Trickle(bytes) => return drip(stream, &[], &bytes).await,
        Reply::Drip(first, bytes) => return drip(stream, &first, &bytes).await,
    };
    let _ = stream.shutdown().await;
}

/// Ends when the client goes away.
async fn drip(mut stream: impl AsyncWrite + Unpin, first: &[u8], bytes: &[u8]) {
    let mut written = stream.write_all(first).await;
    while written.is_ok() {
        tokio::time::sleep(Duration::from_millis(20)).await;
        written = stream.write_all(bytes).await;
    }
}

async fn request(stream: &mut (impl AsyncRead + Unpin)) -> Option<Seen> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end + 4;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let mut seen = Seen {
        head: String::from_utf8_lossy(&bytes[..end]).into_owned(),
        body: String::new(),
    };
    let length = seen
        .header("content-length")
        .map_or(0, |length| length.parse().unwrap());
    while bytes.len() < end + length {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    seen.body = String::from_utf8_lossy(&bytes[end..]).into_owned();
    Some(seen)
}

fn acceptor() -> TlsAcceptor {
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let certificate = CertificateDer::from_pem_slice(include_bytes!("web/server.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("web/server-key.pem")).unwrap();
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

/// The root that signed the certificate.
pub fn roots() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    let root = CertificateDer::from_pem_slice(include_bytes!("web/root.pem")).unwrap();
    roots.add(root).unwrap();
    roots
}
