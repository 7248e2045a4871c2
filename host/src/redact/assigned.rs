//! Values of names that say that they are secret: `NAME=value`, `"name":
//! "value"`, `name: value`, `--name value`, `<name>value</name>`.

use memchr::memmem;

use super::MARK;
use super::class::{self, NAME, is_unmarked};
use super::names::{LONGEST, Secrecy, secrecy};
use super::value::{LOOKED_AT, is_code, is_mixed, is_place, is_random, is_stand_in};

/// Blanks on one side of `=` or `:`, at most: more is a table's column.
const MOST_BLANKS: usize = 4;

/// Longest quoted value, in bytes.
const LONGEST_QUOTED: usize = 4096;

/// How a value is tied to its name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tie {
    /// Nobody writes a sentence like that: `A=b`, `"a": "b"`, `--a b`.
    Tight,
    /// May be prose: `password: wrong`.
    Loose,
}

/// Where a value begins and how it is tied and quoted.
struct Place {
    start: usize,
    tie: Tie,
    quote: Quote,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Quote {
    None,
    /// By this byte.
    Plain(u8),
    /// By this byte with a backslash before: JSON in a string.
    Escaped(u8),
    /// By the tag's end.
    Tag,
}

/// The value of the name in which the word at `at` stands, if the name says
/// that it is secret and the value looks like it.
pub(super) fn value(line: &[u8], at: usize) -> Option<(usize, usize)> {
    let start = NAME.run_back(line, at, LONGEST);
    let end = NAME.run(line, at, LONGEST);
    if line[..start].ends_with(MARK.as_bytes()) {
        return None;
    }
    let dashes = line[start..]
        .iter()
        .take_while(|byte| **byte == b'-')
        .count();
    let name = &line[(start + dashes).min(end)..end];
    // What follows is cheaper to ask than what the name says.
    let place = place(line, start, dashes, end)?;
    let secrecy = secrecy(name)?;
    let end = extent(line, &place)?;
    let value = &line[place.start..end];
    is_secret(secrecy, place.tie, place.quote, value)
        .then(|| (place.start, finish(line, &place, end)))
}

fn place(line: &[u8], start: usize, dashes: usize, end: usize) -> Option<Place> {
    let open = |start| start > 0 && line[start - 1] == b'<';
    if line.get(end) == Some(&b'>') && open(start) {
        return Some(Place {
            start: end + 1,
            tie: Tie::Tight,
            quote: Quote::Tag,
        });
    }
    let name = &line[start..end];
    let after = skip_colours(line, skip_closing(line, end));
    let sign = blanks(line, after);
    let (value, tie) = match line.get(sign..).unwrap_or_default() {
        [b'=', b'=' | b'~', ..] | [b':', b':', ..] => return None,
        [b'=', b'>', ..] | [b':', b'=', ..] => (sign + 2, Tie::Loose),
        [b'=', 0x1b, ..] | [b':', 0x1b, ..] => (sign + 1, Tie::Tight),
        [b'=', ..] if sign == after => (sign + 1, Tie::Tight),
        [b'=', ..] => (sign + 1, Tie::Loose),
        [b':', ..] if name.iter().all(|b| !b.is_ascii_lowercase()) && name.contains(&b'_') => {
            (sign + 1, Tie::Tight)
        }
        [b':', ..] => (sign + 1, Tie::Loose),
        [next, ..]
            if sign == end + 1 && after == end && is_flag(line, start, dashes, *next == b'\'') =>
        {
            (sign, Tie::Tight)
        }
        _ => return None,
    };
    let from = blanks(line, value);
    // `A= b` is an empty A.
    if tie == Tie::Tight && from > value && line[value - 1] == b'=' {
        return None;
    }
    let from = skip_colours(line, from);
    let (start, quote) = opened(line, from);
    let quoted = quote != Quote::None;
    let tie = if quoted { Tie::Tight } else { tie };
    Some(Place { start, tie, quote })
}

/// What closes a name: `"name"`, `\"name\"`, `env['name']`.
fn skip_closing(line: &[u8], end: usize) -> usize {
    match line.get(end..).unwrap_or_default() {
        [b'"' | b'\'', b']', ..] => end + 2,
        [b'"' | b'\'' | b'`', ..] => end + 1,
        [b'\\', b'"' | b'\'', ..] => end + 2,
        _ => end,
    }
}

/// A name, its sign and its value may each have a colour of their own.
fn skip_colours(line: &[u8], from: usize) -> usize {
    let mut at = from;
    while line.get(at) == Some(&0x1b) && at - from < LONGEST {
        let end = line[at..]
            .iter()
            .take(LONGEST)
            .position(u8::is_ascii_alphabetic);
        at += end.map_or(1, |end| end + 1);
    }
    at
}

fn blanks(line: &[u8], from: usize) -> usize {
    let count = line[from.min(line.len())..]
        .iter()
        .take(MOST_BLANKS)
        .take_while(|byte| matches!(byte, b' ' | b'\t'))
        .count();
    from + count
}

/// Whether a value may follow a name after a blank alone: `--name value`.
fn is_flag(line: &[u8], start: usize, dashes: usize, quoted: bool) -> bool {
    let begins = line[..start]
        .last()
        .is_none_or(|byte| b" \t\r\"'=".contains(byte));
    dashes > 0 && begins || stands_alone(line, start, quoted)
}

/// Words before a value without `=`: `ENV NAME value` of a Dockerfile, `login
/// name password value` of a netrc, `CREATE USER name PASSWORD 'value'` of SQL.
fn stands_alone(line: &[u8], start: usize, quoted: bool) -> bool {
    let before = &line[start.saturating_sub(LONGEST)..start];
    let has = |word: &[u8]| class::before(before, word).is_some();
    let is_sql = [&b"USER "[..], b"ROLE ", b"user ", b"role "]
        .iter()
        .any(|word| has(word));
    before.ends_with(b"ENV ") || has(b"login ") || has(b"machine ") || is_sql && quoted
}

fn opened(line: &[u8], from: usize) -> (usize, Quote) {
    match line.get(from..).unwrap_or_default() {
        [b'b' | b'r' | b'f' | b'u' | b'@', quote @ (b'"' | b'\''), ..] => {
            (from + 2, Quote::Plain(*quote))
        }
        [quote @ (b'"' | b'\'' | b'`'), ..] => (from + 1, Quote::Plain(*quote)),
        [b'\\', quote @ (b'"' | b'\''), ..] => (from + 2, Quote::Escaped(*quote)),
        _ => (from, Quote::None),
    }
}

/// Where the value ends, as far as it is looked at. A mark in it, or where it
/// should have been closed, says that it was judged before.
fn extent(line: &[u8], place: &Place) -> Option<usize> {
    let unquoted = || plain(line, place.start, LOOKED_AT);
    // A mark's own bracket may end the value.
    let marked = |end: usize| !is_unmarked(&line[place.start..line.len().min(end + 1)]);
    let farthest = line.len().min(place.start + LONGEST_QUOTED);
    let (end, until) = match (place.quote, closing(line, place)) {
        (Quote::None, _) => (unquoted(), unquoted() + MARK.len()),
        (_, Some(end)) => (end, end),
        (Quote::Tag, None) => return None,
        (Quote::Plain(_) | Quote::Escaped(_), None) => (unquoted(), farthest),
    };
    (!marked(until)).then_some(end)
}

fn closing(line: &[u8], place: &Place) -> Option<usize> {
    let end = line.len().min(place.start + LONGEST_QUOTED);
    let value = &line[place.start..end];
    let at = match place.quote {
        Quote::None => None,
        Quote::Plain(quote) => memchr::memchr(quote, value),
        Quote::Escaped(quote) => memmem::find(value, &[b'\\', quote]),
        Quote::Tag => memchr::memchr(b'<', value),
    };
    at.map(|at| place.start + at)
}

/// An unquoted value goes on while it may.
fn finish(line: &[u8], place: &Place, end: usize) -> usize {
    match closing(line, place) {
        Some(end) => end,
        None => plain(line, place.start, usize::MAX).max(end),
    }
}

/// To the next blank or quote, or to a comma, an `&` or a closing bracket after
/// which the text goes on with another name or none of a value.
fn plain(line: &[u8], from: usize, most: usize) -> usize {
    let end = line.len().min(from.saturating_add(most));
    let mut at = from;
    while at < end {
        let stops = match line[at] {
            b' ' | b'\t' | b'\r' | b'\n' | b'"' | b'\'' | b'`' | b'<' | b'>' | 0x1b => true,
            b'\\' => matches!(line.get(at + 1), Some(b'n' | b'r' | b't' | b'"' | b'\'')),
            b'&' | b';' | b',' | b'|' | b')' | b']' | b'}' => names_or_ends(line, at + 1),
            _ => false,
        };
        if stops {
            break;
        }
        at += 1;
    }
    at
}

/// Whether another name, or nothing of a value, follows.
fn names_or_ends(line: &[u8], from: usize) -> bool {
    let end = NAME.run(line, from, LONGEST);
    match line.get(end) {
        None | Some(b'=' | b':') => true,
        Some(next) => end == from && b" \t\r\"'$,;.)]}>|".contains(next),
    }
}

/// Shortest values, in bytes: shorter ones are words and numbers.
const SHORTEST_PASSWORD: usize = 6;
const SHORTEST_TOKEN: usize = 8;
const SHORTEST_KEY: usize = 16;

fn is_secret(secrecy: Secrecy, tie: Tie, quote: Quote, value: &[u8]) -> bool {
    let looked_at = &value[..value.len().min(LOOKED_AT)];
    let long_enough = value.len() >= shortest(secrecy, tie);
    long_enough && has_look(secrecy, tie, looked_at) && !is_something_else(quote, looked_at)
}

fn shortest(secrecy: Secrecy, tie: Tie) -> usize {
    match (secrecy, tie) {
        (Secrecy::Password, Tie::Tight) => SHORTEST_PASSWORD,
        (Secrecy::Password, Tie::Loose) | (Secrecy::Token, _) => SHORTEST_TOKEN,
        (Secrecy::Key, _) => SHORTEST_KEY,
    }
}

/// Whether a value looks like what its name says.
fn has_look(secrecy: Secrecy, tie: Tie, value: &[u8]) -> bool {
    match (secrecy, tie) {
        (Secrecy::Password, Tie::Tight) => !is_only_name(value),
        (Secrecy::Password, Tie::Loose) => is_mixed(value),
        (Secrecy::Token, Tie::Tight) => is_mixed(value) || is_random(value),
        (Secrecy::Token, Tie::Loose) | (Secrecy::Key, _) => is_random(value),
    }
}

fn is_something_else(quote: Quote, value: &[u8]) -> bool {
    if is_stand_in(value) || value.starts_with(b"-----BEGIN") || is_place(value) {
        return true;
    }
    if quote != Quote::None && value.contains(&b' ') {
        let is_secret = |word: &[u8]| word.len() >= SHORTEST_KEY && is_random(word);
        return !value.split(|byte| *byte == b' ').any(is_secret);
    }
    is_code(value) && !is_random(value)
}

/// `password=user_password`: a variable's name in a program, not a password.
fn is_only_name(value: &[u8]) -> bool {
    let is_name = value
        .iter()
        .all(|b| b.is_ascii_alphabetic() || matches!(b, b'_' | b'-' | b'.'));
    is_name && secrecy(value).is_some()
}
