//! What the words of a line are worth, as far as anybody can say who does not
//! know the tool: a prior, which the ranker weighs against everything else.

use aho_corasick::{AhoCorasick, AhoCorasickKind};

/// A log without any marker of an end is taken for a failed one from here.
pub const ALARMING: f64 = 4.0;

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

/// All words at once.
pub struct Worth {
    search: Option<AhoCorasick>,
}

impl Worth {
    pub fn new() -> Self {
        let words = WORDS.iter().map(|(word, _)| *word);
        let all = words.chain(HARMLESS).chain(ECHOES);
        let kind = Some(AhoCorasickKind::DFA);
        let search = AhoCorasick::builder().kind(kind).build(all).ok();
        Worth { search }
    }

    /// What the words of a line are worth; none for an echo.
    pub fn of(&self, text: &[u8]) -> Option<f64> {
        let (mut best, mut sum, mut harmless) = (0.0f64, 0.0, 0.0);
        let mut seen = 0u64;
        let mut any = false;
        for found in self.search.as_ref()?.find_overlapping_iter(text) {
            let word = found.pattern().as_usize();
            any = true;
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
        any.then_some(best + 0.1 * (sum - best) - harmless)
    }
}
