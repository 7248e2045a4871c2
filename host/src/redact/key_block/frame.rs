//! What logs, code and colours put around the lines of a key.

/// How much of a line is the frame that stood before `BEGIN`: the same signs,
/// with any number where a number stood and any blanks where blanks stood. A
/// frame that goes on longer (`KEY="`) is compared as far as it holds.
pub(super) fn framed(line: &[u8], frame: &[u8]) -> usize {
    let (mut at, mut of) = (0, 0);
    let mut held = 0;
    while of < frame.len() && at < line.len() {
        let kind = |byte: &u8| (byte.is_ascii_digit(), matches!(byte, b' ' | b'\t'));
        let (one, other) = (kind(&line[at]), kind(&frame[of]));
        if one != other || one == (false, false) && line[at] != frame[of] {
            break;
        }
        let run = |text: &[u8]| match one {
            (false, false) => 1,
            same => text.iter().take_while(|byte| kind(byte) == same).count(),
        };
        at += run(&line[at..]);
        of += run(&frame[of..]);
        // Half a frame may be the beginning of the body.
        if of == frame.len() || matches!(line[at - 1], b' ' | b'\t' | b'|') {
            held = at;
        }
    }
    held
}

/// Blanks, quotes and colours before a body.
pub(super) fn leading(text: &[u8]) -> usize {
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        at += match byte {
            b' ' | b'\t' | b'"' | b'\'' | b'`' | b'>' | b'|' => 1,
            0x1b => escape(&text[at..]),
            _ => break,
        };
    }
    at
}

/// Longest colour, in bytes.
const LONGEST_ESCAPE: usize = 16;

fn escape(text: &[u8]) -> usize {
    let end = text
        .iter()
        .take(LONGEST_ESCAPE)
        .position(u8::is_ascii_alphabetic);
    end.map_or(1, |end| end + 1)
}

/// Without blanks, quotes, colours and escaped ends of lines behind it.
pub(super) fn trim_end(mut text: &[u8]) -> &[u8] {
    loop {
        text = match text {
            [
                rest @ ..,
                b' ' | b'\t' | b'\r' | b'\n' | b'"' | b'\'' | b'`' | b',' | b';' | b'\\',
            ] => rest,
            // `+` continues a string in code only after a blank or a quote.
            [rest @ .., b'+'] if matches!(rest.last(), None | Some(b' ' | b'"' | b'\'')) => rest,
            [rest @ .., b'\\', b'n' | b'r'] => rest,
            [.., b'm'] => match without_colour(text) {
                Some(rest) => rest,
                None => return text,
            },
            text => return text,
        };
    }
}

fn without_colour(text: &[u8]) -> Option<&[u8]> {
    let tail = &text[text.len().saturating_sub(LONGEST_ESCAPE)..text.len() - 1];
    let start = tail.iter().rposition(|byte| *byte == 0x1b)?;
    let is_colour = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'[' | b';');
    tail[start + 1..]
        .iter()
        .all(is_colour)
        .then(|| &text[..text.len() - 1 - (tail.len() - start)])
}
