//! Publications that are cut off, and hosts that race.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::*;

/// The heart of it: after every single request the connection breaks, before
/// or after the effect, and the publication is tried again.
#[tokio::test]
async fn cut_off_anywhere_and_tried_again_there_is_one_of_each() {
    let requests = {
        let github = GitHub::start().await;
        let repository = widget(&github);
        github
            .forge()
            .publish(&fix(&repository))
            .await
            .expect("a change");
        github.requests().len()
    };
    assert!(requests >= 8, "{requests} requests");
    for at in 0..requests as u32 {
        for fault in [
            Fault::Reset,
            Fault::ResetAfter,
            Fault::LostAnswer,
            Fault::Truncated,
        ] {
            let github = GitHub::start().await;
            let repository = widget(&github);
            let publication = fix(&repository);
            github.fault_after("* /**", at, 1, fault.clone());
            match github.forge().publish(&publication).await {
                Err(error) => assert!(error.is_transient(), "{at} {fault:?}: {error}"),
                // A label only helps people to find it: it goes without.
                Ok(_) => assert!(labelled_last(&github), "{at} {fault:?}"),
            }
            // Another process, as after a crash: it remembers nothing.
            let change = github
                .forge()
                .publish(&publication)
                .await
                .expect("the second try");
            exactly_one(&repository);
            assert_eq!(
                change.number,
                Some(repository.pulls()[0].number),
                "{at} {fault:?}"
            );
            assert_eq!(change.commit, repository.head(change.branch.as_str()));
            assert!(github.count(OPEN) <= 2 && github.count(MAKE_REF) <= 2);
        }
    }
}

/// Whether what was asked last was for a label.
fn labelled_last(github: &GitHub) -> bool {
    let requests = github.requests();
    requests
        .last()
        .is_some_and(|last| last.path.ends_with("/labels"))
}

#[tokio::test]
async fn two_hosts_at_once_publish_one_change() {
    let github = GitHub::start().await;
    let repository = widget(&github);
    let publication = fix(&repository);
    let (one, two) = (github.forge(), github.forge());
    // The first is held with its ref made; the second must find and use it.
    let mut held = github.hold(MAKE_REF, Effect::First);
    let first = one.publish(&publication);
    let second = async {
        held.arrived().await;
        let change = two.publish(&publication).await;
        held.release();
        change
    };
    let (first, second) = tokio::join!(first, second);
    let (first, second) = (first.expect("a change"), second.expect("a change"));
    exactly_one(&repository);
    assert_eq!(first.number, second.number);
    assert!(first.found && !second.found);
}

#[tokio::test]
async fn a_ref_lost_in_a_race_is_looked_at() {
    let github = GitHub::start().await;
    let repository = widget(&github);
    let publication = fix(&repository);
    let (one, two) = (github.forge(), github.forge());
    let mut held = github.hold(MAKE_REF, Effect::OnRelease);
    let first = one.publish(&publication);
    let second = async {
        held.arrived().await;
        let change = two.publish(&publication).await;
        held.release();
        change
    };
    let (first, second) = tokio::join!(first, second);
    let (first, second) = (first.expect("a change"), second.expect("a change"));
    exactly_one(&repository);
    assert_eq!((first.number, first.commit), (second.number, second.commit));
}

fn any_fault() -> impl Strategy<Value = Fault> {
    prop_oneof![
        Just(Fault::Reset),
        Just(Fault::ResetAfter),
        Just(Fault::LostAnswer),
        Just(Fault::Truncated),
        Just(Fault::status(500)),
        Just(Fault::status(404)),
        Just(Fault::status(422)),
        Just(Fault::secondary_limit(403, Some(1))),
        Just(Fault::primary_limit(1)),
    ]
}

/// Whatever fails, how often and where: tried until it works, there is one
/// branch and one pull request, and they hold the patch.
#[test]
fn any_series_of_failures_ends_in_one_of_each() {
    let series = prop::collection::vec((0_u32..9, any_fault()), 0..6);
    let mut runner = TestRunner::new(Config::with_cases(60));
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let outcome = runner.run(&series, |series| {
        runtime.block_on(async {
            let github = GitHub::start().await;
            let repository = widget(&github);
            let publication = fix(&repository);
            let tries = series.len() + 1;
            for (skip, fault) in series {
                github.fault_after("* /**", skip, 1, fault);
            }
            let mut change = None;
            for _ in 0..tries {
                if let Ok(made) = github.forge().publish(&publication).await {
                    change = Some(made);
                    break;
                }
            }
            let change = change.expect("each failure bites once");
            exactly_one(&repository);
            let ours = change.branch.as_str();
            assert_eq!(change.commit, repository.head(ours));
            let fixed = repository.read(ours, "src/lib.rs").expect("a file");
            assert_eq!(fixed, b"pub fn one() -> u8 {\n    1\n}\n");
        });
        Ok(())
    });
    outcome.expect("every series");
}
