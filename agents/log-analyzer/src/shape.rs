//! What can be seen of a line without knowing who wrote it.

/// Signs with which tools mark what is wrong: crosses, bullets, and the like.
const SIGNS: [&[u8]; 8] = [
    b"\xe2\x9c\x96",
    b"\xe2\x9c\x97",
    b"\xe2\x9c\x98",
    b"\xe2\x9c\x95",
    b"\xc3\x97",
    b"\xe2\x97\x8f",
    b"\xe2\x9d\x8c",
    b"!!",
];

/// The longest extension of a source file, in bytes.
const MAX_EXTENSION: usize = 10;

/// Whether a line begins with a sign of something wrong.
pub fn has_sign(text: &[u8]) -> bool {
    SIGNS.iter().any(|sign| text.starts_with(sign))
}

/// Whether a line has the shape of a complaint, whatever its words.
pub fn speaks(text: &[u8]) -> bool {
    has_sign(text) || place(text) > 0 || is_exception(text)
}

/// Whether a text names a line of a file, `name.ext:12` or `name.ext(12`: 2 if
/// it begins with that, 1 if it does so further behind, else 0.
pub fn place(text: &[u8]) -> usize {
    let mut from = 0;
    while let Some(found) = memchr::memchr3(b':', b'(', b'[', &text[from..]) {
        let at = from + found;
        if text.get(at + 1).is_some_and(u8::is_ascii_digit) && ends_like_file(&text[..at]) {
            return if text[..at].contains(&b' ') { 1 } else { 2 };
        }
        from = at + 1;
    }
    0
}

/// Whether a text ends with a dot and a short extension of letters.
fn ends_like_file(text: &[u8]) -> bool {
    let tail = &text[text.len().saturating_sub(MAX_EXTENSION + 1)..];
    let letters = tail.iter().rev();
    let letters = letters
        .take_while(|byte| byte.is_ascii_alphabetic())
        .count();
    letters > 0 && tail.len() > letters && tail[tail.len() - letters - 1] == b'.'
}

/// White space in front, in bytes.
pub fn indent(raw: &[u8]) -> usize {
    raw.iter()
        .take_while(|byte| byte.is_ascii_whitespace())
        .count()
}

/// Whether a line only points at the one above: `    ^~~~`.
pub fn is_pointer(text: &[u8]) -> bool {
    let mut marks = 0;
    let pointing = text.iter().all(|byte| {
        marks += usize::from(*byte == b'^');
        b" \t|^~-+0123456789.".contains(byte)
    });
    pointing && marks > 0
}

/// Whether a line is one of a stack trace.
pub fn is_frame(text: &[u8]) -> bool {
    let text = text.trim_ascii_start();
    let text = text
        .strip_prefix(b"[ERROR]")
        .unwrap_or(text)
        .trim_ascii_start();
    text.starts_with(b"at ") && (place(text) > 0 || text.ends_with(b")"))
        || text.starts_with(b"File \"")
        || text.starts_with(b"from ") && place(text) > 0
        || text.starts_with(b"# ") && place(text) > 0
        || place(text) == 2 && memchr::memmem::find(text, b":in ").is_some()
        || text.starts_with(b"... ") && text.ends_with(b" more")
}

/// Whether a line begins with the name of an exception and a colon, or with
/// `error` and one: `java.lang.IllegalStateException: x`, `Error: x`.
pub fn is_exception(text: &[u8]) -> bool {
    /// Longer names are text, in bytes.
    const MAX_NAME: usize = 120;
    const ENDINGS: [&[u8]; 6] = [
        b"Error",
        b"Exception",
        b"error",
        b"ERROR",
        b"Failure",
        b"fatal",
    ];
    let head = &text[..text.len().min(MAX_NAME)];
    let end = head
        .iter()
        .position(|byte| *byte == b':')
        .unwrap_or(head.len());
    let name = &head[..end];
    let named = name
        .iter()
        .all(|byte| byte.is_ascii_alphanumeric() || b"._$:\\".contains(byte));
    named && ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// Whether a line compares what was with what should have been.
pub fn is_comparison(text: &[u8]) -> bool {
    const BEGINNINGS: [&[u8]; 16] = [
        b"expected",
        b"Expected",
        b"EXPECTED",
        b"actual",
        b"Actual",
        b"ACTUAL",
        b"got:",
        b"Got:",
        b"received",
        b"Received",
        b"left:",
        b"right:",
        b"want",
        b"+ expected",
        b"- expected",
        b"but was",
    ];
    let text = text.trim_ascii_start();
    BEGINNINGS
        .iter()
        .any(|beginning| text.starts_with(beginning))
}

/// Whether a line is drawn, not written: `=====`, `-----`.
pub fn is_ruler(text: &[u8]) -> bool {
    text.len() >= 3 && text.iter().all(|byte| !byte.is_ascii_alphanumeric())
}

/// The share of capitals among the letters: 0 for none, up to 3 for all.
pub fn capitals(text: &[u8]) -> usize {
    let letters = text
        .iter()
        .filter(|byte| byte.is_ascii_alphabetic())
        .count();
    let capitals = text.iter().filter(|byte| byte.is_ascii_uppercase()).count();
    match (3 * capitals).checked_div(letters) {
        Some(0) if capitals > 0 => 1,
        Some(share) => share,
        None => 0,
    }
}

/// The share of digits: 0 for none, 1 for few, 2 for many, 3 for most.
pub fn digits(text: &[u8]) -> usize {
    let digits = text.iter().filter(|byte| byte.is_ascii_digit()).count();
    match digits * 10 / text.len().max(1) {
        0 => usize::from(digits > 0),
        1..=3 => 2,
        _ => 3,
    }
}

/// The same for lines that differ in numbers, paths and quoted names only: a
/// hash of the words that hold no digit, slash, dot or quote (FNV-1a).
pub fn template(text: &[u8]) -> u64 {
    let words = text.split(|byte| byte.is_ascii_whitespace());
    let varying = |byte: &u8| b"0123456789/.\\'\"`".contains(byte);
    let constant = words.filter(|word| !word.iter().any(varying));
    constant
        .flatten()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        })
}
