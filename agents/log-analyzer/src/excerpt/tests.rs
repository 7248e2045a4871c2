//! What is kept of large logs is what stands in them, under its own number.

use std::io::{self, Read};

use super::Excerpt;
use super::blocks::{Blocks, LINE_BYTES};
use crate::matcher::Matcher;
use crate::rules::Rules;

/// Gives a few bytes more each time, as a slow disk does.
struct Dripping<'a>(&'a [u8], usize);

impl Read for Dripping<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.1 = self.1 * 5 % 262_139 + 1;
        let count = self.1.min(buffer.len()).min(self.0.len());
        buffer[..count].copy_from_slice(&self.0[..count]);
        self.0 = &self.0[count..];
        Ok(count)
    }
}

/// Lines of these lengths, over and over, to about so many bytes.
fn log(lengths: &[usize], bytes: usize, ended: bool) -> Vec<u8> {
    let mut log = Vec::new();
    for (number, length) in lengths.iter().cycle().enumerate() {
        if log.len() >= bytes {
            break;
        }
        let letter = b'a' + (number % 26) as u8;
        log.resize(log.len() + length, letter);
        log.push(b'\n');
    }
    if !ended {
        log.pop();
    }
    log
}

fn naive(log: &[u8]) -> Vec<&[u8]> {
    let ended = log.strip_suffix(b"\n");
    let lines = ended.unwrap_or(log).split(|byte| *byte == b'\n');
    let lines = lines.map(|line| &line[..line.len().min(LINE_BYTES)]);
    match log.is_empty() {
        true => Vec::new(),
        false => lines.collect(),
    }
}

#[test]
fn blocks_hold_every_line_once_and_cut_the_long_ones() {
    let shapes: [&[usize]; 8] = [
        &[0],
        &[3, 80, 0, 200],
        &[LINE_BYTES - 1, LINE_BYTES, LINE_BYTES + 1, 5],
        &[700_000, 1],
        &[1 << 20],
        &[5_000_000],
        &[(1 << 20) - 1, 0],
        &[LINE_BYTES * 2 + 7],
    ];
    for lengths in shapes {
        for ended in [true, false] {
            let log = log(lengths, 3 << 20, ended);
            let mut blocks = Blocks::new(Dripping(&log, 1));
            let (mut text, mut lines) = (Vec::new(), 0);
            while let Some(block) = blocks.next(Vec::new()).unwrap() {
                assert_eq!(block.first, lines + 1, "{lengths:?}");
                lines += block.lines;
                text.extend_from_slice(block.text());
            }
            let expected = naive(&log);
            assert_eq!(lines, expected.len() as u64, "{lengths:?}, {ended}");
            assert_eq!(blocks.lines, lines);
            assert_eq!(blocks.bytes, log.len() as u64);
            assert!(naive(&text) == expected, "{lengths:?}, {ended}");
        }
    }
}

/// A log whose lines tell their numbers; some are in trouble.
fn numbered(lines: u64, trouble: impl Fn(u64) -> bool) -> Vec<u8> {
    let mut log = String::new();
    for number in 1..=lines {
        let word = if trouble(number) { "error:" } else { "fine" };
        // A kind of its own each time: `kind` leaves digits out.
        let name: String = number
            .to_string()
            .bytes()
            .map(|b| (b + 49) as char)
            .collect();
        log.push_str(&format!("{word} {name} line {number} {}\n", "x".repeat(60)));
    }
    log.into_bytes()
}

fn read(log: &[u8]) -> Excerpt {
    let matcher = Matcher::new(Rules::shipped());
    Excerpt::read(Dripping(log, 7), &matcher, |_| {}).unwrap()
}

#[test]
fn lines_around_trouble_are_kept_under_their_numbers() {
    const LINES: u64 = 240_000;
    // Alone, near each other, and some at a block's border wherever that is.
    let trouble = |number| number % 997 == 0 || number % 1009 == 3;
    let log = numbered(LINES, trouble);
    let excerpt = read(&log);
    assert_eq!(excerpt.total_lines, LINES);
    let kept: Vec<u64> = (0..excerpt.len()).map(|at| excerpt.number(at)).collect();
    assert!(kept.is_sorted_by(|a, b| a < b), "in order, each once");
    for at in 0..excerpt.len() {
        let text = String::from_utf8_lossy(excerpt.text(at)).into_owned();
        let number = excerpt.number(at);
        assert!(
            text.contains(&format!("line {number} ")),
            "{number}: {text}"
        );
    }
    for number in (1..LINES).filter(|number| trouble(*number)) {
        for near in number.saturating_sub(6).max(1)..=(number + 12).min(LINES) {
            assert!(kept.binary_search(&near).is_ok(), "{near}, near {number}");
        }
    }
    assert!(excerpt.len() < LINES as usize / 2);
}

#[test]
fn the_tail_is_kept_whole_up_to_its_limits() {
    for lines in [90_000, 200_000] {
        let log = numbered(lines, |_| false);
        let excerpt = read(&log);
        let last = excerpt.len() - 1;
        assert_eq!(excerpt.number(last), lines);
        let a_line = 90;
        let tail = (4 << 20) / a_line - 100;
        for back in 0..tail {
            assert_eq!(excerpt.number(last - back), lines - back as u64);
        }
    }
    let empty = vec![b'\n'; 3_000_000];
    let excerpt = read(&empty);
    let last = excerpt.len() - 1;
    assert_eq!(excerpt.number(last), 3_000_000);
    assert_eq!(excerpt.number(last - 79_999), 2_920_001);
    assert!(excerpt.len() <= 20_000 + 80_000);
}
