//! Which rules recognise a line: literals first, expressions where those say
//! that it could be.

use std::cell::Cell;

use crate::rules::Rules;

/// All rules, ready to be tried.
pub struct Matcher {
    pub rules: Rules,
    /// The last look at a line in which a rule was tried.
    tried: Vec<Cell<u64>>,
    looks: Cell<u64>,
    /// The most steps that expressions have taken so far.
    spent: Cell<u64>,
}

impl Matcher {
    pub fn new(rules: Rules) -> Self {
        Matcher {
            tried: vec![Cell::new(0); rules.rules.len()],
            looks: Cell::new(0),
            spent: Cell::new(0),
            rules,
        }
    }

    /// Calls `found` once for every rule that recognises the text.
    pub fn each(&self, text: &[u8], mut found: impl FnMut(usize)) {
        if text.is_empty() {
            return;
        }
        self.looks.set(self.looks.get() + 1);
        let mut consider = |rule| {
            if self.recognises(rule, text) {
                found(rule);
            }
        };
        Rules::possible(text, &mut consider);
        self.rules.own().for_each(consider);
    }

    /// What asking has cost so far, in steps of expressions. In a hostile log
    /// every line looks like many rules' at once, and whoever asks sets an end
    /// to that.
    pub fn spent(&self) -> u64 {
        self.spent.get()
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
        if self.tried[rule].replace(look) == look {
            return false;
        }
        let Some(expression) = self.rules.rules[rule].expression() else {
            return false;
        };
        self.spent.set(self.spent.get() + expression.cost(text));
        expression.is_match(text)
    }
}
