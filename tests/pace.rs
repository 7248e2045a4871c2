//! How often a forge is written to, and how long we are silent where it asks.

use std::time::{Duration, Instant};

use sentinel::forge::ForgeError;
use sentinel::forge::pace::{GITHUB, Limits, Pace};
use sentinel::forge::quiet::Quiet;

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_minute_has_no_more_writes_than_the_forge_takes() {
    let pace = Pace::new(GITHUB);
    let start = Instant::now();
    for at in 0..80 {
        let now = start + SECOND * at / 2;
        assert_eq!(pace.take("acme", now), Ok(()), "{at}");
    }
    // The first was at the beginning, so there is room a minute after it.
    assert_eq!(pace.take("acme", start + SECOND * 40), Err(SECOND * 20));
    assert_eq!(
        pace.take("other", start + SECOND * 40),
        Ok(()),
        "not theirs"
    );
    assert_eq!(pace.take("acme", start + SECOND * 60), Ok(()));
    assert!(
        pace.take("acme", start + SECOND * 60).is_err(),
        "one for one"
    );
}

#[test]
fn an_hour_has_no_more_writes_than_the_forge_takes() {
    let pace = Pace::new(GITHUB);
    let start = Instant::now();
    // One every two seconds is far below the limit of a minute.
    for at in 0..500 {
        assert_eq!(pace.take("acme", start + SECOND * 2 * at), Ok(()), "{at}");
    }
    let wait = pace.take("acme", start + SECOND * 1000).unwrap_err();
    assert_eq!(wait, SECOND * 2600);
    assert_eq!(pace.take("acme", start + SECOND * 3600), Ok(()));
}

#[test]
fn whatever_is_asked_no_window_holds_more() {
    use proptest::prelude::*;
    let limits = Limits {
        a_minute: 5,
        an_hour: 40,
    };
    let asked = proptest::collection::vec(0_u64..40, 1..300);
    proptest!(|(gaps in asked)| {
        let pace = Pace::new(limits);
        let start = Instant::now();
        let mut now = 0;
        let mut sent = Vec::new();
        for gap in gaps {
            now += gap;
            match pace.take("acme", start + SECOND * now as u32) {
                Ok(()) => sent.push(now),
                Err(wait) => prop_assert!(wait > Duration::ZERO && wait <= SECOND * 3600),
            }
        }
        for (at, first) in sent.iter().enumerate() {
            let within = |window: u64| sent[at..].iter().filter(|time| **time < first + window).count();
            prop_assert!(within(60) <= 5 && within(3600) <= 40);
        }
    });
}

fn limited(wait: Duration) -> ForgeError {
    ForgeError::Transient {
        what: "a test",
        why: "limited".into(),
        retry_after: Some(wait),
    }
}

#[test]
fn limits_that_name_no_time_are_waited_for_longer_each_time() {
    let quiet = Quiet::default();
    let mut now = Instant::now();
    for minutes in [1, 2, 4, 8, 16, 32, 60, 60] {
        let wait = quiet.unnamed("acme");
        assert_eq!(wait, SECOND * 60 * minutes);
        quiet.note("acme", &limited(wait), now);
        let refused = quiet.check("a test", "acme", now).unwrap_err();
        assert_eq!(refused.retry_after(), Some(wait));
        assert!(quiet.check("a test", "other", now).is_ok());
        now += wait;
        assert!(quiet.check("a test", "acme", now).is_ok());
    }
    quiet.passed("acme", now);
    assert_eq!(quiet.unnamed("acme"), SECOND * 60, "it began anew");
}

#[test]
fn an_answer_that_was_under_way_ends_no_silence() {
    let quiet = Quiet::default();
    let now = Instant::now();
    quiet.note("acme", &limited(SECOND * 9), now);
    quiet.passed("acme", now + SECOND);
    assert!(quiet.check("a test", "acme", now + SECOND).is_err());
}
