//! Sixteen places at once ("Teddy", of the Hyperscan library): words fall into
//! eight groups, a bit a group. Tables over the two halves of a byte give the
//! groups that have such a byte at a place; a group that all of a place's
//! bytes have in common may have a word there.

use core::arch::wasm32::{
    u8x16_bitmask, u8x16_ne, u8x16_shr, u8x16_splat, u8x16_swizzle, u64x2, v128, v128_and,
};

use super::{CHUNK, HEAD, WORDS, Window};

/// Groups that fit in a byte.
const GROUPS: usize = 8;

/// Values of half a byte.
const HALVES: usize = 16;

/// Groups by the low and the high half of a byte, for each of the first places.
static LOW: [[u8; HALVES]; HEAD] = groups(0);
static HIGH: [[u8; HALVES]; HEAD] = groups(4);

const fn groups(shift: u32) -> [[u8; HALVES]; HEAD] {
    let mut groups = [[0; HALVES]; HEAD];
    let mut word = 0;
    while word < WORDS.len() {
        let mut place = 0;
        while place < HEAD {
            let half = (WORDS[word].as_bytes()[place] >> shift) & 15;
            // Neighbours in the list are one word in several cases.
            groups[place][half as usize] |= 1 << (word * GROUPS / WORDS.len());
            place += 1;
        }
        word += 1;
    }
    groups
}

/// At which places of a chunk a word may begin, a bit a place.
pub(super) fn places(window: &Window) -> u16 {
    let mut groups = u8x16_splat(u8::MAX);
    for place in 0..HEAD {
        let bytes = load(&window[place..place + CHUNK]);
        let low = u8x16_swizzle(load(&LOW[place]), v128_and(bytes, u8x16_splat(15)));
        let high = u8x16_swizzle(load(&HIGH[place]), u8x16_shr(bytes, 4));
        groups = v128_and(groups, v128_and(low, high));
    }
    u8x16_bitmask(u8x16_ne(groups, u8x16_splat(0)))
}

/// Sixteen bytes as a vector: one instruction, once compiled.
fn load(bytes: &[u8]) -> v128 {
    let half = |at: usize| {
        let half = bytes.get(at..at + 8).and_then(<[u8]>::first_chunk);
        u64::from_le_bytes(*half.unwrap_or(&[0; 8]))
    };
    u64x2(half(0), half(8))
}
