//! A run that asked the web, run again without any web.

use sentinel::effect::{Answer, Journalled};
use sentinel::sandbox::{Ended, Replay, Report};

use super::{INSIDE, SANDBOX, Web, job, said};
use crate::doubles::web::{Reply, Server};

const ORDERS: &str = "header x-a b\nsend POST http://api.example.com/a body\nheaders\n\
                      send GET http://api.example.com/b\nspin http://api.example.com/c\n\
                      send GET http://denied.example.com/\nunfinished http://api.example.com/d";

async fn recorded(web: Web, orders: &str) -> (Web, Report) {
    let server = Server::start(|seen| match seen.target() {
        "/b" => Reply::Bytes(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nshort".to_vec()),
        _ => Reply::with(
            200,
            &[("x-b", "c")],
            &format!("{} {}", seen.target(), seen.body),
        ),
    })
    .await;
    let web = web.name("api.example.com", &server);
    let report = web.run(orders).await;
    (web, report)
}

/// The same run with these answers, held to the first one's calls.
async fn replayed(web: &Web, first: &Report, orders: &str, journal: Vec<Journalled>) -> Report {
    let trail = first.trail.as_ref().expect("it ran");
    let mut job = job(web.grant(), orders, Box::new(Replay::of(journal)));
    job.expected = Some(trail.traced.kept.clone());
    SANDBOX.0.run(job).await
}

fn journal(report: &Report) -> Vec<Journalled> {
    report.trail.as_ref().expect("it ran").journal.clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recorded_run_repeats_bit_for_bit_without_a_server() {
    let (web, first) = recorded(Web::granting(INSIDE), ORDERS).await;
    let told = said(&first);
    assert!(
        told.starts_with("200 /a body\nx-b: c\ncontent-length: 7\nerror"),
        "{told}"
    );
    assert_eq!(
        journal(&first).len(),
        3,
        "what was denied or not sent is not in it"
    );
    let again = replayed(&web, &first, ORDERS, journal(&first)).await;
    assert_eq!(said(&again), told);
    assert_eq!(
        Ended::of(&again),
        Ended::of(&first),
        "fuel, memory and calls too"
    );
    assert_eq!(again.denials, first.denials);
    let (then, now) = (first.trail.unwrap(), again.trail.unwrap());
    assert_eq!(now.diverged, None);
    assert_eq!(now.traced, then.traced);
    assert_eq!(now.journal, then.journal);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_journal_is_noticed() {
    let (web, first) = recorded(Web::granting(INSIDE), ORDERS).await;
    // Another answer.
    let mut changed = journal(&first);
    let Answer::Fetched(response) = &mut changed[0].answer else {
        panic!("{changed:?}");
    };
    response.body[1] = b'z';
    let again = replayed(&web, &first, ORDERS, changed).await;
    let diverged = again
        .trail
        .as_ref()
        .unwrap()
        .diverged
        .clone()
        .expect("it is noticed");
    assert_eq!(diverged.function, "wasi:http (sending)");
    assert_eq!(diverged.recorded, Some("wasi:http (sending)"));
    // An answer less: what it was the answer to is not asked of anybody.
    let again = replayed(&web, &first, ORDERS, journal(&first)[1..].to_vec()).await;
    assert!(said(&again).contains("the recording has no answer to this call"));
    assert!(again.trail.unwrap().diverged.is_some());
    // Another request.
    let orders = ORDERS.replace("x-a b", "x-a c");
    let again = replayed(&web, &first, &orders, journal(&first)).await;
    assert!(said(&again).contains("the recording has no answer to this call"));
    let diverged = again.trail.unwrap().diverged.expect("it is noticed");
    assert_eq!(diverged.function, "wasi:http/outgoing-handler.handle");
}

/// What the budget refused was not asked; the calls after it keep their
/// answers.
#[tokio::test(flavor = "multi_thread")]
async fn a_used_up_budget_repeats_too() {
    let granted = r#"{ inside = ["http://api.example.com"], requests = 1 }"#;
    let orders = "repeat 3 http://api.example.com/x\nhistory 3";
    let (web, first) = recorded(Web::granting(granted), orders).await;
    assert!(said(&first).ends_with("Ok([])"), "{}", said(&first));
    let again = replayed(&web, &first, orders, journal(&first)).await;
    assert_eq!(said(&again), said(&first));
    assert_eq!(again.trail.unwrap().diverged, None);
}
