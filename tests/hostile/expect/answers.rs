//! What a guest answers. An answer that is no value of its type is a trap, as
//! an argument of that kind is; one that is, and breaks the contract's words,
//! is invalid.

use super::plays;
use crate::hostile::Guest;
use crate::hostile::stage::Budget::AnswerBytes;
use crate::hostile::stage::Ending::{self, Exhausted, Invalid, Trap};
use crate::hostile::stage::Phase::{Execute, Initialize};
use crate::hostile::stage::Stage;

plays! {
    answer_too_large on default: ends(Exhausted(Execute, AnswerBytes));
    answer_of_a_hundred_thousand_actions on default: ends(Exhausted(Execute, AnswerBytes));
    answer_out_of_bounds on default: ends(Trap(Execute, "out of bounds"));
    answer_area_out_of_bounds on default: ends(Trap(Execute, "out of bounds"));
    answer_area_misaligned on default: ends(Trap(Execute, "not aligned"));
    answer_that_is_not_text on default: ends(Trap(Execute, "invalid utf-8"));
    answer_neither_ok_nor_error on default: ends(Trap(Execute, "discriminant"));
    answer_of_an_unknown_case on default: ends(Trap(Execute, "discriminant: 99"));
    answer_list_misaligned on default: ends(Trap(Execute, "not aligned"));
    answer_list_that_overflows on default: ends(Trap(Execute, "out of bounds"));
    answer_of_too_many_actions on default: ends(Invalid("more than 64 actions"));
    answer_of_nothing on default: ends(Invalid("no proposals"));
    answer_of_another_kind on default: ends(Invalid("does not know"));
    action_of_another_kind on default: ends(Invalid("does not know"));
    confidence_nan on default: ends(Invalid("confidence NaN"));
    confidence_two on default: ends(Invalid("confidence 2"));
    confidence_infinity on default: ends(Invalid("confidence inf"));
    confidence_minus_one on default: ends(Invalid("confidence -1"));
    error_invalid_config on default:
        ends(Ending::Guest(Execute, "invalid-config", "invalid-config it is"));
    error_unsupported_task on default:
        ends(Ending::Guest(Execute, "unsupported-task", "unsupported-task it is"));
    error_invalid_input on default:
        ends(Ending::Guest(Execute, "invalid-input", "invalid-input it is"));
    error_failed on default: ends(Ending::Guest(Execute, "failed", "failed it is"));
    error_other on default: ends(Ending::Guest(Execute, "other", "from later"));
}

/// Execute is not called after initialize refused.
pub async fn error_in_initialize(guest: Guest) {
    let performance = Stage::default().play(&guest).await;
    let said = "no such setting";
    performance.ends(Ending::Guest(Initialize, "invalid-config", said));
    assert!(performance.report.events.is_empty(), "execute was called");
}

/// Cut to what a report keeps of a text.
pub async fn error_of_a_hundred_kilobytes(guest: Guest) {
    let performance = Stage::default().play(&guest).await;
    let error = performance.report.outcome.expect_err("an error");
    assert_eq!(error.kind(), "guest_error");
}
