//! Requests and bytes, counted.

use super::{Web, budgets, said};
use crate::doubles::web::{Reply, Server};

const URL: &str = "http://api.example.com/";

async fn serving(bytes: usize, budget: &str) -> (Server, Web) {
    let server = Server::start(move |_| Reply::ok(&"x".repeat(bytes))).await;
    let granted = format!("{{ inside = [\"http://api.example.com\"], {budget} }}");
    let web = Web::granting(&granted).name("api.example.com", &server);
    (server, web)
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_counted() {
    let (server, web) = serving(1, "requests = 2").await;
    assert_eq!(budgets(&web).requests, 2);
    let told = web.says(&format!("repeat 4 {URL}")).await;
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(lines[..2], ["200 1", "200 1"]);
    for line in &lines[2..] {
        assert!(line.contains("2 requests of `http` are used up"), "{line}");
    }
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_are_counted_over_all_answers() {
    let (server, web) = serving(1000, "bytes = 2500").await;
    let told = web.says(&format!("repeat 5 {URL}")).await;
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(lines[..2], ["200 1000", "200 1000"]);
    assert!(lines[2].contains("`bytes` raises it"), "{}", lines[2]);
    assert!(
        lines[3].contains("`bytes`") && lines[4].contains("`bytes`"),
        "{told}"
    );
    assert_eq!(server.seen().len(), 5, "they were asked, and not read");
}

/// What is over the budget is not read to its end, and not read again.
#[tokio::test(flavor = "multi_thread")]
async fn an_endless_answer_ends_at_the_budget() {
    let server = Server::start(|_| {
        let mut answer = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
        answer.extend(vec![b'x'; 64 * 1024]);
        Reply::Trickle(answer)
    })
    .await;
    let granted = r#"{ inside = ["http://api.example.com"], bytes = 100000 }"#;
    let web = Web::granting(granted).name("api.example.com", &server);
    let report = web.run(&format!("repeat 2 {URL}")).await;
    let told = said(&report);
    let lines: Vec<&str> = told.lines().collect();
    assert!(lines[0].contains("longer than the 100000 bytes"), "{told}");
    assert!(lines[1].contains("`http` are used up"), "{told}");
}

/// The smaller of what the agent asks and the operator grants.
#[tokio::test(flavor = "multi_thread")]
async fn the_smaller_budget_counts() {
    let (_server, web) = serving(1, "requests = 5000, bytes = 99999999999").await;
    assert_eq!(
        (budgets(&web).requests, budgets(&web).bytes),
        (100, 16_777_216)
    );
}
