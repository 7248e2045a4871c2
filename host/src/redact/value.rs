//! Whether what stands where a secret would stand is one.
//!
//! Logs are full of `token: string`, `password=None` and `key = path/to/it`.
//! What decides is the shape: how often letters, digits and cases take turns.

/// Bytes of a value that are looked at.
pub(super) const LOOKED_AT: usize = 64;

/// Shortest value that can look random, in bytes: shorter ones are words,
/// versions and counts too often.
const SHORTEST_RANDOM: usize = 8;

/// How many of a hundred neighbours differ in kind in text that nobody wrote:
/// random base62 has about 50, hexadecimal 47, `getUserAccessToken` 11.
const TURNS_PERCENT: usize = 20;

/// How many different bytes a random text of the shortest length has at least.
const SHORTEST_ALPHABET: usize = 6;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Lower,
    Upper,
    Digit,
    Other,
}

fn kind(byte: u8) -> Kind {
    match byte {
        b'a'..=b'z' => Kind::Lower,
        b'A'..=b'Z' => Kind::Upper,
        b'0'..=b'9' => Kind::Digit,
        _ => Kind::Other,
    }
}

/// What a value consists of.
struct Shape {
    letters: usize,
    digits: usize,
    others: usize,
    /// Neighbours of different kinds, word beginnings (`Aa`) left out.
    turns: usize,
    different: usize,
}

impl Shape {
    fn of(value: &[u8]) -> Shape {
        let mut shape = Shape {
            letters: 0,
            digits: 0,
            others: 0,
            turns: 0,
            different: 0,
        };
        let mut seen = [false; 256];
        let mut before = Kind::Other;
        for byte in value {
            let now = kind(*byte);
            match now {
                Kind::Lower | Kind::Upper => shape.letters += 1,
                Kind::Digit => shape.digits += 1,
                Kind::Other => shape.others += 1,
            }
            let apart = before == Kind::Other || now == Kind::Other;
            let begins_word = before == Kind::Upper && now == Kind::Lower;
            shape.turns += usize::from(before != now && !apart && !begins_word);
            shape.different += usize::from(!seen[usize::from(*byte)]);
            seen[usize::from(*byte)] = true;
            before = now;
        }
        shape
    }
}

/// Whether nobody would have written this by hand.
pub(super) fn is_random(value: &[u8]) -> bool {
    let value = &value[..value.len().min(LOOKED_AT)];
    let shape = Shape::of(value);
    if value.len() < SHORTEST_RANDOM || shape.different < SHORTEST_ALPHABET {
        return false;
    }
    let alphanumeric = shape.letters + shape.digits;
    shape.turns * 100 >= alphanumeric * TURNS_PERCENT && alphanumeric * 2 > value.len()
        || is_hexadecimal(value, &shape)
}

/// Shortest run of hexadecimal digits that is taken for a key, in bytes: 64
/// bits.
const SHORTEST_HEX: usize = 16;

fn is_hexadecimal(value: &[u8], shape: &Shape) -> bool {
    value.len() >= SHORTEST_HEX
        && shape.letters > 0
        && shape.digits > 0
        && value.iter().all(u8::is_ascii_hexdigit)
}

/// Whether it has letters and digits, or a sign between them: what passwords
/// are made of and words are not.
pub(super) fn is_mixed(value: &[u8]) -> bool {
    let shape = Shape::of(&value[..value.len().min(LOOKED_AT)]);
    shape.letters > 0 && shape.digits > 0
}

/// A stand-in for a value that is elsewhere, or already gone: `$NAME`,
/// `${{ … }}`, `%NAME%`, `<masked>`, `***`, `[secure]`, `xxxxxxxx`.
pub(super) fn is_stand_in(value: &[u8]) -> bool {
    let bcrypt = |rest: &[u8]| matches!(rest, [b'0'..=b'9', ..]);
    match value {
        [] | [b'<' | b'{' | b'[' | b'(' | b'`' | b'&' | b'|', ..] => true,
        [b'$', rest @ ..] => !bcrypt(rest),
        [b'%', .., b'%'] => true,
        [b'-', b'-', ..] => true,
        _ => is_masked(value) || is_word_for_nothing(value),
    }
}

fn is_masked(value: &[u8]) -> bool {
    let one = value
        .iter()
        .all(|byte| byte.eq_ignore_ascii_case(&value[0]));
    let stands = |at: usize| {
        let rest = &value[at..];
        let starts = [&b"***"[..], b"${", b"$(", b"{{", super::MARK.as_bytes()];
        starts.iter().any(|start| rest.starts_with(start))
    };
    let signs = |byte: &u8| matches!(byte, b'*' | b'$' | b'{' | b'[');
    let mut places = (0..value.len()).filter(|at| signs(&value[*at]));
    one || value.ends_with(b"...") || places.any(stands)
}

/// Values that say that there is none, types, and words of examples.
const NOTHING: &[&str] = &[
    "null",
    "none",
    "nil",
    "true",
    "false",
    "undefined",
    "empty",
    "unset",
    "string",
    "str",
    "text",
    "bytes",
    "boolean",
    "optional",
    "required",
    "default",
    "invalid",
    "incorrect",
    "missing",
    "expired",
    "masked",
    "redacted",
    "hidden",
    "secret",
    "secrets",
    "password",
    "passwd",
    "token",
    "changeme",
    "example",
    "placeholder",
    "dummy",
    "unknown",
    "authentication",
    "protected",
];

fn is_word_for_nothing(value: &[u8]) -> bool {
    let word = match value {
        [rest @ .., b'.' | b'!' | b'?' | b':'] => rest,
        word => word,
    };
    NOTHING
        .iter()
        .any(|nothing| nothing.as_bytes().eq_ignore_ascii_case(word))
}

/// Code that makes or names the value: `get_token()`, `os.environ`, `a::b`.
pub(super) fn is_code(value: &[u8]) -> bool {
    let has = |part: &[u8]| value.windows(part.len()).any(|window| window == part);
    calls(value) || has(b"::") || has(b"->") || is_dotted(value)
}

/// A name, and a bracket that its arguments or nothing follow.
fn calls(value: &[u8]) -> bool {
    let is_argument = |byte: &u8| byte.is_ascii_alphanumeric() || b"\"'_$)".contains(byte);
    let bracket = value.iter().position(|byte| *byte == b'(');
    bracket.is_some_and(|at| at > 0 && value.get(at + 1).is_none_or(is_argument))
}

/// Words with full stops between them: a field, a host, a file.
fn is_dotted(value: &[u8]) -> bool {
    let is_word = |part: &[u8]| {
        !part.is_empty()
            && part
                .iter()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
            && !is_random(part)
    };
    value.contains(&b'.') && value.split(|byte| *byte == b'.').all(is_word)
}

/// A place: a path, or an address (whose own credentials another rule takes).
pub(super) fn is_place(value: &[u8]) -> bool {
    let from = [&b"/"[..], b"./", b"../", b"~/", b"//"];
    if from.iter().any(|start| value.starts_with(start)) {
        return !is_padded_base64(value);
    }
    if value.windows(3).any(|window| window == b"://") {
        return true;
    }
    let drive = matches!(value, [letter, b':', b'\\' | b'/', ..] if letter.is_ascii_alphabetic());
    drive || value.contains(&b'/') && value.split(|b| *b == b'/').all(|part| !is_random(part))
}

/// A key in base64 may begin with a slash.
fn is_padded_base64(value: &[u8]) -> bool {
    let is_base64 = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
    value.iter().all(is_base64)
        && value.iter().filter(|b| **b == b'/').count() < 3
        && is_random(value)
}
