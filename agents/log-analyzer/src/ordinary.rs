//! What the repository's passing logs print as well: a line that also stands
//! in a job that went well is not why this one failed.

use std::collections::HashSet;
use std::io::{self, Read};

use ci_log::Lines;

use crate::plain::plain;

/// Kinds of lines that are remembered: eight bytes each, and more of them than
/// any job prints on purpose.
const MAX_KINDS: usize = 300_000;

/// Of one passing log this much is read, in bytes: what comes behind has been
/// said before.
const MAX_BYTES: u64 = 256 << 20;

/// The kinds of lines in passing logs.
#[derive(Default)]
pub struct Ordinary {
    kinds: HashSet<u64>,
}

impl Ordinary {
    /// Adds the lines of a passing log.
    pub fn read(&mut self, log: impl Read) -> io::Result<()> {
        let mut lines = Lines::new(log.take(MAX_BYTES));
        let mut buffer = Vec::new();
        while let Some(line) = lines.next_line()? {
            if self.kinds.len() >= MAX_KINDS {
                break;
            }
            let cleaned = ci_log::clean(line.raw, &mut buffer).trim_ascii_end();
            self.kinds.insert(kind(cleaned));
        }
        Ok(())
    }

    pub fn is_empty(&self) -> bool {
        self.kinds.is_empty()
    }

    /// Whether a cleaned line stands in a passing log.
    pub fn has(&self, cleaned: &[u8]) -> bool {
        !cleaned.is_empty() && self.kinds.contains(&kind(cleaned))
    }
}

/// The same for lines that differ in numbers and long hexadecimal ids only
/// (FNV-1a). Zero stays apart from other numbers: `0 failed` is no `3 failed`.
fn kind(cleaned: &[u8]) -> u64 {
    /// From this length on letters and digits mixed are an id.
    const ID_BYTES: usize = 7;
    let (_, text) = plain(cleaned);
    let mut hash = 0xcbf2_9ce4_8422_2325u64;
    let mut mix = |byte: u8| hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    for word in text.split_inclusive(|byte| !byte.is_ascii_alphanumeric()) {
        let (letters, end) = match word {
            [letters @ .., last] if !last.is_ascii_alphanumeric() => (letters, Some(*last)),
            letters => (letters, None),
        };
        let digits = letters.iter().filter(|byte| byte.is_ascii_digit()).count();
        let hex = letters.iter().all(u8::is_ascii_hexdigit);
        match letters {
            b"0" => mix(b'0'),
            _ if digits == letters.len() && digits > 0 => mix(b'1'),
            _ if hex && digits > 0 && letters.len() >= ID_BYTES => mix(b'#'),
            _ if digits > 0 => {
                let mut in_number = false;
                for byte in letters {
                    let digit = byte.is_ascii_digit();
                    if !(digit && in_number) {
                        mix(if digit { b'1' } else { *byte });
                    }
                    in_number = digit;
                }
            }
            _ => letters.iter().for_each(|byte| mix(*byte)),
        }
        end.into_iter().for_each(&mut mix);
    }
    hash
}
