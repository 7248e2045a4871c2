//! Where a secret may be: the few bytes that every form has.
//!
//! Reading a log for a hundred forms one by one would take a hundred times as
//! long. Instead a handful of passes (SIMD where the machine has it) look for
//! windows of three or four bytes, and only what stands around a hit is read.

mod arrange;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use aho_corasick::packed::{Config, Searcher};
use aho_corasick::{AhoCorasick, Input};

use super::places::Near;
use super::tokens::{TOKENS, Token};

/// What to do where a literal stands.
#[derive(Clone, Copy)]
pub(super) enum Look {
    Token(&'static Token),
    /// A name may say that its value is secret.
    Name,
    Address,
    Authorization,
    Bearer,
    Cookie,
    WebToken,
    Identified,
    Login,
    UserFlag,
    /// Forms without a fixed part, looked for near their owner's name.
    Near(Near),
    KeyBlock,
    /// PuTTY's form of a private key.
    KeyLines,
}

/// A literal, from which part of it the search knows it.
struct Anchor {
    literal: Vec<u8>,
    offset: usize,
    look: Look,
}

/// A literal at its place.
#[derive(Clone, Copy)]
pub(super) struct Hit {
    pub at: usize,
    pub look: Look,
}

const NAMES: &[&str] = &[
    "assword",
    "ASSWORD",
    "asswd",
    "ASSWD",
    "assphrase",
    "ASSPHRASE",
    "_pass",
    "_PASS",
    "-pass",
    "pass=",
    "PASS=",
    "pass:",
    "pass\"",
    "_pwd",
    "_PWD",
    "pwd=",
    "PWD=",
    "Pwd=",
    "pwd:",
    "pwd\"",
    "ecret",
    "ECRET",
    "oken",
    "OKEN",
    "redential",
    "REDENTIAL",
    "_key",
    "_KEY",
    "-key",
    "-Key",
    "-KEY",
    ".key",
    "pikey",
    "piKey",
    "PIKEY",
    "PIKey",
    "esskey",
    "essKey",
    "ESSKEY",
    "atekey",
    "ateKey",
    "ATEKEY",
    "untkey",
    "untKey",
    "uthkey",
    "uthKey",
    "ingkey",
    "ingKey",
    "ionkey",
    "ionKey",
    "terkey",
    "terKey",
    "etkey",
    "etKey",
    "_auth",
    "_AUTH",
    "auth\"",
    "epass",
    "ypass",
];

const PLACES: &[(&str, Look)] = &[
    ("://", Look::Address),
    ("uthorization", Look::Authorization),
    ("UTHORIZATION", Look::Authorization),
    ("earer ", Look::Bearer),
    ("EARER ", Look::Bearer),
    ("ookie:", Look::Cookie),
    ("OOKIE:", Look::Cookie),
    ("ookie\"", Look::Cookie),
    ("ookie'", Look::Cookie),
    ("eyJ", Look::WebToken),
    ("DENTIFIED BY ", Look::Identified),
    ("dentified by ", Look::Identified),
    ("ogin -", Look::Login),
    ("sshpass", Look::Login),
    (" -u ", Look::UserFlag),
    ("--user", Look::UserFlag),
    ("iscord", Look::Near(Near::Discord)),
    ("ISCORD", Look::Near(Near::Discord)),
    ("Bot ", Look::Near(Near::Discord)),
    ("wilio", Look::Near(Near::Twilio)),
    ("WILIO", Look::Near(Near::Twilio)),
    ("PRIVATE KEY", Look::KeyBlock),
    ("Private-Lines:", Look::KeyLines),
];

fn anchors() -> Vec<Anchor> {
    let tokens = TOKENS
        .iter()
        .map(|token| (token.literal.to_owned(), Look::Token(token)));
    let names = NAMES.iter().map(|name| ((*name).to_owned(), Look::Name));
    let places = PLACES
        .iter()
        .map(|(literal, look)| ((*literal).to_owned(), *look));
    let all = tokens.chain(names).chain(places);
    all.map(|(literal, look)| {
        let literal = literal.into_bytes();
        let offset = arrange::rarest(&literal, LONG.min(literal.len()));
        Anchor {
            literal,
            offset,
            look,
        }
    })
    .collect()
}

/// Bytes of a window: four where the literal has so many, three otherwise.
const LONG: usize = 4;
const SHORT: usize = 3;

/// Passes for the long windows; more than three cost more than their fewer
/// false hits save.
const LONG_PASSES: usize = 3;

/// One pass over the text for some windows, and whose they are.
struct Pass {
    search: Search,
    anchors: Vec<Vec<Anchor>>,
}

enum Search {
    Packed(Searcher),
    /// On machines without the vector instructions.
    Automaton(AhoCorasick),
}

impl Search {
    fn new(windows: &[Vec<u8>]) -> Search {
        let packed = Config::new()
            .only_teddy(true)
            .only_teddy_fat(Some(false))
            .heuristic_pattern_limits(false)
            .builder()
            .extend(windows)
            .build();
        match packed {
            Some(searcher) => Search::Packed(searcher),
            None => Search::Automaton(AhoCorasick::new(windows).expect("few short windows")),
        }
    }

    fn next(&self, text: &[u8], from: usize) -> Option<(usize, usize)> {
        let range = from..text.len();
        let found = match self {
            Search::Packed(searcher) => searcher.find_in(text, range.into()),
            Search::Automaton(automaton) => automaton.find(Input::new(text).range(range)),
        };
        found.map(|found| (found.start(), found.pattern().as_usize()))
    }
}

impl Pass {
    fn new(windows: Vec<Vec<u8>>, by_window: &mut BTreeMap<Vec<u8>, Vec<Anchor>>) -> Pass {
        let search = Search::new(&windows);
        // A window that only fills a bucket comes twice; its first is found.
        let anchors = windows
            .iter()
            .map(|window| by_window.remove(window).unwrap_or_default());
        Pass {
            search,
            anchors: anchors.collect(),
        }
    }

    fn find(&self, text: &[u8], hits: &mut Vec<Hit>) {
        let mut from = 0;
        while let Some((at, window)) = self.search.next(text, from) {
            from = at + 1;
            for anchor in &self.anchors[window] {
                let stands = |start: &usize| text[*start..].starts_with(&anchor.literal);
                if let Some(start) = at.checked_sub(anchor.offset).filter(stands) {
                    hits.push(Hit {
                        at: start,
                        look: anchor.look,
                    });
                }
            }
        }
    }
}

static PASSES: LazyLock<Vec<Pass>> = LazyLock::new(|| {
    let mut by_window: BTreeMap<Vec<u8>, Vec<Anchor>> = BTreeMap::new();
    for anchor in anchors() {
        let length = LONG.min(anchor.literal.len());
        let window = anchor.literal[anchor.offset..anchor.offset + length].to_vec();
        by_window.entry(window).or_default().push(anchor);
    }
    let (long, short): (Vec<_>, Vec<_>) = by_window
        .keys()
        .cloned()
        .partition(|window| window.len() == LONG);
    let mut groups = arrange::groups(long, LONG, LONG_PASSES);
    groups.extend(arrange::groups(short, SHORT, 1));
    groups
        .into_iter()
        .map(|windows| Pass::new(windows, &mut by_window))
        .collect()
});

/// Every literal in a text, in order.
pub(super) fn hits(text: &[u8], hits: &mut Vec<Hit>) {
    hits.clear();
    PASSES.iter().for_each(|pass| pass.find(text, hits));
    // Stable: at one place, the order of the passes.
    hits.sort_by_key(|hit| hit.at);
}
