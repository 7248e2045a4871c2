//! Tables of literals, as `src/literals.rs` reads them.

use std::collections::HashMap;
use std::fmt::Write;

// What searches and what files must hash alike.
#[path = "../src/literals.rs"]
#[expect(dead_code, reason = "the build files, it does not search")]
mod literals;
use literals::{BUCKET_BITS, HASH_BITS, hash};

/// A literal and whose it is.
pub type Owned = (Vec<u8>, usize);

/// Rust source of a `Literals` that is asked about a whole text; literals are
/// at least three bytes long.
pub fn literals(all: Vec<Owned>) -> String {
    let rarity = rarity(&all);
    table(all, |text| offset(text, &rarity))
}

/// Rust source of a `Literals` that is asked about the first bytes of a line.
pub fn by_first_bytes(all: Vec<Owned>) -> String {
    table(all, |_| 0)
}

fn table(mut all: Vec<Owned>, offset: impl Fn(&[u8]) -> usize) -> String {
    all.sort();
    all.dedup();
    let mut filed: Vec<(usize, u8, Owned)> = all
        .into_iter()
        .map(|(text, owner)| {
            let offset = offset(&text);
            (hash(group(&text, offset)), offset as u8, (text, owner))
        })
        .collect();
    filed.sort();
    let (filter, buckets) = index(&filed);
    let mut source =
        format!("Literals {{ filter: &{filter:?}, buckets: &{buckets:?}, literals: &[");
    for (_, offset, (text, owner)) in &filed {
        let _ = writeln!(
            source,
            "Literal {{ text: &{text:?}, offset: {offset}, owner: {owner} }},"
        );
    }
    source.push_str("] }");
    source
}

fn group(text: &[u8], offset: usize) -> [u8; 3] {
    [text[offset], text[offset + 1], text[offset + 2]]
}

/// How many literals hold a group.
fn rarity(all: &[Owned]) -> HashMap<[u8; 3], usize> {
    let mut counts = HashMap::new();
    for (text, _) in all {
        for offset in 0..text.len() - 2 {
            *counts.entry(group(text, offset)).or_default() += 1;
        }
    }
    counts
}

/// The group to file a literal under: one that looks unusual for a text, and
/// else one that few other literals hold.
fn offset(text: &[u8], rarity: &HashMap<[u8; 3], usize>) -> usize {
    let usual = |byte: &u8| match byte {
        b' ' | b'e' | b't' | b'a' | b'o' | b'i' | b'n' | b's' | b'r' => 3,
        b'a'..=b'z' => 2,
        b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => 2,
        _ => 0,
    };
    let offsets = 0..(text.len() - 2).min(200);
    let worth = |offset: &usize| {
        let group = group(text, *offset);
        let looks: usize = group.iter().map(usual).sum();
        (looks, rarity[&group], *offset)
    };
    offsets.min_by_key(worth).expect("three bytes")
}

fn index(filed: &[(usize, u8, Owned)]) -> (Vec<u64>, Vec<u16>) {
    let mut filter = vec![0u64; 1 << (HASH_BITS - 6)];
    let mut buckets = vec![0u16; (1 << BUCKET_BITS) + 1];
    for (hash, _, _) in filed {
        filter[hash >> 6] |= 1 << (hash & 63);
        buckets[(hash >> (HASH_BITS - BUCKET_BITS)) + 1] += 1;
    }
    for bucket in 1..buckets.len() {
        buckets[bucket] += buckets[bucket - 1];
    }
    (filter, buckets)
}
