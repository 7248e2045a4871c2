//! A search for any of a few words that skips what cannot hold one (Wu and
//! Manber, 1994): it looks at every third byte or so, without a state that
//! each step has to wait for.

/// Words that lines about failures contain, in the letters in which nearly
/// every tool writes them, and the markers of steps. Each is cut so that it
/// begins with the least usual letters: usual ones would stop the search at
/// every other byte. (`efused`, `imed out` and their like were left out for
/// that; such lines nearly always hold one of these as well.)
const WORDS: [&str; 20] = [
    "rror",
    "RROR",
    "fail",
    "Fail",
    "FAIL",
    "fatal",
    "Fatal",
    "FATAL",
    "xcepti",
    "panick",
    "enied",
    "t found",
    "annot ",
    "Diff in",
    "eformat",
    "Killed",
    "aceback",
    "##[group]Run",
    "xited with ",
    "o space left",
];

/// How many bytes of each word steer the search: those of the shortest.
const WINDOW: usize = 4;

/// Pairs of bytes fall into so many kinds: few enough for the fastest cache.
const PAIRS: usize = 1 << 12;

pub(super) struct Words {
    /// How far the window may move on, by the last pair of bytes in it.
    shift: Box<[u8; PAIRS]>,
    /// Words whose window ends with a pair.
    ending: Vec<Vec<&'static [u8]>>,
}

impl Words {
    pub(super) fn new() -> Self {
        let mut words = Words {
            shift: Box::new([WINDOW as u8 - 1; PAIRS]),
            ending: vec![Vec::new(); PAIRS],
        };
        for word in WORDS {
            let word = word.as_bytes();
            for end in 1..WINDOW {
                let pair = pair(word[end - 1], word[end]);
                let shift = (WINDOW - 1 - end) as u8;
                words.shift[pair] = words.shift[pair].min(shift);
            }
            words.ending[pair(word[WINDOW - 2], word[WINDOW - 1])].push(word);
        }
        words
    }

    /// Whether the line holds one of the words.
    pub(super) fn any_in(&self, line: &[u8]) -> bool {
        let mut end = WINDOW - 1;
        while end < line.len() {
            let pair = pair(line[end - 1], line[end]);
            match self.shift[pair] {
                0 => {
                    let rest = &line[end + 1 - WINDOW..];
                    if self.ending[pair].iter().any(|word| rest.starts_with(word)) {
                        return true;
                    }
                    end += 1;
                }
                shift => end += usize::from(shift),
            }
        }
        false
    }
}

fn pair(a: u8, b: u8) -> usize {
    let mixed = (usize::from(a) << 5) ^ usize::from(b);
    mixed % PAIRS
}
