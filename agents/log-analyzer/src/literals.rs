//! Searching for thousands of literals at once, with tables that the build
//! made: there is nothing to construct when the component starts, and it
//! starts anew for every log. (An Aho-Corasick automaton of the same literals
//! takes longer to build than most logs take to read.)
//!
//! Every literal is filed under one group of three of its bytes. Each group of
//! three in the text is looked up in a bit set that nearly always says no.

/// One literal.
pub struct Literal {
    pub text: &'static [u8],
    /// Where in it the group stands that it is filed under.
    pub offset: u8,
    /// Whose it is.
    pub owner: u16,
}

/// Literals by the hash of their group.
pub struct Literals {
    /// One bit for each hash.
    pub filter: &'static [u64; 1 << (HASH_BITS - 6)],
    /// Where the literals of a bucket begin; buckets are the hash's high bits.
    pub buckets: &'static [u16; (1 << BUCKET_BITS) + 1],
    pub literals: &'static [Literal],
}

/// Groups fall into so many kinds: of a usual text's one in thirty has a
/// literal.
pub const HASH_BITS: u32 = 16;
pub const BUCKET_BITS: u32 = 12;

impl Literals {
    /// Calls `found` with the index of every literal that occurs in the text
    /// (more than once if it occurs more than once).
    pub fn each(&self, text: &[u8], mut found: impl FnMut(&Literal)) {
        for (at, group) in text.windows(3).enumerate() {
            let hash = hash([group[0], group[1], group[2]]);
            if self.filter[hash >> 6] >> (hash & 63) & 1 == 0 {
                continue;
            }
            let bucket = hash >> (HASH_BITS - BUCKET_BITS);
            let here = usize::from(self.buckets[bucket])..usize::from(self.buckets[bucket + 1]);
            for literal in &self.literals[here] {
                let start = at.checked_sub(usize::from(literal.offset));
                let rest = start.and_then(|start| text.get(start..));
                if rest.is_some_and(|rest| rest.starts_with(literal.text)) {
                    found(literal);
                }
            }
        }
    }
}

impl Literals {
    /// Calls `found` with every literal that the text begins with, where all
    /// are filed under their first bytes.
    pub fn beginning(&self, text: &[u8], found: impl FnMut(&Literal)) {
        let begins = |literal: &&Literal| text.starts_with(literal.text);
        let Some(group) = text.first_chunk() else {
            return;
        };
        let bucket = hash(*group) >> (HASH_BITS - BUCKET_BITS);
        let here = usize::from(self.buckets[bucket])..usize::from(self.buckets[bucket + 1]);
        self.literals[here].iter().filter(begins).for_each(found);
    }
}

/// The hash of three bytes, below 2 to the power of [`HASH_BITS`].
pub const fn hash(group: [u8; 3]) -> usize {
    let group = u32::from_le_bytes([group[0], group[1], group[2], 0]);
    (group.wrapping_mul(0x9e37_79b1) >> (32 - HASH_BITS)) as usize
}
