//! A search for any of a few words in a whole block of lines: tables say of the
//! first bytes at a place which words could begin there. In the sandbox vector
//! instructions look at sixteen places at once before any table is asked.

#[cfg(target_family = "wasm")]
mod vector;

/// Words that lines about failures contain, in the letters in which nearly
/// every tool writes them, and the markers of steps. Each is cut so that it
/// begins with the least usual letters. (`efused`, `imed out` and their like
/// were left out; such lines nearly always hold one of these as well.)
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

/// Places that are looked at at once.
const CHUNK: usize = 16;

/// Bytes of a word that are compared at once; no word is shorter.
const HEAD: usize = 4;

/// What is needed to look at a chunk's places.
type Window = [u8; CHUNK + HEAD - 1];

/// Of each byte the words that have it at each of their first places, a bit a
/// word.
pub(super) struct Words {
    heads: Box<[[u32; 256]; HEAD]>,
}

impl Words {
    pub(super) fn new() -> Self {
        let mut heads = Box::new([[0; 256]; HEAD]);
        for (word, text) in WORDS.iter().enumerate() {
            for (place, byte) in text.bytes().take(HEAD).enumerate() {
                heads[place][usize::from(byte)] |= 1 << word;
            }
        }
        Words { heads }
    }

    /// Where the first word begins that begins at `from` or behind.
    pub(super) fn find(&self, text: &[u8], from: usize) -> Option<usize> {
        let mut at = from;
        while let Some(window) = text.get(at..).and_then(<[u8]>::first_chunk) {
            let mut places = self.places(window);
            while places != 0 {
                let place = at + places.trailing_zeros() as usize;
                if self.begins(text, place) {
                    return Some(place);
                }
                places &= places - 1;
            }
            at += CHUNK;
        }
        (at..text.len()).find(|place| self.begins(text, *place))
    }

    /// Whether one of the words begins at a place.
    fn begins(&self, text: &[u8], place: usize) -> bool {
        let (before, here) = text.split_at(place);
        let Some((head, rest)) = here.split_first_chunk() else {
            return false;
        };
        if before.ends_with(b"mi") && head == b"rror" {
            // Downloads come from mirrors, thousands of them.
            return false;
        }
        let mut words = self.with_head(head);
        while words != 0 {
            let word = words.trailing_zeros();
            let tail = &WORDS[word as usize].as_bytes()[HEAD..];
            if tail.is_empty() || rest.starts_with(tail) {
                return true;
            }
            words &= words - 1;
        }
        false
    }

    /// The words that begin with some bytes.
    fn with_head(&self, head: &[u8; HEAD]) -> u32 {
        let words = |place: usize| self.heads[place][usize::from(head[place])];
        words(0) & words(1) & words(2) & words(3)
    }

    /// At which places of a chunk a word may begin, a bit a place.
    #[cfg(target_family = "wasm")]
    fn places(&self, window: &Window) -> u16 {
        vector::places(window)
    }

    /// At which places of a chunk a word may begin, a bit a place.
    #[cfg(not(target_family = "wasm"))]
    fn places(&self, window: &Window) -> u16 {
        let heads = window.array_windows().enumerate();
        heads.fold(0, |places, (place, head)| {
            places | u16::from(self.with_head(head) != 0) << place
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{WORDS, Words};
    use proptest::prelude::*;
    use proptest::sample::select;

    /// Pieces of words, whole ones, and what stands around them; long enough
    /// for several chunks.
    fn text() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            1 => select(WORDS.to_vec()).prop_map(str::to_owned),
            4 => select(WORDS.to_vec()).prop_map(|word| word[1..].to_owned()),
            4 => select(WORDS.to_vec()).prop_map(|word| word[..word.len() - 1].to_owned()),
            1 => Just("mirror".to_owned()),
            4 => "[a-z #\n]{0,40}",
        ];
        proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn the_first_word_is_found_wherever_it_stands(text in text(), from in 0usize..80) {
            let words = Words::new();
            let from = from.min(text.len());
            let begins = |at: &usize| {
                let mirror = text[..*at].ends_with("mi") && text[*at..].starts_with("rror");
                !mirror && WORDS.iter().any(|word| text[*at..].starts_with(word))
            };
            let expected = (from..text.len()).find(begins);
            prop_assert_eq!(words.find(text.as_bytes(), from), expected, "{}", text);
        }
    }

    /// Each word at each place of a chunk, and over its end.
    #[test]
    fn no_word_is_overlooked_by_the_chunks() {
        for word in WORDS {
            for at in 0..40 {
                let text = format!("{}{word}{}", "-".repeat(at), "-".repeat(100));
                assert_eq!(
                    Words::new().find(text.as_bytes(), 0),
                    Some(at),
                    "{word} at {at}"
                );
            }
        }
    }
}
