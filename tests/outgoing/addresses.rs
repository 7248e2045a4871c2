//! A name on the list says nothing about the address behind it.

use std::net::SocketAddr;

use super::{INSIDE, Web, said};
use crate::doubles::web::{Reply, Server};

const OUTSIDE: &str = r#"{ hosts = ["http://api.example.com"] }"#;
const URL: &str = "send GET http://api.example.com/";

fn at(address: &str, port: u16) -> SocketAddr {
    SocketAddr::new(address.parse().unwrap(), port)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listed_name_never_leads_inside() {
    let server = Server::start(|_| Reply::ok("inside")).await;
    let port = server.address.port();
    for address in [
        "127.0.0.1",
        "127.1.2.3",
        "0.0.0.0",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.0.1",
        "100.64.0.1",
        "169.254.169.254",
        "::1",
        "::",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "fd00:ec2::254",
        "fe80::1",
    ] {
        let web = Web::granting(OUTSIDE);
        let web = web.resolving("api.example.com", vec![vec![at(address, port)]]);
        let report = web.run(URL).await;
        assert_eq!(
            said(&report),
            "error ErrorCode::HttpRequestDenied",
            "{address}"
        );
        let denial = &report.denials[0];
        assert!(
            denial.rule.contains("the name resolves to"),
            "{address}: {denial:?}"
        );
    }
    assert!(server.seen().is_empty(), "nobody connected");
}

/// Being the operator's own does not open what serves credentials.
#[tokio::test(flavor = "multi_thread")]
async fn inside_is_private_and_loopback_and_nothing_more() {
    for address in [
        "169.254.169.254",
        "fe80::1",
        "fd00:ec2::254",
        "224.0.0.1",
        "0.0.0.0",
    ] {
        let web = Web::granting(INSIDE);
        let web = web.resolving("api.example.com", vec![vec![at(address, 80)]]);
        let report = web.run(URL).await;
        assert_eq!(
            said(&report),
            "error ErrorCode::HttpRequestDenied",
            "{address}"
        );
        assert!(
            report.denials[0].remedy.contains("nothing allows"),
            "{:?}",
            report.denials
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_is_looked_up_once() {
    let server = Server::start(|_| Reply::ok("the first")).await;
    let other = Server::start(|_| Reply::ok("the second")).await;
    let web = Web::granting(INSIDE);
    // Whoever owns the name changes its mind after the check.
    let answers = vec![vec![server.address], vec![other.address]];
    let web = web.resolving("api.example.com", answers);
    assert_eq!(web.says(URL).await, "200 the first");
    assert!(other.seen().is_empty());
    let outside = Web::granting(OUTSIDE);
    let answers = vec![vec![at("127.0.0.1", 1)], vec![at("93.184.216.34", 80)]];
    let outside = outside.resolving("api.example.com", answers);
    assert_eq!(
        outside.says(URL).await,
        "error ErrorCode::HttpRequestDenied"
    );
}

/// Of good and bad addresses only the good ones are used.
#[tokio::test(flavor = "multi_thread")]
async fn bad_addresses_among_good_ones_are_left_out() {
    let good = Server::start(|_| Reply::ok("good")).await;
    let web = Web::granting(INSIDE);
    let metadata = at("169.254.169.254", 80);
    let answers = vec![vec![metadata, at("224.0.0.1", 80), good.address]];
    let web = web.resolving("api.example.com", answers);
    assert_eq!(web.says(URL).await, "200 good");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_without_an_address_is_not_found() {
    let web = Web::granting(OUTSIDE);
    assert_eq!(web.says(URL).await, "error ErrorCode::DestinationNotFound");
    let web = web.resolving("api.example.com", vec![Vec::new()]);
    assert_eq!(web.says(URL).await, "error ErrorCode::DestinationNotFound");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_for_a_name_is_checked_like_one() {
    let http = r#"{ hosts = ["http://127.0.0.1", "http://10.0.0.1", "http://[::1]"] }"#;
    for url in [
        "http://127.0.0.1/",
        "http://10.0.0.1/",
        "http://[::1]/",
        "http://[0:0::1]/",
    ] {
        let report = Web::granting(http).run(&format!("send GET {url}")).await;
        assert_eq!(said(&report), "error ErrorCode::HttpRequestDenied", "{url}");
        assert!(
            report.denials[0].rule.contains("the name resolves to"),
            "{:?}",
            report.denials
        );
    }
    // Spellings that only some programs read as addresses are no hosts.
    for url in [
        "http://0x7f.0.0.1/",
        "http://2130706433/",
        "http://0177.0.0.1/",
        "http://127.1/",
    ] {
        let report = Web::granting(http).run(&format!("send GET {url}")).await;
        assert_eq!(
            said(&report),
            "error ErrorCode::HttpRequestUriInvalid",
            "{url}"
        );
    }
}

/// A wildcard is about names; what they resolve to is asked all the same.
#[tokio::test(flavor = "multi_thread")]
async fn a_wildcard_covers_names_below_it() {
    let server = Server::start(|_| Reply::ok("below")).await;
    let web = Web::granting(r#"{ inside = ["http://*.wild.example.com"] }"#)
        .name("a.wild.example.com", &server)
        .name("wild.example.com", &server);
    assert_eq!(
        web.says("send GET http://a.wild.example.com/").await,
        "200 below"
    );
    assert_eq!(
        web.says("send GET http://A.Wild.Example.COM./").await.len(),
        "200 below".len()
    );
    let denied = web.says("send GET http://wild.example.com/").await;
    assert_eq!(denied, "error ErrorCode::HttpRequestDenied");
}
