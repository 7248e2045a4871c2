//! ruff's default output: rule and message, then an arrow to the place.

use super::super::wish::Reading;
use super::record;
use crate::places::arrows;
use crate::transcript::Output;

/// `W291 [*] Trailing whitespace` and below it ` --> app/home.py:1:10`.
pub(super) fn ruff(output: &Output) -> Reading {
    let mut reading = Reading::default();
    for (place, line) in arrows(output) {
        match place.code() {
            Some(code) => record(&mut reading, place.path, code, place.line, line),
            None => reading.other("something", line),
        }
    }
    reading
}
