//! Secrets go, everything else stays: each form and place, what only looks
//! like them, keys over many lines, any text in any pieces, and the way of a
//! log from where it comes from to where it is read.

mod keys;
mod peer;
mod samples;
pub mod way;

use std::time::Duration;

use proptest::prelude::*;
use sentinel::redact::{MARK, Redactor, Taken, count_marks, redact};

use samples::{PLACES, SAME, tokens};

/// A text that comes in pieces of so many bytes.
fn in_pieces(text: &[u8], pieces: usize) -> (Vec<u8>, Taken) {
    let mut redactor = Redactor::new();
    let mut out = Vec::new();
    for piece in text.chunks(pieces) {
        redactor.push(piece, &mut out);
    }
    let taken = redactor.finish(&mut out);
    (out, taken)
}

#[test]
fn every_form_goes_wherever_it_stands() {
    for (rule, token) in tokens() {
        for (before, after) in [
            ("", ""),
            ("using ", " now"),
            ("\"", "\","),
            ("'", "'"),
            ("2031-01-02T03:04:05.1234567Z token is ", "\r"),
            ("https://example.org/?a=", "&b=2"),
            ("\u{1b}[36m", "\u{1b}[0m"),
            ("{\"text\":\"first\\n", "\\nlast\"}"),
            ("export FOO=", ""),
            ("(", ")"),
        ] {
            let text = format!("{before}{token}{after}");
            let redacted = redact(&text);
            assert_eq!(redacted, format!("{before}{MARK}{after}"), "{rule}: {text}");
        }
        let (_, taken) = in_pieces(token.as_bytes(), 4096);
        let counted: Vec<(&str, u64)> = taken.by_rule().collect();
        assert_eq!(counted, [(rule, 1)], "{token}");
    }
}

#[test]
fn the_beginning_of_a_form_is_none() {
    for (rule, token) in tokens() {
        let beginning = &token[..token.len().min(28) / 2];
        let text = format!("see {beginning} there");
        assert_eq!(redact(&text), text, "{rule}");
    }
}

#[test]
fn values_go_by_their_place() {
    for (text, secret) in PLACES {
        let redacted = redact(text);
        assert_eq!(redacted, text.replace(secret, MARK), "{text}");
        // Behind the frame of a CI system's log it is the same.
        let framed = format!("2031-01-02T03:04:05.1234567Z {text}\n");
        let expected = format!("2031-01-02T03:04:05.1234567Z {redacted}\n");
        assert_eq!(redact(&framed), expected);
    }
}

#[test]
fn what_is_no_secret_stays() {
    for text in SAME {
        assert_eq!(redact(text), *text);
    }
}

#[test]
fn names_and_values_may_have_colours() {
    let text = "\u{1b}[3mtoken\u{1b}[0m\u{1b}[2m=\u{1b}[0mq7ZpX2vK9sLw4TbN8mRd";
    assert!(!redact(text).contains("q7Zp"), "{}", redact(text));
}

#[test]
fn marks_are_counted_ours_and_the_forges() {
    let text = "a [REDACTED] *** [REDACTED][REDACTED] **** *";
    assert_eq!(count_marks(text.as_bytes()), 5);
    assert_eq!(redact(text), text);
}

#[test]
fn what_is_no_text_goes_too() {
    let (token, latin) = (tokens()[0].1.clone(), b"caf\xe9 \xff\xfe ".to_vec());
    let text = [&latin[..], token.as_bytes(), b" \x80\n"].concat();
    let (out, _) = in_pieces(&text, 3);
    assert_eq!(out, [&latin[..], MARK.as_bytes(), b" \x80\n"].concat());
}

/// A secret in a line longer than any that is held.
#[test]
fn long_lines_are_cut_where_no_secret_is() {
    let token = &tokens()[0].1;
    for before in (262_144 - 60..262_144 + 20).step_by(7) {
        let line = format!(
            "{}{token} {}\n",
            "word ".repeat(before / 5),
            "x".repeat(300_000)
        );
        let (out, taken) = in_pieces(line.as_bytes(), 10_000);
        assert_eq!(taken.total(), 1, "{before}");
        assert_eq!(out, line.replace(token.as_str(), MARK).as_bytes());
    }
    // One that is longer itself: nothing of it is left.
    let long = format!("password=\"{}\" and on\n", "aB3$".repeat(200_000));
    let (out, _) = in_pieces(long.as_bytes(), 65_536);
    assert_eq!(out, format!("password=\"{MARK}\" and on\n").as_bytes());
}

/// Nanoseconds a byte that no text may take: the worst known takes a tenth of
/// it on a machine that does nothing else.
const SLOWEST: u128 = 2_000;

/// Time this thread had a processor: others may have had it in between. The
/// kernel tells nanoseconds as the first number of this file.
fn spent() -> Duration {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    let nanoseconds = told.split(' ').next().unwrap().parse().unwrap();
    Duration::from_nanos(nanoseconds)
}

#[test]
fn no_shape_is_slow() {
    const BYTES: usize = 1 << 20;
    for unit in [
        "password",
        "token=",
        "token=\"",
        "--token ",
        "sk-",
        "eyJ-",
        "eyJ.",
        "://",
        "://a:b@",
        "ghp_",
        "-----BEGIN RSA PRIVATE KEY-----",
        "-----BEGIN RSA PRIVATE KEY-----\n",
        "-----BEGIN RSA PRIVATE KEY-----MIIEabcdefghijkl0123",
        "Cookie: a",
        "docker login -",
        "docker login -p x ",
        "Authorization: ",
        "bearer ",
        "curl -u a:",
        "AKIA",
        "discord ",
        "token=aB3x,,,,,,,",
        "token=[",
        "token='''",
        "\\\"token\\\":\\\"",
        "AZaz09+/",
        "\n",
        "\x1b[",
        "token\x1b[m",
        "Private-Lines: 9\n",
        "PRIVATE KEY",
        "<token>",
    ] {
        let text: Vec<u8> = unit.bytes().cycle().take(BYTES).collect();
        let started = spent();
        in_pieces(&text, 100_000);
        let each = (spent() - started).as_nanos() / BYTES as u128;
        assert!(each < SLOWEST, "{unit:?}: {each} ns a byte");
    }
}

/// Seeds of every kind, for mutation.
pub fn seeds() -> Vec<Vec<u8>> {
    let tokens = tokens().into_iter().map(|(_, token)| token.into_bytes());
    let places = PLACES.iter().map(|(text, _)| text.as_bytes().to_vec());
    let same = SAME.iter().map(|text| text.as_bytes().to_vec());
    let keys = keys::all().into_iter().map(|(text, _)| text.into_bytes());
    tokens.chain(places).chain(same).chain(keys).collect()
}

/// What holds for any bytes.
pub fn holds(text: &[u8]) {
    let (whole, taken) = in_pieces(text, text.len().max(1));
    let lines = |bytes: &[u8]| bytes.iter().filter(|byte| **byte == b'\n').count();
    assert_eq!(lines(&whole), lines(text), "lines");
    for pieces in [1, 7] {
        let (out, counted) = in_pieces(text, pieces);
        assert!(out == whole && counted == taken, "pieces of {pieces}");
    }
    let (again, _) = in_pieces(&whole, 4096);
    let shown = String::from_utf8_lossy;
    assert_eq!(again, whole, "{}\nagain {}", shown(&whole), shown(&again));
    assert!(is_rest_of(text, &whole), "{}", shown(&whole));
}

/// Whether one text is the other with marks in the place of parts of it.
fn is_rest_of(text: &[u8], redacted: &[u8]) -> bool {
    let mut rest = text;
    let mut kept = redacted;
    while let Some(mark) = memchr::memmem::find(kept, MARK.as_bytes()) {
        let Some(at) = memchr::memmem::find(rest, &kept[..mark]) else {
            return false;
        };
        rest = &rest[at + mark..];
        kept = &kept[mark + MARK.len()..];
    }
    rest.ends_with(kept)
}

fn fragments() -> impl Strategy<Value = Vec<u8>> {
    let words = prop::sample::select(vec![
        "password",
        "token",
        "API_KEY",
        "=",
        ": ",
        "\"",
        "'",
        "\n",
        "\r",
        " ",
        "--",
        "Cookie: a=",
        "Bearer ",
        "authorization: ",
        "://",
        "@",
        "user:",
        "-----BEGIN PRIVATE KEY-----",
        "-----END PRIVATE KEY-----",
        "MIIEvQIBADANBgkqhkiG9w0BAQEF",
        "ghp_",
        "eyJhbGciOiJIUzI1NiJ9",
        ".",
        "sk-",
        "AKIA",
        "[REDACTED]",
        "***",
        "aB3dE5fG7hJ9",
        "0123456789abcdef",
        "\\n",
        "\x1b[36m",
        "2031-01-02T03:04:05Z ",
        "é",
        "discord ",
        ",",
        "&",
        "docker login -p ",
        "curl -u ",
        "<password>",
        "</password>",
        "Proc-Type: 4,ENCRYPTED",
        "npm_",
        "-",
        "_",
    ]);
    let piece = prop_oneof![
        6 => words.prop_map(|word| word.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..6),
        1 => "[A-Za-z0-9]{1,40}".prop_map(String::into_bytes),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

/// `SENTINEL_FUZZ=N` takes N times as many.
fn cases() -> u32 {
    let times = std::env::var("SENTINEL_FUZZ").ok();
    2_000 * times.and_then(|times| times.parse().ok()).unwrap_or(1)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..Default::default() })]

    #[test]
    fn any_text_keeps_its_lines_and_the_rest(text in fragments()) {
        holds(&text);
    }
}
