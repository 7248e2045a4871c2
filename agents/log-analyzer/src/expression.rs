//! Regular expressions that cost little to make: a log needs some hundred of
//! them for a few lines each, so that making them takes longer than using
//! them. Bounded backtracking over one automaton, linear in expression times
//! line, is made in half the time of what serves long texts best.

use std::cell::RefCell;

use regex_automata::nfa::thompson::backtrack::{BoundedBacktracker, Cache};
use regex_automata::nfa::thompson::{BuildError, Config};
use regex_automata::util::captures::Captures;
use regex_automata::util::syntax;

/// Memory of an expression's automaton, in bytes; own rules may be large.
const MAX_BYTES: usize = 1 << 20;

/// A compiled expression over bytes.
pub struct Expression {
    regex: BoundedBacktracker,
    cache: RefCell<Cache>,
}

impl Expression {
    pub fn new(source: &str) -> Result<Self, Box<BuildError>> {
        let regex = BoundedBacktracker::builder()
            .syntax(syntax::Config::new().unicode(false).utf8(false))
            .thompson(Config::new().utf8(false).nfa_size_limit(Some(MAX_BYTES)))
            .build(source)?;
        let cache = RefCell::new(regex.create_cache());
        Ok(Expression { regex, cache })
    }

    pub fn is_match(&self, text: &[u8]) -> bool {
        let text = self.bounded(text);
        let cache = &mut self.cache.borrow_mut();
        self.regex.try_is_match(cache, text).unwrap_or(false)
    }

    /// The most steps that a search in a text takes: it goes through each of
    /// its states at each byte at most once.
    pub fn cost(&self, text: &[u8]) -> u64 {
        let states = self.regex.get_nfa().states().len();
        (states * text.len()) as u64
    }

    /// The first match's groups.
    pub fn captures(&self, text: &[u8]) -> Option<Captures> {
        let mut captures = self.regex.create_captures();
        let text = self.bounded(text);
        let cache = &mut self.cache.borrow_mut();
        self.regex.try_captures(cache, text, &mut captures).ok()?;
        captures.is_match().then_some(captures)
    }

    /// As much of a text as can be searched: all of what rules see, but for
    /// expressions of many hundred parts.
    fn bounded<'t>(&self, text: &'t [u8]) -> &'t [u8] {
        &text[..text.len().min(self.regex.max_haystack_len())]
    }
}
