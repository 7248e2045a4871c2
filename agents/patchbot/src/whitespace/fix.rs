//! Mends the white space of a file, exactly as wished.

use super::wish::Wish;

/// The file as the wishes want it; an error where one names what is not there.
/// With `breaks`, two blanks at the end of a line may be a line break that the
/// tool keeps.
pub fn fix(file: &[u8], wishes: &[Wish], breaks: bool) -> Result<Vec<u8>, String> {
    let mut wishes = wishes.to_vec();
    wishes.sort_unstable();
    wishes.dedup();
    let mut lines: Vec<Line> = Line::split(file);
    for wish in &wishes {
        match *wish {
            Wish::NoBlanksAt(number) => trim_at(&mut lines, number)?,
            Wish::NoBlanks => trim_all(&mut lines, breaks)?,
            Wish::FinalNewline => end_with_newline(&mut lines)?,
            Wish::NoBlankEnd => drop_blank_end(&mut lines)?,
            Wish::OneFinalNewline => end_with_one(&mut lines),
            Wish::OneLineEnd => one_line_end(&mut lines)?,
            Wish::NoByteOrderMark => drop_mark(&mut lines)?,
        }
    }
    let bytes: Vec<u8> = lines
        .iter()
        .flat_map(|line| [line.text, line.end])
        .flatten()
        .copied()
        .collect();
    Ok(bytes)
}

/// A line and its end: `\n`, `\r\n`, or nothing at the end of the file.
#[derive(Debug, Clone, Copy)]
struct Line<'a> {
    text: &'a [u8],
    end: &'a [u8],
}

impl<'a> Line<'a> {
    fn split(file: &'a [u8]) -> Vec<Self> {
        let lines = file.split_inclusive(|byte| *byte == b'\n');
        lines
            .map(|line| {
                let text = line.strip_suffix(b"\n").unwrap_or(line);
                let text = if text.len() < line.len() {
                    text.strip_suffix(b"\r").unwrap_or(text)
                } else {
                    text
                };
                let (text, end) = line.split_at(text.len());
                Line { text, end }
            })
            .collect()
    }

    fn trimmed(self) -> Self {
        let blank = |byte: &&u8| matches!(byte, b' ' | b'\t' | 0x0b);
        let blanks = self.text.iter().rev().take_while(blank).count();
        Line {
            text: &self.text[..self.text.len() - blanks],
            end: self.end,
        }
    }
}

fn trim_at(lines: &mut [Line], number: u64) -> Result<(), String> {
    let index = usize::try_from(number)
        .ok()
        .and_then(|number| number.checked_sub(1));
    let line = index.and_then(|index| lines.get_mut(index));
    let Some(line) = line else {
        return Err(format!("it has no line {number}"));
    };
    let trimmed = line.trimmed();
    if trimmed.text.len() == line.text.len() {
        return Err(format!("line {number} does not end in blanks"));
    }
    *line = trimmed;
    Ok(())
}

fn trim_all(lines: &mut [Line], breaks: bool) -> Result<(), String> {
    if breaks && lines.iter().any(|line| line.text.ends_with(b"  ")) {
        return Err("blanks at the end of its lines may be line breaks".into());
    }
    for line in lines {
        *line = line.trimmed();
    }
    Ok(())
}

fn end_with_newline(lines: &mut [Line]) -> Result<(), String> {
    let end = prevailing_end(lines);
    match lines.last_mut() {
        Some(last) if last.end.is_empty() => last.end = end,
        _ => return Err("it already ends in a line feed".into()),
    }
    Ok(())
}

fn drop_blank_end(lines: &mut Vec<Line>) -> Result<(), String> {
    let blank = |line: &&Line| line.text.trim_ascii().is_empty();
    let blanks = lines.iter().rev().take_while(blank).count();
    if blanks == 0 {
        return Err("it does not end in blank lines".into());
    }
    lines.truncate(lines.len() - blanks);
    Ok(())
}

/// What end-of-file-fixer does: a file of line feeds only becomes empty.
fn end_with_one(lines: &mut Vec<Line>) {
    while lines.last().is_some_and(|line| line.text.is_empty()) {
        lines.pop();
    }
    let end = prevailing_end(lines);
    if let Some(last) = lines.last_mut().filter(|last| last.end.is_empty()) {
        last.end = end;
    }
}

fn one_line_end(lines: &mut [Line]) -> Result<(), String> {
    let pairs = lines.iter().filter(|line| line.end == b"\r\n").count();
    let feeds = lines.iter().filter(|line| line.end == b"\n").count();
    // The hook's arguments may ask for one kind; the log does not say.
    if pairs == feeds || pairs == 0 || feeds == 0 {
        return Err("its line ends do not tell which kind is wanted".into());
    }
    if lines.iter().any(|line| line.text.contains(&b'\r')) {
        return Err("it has carriage returns inside of lines".into());
    }
    let end: &[u8] = if pairs > feeds { b"\r\n" } else { b"\n" };
    for line in lines.iter_mut().filter(|line| !line.end.is_empty()) {
        line.end = end;
    }
    Ok(())
}

fn drop_mark(lines: &mut [Line]) -> Result<(), String> {
    let first = lines.first_mut();
    let rest = first
        .as_ref()
        .and_then(|line| line.text.strip_prefix(b"\xef\xbb\xbf"));
    match (first, rest) {
        (Some(line), Some(rest)) => line.text = rest,
        _ => return Err("it does not begin with a byte order mark".into()),
    }
    Ok(())
}

fn prevailing_end<'a>(lines: &[Line<'a>]) -> &'a [u8] {
    let pairs = lines.iter().filter(|line| line.end == b"\r\n").count();
    let feeds = lines.iter().filter(|line| line.end == b"\n").count();
    if pairs > feeds { b"\r\n" } else { b"\n" }
}
