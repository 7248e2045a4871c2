//! Which rules recognise a line: literals first, expressions where those say
//! that it could be.

use aho_corasick::{AhoCorasick, MatchKind};
use std::cell::Cell;

use crate::rules::Rules;

/// The look at which a rule that is off was tried: no look comes after it.
const OFF: u64 = u64::MAX;

/// All rules, ready to be tried.
pub struct Matcher {
    pub rules: Rules,
    literals: Option<AhoCorasick>,
    /// The last look at a line in which a rule was tried.
    tried: Vec<Cell<u64>>,
    looks: Cell<u64>,
}

impl Matcher {
    pub fn new(rules: Rules) -> Self {
        Self::without(rules, &[])
    }

    /// As if the rules of these indices did not exist.
    pub fn without(rules: Rules, off: &[usize]) -> Self {
        let tried = vec![Cell::new(0); rules.rules.len()];
        off.iter().for_each(|rule| tried[*rule].set(OFF));
        let literals = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .build(&rules.literals);
        Matcher {
            // Some thousand short literals are far from any limit.
            literals: literals.ok(),
            tried,
            looks: Cell::new(0),
            rules,
        }
    }

    /// Calls `found` once for every rule that recognises the text.
    pub fn each(&self, text: &[u8], mut found: impl FnMut(usize)) {
        let (Some(first), Some(literals)) = (text.first(), &self.literals) else {
            return;
        };
        self.looks.set(self.looks.get() + 1);
        for literal in literals.find_overlapping_iter(text) {
            let owner = self.rules.owners[literal.pattern().as_usize()];
            let in_place = literal.start() == 0 || !owner.at_start;
            if in_place && self.recognises(owner.rule, text) {
                found(owner.rule);
            }
        }
        for rule in &self.rules.by_first[usize::from(*first)] {
            if self.recognises(*rule, text) {
                found(*rule);
            }
        }
    }

    /// The strength of the strongest rule that recognises the text.
    pub fn strongest(&self, text: &[u8]) -> Option<u8> {
        let mut strongest = None;
        self.each(text, |rule| {
            strongest = strongest.max(Some(self.rules.rules[rule].strength));
        });
        strongest
    }

    /// Whether a rule that this look has not tried yet recognises the text.
    fn recognises(&self, rule: usize, text: &[u8]) -> bool {
        let look = self.looks.get();
        if self.tried[rule].get() >= look {
            return false;
        }
        self.tried[rule].set(look);
        let regex = self.rules.rules[rule].regex();
        regex.is_some_and(|regex| regex.is_match(text))
    }
}
