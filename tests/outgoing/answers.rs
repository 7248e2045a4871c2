//! Answers as hostile servers write them.

use std::time::{Duration, Instant};

use sentinel::sandbox::TaskError;

use super::{INSIDE, Web};
use crate::doubles::web::{Reply, Server};

const URL: &str = "send GET http://api.example.com/";

/// What a guest is told of an answer, byte for byte.
async fn told(answer: &'static [u8]) -> String {
    let server = Server::start(|_| Reply::Bytes(answer.to_vec())).await;
    let web = Web::granting(INSIDE).name("api.example.com", &server);
    web.says(&format!("{URL}\nheaders")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn framing_is_the_hosts_business() {
    for (answer, expected) in [
        (
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nx-late: 1\r\n\r\n",
            "200 abcde\n",
        ),
        (
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n\
             HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok",
            "200 ok\ncontent-length: 2",
        ),
        (
            "HTTP/1.0 200 OK\r\n\r\nuntil the end",
            "200 until the end\n",
        ),
        (
            "HTTP/1.1 204 No Content\r\nconnection: close\r\nkeep-alive: timeout=5\r\nx-a: b\r\n\r\n",
            "204 \nx-a: b",
        ),
        (
            "HTTP/1.1 404 Not Found\r\ncontent-length: 4\r\n\r\nnoneand what is not of it",
            "404 none\ncontent-length: 4",
        ),
    ] {
        assert_eq!(told(answer.as_bytes()).await, expected, "{answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_http_is_an_error() {
    for (answer, expected) in [
        (&b""[..], "closed the connection"),
        (b"SSH-2.0-OpenSSH_9.9\r\n", "not HTTP/1.1"),
        (
            b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nshort",
            "closed the connection",
        ),
        (
            b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
            "not HTTP/1.1",
        ),
        (
            b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n",
            "not HTTP/1.1",
        ),
        (
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
            "not HTTP/1.1",
        ),
        (
            b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
            "another protocol",
        ),
        (b"HTTP/1.1 200 OK\r\nx: a\0b\r\n\r\n", "not HTTP/1.1"),
    ] {
        let told = told(answer).await;
        assert!(
            told.contains(expected),
            "{}: {told}",
            String::from_utf8_lossy(answer)
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn headers_without_end_are_cut_off() {
    let long = format!("HTTP/1.1 200 OK\r\nx-long: {}\r\n\r\n", "a".repeat(40_000));
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "x: y\r\n".repeat(101));
    for answer in [long, many] {
        let server = Server::start(move |_| Reply::Bytes(answer.clone().into_bytes())).await;
        let web = Web::granting(INSIDE).name("api.example.com", &server);
        let told = web.says(URL).await;
        assert!(
            told.contains("its headers are more than 100, or 32768 bytes"),
            "{told}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_answer_is_not_waited_for() {
    for reply in [
        || Reply::Silence,
        || Reply::Trickle(b"HTTP/1.1 100 Continue\r\n\r\n".to_vec()),
        || Reply::Trickle(b"HTTP/1.1 200 OK\r\n".to_vec()),
    ] {
        let server = Server::start(move |_| reply()).await;
        let mut web = Web::granting(INSIDE).name("api.example.com", &server);
        web.times.request = Duration::from_millis(300);
        let (started, told) = (Instant::now(), web.says(URL).await);
        let late = "there was no answer within 300 ms";
        let cut = told.contains(late) || told.contains("its headers are more than");
        assert!(cut, "{told}");
        assert!(started.elapsed() < Duration::from_secs(10));
    }
}

/// The host's patience is not the task's.
#[tokio::test(flavor = "multi_thread")]
async fn a_tasks_deadline_holds_while_a_server_is_silent() {
    let server = Server::start(|_| Reply::Silence).await;
    let mut web = Web::granting(INSIDE).name("api.example.com", &server);
    web.wall_ms = 300;
    let started = Instant::now();
    let report = web.run(URL).await;
    assert!(
        matches!(report.outcome, Err(TaskError::Deadline { .. })),
        "{:?}",
        report.outcome
    );
    assert!(
        started.elapsed() < Duration::from_secs(5),
        "{:?}",
        started.elapsed()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_there_is_told_without_the_address() {
    // A port that was free a moment ago.
    let server = Server::start(|_| Reply::ok("")).await;
    let address = server.address;
    drop(server);
    let web = Web::granting(INSIDE).resolving("api.example.com", vec![vec![address]]);
    let told = web.says(URL).await;
    assert!(told.contains("cannot connect"), "{told}");
    assert!(!told.contains("127.0.0.1"), "{told}");
}
