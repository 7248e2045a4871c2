//! What a stated confidence is worth after so many outcomes.

use proptest::prelude::*;
use sentinel::confidence::{
    Lesson, MAX_RAISE, Record, Tally, WEIGHT_OF_OTHERS, WEIGHT_OF_WORD, calibrated,
};

fn tally(well: u32, badly: u32) -> Tally {
    Tally { well, badly }
}

fn record(here: (u32, u32), elsewhere: (u32, u32)) -> Record {
    Record {
        here: tally(here.0, here.1),
        elsewhere: tally(elsewhere.0, elsewhere.1),
    }
}

#[test]
fn the_formula_by_hand() {
    let none = Record::default();
    assert_eq!(calibrated(0.83, &none), 0.83, "nothing is known");
    // (10 · 0.8 + 0) / (10 + 10) elsewhere, and nothing here.
    assert_eq!(calibrated(0.8, &record((0, 0), (0, 10))), 0.4);
    // The same here, on top of it: (10 · 0.4 + 0) / (10 + 10).
    assert_eq!(calibrated(0.8, &record((0, 10), (0, 10))), 0.2);
    // (10 · 0.8 + 1) / 11.
    let one = calibrated(0.8, &record((1, 0), (0, 0)));
    assert!((one - 9.0 / 11.0).abs() < 1e-12, "{one}");
}

#[test]
fn what_is_no_confidence_stays_none() {
    for stated in [f64::NAN, f64::INFINITY, -0.1, 1.1] {
        let worth = calibrated(stated, &record((40, 0), (900, 0)));
        assert!(!(0.0..=1.0).contains(&worth), "{stated} became {worth}");
    }
}

#[test]
fn every_lesson_has_a_name_and_a_side() {
    for lesson in Lesson::ALL {
        assert_eq!(Lesson::parse(lesson.as_str()), Some(*lesson));
        let mut tally = Tally::default();
        tally.add(*lesson, 3);
        assert_eq!(tally.count(), 3);
        assert_eq!(tally.well, if lesson.went_well() { 3 } else { 0 });
    }
    assert_eq!(Lesson::parse("praised"), None);
}

/// What arithmetic may be off by.
const ROUNDING: f64 = 1e-12;

fn counts() -> impl Strategy<Value = (u32, u32)> {
    (0..2_000u32, 0..2_000u32)
}

proptest! {
    #[test]
    fn it_stays_a_confidence(stated in 0.0..=1.0f64, here in counts(), elsewhere in counts()) {
        let worth = calibrated(stated, &record(here, elsewhere));
        prop_assert!((0.0..=1.0).contains(&worth));
    }

    #[test]
    fn a_made_up_record_raises_it_by_so_much(
        stated in 0.0..=1.0f64, here in counts(), elsewhere in counts(),
    ) {
        prop_assert!(calibrated(stated, &record(here, elsewhere)) <= stated + MAX_RAISE);
        let praised = record((u32::MAX, 0), (u32::MAX, 0));
        prop_assert!(calibrated(stated, &praised) <= (stated + MAX_RAISE).min(1.0));
    }

    #[test]
    fn the_order_of_what_was_stated_stays(
        a in 0.0..=1.0f64, b in 0.0..=1.0f64, here in counts(), elsewhere in counts(),
    ) {
        let known = record(here, elsewhere);
        let (low, high) = if a <= b { (a, b) } else { (b, a) };
        prop_assert!(calibrated(low, &known) <= calibrated(high, &known));
    }

    #[test]
    fn a_success_never_lowers_and_a_failure_never_raises(
        stated in 0.0..=1.0f64, here in counts(), elsewhere in counts(),
    ) {
        let was = calibrated(stated, &record(here, elsewhere));
        for (more, raised) in [
            (record((here.0 + 1, here.1), elsewhere), true),
            (record(here, (elsewhere.0 + 1, elsewhere.1)), true),
            (record((here.0, here.1 + 1), elsewhere), false),
            (record(here, (elsewhere.0, elsewhere.1 + 1)), false),
        ] {
            let now = calibrated(stated, &more);
            match raised {
                true => prop_assert!(now >= was - ROUNDING),
                false => prop_assert!(now <= was + ROUNDING),
            }
        }
    }

    #[test]
    fn few_outcomes_move_it_little(stated in 0.0..=1.0f64, well in any::<bool>()) {
        let one = if well { (1, 0) } else { (0, 1) };
        let here = (calibrated(stated, &record(one, (0, 0))) - stated).abs();
        prop_assert!(here <= 1.0 / (WEIGHT_OF_OTHERS + 1.0) + ROUNDING);
        let elsewhere = (calibrated(stated, &record((0, 0), one)) - stated).abs();
        prop_assert!(elsewhere <= 1.0 / (WEIGHT_OF_WORD + 1.0) + ROUNDING);
    }

    #[test]
    fn many_outcomes_here_are_what_counts(
        stated in 0.0..=1.0f64, well in 0..=1_000u32, elsewhere in counts(),
    ) {
        let worth = calibrated(stated, &record((well, 1_000 - well), elsewhere));
        let rate = f64::from(well) / 1_000.0;
        let bounded = rate.min(stated + MAX_RAISE);
        prop_assert!((worth - bounded).abs() <= 0.011, "{worth} and {rate}");
    }
}
