//! What a guest may put into a request, and when it is sent.

use super::{INSIDE, SANDBOX, Web, said};
use crate::doubles::web::{Reply, Server};

const HOST: &str = "http://api.example.com/";

async fn answering() -> (Server, Web) {
    let server = Server::start(|_| Reply::ok("")).await;
    let web = Web::granting(INSIDE).name("api.example.com", &server);
    (server, web)
}

#[tokio::test(flavor = "multi_thread")]
async fn headers_of_the_connection_are_the_hosts() {
    let (server, web) = answering().await;
    for name in [
        "Host",
        "connection",
        "Keep-Alive",
        "TE",
        "trailer",
        "Transfer-Encoding",
        "upgrade",
        "expect",
        "http2-settings",
        "Proxy-Authorization",
        "proxy-connection",
        "proxy-anything",
    ] {
        let said = web.says(&format!("header {name} x")).await;
        assert_eq!(said, "header HeaderError::Forbidden", "{name}");
    }
    for header in [
        "X-A a\\r\\nX-B: b",
        "X-A a\\nb",
        "X-A a\\r",
        "X\\r\\n-A b",
        "X:A b",
        " b",
        "X-Ä b",
    ] {
        let said = web.says(&format!("header {header}")).await;
        assert_eq!(said, "header HeaderError::InvalidSyntax", "{header}");
    }
    web.says(&format!("header X-Fine ok\nsend GET {HOST}"))
        .await;
    let head = &server.seen()[0].head;
    assert_eq!(
        head,
        "GET / HTTP/1.1\r\nx-fine: ok\r\nhost: api.example.com\r\n\r\n"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_in_a_request_splits_it() {
    let web = Web::granting(INSIDE);
    for (order, expected) in [
        ("path /a/b?c=d&e", "ok"),
        ("path ?q", "ok"),
        ("path ", "ok"),
        ("path a", "refused"),
        ("path /a\\sb", "refused"),
        ("path /a\\r\\nX:\\sy", "refused"),
        ("path /a\\0", "refused"),
        ("path /ä", "refused"),
        ("path /a#b", "refused"),
        ("path http://other.example.com/", "refused"),
        ("path *", "refused"),
        ("authority api.example.com", "ok"),
        ("authority api.example.com:80", "ok"),
        ("authority [::1]:80", "ok"),
        ("authority user@api.example.com", "refused"),
        ("authority user:pass@api.example.com", "refused"),
        ("authority api.example.com:0", "refused"),
        ("authority api.example.com:+80", "refused"),
        ("authority api.example.com:99999", "refused"),
        ("authority api.example.com/x", "refused"),
        ("authority api.example.com?x", "refused"),
        ("authority api.example.com#x", "refused"),
        ("authority api.example.com\\r\\n", "refused"),
        ("authority a\\sb", "refused"),
        ("authority 0x7f000001", "refused"),
        ("authority 017700000001", "refused"),
        ("authority 127.0.1", "refused"),
        ("authority [::1", "refused"),
        ("authority bücher.example", "refused"),
        ("authority ", "refused"),
        ("scheme ftp", "refused"),
        ("scheme file", "refused"),
        ("method GET", "ok"),
        ("method PROPFIND", "ok"),
        ("method CONNECT", "ErrorCode::HttpRequestMethodInvalid"),
        ("method connect", "ErrorCode::HttpRequestMethodInvalid"),
        ("method TRACE", "ErrorCode::HttpRequestMethodInvalid"),
        ("method G\\sT", "refused"),
        ("method GET\\r\\n", "refused"),
        ("method ", "refused"),
    ] {
        assert_eq!(web.says(order).await, expected, "{order}");
    }
    let long = format!("path /{}", "a".repeat(9000));
    assert_eq!(web.says(&long).await, "refused");
    let long = format!("method {}", "A".repeat(33));
    assert_eq!(web.says(&long).await, "refused");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_sent_whoever_asks_for_its_answer() {
    let (server, web) = answering().await;
    assert_eq!(web.says(&format!("spin {HOST}")).await, "200");
    assert_eq!(
        server.seen().len(),
        1,
        "asked for without waiting, sent once"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_never_finished_is_never_sent() {
    let (server, web) = answering().await;
    let said = web.says(&format!("unfinished {HOST}")).await;
    assert!(said.contains("has not finished"), "{said}");
    let said = web.says(&format!("dropped {HOST}")).await;
    assert!(said.contains("dropped before it was finished"), "{said}");
    assert!(server.seen().is_empty());
    // A timer that runs comes first, and takes no time.
    let said = web.says(&format!("unfinished-with-timer {HOST}")).await;
    assert_eq!(said, "[1] 200");
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_is_as_long_as_it_says() {
    let (server, web) = answering().await;
    assert_eq!(web.says(&format!("length 3 {HOST}")).await, "Ok(()); 200");
    assert_eq!(server.seen()[0].body, "xxx");
    for length in ["2", "4", "0"] {
        let said = web.says(&format!("length {length} {HOST}")).await;
        let error = "Err(ErrorCode::HttpRequestBodySize(Some(3)))";
        assert!(said.starts_with(error), "{length}: {said}");
    }
    for length in ["+3", "3,3", "x", "-1", "0x3", "99999999999999999999999"] {
        let said = web.says(&format!("length {length} {HOST}")).await;
        assert_eq!(said, "header HeaderError::InvalidSyntax", "{length}");
    }
    let orders = format!("header content-length 5\nsend GET {HOST}");
    let said = web.says(&orders).await;
    assert_eq!(said, "error ErrorCode::HttpRequestBodySize(Some(0))");
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_and_headers_have_a_limit() {
    let (server, web) = answering().await;
    assert_eq!(
        web.says(&format!("write 1048576 {HOST}")).await,
        "written; true; 200"
    );
    assert_eq!(server.seen()[0].body.len(), 1_048_576);
    let said = web.says(&format!("write 1048577 {HOST}")).await;
    let error = "ErrorCode::HttpRequestBodySize(Some(1048576))";
    assert_eq!(said, format!("Some({error}); false; error {error}"));
    // 16 of a MiB each, whoever keeps them.
    assert_eq!(
        web.says(&format!("hoard-bodies {HOST}")).await,
        format!("16 then Some({error})")
    );
    assert_eq!(web.says("flood-fields").await, "100 15");
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_there_once_is_taken_once() {
    let (_server, web) = answering().await;
    assert_eq!(
        web.says(&format!("twice {HOST}")).await,
        "true false Ok((true, false))"
    );
    let said = web.says(&format!("trailers {HOST}")).await;
    assert!(said.starts_with("true; error"), "{said}");
    assert_eq!(web.says("options").await, "Err(()) Err(()) Err(()) None");
}

/// Linked because toolchains import it; a trap, and never a panic of ours.
#[tokio::test(flavor = "multi_thread")]
async fn the_serving_half_traps() {
    let report = SANDBOX.0.run(Web::granting(INSIDE).job("respond")).await;
    let error = report.outcome.expect_err("nobody serves");
    assert_eq!(error.kind(), "trap", "{error}");
    assert!(error.to_string().contains("serves none"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn uses_are_told_by_host() {
    let (_server, web) = answering().await;
    let report = web.run(&format!("send GET {HOST}")).await;
    assert_eq!(said(&report), "200 ");
    let used = &report.uses[&sentinel::grant::Capability::Http];
    assert!(used.contains("http://api.example.com"), "{used:?}");
}
