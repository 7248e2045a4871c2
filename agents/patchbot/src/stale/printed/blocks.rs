//! Line by line differences: Python's `ndiff`, which pytest and unittest
//! print, and unified ones.

use crate::transcript::Output;
use crate::workspace::file_name;

/// Blocks of one output that are looked at, and lines of one.
const MAX_BLOCKS: usize = 50;
const MAX_LINES: usize = 5_000;

/// Both sides of what was printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    minus: Vec<String>,
    plus: Vec<String>,
    /// The file on the `---` side, and where in it this begins (1-based).
    place: Option<(String, usize)>,
    pub log: (u64, u64),
}

impl Block {
    /// What the file would be, if it is a side of this block to the last line.
    pub fn other_side(&self, path: &str, text: &str) -> Option<String> {
        let end = if text.ends_with('\n') { "\n" } else { "" };
        let lines: Vec<&str> = text.lines().collect();
        if let Some((named, start)) = &self.place {
            let same = path.ends_with(named.as_str()) || named.ends_with(path);
            if !same || file_name(named) != file_name(path) {
                return None;
            }
            let from = start.checked_sub(1)?;
            let there = lines.get(from..from + self.minus.len())?;
            let fits = there.iter().zip(&self.minus).all(|(one, two)| *one == two);
            let mut all: Vec<&str> = lines[..from].to_vec();
            all.extend(self.plus.iter().map(String::as_str));
            all.extend(&lines[from + self.minus.len()..]);
            return (fits && !self.minus.is_empty()).then(|| all.join("\n") + end);
        }
        let is = |side: &[String]| {
            !side.is_empty()
                && side.len() == lines.len()
                && side.iter().zip(&lines).all(|(one, two)| one == two)
        };
        if is(&self.minus) {
            Some(self.plus.join("\n") + end)
        } else if is(&self.plus) {
            Some(self.minus.join("\n") + end)
        } else {
            None
        }
    }
}

/// All blocks of an output that differ at all.
pub fn read(output: &Output) -> Vec<Block> {
    let lines: Vec<(u64, String)> = output
        .lines()
        .map(|line| (line.number, String::from_utf8_lossy(line.text).into_owned()))
        .collect();
    let mut blocks = Vec::new();
    let (mut at, mut done) = (0, 0);
    while at < lines.len() && blocks.len() < MAX_BLOCKS {
        let unified = unified(&lines[at..]).map(|(block, used)| (block, at + used));
        let sides = || asserted(&lines[at..]).map(|(block, used)| (block, at + used));
        match unified.or_else(sides).or_else(|| ndiff(&lines, at, done)) {
            Some((block, end)) => {
                (at, done) = (end, end);
                blocks.extend((block.minus != block.plus).then_some(block));
            }
            None => at += 1,
        }
    }
    blocks
}

/// `--- a`, `+++ b`, one hunk.
fn unified(lines: &[(u64, String)]) -> Option<(Block, usize)> {
    let path = lines.first()?.1.strip_prefix("--- ")?;
    let path = path.split('\t').next()?.trim();
    lines.get(1)?.1.strip_prefix("+++ ")?;
    let header = lines.get(2)?.1.strip_prefix("@@ -")?;
    let mut numbers = header.split(' ').next()?.split(',');
    let start: usize = numbers.next()?.parse().ok()?;
    let count: usize = numbers.next().map_or(Some(1), |count| count.parse().ok())?;
    let mut block = Block {
        minus: Vec::new(),
        plus: Vec::new(),
        place: Some((path.trim_start_matches("./").to_owned(), start)),
        log: (lines[0].0, lines[2].0),
    };
    let mut used = 3;
    for (number, line) in lines[3..].iter().take(MAX_LINES) {
        let (sign, text) = line.split_at_checked(1).unwrap_or((" ", ""));
        match sign {
            "-" => block.minus.push(text.to_owned()),
            "+" => block.plus.push(text.to_owned()),
            " " => {
                block.minus.push(text.to_owned());
                block.plus.push(text.to_owned());
            }
            _ => break,
        }
        if block.minus.len() > count {
            // The line behind the hunk looked like one of it.
            block.minus.pop();
            block.plus.pop();
            break;
        }
        block.log.1 = *number;
        used += 1;
    }
    // A second hunk, or a missing line feed, is more than is followed here.
    let next = lines.get(used).map_or("", |(_, line)| line.as_str());
    let whole = block.minus.len() == count && !next.starts_with("@@ ") && !next.starts_with('\\');
    whole.then_some((block, used))
}

/// What `assert_eq!` prints: `  left: "…"` and ` right: "…"`, as Rust writes
/// strings for debugging.
fn asserted(lines: &[(u64, String)]) -> Option<(Block, usize)> {
    let side = |at: usize, name: &str| unescaped(lines.get(at)?.1.trim().strip_prefix(name)?);
    let (left, right) = (side(0, "left: ")?, side(1, "right: ")?);
    let all = |text: &str| text.lines().map(str::to_owned).collect();
    let block = Block {
        minus: all(&right),
        plus: all(&left),
        place: None,
        log: (lines[0].0, lines[1].0),
    };
    // Whether the last line has an end is the file's own; where the sides
    // differ in that, this is not all that differs.
    (left.ends_with('\n') == right.ends_with('\n')).then_some((block, 2))
}

/// A string in quotes, as Rust writes it for debugging.
fn unescaped(text: &str) -> Option<String> {
    let inside = text.trim().strip_prefix('"')?.strip_suffix('"')?;
    let mut out = String::with_capacity(inside.len());
    let mut letters = inside.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => return None,
            '\\' => match letters.next()? {
                'n' => out.push('\n'),
                't' => out.push('\t'),
                'r' => out.push('\r'),
                same @ ('"' | '\\' | '\'') => out.push(same),
                _ => return None,
            },
            plain => out.push(plain),
        }
    }
    Some(out)
}

/// `- old`, `+ new`, `? ^`, `  same`, behind pytest's `E` or nothing: the block
/// around the line `at`, if that is its first with a sign, from `floor` on.
/// Lines that are the same on both sides may stand in front of it.
fn ndiff(lines: &[(u64, String)], at: usize, floor: usize) -> Option<(Block, usize)> {
    let front = front(&lines[at].1)?;
    let same = |line: &&(u64, String)| {
        line.1
            .strip_prefix(front)
            .is_some_and(|rest| rest.starts_with("  ") && !rest.trim().is_empty())
    };
    let before = lines[floor..at]
        .iter()
        .rev()
        .take(MAX_LINES)
        .take_while(same)
        .count();
    let mut block = Block {
        minus: Vec::new(),
        plus: Vec::new(),
        place: None,
        log: (lines[at - before].0, lines[at].0),
    };
    let mut end = at - before;
    for (number, line) in lines[end..].iter().take(MAX_LINES) {
        let Some(rest) = line.strip_prefix(front) else {
            break;
        };
        let sign = rest.as_bytes().first().copied().unwrap_or(b' ');
        if rest.len() > 1 && rest.as_bytes()[1] != b' ' {
            break;
        }
        let text = rest.get(2..).unwrap_or_default().to_owned();
        match sign {
            b'-' => block.minus.push(text),
            b'+' => block.plus.push(text),
            b'?' => {}
            b' ' => {
                block.minus.push(text.clone());
                block.plus.push(text);
            }
            _ => break,
        }
        block.log.1 = *number;
        end += 1;
    }
    // Blank lines behind it are the program's own.
    while block.minus.last().is_some_and(String::is_empty)
        && block.plus.last().is_some_and(String::is_empty)
    {
        block.minus.pop();
        block.plus.pop();
    }
    Some((block, end.max(at + 1)))
}

/// What stands in front of a line's sign.
fn front(line: &str) -> Option<&str> {
    let body = line.strip_prefix('E').unwrap_or(line);
    let rest = body.trim_start_matches(' ');
    let signed = rest.starts_with("- ") || rest.starts_with("+ ");
    signed.then(|| &line[..line.len() - rest.len()])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks(text: &str) -> Vec<Block> {
        let printed = crate::transcript::Transcript::of_run(Vec::new(), &[text.as_bytes()]);
        let (_, step) = printed.failed().next().unwrap();
        read(&step.output)
    }

    #[test]
    fn pytest_shows_both_sides_and_the_file_says_which_is_old() {
        let text = "E       AssertionError: assert 'a' == 'b'\nE         \nE           Menu\nE         - Hello Ada\nE         + Hello, Ada!\nE         ?      +    +\nE           Bye\n\ntests/test_a.py:5: AssertionError\n";
        let found = blocks(text);
        let made: Vec<String> = found
            .iter()
            .filter_map(|block| block.other_side("a.txt", "Menu\nHello Ada\nBye\n"))
            .collect();
        assert_eq!(made, ["Menu\nHello, Ada!\nBye\n"]);
        let swapped: Vec<String> = found
            .iter()
            .filter_map(|block| block.other_side("a.txt", "Menu\nHello, Ada!\nBye\n"))
            .collect();
        assert_eq!(swapped, ["Menu\nHello Ada\nBye\n"]);
        let none = found
            .iter()
            .filter_map(|block| block.other_side("a.txt", "Menu\nHello Ada\nBye\nMore\n"))
            .next();
        assert_eq!(none, None, "what is not the whole file is no record of it");
    }

    #[test]
    fn what_assert_eq_shows_are_both_sides() {
        let text = "assertion `left == right` failed\n  left: \"a \\\"b\\\"\\nnew\\n\"\n right: \"a \\\"b\\\"\\nold\\n\"\n";
        let found = blocks(text);
        let made = found[0].other_side("a.txt", "a \"b\"\nold\n");
        assert_eq!(made.as_deref(), Some("a \"b\"\nnew\n"));
        assert_eq!(blocks("  left: \"a\\u{1}\"\n right: \"b\"\n"), []);
    }

    #[test]
    fn a_unified_difference_is_of_the_file_that_it_names() {
        let text = "--- tests/golden/a.txt\t2026-01-01\n+++ out.txt\t2026-01-01\n@@ -2,2 +2,2 @@\n two\n-three\n+drei\n";
        let found = blocks(text);
        let old = "one\ntwo\nthree\nfour\n";
        assert_eq!(
            found[0].other_side("tests/golden/a.txt", old).as_deref(),
            Some("one\ntwo\ndrei\nfour\n")
        );
        assert_eq!(found[0].other_side("tests/golden/b.txt", old), None);
        assert_eq!(
            found[0].other_side("tests/golden/a.txt", "one\nother\nthree\n"),
            None
        );
    }
}
