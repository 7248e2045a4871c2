//! What the CI systems write, and what a person reads.

use ci_log::{Lines, Marker, clean, split_marker, step};
use proptest::prelude::*;

fn check(raw: &[u8], expected: &[u8]) {
    let mut buffer = Vec::new();
    let text = clean(raw, &mut buffer);
    assert_eq!(
        String::from_utf8_lossy(text),
        String::from_utf8_lossy(expected),
        "from {:?}",
        String::from_utf8_lossy(raw)
    );
}

#[test]
fn prefixes_go_and_white_space_stays() {
    let rows: &[(&[u8], &[u8])] = &[
        (b"plain", b"plain"),
        (b"", b""),
        (b" 12:00:00 kept", b" 12:00:00 kept"),
        (b"2024-01-01T00:00:00.1234567Z text\r", b"text"),
        (b"2024-01-01T00:00:00.1234567Z ", b""),
        (b"2024-01-01T00:00:00.1234567Z", b""),
        (
            b"2024-01-01T00:00:00.1234567Z     indented",
            b"    indented",
        ),
        (b"\xef\xbb\xbf2024-01-01T00:00:00.1234567Z first", b"first"),
        (b"2024-01-01T00:00:00.123456Z 00O gitlab", b"gitlab"),
        (b"2024-01-01T00:00:00.123456Z 01E+more", b"more"),
        (b"2024-01-01T00:00:00Zebra", b"2024-01-01T00:00:00Zebra"),
        (b"[2024-01-01T00:00:00.123Z] + make", b"+ make"),
        (b"12:34:56   diff context", b" diff context"),
        (b"[12:34:56] gulp", b"gulp"),
        (b"build\tRun x\t2024-01-01T00:00:00.1234567Z text", b"text"),
        (b"a\tb\tc", b"a\tb\tc"),
        (
            b"section_start:1560896352:step[collapsed=true]\r\x1b[0K$ make",
            b"$ make",
        ),
        (
            b"\x1b[0Ksection_end:1:a\r\x1b[0Ksection_start:2:b\r\x1b[0K\x1b[36;1mRun\x1b[0;m",
            b"Run",
        ),
        (b"section_end:1764428493:step_script", b""),
        (
            b"travis_fold:start:script.1\r\x1b[0Ktravis_time:start:0a1b\r\x1b[0K$ make",
            b"$ make",
        ),
        (
            b"travis_time:end:0a1b:start=1,finish=2,duration=3\r\x1b[0K\r",
            b"",
        ),
    ];
    for (raw, expected) in rows {
        check(raw, expected);
    }
}

#[test]
fn only_what_stays_visible_is_kept() {
    let rows: &[(&[u8], &[u8])] = &[
        (b"\x1b[31merror\x1b[0m: x", b"error: x"),
        (b"\x1b[38;5;9m\x1b[1merror\x1b[K\x1b[m", b"error"),
        (b"10%\r50%\r100%, done.\r", b"100%, done."),
        (b"100%\r   ", b"100%"),
        (b"a\x1b]0;title\x07b\x1b]8;;http://x\x1b\\c", b"abc"),
        (b"\x1b=\x1b>\x1b(Btest FAIL", b"test FAIL"),
        (b"-\x08\\\x08|\x08done", b"done"),
        ("\u{2713}\x08x".as_bytes(), b"x"),
        (
            b"\x1b[8mha:////4ABC==\x1b[0m[Pipeline] sh",
            b"[Pipeline] sh",
        ),
        (b"\x1b]unterminated", b"unterminated"),
        (b"\x1b", b""),
        (b"\x1b[", b""),
        (b"\x1b[1;2", b""),
    ];
    for (raw, expected) in rows {
        check(raw, expected);
    }
}

#[test]
fn a_line_with_nothing_to_strip_is_borrowed() {
    let raw = b"2024-01-01T00:00:00.1234567Z text \xff";
    let mut buffer = Vec::new();
    assert_eq!(clean(raw, &mut buffer), b"text \xff");
    assert_eq!(buffer.capacity(), 0);
}

#[test]
fn the_job_and_step_columns_are_told() {
    let raw = b"build\tRun x\t\xef\xbb\xbf2024-01-01T00:00:00.1234567Z text";
    let found = step(raw).unwrap();
    assert_eq!((found.job, found.step), (&b"build"[..], &b"Run x"[..]));
    assert_eq!(step(b"a\tb\tc"), None);
}

#[test]
fn markers_are_split_off() {
    let rows: &[(&[u8], Option<Marker>, &[u8])] = &[
        (b"##[group]Run x", Some(Marker::Group), b"Run x"),
        (b"##[endgroup]", Some(Marker::EndGroup), b""),
        (b"##[error]bad", Some(Marker::Error), b"bad"),
        (b"::error file=a,line=1::bad", Some(Marker::Error), b"bad"),
        (
            b"[command]/usr/bin/git",
            Some(Marker::Command),
            b"/usr/bin/git",
        ),
        (b"##[odd]x", None, b"##[odd]x"),
        (b"::std::vec", None, b"::std::vec"),
    ];
    for (line, marker, text) in rows {
        assert_eq!(split_marker(line), (*marker, *text));
    }
}

/// Everything `Lines` yields, as (number, text, cut).
fn collect(log: &[u8], max: usize) -> Vec<(u64, Vec<u8>, bool)> {
    let mut lines = Lines::with_max(log, max);
    let mut all = Vec::new();
    while let Some(line) = lines.next_line().unwrap() {
        all.push((line.number, line.raw.to_vec(), line.cut));
    }
    assert_eq!(lines.bytes(), log.len() as u64);
    all
}

#[test]
fn long_lines_lose_their_end_and_nothing_else() {
    // Longer than one read, so that the end is reached while dropping.
    let mut log = vec![b'x'; 700_000];
    log.extend_from_slice(b"\nnext\n\nlast");
    let lines = collect(&log, 10);
    assert_eq!(lines[0], (1, vec![b'x'; 10], true));
    assert_eq!(lines[1], (2, b"next".to_vec(), false));
    assert_eq!(lines[2], (3, Vec::new(), false));
    assert_eq!(lines[3], (4, b"last".to_vec(), false));
    assert_eq!(lines.len(), 4);
}

proptest! {
    #[test]
    fn any_bytes_are_cleaned(raw in proptest::collection::vec(hostile(), 0..200)) {
        let mut buffer = Vec::new();
        let text = clean(&raw, &mut buffer).to_vec();
        prop_assert!(text.len() <= raw.len());
        prop_assert!(!text.contains(&0x1b));
        split_marker(&text);
        step(&raw);
    }

    #[test]
    fn lines_agree_with_split(log in proptest::collection::vec(hostile(), 0..2000), max in 1usize..50) {
        let mut expected: Vec<&[u8]> = log.split(|byte| *byte == b'\n').collect();
        if expected.last().is_some_and(|last| last.is_empty()) {
            expected.pop();
        }
        let lines = collect(&log, max);
        prop_assert_eq!(lines.len(), expected.len());
        for (index, ((number, raw, cut), whole)) in lines.iter().zip(expected).enumerate() {
            prop_assert_eq!(*number, index as u64 + 1);
            prop_assert_eq!(&raw[..], &whole[..whole.len().min(max)]);
            prop_assert_eq!(*cut, whole.len() > max);
        }
    }
}

/// Bytes that mean something to the reader, more often than chance has them.
fn hostile() -> impl Strategy<Value = u8> {
    prop_oneof![
        any::<u8>(),
        proptest::sample::select(b"\x1b[]\r\n\x08\x07;0mK \t2024-01-01T00:00:00Z:".to_vec()),
    ]
}
