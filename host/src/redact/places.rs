//! Places in which a secret stands without a name of its own: addresses,
//! headers, command lines.

use super::class::{AUTHORITY, HEX, NAME, SLUG, TOKEN68, before, begins, is_unmarked};
use super::value::{LOOKED_AT, is_random, is_stand_in};

/// Longest user information of an address, in bytes.
const LONGEST_USER: usize = 512;

/// The password in `scheme://user:password@host`, or a token that is the user.
pub(super) fn address(line: &[u8], at: usize) -> Option<(usize, usize)> {
    let from = at + "://".len();
    let authority = &line[from..AUTHORITY.run(line, from, LONGEST_USER)];
    let end = memchr::memrchr(b'@', authority)?;
    // `docker://image:tag@sha256:…` pins an image.
    if authority[end + 1..].starts_with(b"sha256:") || end + 1 == authority.len() {
        return None;
    }
    let user = &authority[..end];
    if !is_unmarked(user) {
        return None;
    }
    match memchr::memchr(b':', user) {
        Some(colon) => {
            let password = &user[colon + 1..];
            let is_token = is_token(&user[..colon]);
            let start = if is_token { 0 } else { colon + 1 };
            (is_token || !is_stand_in(password)).then_some((from + start, from + end))
        }
        None => is_token(user).then_some((from, from + end)),
    }
}

/// Shortest user name that is a token, in bytes.
const SHORTEST_TOKEN: usize = 16;

fn is_token(user: &[u8]) -> bool {
    user.len() >= SHORTEST_TOKEN && !is_stand_in(user) && is_random(user)
}

/// Ways to prove who one is, as they stand in an `Authorization` header.
const SCHEMES: &[&str] = &[
    "basic",
    "bearer",
    "token",
    "digest",
    "bot",
    "apikey",
    "api-key",
    "key",
    "negotiate",
    "ntlm",
    "splunk",
    "genie",
];

/// Shortest credential of a header, in bytes.
const SHORTEST_CREDENTIAL: usize = 8;

/// The credential of an `Authorization` header, of which the word at `at` is a
/// part.
pub(super) fn authorization(line: &[u8], at: usize) -> Option<(usize, usize)> {
    let mut from = NAME.run(line, at, NAME_BYTES);
    from += count(line, from, b"\"'\\] ");
    if !matches!(line.get(from), Some(b':' | b'=')) {
        return None;
    }
    from += count(line, from, b":=> \"'\\[");
    let word = NAME.run(line, from, NAME_BYTES);
    let scheme = &line[from..word];
    let known = SCHEMES
        .iter()
        .any(|known| scheme.eq_ignore_ascii_case(known.as_bytes()));
    if known && line.get(word) == Some(&b' ') {
        return credential(line, word + 1, |value| value.len() >= SHORTEST_CREDENTIAL);
    }
    credential(line, from, |value| {
        value.len() >= SHORTEST_TOKEN && is_random(value)
    })
}

/// Longest header name, and most signs between it and its value, in bytes.
const NAME_BYTES: usize = 64;

fn count(line: &[u8], from: usize, of: &[u8]) -> usize {
    let is_of = |byte: &&u8| of.contains(byte);
    line[from.min(line.len())..]
        .iter()
        .take(NAME_BYTES)
        .take_while(is_of)
        .count()
}

fn credential(line: &[u8], from: usize, is_one: impl Fn(&[u8]) -> bool) -> Option<(usize, usize)> {
    let looked_at = TOKEN68.run(line, from, LOOKED_AT);
    let value = &line[from..looked_at];
    (is_one(value) && !is_stand_in(value)).then(|| (from, TOKEN68.run(line, looked_at, usize::MAX)))
}

/// What follows the word `Bearer`, wherever it stands.
pub(super) fn bearer(line: &[u8], at: usize) -> Option<(usize, usize)> {
    let from = at + "earer ".len();
    credential(line, from, |value| {
        value.len() >= SHORTEST_TOKEN && is_random(value)
    })
}

/// What a `Cookie` or `Set-Cookie` header holds: to its quote, or to the
/// line's end.
pub(super) fn cookie(line: &[u8], at: usize) -> Option<(usize, usize)> {
    // The literal lacks its first letter, which has either case.
    let at = at.checked_sub(1)?;
    let start = match at.checked_sub("set-".len()) {
        Some(start) if line[start..at].eq_ignore_ascii_case(b"set-") => start,
        _ => at,
    };
    let quote = match line[..start].last() {
        Some(quote @ (b'"' | b'\'')) => Some(*quote),
        _ => None,
    };
    let mut from = at + "cookie".len();
    from += count(line, from, b"\"'");
    if line.get(from) != Some(&b':') {
        return None;
    }
    from += 1;
    let blank = count(line, from, b" ");
    let opened = count(line, from + blank, b"\"'");
    from += blank + opened;
    let closing = match (opened, quote) {
        (0, quote) => quote,
        (_, _) => Some(line[from - 1]),
    };
    let named = SLUG.run(line, from, LOOKED_AT);
    if named == from || line.get(named) != Some(&b'=') {
        return None;
    }
    let rest = &line[from..];
    let end = closing.and_then(|quote| memchr::memchr(quote, rest));
    let end = from + end.unwrap_or(rest.len());
    let blanks = line[from..end]
        .iter()
        .rev()
        .take_while(|b| b.is_ascii_whitespace());
    Some((from, end - blanks.count()))
}

/// Shortest parts of a JSON Web Token (RFC 7519), in bytes.
const SHORTEST_PART: usize = 8;

/// A JSON Web Token, signed or encrypted: three or five parts.
pub(super) fn web_token(line: &[u8], at: usize) -> Option<(usize, usize)> {
    if !begins(line, at, &SLUG) {
        return None;
    }
    let mut end = at;
    for part in 0..5 {
        let from = end + usize::from(part > 0);
        if part > 0 && line.get(end) != Some(&b'.') {
            return (part >= 3).then_some((at, end));
        }
        let next = SLUG.run(line, from, usize::MAX);
        if next - from < SHORTEST_PART {
            return (part >= 3).then_some((at, end));
        }
        end = next;
    }
    Some((at, end))
}

/// The password of SQL's `IDENTIFIED BY 'password'`.
pub(super) fn identified(line: &[u8], at: usize) -> Option<(usize, usize)> {
    let from = at + "dentified by ".len();
    let value = line[from..].strip_prefix(b"'")?;
    let value = &value[..value.len().min(LONGEST_USER)];
    let value = &value[..memchr::memchr(b'\'', value)?];
    let start = from + 1;
    (!is_stand_in(value)).then_some((start, start + value.len()))
}

/// How far before its flag a command is looked for, in bytes.
const COMMAND_BYTES: usize = 256;

/// The password after ` -p ` of a `login`, or of `sshpass`.
pub(super) fn login(line: &[u8], at: usize) -> Option<(usize, usize)> {
    let command = &line[at..line.len().min(at + COMMAND_BYTES)];
    let flag = memchr::memmem::find(command, b" -p")?;
    if !is_unmarked(&command[..flag]) {
        return None;
    }
    let mut from = at + flag + " -p".len();
    from += count(line, from, b" =\"'").min(2);
    let end = from
        + line[from..]
            .iter()
            .position(|b| b.is_ascii_whitespace() || matches!(b, b'"' | b'\''))
            .unwrap_or(line.len() - from);
    let value = &line[from..end];
    let looked_at = &value[..value.len().min(LOOKED_AT)];
    (value.len() >= 6 && !is_stand_in(looked_at) && !value.starts_with(b"-")).then_some((from, end))
}

/// The password of `curl -u user:password`.
pub(super) fn user_flag(line: &[u8], at: usize) -> Option<(usize, usize)> {
    before(&line[at.saturating_sub(COMMAND_BYTES)..at], b"curl")?;
    let mut from = at + line[at..].iter().position(|byte| *byte == b'u')?;
    from = NAME.run(line, from, NAME_BYTES);
    from += count(line, from, b" =\"'");
    let stops = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'' | b'@');
    let rest = &line[from..line.len().min(from + LONGEST_USER)];
    let pair = &rest[..rest.iter().position(stops).unwrap_or(rest.len())];
    let colon = memchr::memchr(b':', pair).filter(|_| is_unmarked(pair))?;
    let password = &pair[colon + 1..];
    (password.len() >= 4 && !is_stand_in(password)).then_some((from + colon + 1, from + pair.len()))
}

/// Whose tokens have no part that is always the same.
#[derive(Clone, Copy)]
pub(super) enum Near {
    /// A bot's number in base64, a time, a signature.
    Discord,
    /// `SK` and 32 hexadecimal digits.
    Twilio,
}

/// How far behind the owner's name its token is looked for, in bytes.
const NEAR: usize = 96;

impl Near {
    pub fn rule(self) -> &'static str {
        match self {
            Near::Discord => "discord",
            Near::Twilio => "twilio",
        }
    }

    fn at(self, line: &[u8], at: usize) -> Option<usize> {
        match self {
            Near::Discord => discord(line, at),
            Near::Twilio => twilio(line, at),
        }
    }
}

/// The first token of that form near its owner's name.
pub(super) fn near(line: &[u8], at: usize, owner: Near) -> Option<(usize, usize)> {
    let until = line.len().min(at + NEAR);
    let candidate = |start: usize| begins(line, start, &SLUG).then(|| owner.at(line, start));
    let found = (at..until).find_map(|start| candidate(start).flatten().map(|end| (start, end)));
    found.filter(|(start, _)| is_unmarked(&line[at..*start]))
}

fn twilio(line: &[u8], at: usize) -> Option<usize> {
    let end = HEX.run(line, at + 2, 33);
    (line[at..].starts_with(b"SK") && end - at == 2 + 32).then_some(end)
}

fn discord(line: &[u8], at: usize) -> Option<usize> {
    let number = SLUG.run(line, at, 30);
    if !matches!(line[at], b'M' | b'N' | b'O') || line.get(number) != Some(&b'.') {
        return None;
    }
    let time = SLUG.run(line, number + 1, 8);
    if line.get(time) != Some(&b'.') {
        return None;
    }
    let end = SLUG.run(line, time + 1, 40);
    let lengths = [number - at, time - number - 1, end - time - 1];
    let fits = (23..=28).contains(&lengths[0]) && lengths[1] == 6 && lengths[2] >= 27;
    fits.then_some(end)
}
