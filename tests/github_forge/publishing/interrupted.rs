//! Publications that are cut off, and hosts that race.

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
            let error = github
                .forge()
                .publish(&publication)
                .await
                .expect_err("cut off");
            assert!(error.is_transient(), "{at} {fault:?}: {error}");
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
