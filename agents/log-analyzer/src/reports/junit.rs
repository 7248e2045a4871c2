//! JUnit XML: what test runners write for CI systems. There is no one schema;
//! this reads what they have in common: `testcase` elements with a `failure`
//! or `error` inside. External entities are never loaded, declared ones never
//! expanded, and elements are not nested in memory.

use std::io::{self, BufRead};

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::{Finding, MAX_FINDINGS, cut};

pub(super) fn read(report: impl BufRead) -> io::Result<Vec<Finding>> {
    let mut reader = Reader::from_reader(report);
    // Reports break off when a job is killed: what stands before counts.
    reader.config_mut().check_end_names = false;
    let mut reading = Reading::default();
    let mut buffer = Vec::new();
    while reading.found.len() < MAX_FINDINGS {
        buffer.clear();
        match reader.read_event_into(&mut buffer) {
            Ok(Event::Eof) => break,
            Ok(event) => {
                reading.event(&event);
                let newlines = event.iter().filter(|byte| **byte == b'\n');
                reading.line += newlines.count() as u64;
            }
            Err(quick_xml::Error::Io(error)) => return Err(io::Error::new(error.kind(), error)),
            Err(_) => break,
        }
    }
    reading.close();
    Ok(reading.found)
}

#[derive(Default)]
struct Reading {
    found: Vec<Finding>,
    /// The test case that is open.
    case: Finding,
    /// Newlines so far.
    line: u64,
    /// Inside a failure whose message is its text.
    in_text: bool,
    /// The finding that is being told.
    open: Option<Finding>,
}

impl Reading {
    fn event(&mut self, event: &Event) {
        match event {
            Event::Start(start) => self.start(start),
            Event::Empty(start) => {
                self.start(start);
                self.end(start.local_name().as_ref());
            }
            Event::End(end) => self.end(end.local_name().as_ref()),
            Event::Text(text) => self.text(&String::from_utf8_lossy(text)),
            Event::CData(text) => self.text(&String::from_utf8_lossy(text)),
            _ => {}
        }
    }

    fn start(&mut self, start: &BytesStart) {
        match start.local_name().as_ref() {
            b"testcase" => {
                self.close();
                self.case = case(start);
            }
            b"failure" | b"error" if self.open.is_none() => {
                let message = attribute(start, b"message").or_else(|| attribute(start, b"type"));
                self.open = Some(Finding {
                    message: message.unwrap_or_default(),
                    at: self.line + 1,
                    ..self.case.clone()
                });
                self.in_text = true;
            }
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        let Some(open) = self.open.as_mut().filter(|_| self.in_text) else {
            return;
        };
        if open.message.is_empty() {
            open.message = cut(text);
        }
        if open.path.is_none()
            && let Some((path, line)) = text.lines().find_map(place)
        {
            (open.path, open.line) = (Some(path), Some(line));
        }
    }

    fn end(&mut self, name: &[u8]) {
        match name {
            b"failure" | b"error" => self.in_text = false,
            b"testcase" => {
                self.close();
                self.case = Finding::default();
            }
            _ => {}
        }
    }

    fn close(&mut self) {
        self.in_text = false;
        self.found.extend(self.open.take());
    }
}

fn case(start: &BytesStart) -> Finding {
    let name = attribute(start, b"name").unwrap_or_default();
    let class = attribute(start, b"classname").filter(|class| !name.starts_with(class.as_str()));
    Finding {
        name: class.map_or(name.clone(), |class| format!("{class}.{name}")),
        path: attribute(start, b"file"),
        line: attribute(start, b"line").and_then(|line| line.parse().ok()),
        ..Finding::default()
    }
}

fn attribute(start: &BytesStart, name: &[u8]) -> Option<String> {
    let found = start.try_get_attribute(name).ok()??;
    // Only the five entities of XML itself are known; a text with others
    // stays as it is written.
    let raw = String::from_utf8_lossy(&found.value);
    let text = quick_xml::escape::unescape(&raw).unwrap_or(raw.clone());
    Some(cut(&text)).filter(|text| !text.is_empty())
}

/// The first `name.ext:12` of a line.
fn place(line: &str) -> Option<(String, u32)> {
    let words = line.split(|c: char| c.is_whitespace() || "()[]\"'<>,".contains(c));
    let mut places = words.filter_map(|word| {
        let (path, rest) = word.split_once(':')?;
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        let (stem, extension) = path.rsplit_once('.')?;
        let file = !stem.is_empty() && extension.chars().all(|c| c.is_ascii_alphanumeric());
        let number = digits.parse().ok().filter(|line| *line > 0)?;
        (file && extension.len() <= 10).then(|| (cut(path), number))
    });
    places.next()
}
