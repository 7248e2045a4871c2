//! ruff's default output: rule and message, then an arrow to the place.

use super::super::wish::Reading;
use super::record;
use crate::transcript::Output;

/// `W291 [*] Trailing whitespace` and below it ` --> app/home.py:1:10`.
pub(super) fn ruff(output: &Output) -> Reading {
    let mut reading = Reading::default();
    let mut code: Option<&str> = None;
    for line in output.lines() {
        let Ok(text) = std::str::from_utf8(line.text) else {
            continue;
        };
        if let (Some(rule), Some(place)) = (code, text.trim_start().strip_prefix("--> ")) {
            let mut parts = place.rsplitn(3, ':');
            let (_, number, path) = (parts.next(), parts.next(), parts.next());
            if let (Some(path), Some(Ok(number))) = (path, number.map(str::parse)) {
                record(&mut reading, path, rule, number, line.number);
            }
        }
        code = text.split(' ').next().filter(|word| is_rule(word, text));
    }
    reading
}

/// A rule's code, or ruff's `invalid-syntax:`.
fn is_rule(word: &str, text: &str) -> bool {
    let upper = word.bytes().take_while(u8::is_ascii_uppercase).count();
    let coded =
        upper > 0 && word.len() > upper && word[upper..].bytes().all(|byte| byte.is_ascii_digit());
    coded && text.len() > word.len() || word == "invalid-syntax:"
}
