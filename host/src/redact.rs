//! Secrets taken out of text before an agent, a log line, a pull request or a
//! model sees it.
//!
//! A secret is known by its own form ([`tokens`]), by the name it is the value
//! of (`assigned`, `names`, `value`), by the place it stands in (`places`), or
//! as the lines of a private key (`key_block`). `anchors` finds the few bytes
//! around which any of that is worth a look; `scan` looks; `stream` does so for
//! text of any length that comes in pieces.
//!
//! What holds for every text, and is tested for any: lines stay as many as they
//! are and bytes outside secrets as they are; the pieces in which the text
//! comes make no difference; what is redacted stays as it is; time grows with
//! the length alone. Deliberately absent: asking a provider whether a token is
//! valid, and undoing encodings.

mod anchors;
mod assigned;
mod class;
mod key_block;
mod names;
mod places;
mod scan;
mod stream;
pub mod tokens;
mod value;

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use stream::Redactor;

/// What stands where a secret stood.
pub const MARK: &str = "[REDACTED]";

/// What forges print where they masked a secret.
const FORGE_MARK: &str = "***";

/// How many secrets of which rule were taken out. Only the redactor makes one;
/// it can be written and read again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Taken(BTreeMap<Cow<'static, str>, u64>);

impl Taken {
    fn nothing() -> Taken {
        Taken(BTreeMap::new())
    }

    fn add(&mut self, rule: &'static str) {
        *self.0.entry(Cow::Borrowed(rule)).or_default() += 1;
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Secrets of all rules.
    pub fn total(&self) -> u64 {
        self.0.values().sum()
    }

    /// Secrets by rule.
    pub fn by_rule(&self) -> impl Iterator<Item = (&str, u64)> {
        self.0.iter().map(|(rule, count)| (rule.as_ref(), *count))
    }
}

/// The text without what looks like a secret; as many lines as before.
pub fn redact(text: &str) -> Cow<'_, str> {
    let mut redactor = Redactor::new();
    let mut out = Vec::with_capacity(text.len());
    redactor.push(text.as_bytes(), &mut out);
    let taken = redactor.finish(&mut out);
    match taken.is_empty() {
        true => Cow::Borrowed(text),
        // Secrets begin and end at ASCII bytes, so nothing is lost here.
        false => Cow::Owned(String::from_utf8_lossy(&out).into_owned()),
    }
}

/// How many redaction marks a file holds. An edit that adds one was made from
/// a text whose real content nobody knows.
pub fn count_marks(bytes: &[u8]) -> usize {
    let count = |mark: &str| memchr::memmem::find_iter(bytes, mark).count();
    count(MARK) + count(FORGE_MARK)
}
