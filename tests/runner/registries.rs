//! The way to the registries: what passes, what does not, and what is told of
//! it. The proxy by itself; `within` asks it from inside of a sandbox.

pub mod double;
pub mod within;

use std::io::{Read as _, Write as _};
use std::net::SocketAddr;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use sentinel::grant::HostPattern;
use sentinel::runner::{Contact, NetworkLimits, Proxy, Resolve, Rules, Verdict};

use double::Registry;

fn hosts(names: &[&str]) -> Vec<HostPattern> {
    let hosts = names.iter().map(|name| HostPattern::parse(name).unwrap());
    hosts.collect()
}

fn rules(registries: &[&str], inside: &[&str]) -> Rules {
    Rules {
        registries: hosts(registries),
        inside: hosts(inside),
        limits: NetworkLimits::default(),
    }
}

/// Every name leads to this address.
fn leading_to(address: SocketAddr) -> Resolve {
    Box::new(move |_, _| Ok(vec![address]))
}

fn proxy(rules: &Rules, resolve: Resolve) -> Proxy {
    Proxy::resolving(rules, None, resolve).unwrap()
}

/// Sends something and reads to the end.
fn ask(proxy: &Proxy, what: &[u8]) -> String {
    let mut stream = UnixStream::connect(proxy.socket()).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    stream.write_all(what).unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

fn verdicts(contacts: &[Contact]) -> Vec<(&str, Verdict)> {
    let verdicts = contacts
        .iter()
        .map(|contact| (&*contact.host, contact.verdict));
    verdicts.collect()
}

/// The first message of TLS, for a server of this name.
fn hello(name: &str) -> Vec<u8> {
    let name = name.as_bytes();
    let with_length = |bytes: &[u8]| [&(bytes.len() as u16).to_be_bytes()[..], bytes].concat();
    let entry = [&[0][..], &with_length(name)].concat();
    let extension = [&[0, 0][..], &with_length(&with_length(&entry))].concat();
    let mut body = vec![3, 3];
    body.extend([7; 32]);
    body.push(0);
    body.extend([0, 2, 0x13, 0x01, 1, 0]);
    body.extend(with_length(&extension));
    let mut message = vec![1, 0];
    message.extend(with_length(&body));
    [&[22, 3, 1][..], &with_length(&message)].concat()
}

fn connect(target: &str) -> Vec<u8> {
    format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n").into_bytes()
}

#[test]
fn what_is_not_listed_is_refused_and_told() {
    let proxy = Proxy::start(&rules(&["pypi.org"], &[]), None).unwrap();
    for target in [
        "example.com:443",
        "pypi.org:22",
        "pypi.org:25",
        "pypi.org:80",
        "www.pypi.org:443",
        "pypi.org.evil.example:443",
        "127.0.0.1:443",
        "[::1]:443",
        "169.254.169.254:443",
    ] {
        let answer = ask(&proxy, &connect(target));
        assert!(answer.starts_with("HTTP/1.1 403 "), "{target}: {answer}");
        assert!(answer.contains("`registries` below [runner]"), "{answer}");
    }
    // Without TLS it is another way to the same name.
    let answer = ask(&proxy, b"GET http://pypi.org/simple/ HTTP/1.1\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
    let contacts = proxy.finish();
    let asked: u64 = contacts.iter().map(|contact| contact.connections).sum();
    assert_eq!(asked, 10, "{contacts:?}");
    assert!(
        contacts
            .iter()
            .all(|contact| contact.verdict == Verdict::NotListed)
    );
}

#[test]
fn what_is_no_request_for_a_proxy_is_refused() {
    let proxy = Proxy::start(&rules(&["pypi.org"], &[]), None).unwrap();
    let long = format!(
        "GET http://pypi.org/{} HTTP/1.1\r\n\r\n",
        "x".repeat(20_000)
    );
    for request in [
        "GET / HTTP/1.1\r\n\r\n",
        "CONNECT pypi.org HTTP/1.1\r\n\r\n",
        "CONNECT pypi.org:443\r\n\r\n",
        "CONNECT 2130706433:443 HTTP/1.1\r\n\r\n",
        "CONNECT user@pypi.org:443 HTTP/1.1\r\n\r\n",
        "GET http://pypi.org@evil.example/ HTTP/1.1\r\n\r\n",
        "GET http://pypi.org/ HTTP/1.1\r\nA: b\nHost: evil.example\r\n\r\n",
        "GET ftp://pypi.org/ HTTP/1.1\r\n\r\n",
        &long,
    ] {
        let answer = ask(&proxy, request.as_bytes());
        let shown: String = request.chars().take(60).collect();
        assert!(answer.starts_with("HTTP/1.1 400 "), "{shown}: {answer}");
    }
    for contact in proxy.finish() {
        assert_eq!(contact.verdict, Verdict::Malformed);
        assert!(contact.host.len() <= 100, "{}", contact.host);
    }
}

/// A name that is listed says nothing about where it leads today.
#[test]
fn a_listed_name_that_leads_inside_is_refused() {
    let registry = Registry::start(&[("/", b"secret")]);
    for address in [registry.address(), "169.254.169.254:443".parse().unwrap()] {
        let proxy = proxy(&rules(&["pypi.org"], &[]), leading_to(address));
        let answer = ask(
            &proxy,
            &[connect("pypi.org:443"), hello("pypi.org")].concat(),
        );
        assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
        assert_eq!(
            verdicts(&proxy.finish()),
            [("pypi.org:443", Verdict::Address)]
        );
    }
    // What the operator says is inside may lead inside, but not to where
    // clouds keep their credentials.
    let metadata = "169.254.169.254:443".parse().unwrap();
    let proxy = proxy(&rules(&[], &["pypi.corp"]), leading_to(metadata));
    ask(&proxy, &connect("pypi.corp:443"));
    assert_eq!(
        verdicts(&proxy.finish()),
        [("pypi.corp:443", Verdict::Address)]
    );
    assert_eq!(registry.asked(), Vec::<String>::new());
}

/// The name is looked up once, and that answer is the one that is used.
#[test]
fn a_name_that_leads_elsewhere_the_next_time_leads_nowhere() {
    use std::sync::atomic::{AtomicU32, Ordering};
    static ASKED: AtomicU32 = AtomicU32::new(0);
    let registry = Registry::start(&[("/", b"secret")]);
    let inner = registry.address();
    let resolve: Resolve = Box::new(move |_, _| match ASKED.fetch_add(1, Ordering::Relaxed) {
        // Public, and nobody answers there.
        0 => Ok(vec!["192.0.2.1:443".parse().unwrap(), inner]),
        _ => Ok(vec![inner]),
    });
    let proxy = proxy(&rules(&["pypi.org"], &[]), resolve);
    let answer = ask(&proxy, &connect("pypi.org:443"));
    assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
    assert_eq!(ASKED.load(Ordering::Relaxed), 1);
    drop(proxy);
    assert_eq!(registry.connections(), 0);
}

#[test]
fn tls_for_another_server_ends_the_tunnel() {
    let registry = Registry::start(&[]);
    let address = registry.address();
    let listed = format!("pypi.corp:{}", address.port());
    let bad: [(&str, Vec<u8>); 5] = [
        ("another name", hello("evil.example")),
        ("no name", hello("")),
        (
            "no TLS",
            b"GET / HTTP/1.1\r\nHost: pypi.corp\r\n\r\n".to_vec(),
        ),
        ("SSH", b"SSH-2.0-x\r\n".to_vec()),
        ("half of it", hello("pypi.corp")[..20].to_vec()),
    ];
    for (what, greeting) in bad {
        let proxy = proxy(&rules(&[], &[&listed]), leading_to(address));
        let mut stream = UnixStream::connect(proxy.socket()).unwrap();
        stream
            .write_all(&[connect(&listed), greeting].concat())
            .unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        assert_eq!(
            answer, b"HTTP/1.1 200 Connection established\r\n\r\n",
            "{what}"
        );
        let contacts = proxy.finish();
        assert_eq!(
            verdicts(&contacts),
            [(&*listed, Verdict::ServerName)],
            "{what}"
        );
    }
    assert_eq!(registry.received(), 0, "not a byte of it");
    // The right one, in pieces and in capitals, goes over as it is.
    let proxy = proxy(&rules(&[], &[&listed]), leading_to(address));
    let mut stream = UnixStream::connect(proxy.socket()).unwrap();
    stream.write_all(&connect(&listed)).unwrap();
    let right = hello("PyPI.corp");
    for byte in &right {
        stream.write_all(&[*byte]).unwrap();
    }
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let _ = stream.read_to_end(&mut Vec::new());
    let contacts = proxy.finish();
    assert_eq!(verdicts(&contacts), [(&*listed, Verdict::Passed)]);
    assert_eq!(contacts[0].sent, right.len() as u64);
    assert_eq!(registry.received(), right.len() as u64);
}

#[test]
fn a_plain_request_is_for_the_host_that_was_looked_at() {
    let registry = Registry::start(&[("/simple/", b"hello")]);
    let listed = format!("http://localhost:{}", registry.address().port());
    let proxy = Proxy::start(&rules(&[], &[&listed]), None).unwrap();
    let request = format!(
        "GET {listed}/simple/ HTTP/1.1\r\nHost: evil.example\r\nProxy-Authorization: x\r\n\
         Connection: keep-alive\r\nAccept: */*\r\n\r\n"
    );
    let answer = ask(&proxy, request.as_bytes());
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert!(answer.ends_with("\r\n\r\nhello"), "{answer}");
    let port = registry.address().port();
    assert_eq!(
        registry.heads(),
        [format!(
            "GET /simple/ HTTP/1.1\r\nHost: localhost:{port}\r\nAccept: */*\r\nConnection: close"
        )]
    );
    let contacts = proxy.finish();
    assert_eq!(contacts[0].received, answer.len() as u64, "{contacts:?}");
}

#[test]
fn connections_and_bytes_end() {
    let large = vec![b'x'; 100_000];
    let registry = Registry::start(&[("/large", &large)]);
    let listed = format!("http://localhost:{}", registry.address().port());
    let get = format!("GET {listed}/large HTTP/1.1\r\n\r\n");
    let limited = |connections, bytes| Rules {
        limits: NetworkLimits {
            connections,
            bytes,
            ..NetworkLimits::default()
        },
        ..rules(&[], &[&listed])
    };
    let proxy = Proxy::start(&limited(1, u64::MAX), None).unwrap();
    assert!(ask(&proxy, get.as_bytes()).starts_with("HTTP/1.1 200 "));
    let answer = ask(&proxy, get.as_bytes());
    assert!(answer.starts_with("HTTP/1.1 429 "), "{answer}");
    assert!(answer.contains("[runner.network]"), "{answer}");
    drop(proxy);

    let proxy = Proxy::start(&limited(100, 40_000), None).unwrap();
    let answer = ask(&proxy, get.as_bytes());
    assert!(answer.len() < 50_000, "{} bytes came", answer.len());
    let contacts = proxy.finish();
    assert_eq!(contacts[0].verdict, Verdict::Budget, "{contacts:?}");

    let silent = Rules {
        limits: NetworkLimits {
            idle_seconds: 1,
            ..NetworkLimits::default()
        },
        ..rules(&[], &[&listed])
    };
    let proxy = Proxy::start(&silent, None).unwrap();
    let started = std::time::Instant::now();
    // Half a request to the server: neither side says anything more.
    let half = format!("POST {listed}/large HTTP/1.1\r\nContent-Length: 10\r\n\r\n");
    ask(&proxy, half.as_bytes());
    assert!(started.elapsed() < Duration::from_secs(15));
}

/// However much somebody asks for, what is told stays short.
#[test]
fn what_is_told_is_bounded() {
    let proxy = Proxy::start(&rules(&["pypi.org"], &[]), None).unwrap();
    for number in 0..200 {
        ask(&proxy, &connect(&format!("host-{number}.example:443")));
    }
    let contacts = proxy.finish();
    assert!(contacts.len() <= 65, "{}", contacts.len());
    let all: u64 = contacts.iter().map(|contact| contact.connections).sum();
    assert_eq!(all, 200);
}

#[test]
fn registries_are_named_one_by_one() {
    let parse = |text: &str| sentinel::runner::Settings::validate(&toml::from_str(text).unwrap());
    assert_eq!(
        parse("registries = [\"pypi.org\", \"files.pythonhosted.org\"]"),
        Ok(())
    );
    assert_eq!(
        parse("registries_inside = [\"http://npm.corp:4873\"]"),
        Ok(())
    );
    let refused = |text: &str| parse(text).unwrap_err();
    assert!(refused("registries = [\"*.pypi.org\"]").contains("name each host"));
    assert!(refused("registries = [\"http://pypi.org\"]").contains("registries_inside"));
    assert!(refused("network = { bytes = 0 }").contains("at least 1"));
    assert!(refused("prepared = { layers = 0 }").contains("at least 1"));
}
