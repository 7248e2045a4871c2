//! The operator's secrets: attached where they belong, seen by nobody.

use sentinel::grant::HostPattern;
use sentinel::sandbox::Recording;
use sentinel::web::{Credential, InvalidCredential};

use super::{INSIDE, Web, said};
use crate::doubles::web::{Reply, Seen, Server};

const SECRET: &str = "s3cr3t-t0k3n-value";
const PLAIN: &str = "http://api.example.com";
const TLS: &str = r#"{ inside = ["api.example.com", "http://api.example.com", "http://other.example.com", "http://api.example.com:8080"] }"#;

/// Tells everything it was told.
fn echo(seen: &Seen) -> Reply {
    let told = seen
        .header("authorization")
        .unwrap_or_else(|| "none".into());
    let bare = told.strip_prefix("Bearer ").unwrap_or(&told).to_owned();
    let headers = [
        ("x-echo", told.as_str()),
        ("x-bare", bare.as_str()),
        ("set-cookie", "session=1"),
        ("x-harmless", "harmless"),
    ];
    Reply::with(200, &headers, &format!("you said {told} and {bare}{bare}"))
}

fn with_secret(web: Web, host: &str) -> Web {
    web.credential(host, "Authorization", Some("Bearer"), SECRET)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_credential_is_attached_and_nobody_sees_it() {
    let server = Server::encrypted(echo).await;
    let web = with_secret(
        Web::granting(TLS).name("api.example.com", &server),
        "api.example.com",
    );
    let orders = "header Authorization mine\nheader Range bytes=0-1\n\
                  header Accept-Encoding gzip\nsend GET https://api.example.com/\nheaders";
    let report = web.run(orders).await;
    let seen = &server.seen()[0];
    let value = format!("Bearer {SECRET}");
    assert_eq!(
        seen.header("authorization"),
        Some(value),
        "the guest's own is replaced"
    );
    assert_eq!(seen.header("range"), None);
    assert_eq!(seen.header("accept-encoding").as_deref(), Some("identity"));
    let told = said(&report);
    let stars = "*".repeat(SECRET.len());
    assert!(
        told.starts_with(&format!("200 you said Bearer {stars} and {stars}{stars}")),
        "{told}"
    );
    for line in [
        "x-echo: [REDACTED]",
        "x-bare: [REDACTED]",
        "set-cookie: [REDACTED]",
        "x-harmless: harmless",
    ] {
        assert!(told.contains(line), "{line}: {told}");
    }
    let recording = Recording::of(&report).expect("it can be recorded");
    let recorded = String::from_utf8(recording.to_bytes()).unwrap();
    for text in [
        format!("{report:?}"),
        recorded,
        format!("{:?}", web.credentials),
    ] {
        assert!(!text.contains(SECRET), "{text}");
    }
    use base64::Engine as _;
    let body = base64::engine::general_purpose::STANDARD.encode(SECRET);
    let journal = serde_json::to_string(&recording.journal).unwrap();
    assert!(!journal.contains(&body[..body.len() - 4]), "{journal}");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_attached_nowhere_else() {
    let server = Server::start(echo).await;
    let tls = Server::encrypted(echo).await;
    let web = Web::granting(TLS)
        .name("api.example.com", &server)
        .name("other.example.com", &server);
    let web = with_secret(web, "api.example.com");
    for url in [
        "http://api.example.com/",
        "http://api.example.com:8080/",
        "http://other.example.com/",
    ] {
        let told = web
            .says(&format!("header authorization mine\nsend GET {url}"))
            .await;
        assert!(told.contains("you said mine"), "{url}: {told}");
    }
    let https = with_secret(
        Web::granting(TLS).name("api.example.com", &tls),
        "api.example.com:8443",
    );
    let told = https.says("send GET https://api.example.com/").await;
    assert!(told.contains("you said none"), "{told}");
    for seen in server.seen().iter().chain(&tls.seen()) {
        assert!(!seen.head.contains(SECRET), "{}", seen.head);
    }
}

/// Without TLS the name proves nothing, so the address must be inside too.
#[tokio::test(flavor = "multi_thread")]
async fn without_tls_only_inside() {
    let server = Server::start(echo).await;
    let inside = with_secret(
        Web::granting(INSIDE).name("api.example.com", &server),
        PLAIN,
    );
    inside.says("send GET http://api.example.com/").await;
    assert!(server.seen()[0].head.contains(SECRET));
    let outside = r#"{ hosts = ["http://api.example.com"] }"#;
    let outside = with_secret(
        Web::granting(outside).name("api.example.com", &server),
        PLAIN,
    );
    let report = outside.run("send GET http://api.example.com/").await;
    assert!(!format!("{report:?}").contains(SECRET));
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_in_basic_is_a_secret_too() {
    use base64::Engine as _;
    let pair = base64::engine::general_purpose::STANDARD.encode("robot:pa55w0rd-long");
    let server = Server::start(|_| Reply::ok("robot:pa55w0rd-long, pa55w0rd-long")).await;
    let web = Web::granting(INSIDE).name("api.example.com", &server);
    let web = web.credential(PLAIN, "authorization", Some("Basic"), &pair);
    let told = web.says("send GET http://api.example.com/").await;
    assert_eq!(told, format!("200 {}, {}", "*".repeat(19), "*".repeat(13)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_coding_that_could_hide_it_is_refused() {
    let server = Server::start(|_| Reply::with(200, &[("content-encoding", "gzip")], "zzz")).await;
    let web = Web::granting(INSIDE).name("api.example.com", &server);
    assert_eq!(
        web.says("send GET http://api.example.com/").await,
        "200 zzz"
    );
    let web = with_secret(web, PLAIN);
    let told = web.says("send GET http://api.example.com/").await;
    assert!(told.contains("a coding that nobody asked for"), "{told}");
}

/// The peer knows the secret: an answer made of it costs no more than another.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_full_of_secrets_is_cleaned_in_time() {
    let secret = "a".repeat(4000);
    let almost = format!("{}b", "a".repeat(3999)).repeat(2000);
    let server = Server::start(move |_| Reply::ok(&almost)).await;
    let web = Web::granting(INSIDE).name("api.example.com", &server);
    let web = web.credential(PLAIN, "x-key", None, &secret);
    let started = std::time::Instant::now();
    let told = web.says("repeat 1 http://api.example.com/").await;
    assert_eq!(told, "200 8000000");
    assert!(
        started.elapsed() < std::time::Duration::from_secs(10),
        "{:?}",
        started.elapsed()
    );
}

#[test]
fn what_cannot_be_attached_is_refused_without_telling_it() {
    let make = |host: &str, header: &str, secret: &str| {
        let host = HostPattern::parse(host).unwrap();
        Credential::new(host, header, None, secret.as_bytes()).unwrap_err()
    };
    let ok = "long enough";
    assert_eq!(
        make("*.example.com", "authorization", ok),
        InvalidCredential::Wildcard
    );
    for header in [
        "host",
        "Content-Length",
        "transfer-encoding",
        "connection",
        "a b",
        "",
    ] {
        let error = make("example.com", header, ok);
        assert!(
            matches!(error, InvalidCredential::Name(_)),
            "{header}: {error}"
        );
    }
    assert_eq!(
        make("example.com", "x-key", "short"),
        InvalidCredential::Length
    );
    let long = "x".repeat(8193);
    assert_eq!(
        make("example.com", "x-key", &long),
        InvalidCredential::Length
    );
    let error = make("example.com", "x-key", "line\nend of it");
    assert_eq!(error, InvalidCredential::Value);
    assert!(!error.to_string().contains("end of it"));
}
