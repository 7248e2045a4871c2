//! Where no rule knows anything: which lines look like trouble, by the words
//! in them, by where they stand, and by how rare their like is in this log.

use std::collections::HashMap;

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use ci_log::Marker;

use crate::excerpt::Excerpt;
use crate::plain::{is_passed_test, plain};
use crate::steps::Steps;

/// A line that looks like trouble.
#[derive(Debug, Clone, Copy)]
pub struct Suspect {
    /// Index of the kept line.
    pub line: usize,
    pub score: f64,
}

/// A log without any marker of an end is taken for a failed one from here.
pub const ALARMING: f64 = 6.0;

/// How many suspects are told.
const MAX_SUSPECTS: usize = 60;

/// Words and what they are worth; a line is worth its best word and a little
/// of the others.
const WORDS: [(&str, f64); 38] = [
    ("error:", 6.0),
    ("Error:", 6.0),
    ("ERROR", 5.5),
    ("fatal:", 6.5),
    ("FATAL", 6.0),
    ("Fatal", 6.0),
    ("panic", 5.0),
    ("FAILED", 6.0),
    ("FAIL", 5.0),
    ("Failed", 4.5),
    ("failed", 4.0),
    ("failure", 3.5),
    ("Failure", 4.5),
    ("Exception", 5.0),
    ("Traceback", 4.0),
    ("error", 3.5),
    ("Error", 4.0),
    ("not found", 4.0),
    ("No such file", 4.0),
    ("cannot", 3.5),
    ("Cannot", 4.5),
    ("could not", 4.0),
    ("Could not", 4.5),
    ("unable to", 4.0),
    ("Unable to", 4.5),
    ("denied", 4.5),
    ("undefined", 3.5),
    ("invalid", 3.0),
    ("Invalid", 3.5),
    ("missing", 3.0),
    ("Missing", 3.5),
    ("unexpected", 3.0),
    ("expected", 2.5),
    ("violation", 3.5),
    ("timed out", 4.5),
    ("Aborted", 4.0),
    ("mismatch", 3.5),
    ("warning", 1.0),
];

/// Words of lines that only look like trouble.
const HARMLESS: [&str; 16] = [
    "0 errors",
    "0 failed",
    "0 failures",
    "Failures: 0",
    "Errors: 0",
    "no errors",
    "No errors",
    "error-",
    "errors.",
    "fail-fast",
    "failOnError",
    "-Werror",
    "onerror",
    "if-no-files-found",
    "error_",
    "continue-on-error",
];

/// Lines by which a runner repeats that something failed: never the cause.
const ECHOES: [&str; 12] = [
    "Process completed with exit code",
    "exited with",
    "returned exit code",
    "Job failed",
    "Finished: FAILURE",
    "npm ERR! A complete log",
    "npm ERR! code ELIFECYCLE",
    "npm ERR! errno",
    "ELIFECYCLE",
    "Failed at the",
    "marked build as failure",
    "BUILD FAILED",
];

/// What a harmless word costs.
const HARMLESS_COST: f64 = 3.0;

/// What being in a step known to have failed is worth, and in one known not
/// to have failed where others did.
const IN_FAILED_STEP: f64 = 3.0;
const OUTSIDE_FAILED_STEP: f64 = -6.0;

/// What standing at the end is worth, and the distance that halves it.
const NEAR_END: f64 = 2.5;
const NEAR_LINES: f64 = 40.0;

/// The most suspicious lines, the most suspicious first.
pub fn suspects(excerpt: &Excerpt, steps: &Steps) -> Vec<Suspect> {
    let words = Words::new();
    let mut suspects: Vec<Suspect> = (0..excerpt.len())
        .filter(|line| steps.is_output(*line))
        .filter_map(|line| suspect(excerpt, steps, &words, line))
        .collect();
    weigh_rarity(excerpt, &mut suspects);
    suspects.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.line.cmp(&b.line)));
    suspects.truncate(MAX_SUSPECTS);
    suspects
}

fn suspect(excerpt: &Excerpt, steps: &Steps, words: &Words, line: usize) -> Option<Suspect> {
    let (marker, text) = plain(excerpt.text(line));
    if is_passed_test(text) {
        return None;
    }
    let worth = words.worth(text)? + shape(text);
    if worth <= 0.0 {
        return None;
    }
    let marked = if marker == Some(Marker::Error) {
        3.0
    } else {
        0.0
    };
    let index = steps.of_line(line);
    let step = &steps.steps[index];
    let place = match (steps.any_failed(), step.failed) {
        (false, _) => 0.0,
        (true, true) => IN_FAILED_STEP,
        (true, false) => OUTSIDE_FAILED_STEP,
    };
    let distance = step.last.saturating_sub(line) as f64;
    let near = NEAR_END * NEAR_LINES / (NEAR_LINES + distance);
    let score = worth + marked + place + near;
    Some(Suspect { line, score })
}

/// All words at once.
struct Words {
    search: Option<AhoCorasick>,
}

impl Words {
    fn new() -> Self {
        let words = WORDS.iter().map(|(word, _)| *word);
        let all = words.chain(HARMLESS).chain(ECHOES);
        let kind = Some(AhoCorasickKind::DFA);
        let search = AhoCorasick::builder().kind(kind).build(all).ok();
        Words { search }
    }

    /// What the words of a line are worth; none for an echo.
    fn worth(&self, text: &[u8]) -> Option<f64> {
        let (mut best, mut sum, mut harmless) = (0.0f64, 0.0, 0.0);
        let mut seen = 0u64;
        for found in self.search.as_ref()?.find_overlapping_iter(text) {
            let word = found.pattern().as_usize();
            match WORDS.get(word) {
                Some((_, worth)) if seen & (1 << word) == 0 => {
                    seen |= 1 << word;
                    best = best.max(*worth);
                    sum += worth;
                }
                Some(_) => {}
                None if word < WORDS.len() + HARMLESS.len() => harmless = HARMLESS_COST,
                None => return None,
            }
        }
        Some(best + 0.1 * (sum - best) - harmless)
    }
}

/// Signs with which tools mark what is wrong: crosses, bullets, and the like.
const SIGNS: [&[u8]; 7] = [
    b"\xe2\x9c\x96",
    b"\xe2\x9c\x97",
    b"\xe2\x9c\x98",
    b"\xc3\x97",
    b"\xe2\x97\x8f",
    b"\xe2\x9d\x8c",
    b"!!",
];

/// What the shape of a line is worth: one that begins with a sign, or names a
/// place in a file, complains about something.
fn shape(text: &[u8]) -> f64 {
    const SIGN: f64 = 3.5;
    const PLACE: f64 = 2.5;
    let sign = SIGNS.iter().any(|sign| text.starts_with(sign));
    let place = names_place(text);
    f64::from(u8::from(sign)) * SIGN + f64::from(u8::from(place)) * PLACE
}

/// Whether a text names a line of a file: `name.ext:12` or `name.ext(12`.
fn names_place(text: &[u8]) -> bool {
    text.windows(2).enumerate().any(|(at, pair)| {
        let opens = matches!(pair[0], b':' | b'(' | b'[') && pair[1].is_ascii_digit();
        opens && ends_like_file(&text[..at])
    })
}

/// Whether a text ends with a dot and a short extension of letters.
fn ends_like_file(text: &[u8]) -> bool {
    /// The longest extension of a source file, in bytes.
    const MAX_EXTENSION: usize = 6;
    let tail = &text[text.len().saturating_sub(MAX_EXTENSION + 1)..];
    let letters = tail
        .iter()
        .rev()
        .take_while(|byte| byte.is_ascii_alphabetic());
    let letters = letters.count();
    letters > 0 && tail.len() > letters && tail[tail.len() - letters - 1] == b'.'
}

/// A line whose like the log prints again and again is its manner, not news.
fn weigh_rarity(excerpt: &Excerpt, suspects: &mut [Suspect]) {
    /// Doubling how often the like occurs costs this much.
    const COMMON: f64 = 0.5;
    /// The first of its kind is worth this much more.
    const FIRST: f64 = 1.0;
    let mut counts: HashMap<u64, (usize, u32)> = HashMap::new();
    for suspect in suspects.iter() {
        let kind = template(excerpt, suspect.line);
        counts.entry(kind).or_insert((suspect.line, 0)).1 += 1;
    }
    for suspect in suspects {
        let (first, count) = counts[&template(excerpt, suspect.line)];
        suspect.score -= COMMON * f64::from(count).log2();
        suspect.score += if first == suspect.line { FIRST } else { 0.0 };
    }
}

/// The same for lines that differ in numbers, paths and quoted names only:
/// the words that hold no digit, slash, dot or quote.
fn template(excerpt: &Excerpt, line: usize) -> u64 {
    let (_, text) = plain(excerpt.text(line));
    let words = text.split(|byte| byte.is_ascii_whitespace());
    let constant = words.filter(|word| {
        word.iter()
            .all(|byte| !b"0123456789/.\\'\"`".contains(byte))
    });
    let mut hash = 0xcbf2_9ce4_8422_2325u64;
    for byte in constant.flatten() {
        hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    }
    hash
}
