//! What CI systems put in front of a line. All of it is recognised by exact
//! shape, byte by byte: these run on every line that is looked at.

use memchr::memchr;

/// The job and step a line belongs to, as `gh run view --log` prefixes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step<'a> {
    /// The job's name.
    pub job: &'a [u8],
    /// The step's name; GitHub's own `UNKNOWN STEP` where it lost track.
    pub step: &'a [u8],
}

const BOM: &[u8] = b"\xef\xbb\xbf";

/// Longer names than this are text that happens to hold tabs, in bytes.
const MAX_STEP_NAME: usize = 200;

/// The job and step in front of a raw line: `job\tstep\t2024-…Z text`.
pub fn step(raw: &[u8]) -> Option<Step<'_>> {
    let (step, _) = split_step(raw)?;
    Some(step)
}

/// Strips everything a CI system puts in front of the text, once each, in the
/// order in which they occur together.
pub(crate) fn strip(raw: &[u8]) -> &[u8] {
    let line = split_step(raw).map_or(raw, |(_, rest)| rest);
    let line = line.strip_prefix(BOM).unwrap_or(line);
    let line = strip_stamp(line);
    strip_sections(line)
}

/// Strips any number of section markers whose carriage return was lost.
pub(crate) fn strip_sections(mut line: &[u8]) -> &[u8] {
    while let Some(rest) = strip_section(line) {
        line = rest;
    }
    line
}

fn split_step(raw: &[u8]) -> Option<(Step<'_>, &[u8])> {
    let job_end = memchr(b'\t', &raw[..raw.len().min(MAX_STEP_NAME)])?;
    let after_job = &raw[job_end + 1..];
    let step_end = memchr(b'\t', &after_job[..after_job.len().min(MAX_STEP_NAME)])?;
    let rest = &after_job[step_end + 1..];
    // Without the time stamp it is a table that somebody printed.
    let stamped = rest.strip_prefix(BOM).unwrap_or(rest);
    iso_stamp(stamped)?;
    let step = Step {
        job: &raw[..job_end],
        step: &after_job[..step_end],
    };
    Some((step, rest))
}

fn strip_stamp(line: &[u8]) -> &[u8] {
    match line.first() {
        Some(b'0'..=b'9') => iso_stamped(line)
            .or_else(|| clock_stamped(line))
            .unwrap_or(line),
        Some(b'[') => bracketed(line).unwrap_or(line),
        _ => line,
    }
}

/// `2024-01-01T00:00:00.1234567Z text` (GitHub, Azure) and
/// `2024-01-01T00:00:00.123456Z 00O text` (GitLab, where `00O+` continues).
fn iso_stamped(line: &[u8]) -> Option<&[u8]> {
    let rest = &line[iso_stamp(line)?..];
    let Some(rest) = rest.strip_prefix(b" ") else {
        return rest.is_empty().then_some(rest);
    };
    match rest {
        [a, b, b'O' | b'E', b' ' | b'+', text @ ..]
            if a.is_ascii_hexdigit() && b.is_ascii_hexdigit() =>
        {
            Some(text)
        }
        _ => Some(rest),
    }
}

/// The length of the time stamp a line starts with, its `Z` included.
fn iso_stamp(line: &[u8]) -> Option<usize> {
    if !shape(line, b"0000-00-00T00:00:00") {
        return None;
    }
    let fraction = &line[19..];
    let digits = match fraction.first() {
        Some(b'.') => 1 + digits(&fraction[1..]),
        _ => 0,
    };
    (line.get(19 + digits) == Some(&b'Z')).then_some(20 + digits)
}

/// `12:34:56  text`: the Jenkins timestamper writes two blanks.
fn clock_stamped(line: &[u8]) -> Option<&[u8]> {
    if !shape(line, b"00:00:00 ") {
        return None;
    }
    let rest = &line[9..];
    Some(rest.strip_prefix(b" ").unwrap_or(rest))
}

/// `[2024-01-01T00:00:00.123Z] text` and `[12:34:56] text`.
fn bracketed(line: &[u8]) -> Option<&[u8]> {
    let inner = &line[1..];
    let stamp = match iso_stamp(inner) {
        Some(length) => length,
        None if shape(inner, b"00:00:00]") => 8,
        None => return None,
    };
    let rest = inner[stamp..].strip_prefix(b"]")?;
    Some(rest.strip_prefix(b" ").unwrap_or(rest))
}

/// One `section_start:1560896352:name[options]`, `travis_fold:start:name` or
/// `travis_time:end:…` with what belongs to it.
fn strip_section(line: &[u8]) -> Option<&[u8]> {
    const MARKERS: [&[u8]; 6] = [
        b"section_start:",
        b"section_end:",
        b"travis_fold:start:",
        b"travis_fold:end:",
        b"travis_time:start:",
        b"travis_time:end:",
    ];
    if !matches!(line.first(), Some(b's' | b't')) {
        return None;
    }
    let marker = MARKERS.iter().find(|marker| line.starts_with(marker))?;
    let rest = &line[marker.len()..];
    let name = rest.iter().take_while(|byte| in_section_name(**byte));
    Some(&rest[name.count()..])
}

fn in_section_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_-.:,=[]".contains(&byte)
}

/// Whether a line starts like the pattern, where `0` stands for any digit.
fn shape(line: &[u8], pattern: &[u8]) -> bool {
    line.len() >= pattern.len()
        && pattern.iter().zip(line).all(|(want, have)| match want {
            b'0' => have.is_ascii_digit(),
            want => want == have,
        })
}

fn digits(text: &[u8]) -> usize {
    text.iter().take_while(|byte| byte.is_ascii_digit()).count()
}
