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

    /// Whether the line holds one of the words. Two windows move at once, one
    /// over each half: each step has to wait for the table, and so the waits
    /// overlap.
    pub(super) fn any_in(&self, line: &[u8]) -> bool {
        let line = without_stamp(line);
        let half = line.len() / 2;
        let (mut first, mut second) = (WINDOW - 1, half + WINDOW - 1);
        while first < half + WINDOW - 1 && second < line.len() {
            let (one, two) = (self.shift_at(line, first), self.shift_at(line, second));
            if one == 0 && self.begins(line, first) || two == 0 && self.begins(line, second) {
                return true;
            }
            first += one.max(1);
            second += two.max(1);
        }
        self.any_from(line, first, half + WINDOW - 1) || self.any_from(line, second, line.len())
    }

    /// Whether a word's window ends from `end` on, before `stop`.
    fn any_from(&self, line: &[u8], mut end: usize, stop: usize) -> bool {
        while end < stop.min(line.len()) {
            match self.shift_at(line, end) {
                0 if self.begins(line, end) => return true,
                shift => end += shift.max(1),
            }
        }
        false
    }

    fn shift_at(&self, line: &[u8], end: usize) -> usize {
        usize::from(self.shift[pair(line[end - 1], line[end])])
    }

    /// Whether a word begins where the window that ends here does.
    fn begins(&self, line: &[u8], end: usize) -> bool {
        let rest = &line[end + 1 - WINDOW..];
        let words = &self.ending[pair(line[end - 1], line[end])];
        words.iter().any(|word| rest.starts_with(word))
    }
}

/// A line without the time stamp of GitHub and Azure, which is a third of many
/// lines and never holds a word.
fn without_stamp(line: &[u8]) -> &[u8] {
    /// `2030-01-02T03:04:05.1234567Z `
    const STAMP_BYTES: usize = 29;
    match line {
        [b'2', .., _] if line.len() > STAMP_BYTES && line[10] == b'T' && line[27] == b'Z' => {
            &line[STAMP_BYTES - 1..]
        }
        _ => line,
    }
}

fn pair(a: u8, b: u8) -> usize {
    let mixed = (usize::from(a) << 5) ^ usize::from(b);
    mixed % PAIRS
}

#[cfg(test)]
mod tests {
    use super::{WORDS, Words};
    use proptest::prelude::*;
    use proptest::sample::select;

    /// Pieces of words, whole ones, and what stands around them.
    fn line() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            select(WORDS.to_vec()).prop_map(str::to_owned),
            select(WORDS.to_vec()).prop_map(|word| word[1..].to_owned()),
            select(WORDS.to_vec()).prop_map(|word| word[..word.len() - 1].to_owned()),
            "[a-z ]{0,9}",
            Just("2031-02-03T04:05:06.1234567Z ".to_owned()),
        ];
        proptest::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn a_word_is_found_wherever_it_stands(line in line()) {
            let words = Words::new();
            let expected = WORDS.iter().any(|word| line.contains(word));
            prop_assert_eq!(words.any_in(line.as_bytes()), expected, "{}", line);
        }
    }
}
