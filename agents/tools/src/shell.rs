//! A script's lines as simple commands, as far as it takes to find the checks
//! in them. Not a shell: what is not understood is a word for a shell to read.

use alloc::borrow::ToOwned;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// Commands of one script; workflows have a few dozen.
const MAX_PARTS: usize = 200;

/// How deep `$(…)` is looked into.
const MAX_DEPTH: usize = 3;

/// One word of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Word {
    /// What the program gets or, of a clever word, what the script says.
    pub text: String,
    /// Whether only a shell knows what it is: a variable, a pattern.
    pub clever: bool,
}

/// One simple command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    pub words: Vec<Word>,
    /// The commands whose output it reads, where it is `xargs`.
    pub fed: Option<String>,
    /// Where `cd` went before it, from where the script began; empty where it
    /// went nowhere.
    pub directory: String,
}

/// The simple commands of a script, without those whose failure it ignores.
pub(crate) fn parts(script: &str) -> Vec<Part> {
    let mut found = Vec::new();
    let script = script.replace("\\\n", " ");
    collect(&script, 0, &mut found);
    found
}

fn collect(script: &str, depth: usize, found: &mut Vec<Part>) {
    if depth > MAX_DEPTH {
        return;
    }
    let mut reader = Reader {
        rest: script,
        pipeline: script,
        ..Reader::default()
    };
    let (mut directory, mut outer) = (String::new(), Vec::new());
    loop {
        let (end, inner) = reader.command();
        for script in inner {
            collect(script, depth + 1, found);
        }
        let words = core::mem::take(&mut reader.words);
        let ignored = end == "||" && shrugs(reader.rest);
        let xargs = words.first().is_some_and(|word| word.text == "xargs");
        match &words[..] {
            [cd, to] if cd.text == "cd" && !to.clever => directory = below(&directory, &to.text),
            [] => {}
            _ if ignored || found.len() == MAX_PARTS => {}
            _ => {
                let fed = xargs.then(|| reader.fed().trim().to_owned());
                let directory = directory.clone();
                found.push(Part {
                    words,
                    fed,
                    directory,
                });
            }
        }
        match end {
            "" => return,
            "|" => {}
            // What a subshell does ends with it.
            "(" => outer.push(directory.clone()),
            ")" => directory = outer.pop().unwrap_or_default(),
            _ => {}
        }
        if end != "|" {
            reader.pipeline = reader.rest;
        }
        reader.piped = end == "|";
    }
}

/// Where `cd` leads from a directory.
fn below(directory: &str, to: &str) -> String {
    match (directory, to) {
        (_, to) if to.starts_with('/') => to.to_owned(),
        (directory, "." | "-") => directory.to_owned(),
        ("", to) => to.to_owned(),
        (directory, to) => [directory, to].join("/"),
    }
}

/// `|| true`: the failure is none.
fn shrugs(rest: &str) -> bool {
    let word = rest.trim_start_matches(' ');
    let word = word.split([' ', ';', '\n', ')', '&', '}']).next();
    matches!(word, Some("true" | ":"))
}

#[derive(Default)]
struct Reader<'a> {
    /// What is not read yet.
    rest: &'a str,
    /// Where the pipeline begins that is being read.
    pipeline: &'a str,
    /// Where the command begins that is being read.
    begin: &'a str,
    piped: bool,
    words: Vec<Word>,
}

impl<'a> Reader<'a> {
    /// Reads one command: what ended it, and the scripts inside of its words.
    fn command(&mut self) -> (&'static str, Vec<&'a str>) {
        const ENDS: [&str; 10] = ["&&", "||", "|&", ";", "|", "&", "\n", "(", ")", "`"];
        let mut inner = Vec::new();
        self.begin = self.rest;
        loop {
            self.rest = self.rest.trim_start_matches([' ', '\t', '\r']);
            if self.rest.starts_with('#') {
                let end = self.rest.find('\n').unwrap_or(self.rest.len());
                self.rest = &self.rest[end..];
            }
            if self.rest.is_empty() {
                return ("", inner);
            }
            let end = ENDS.into_iter().find(|end| self.rest.starts_with(end));
            if let Some(end) = end {
                self.rest = &self.rest[end.len()..];
                return (if end == "|&" { "|" } else { end }, inner);
            }
            self.word(&mut inner);
        }
    }

    fn word(&mut self, inner: &mut Vec<&'a str>) {
        let raw = self.raw(inner);
        // `2>&1`, `> file`: where the output goes is no argument.
        if let Some(at) = raw.find(['<', '>']).filter(|at| {
            raw[..*at].bytes().all(|byte| byte.is_ascii_digit()) && !raw[*at..].contains('(')
        }) {
            if raw[at..].trim_start_matches(['<', '>', '&']).is_empty() {
                self.rest = self.rest.trim_start_matches([' ', '\t']);
                self.raw(inner);
            }
            return;
        }
        self.words.push(plain(raw));
    }

    /// The text of a word, quotes and all.
    fn raw(&mut self, inner: &mut Vec<&'a str>) -> &'a str {
        let text = self.rest;
        let bytes = text.as_bytes();
        let (mut at, mut quote) = (0, None);
        while let Some(byte) = bytes.get(at) {
            let opens = matches!(byte, b'$' | b'<' | b'>') && bytes.get(at + 1) == Some(&b'(');
            match (quote, byte) {
                (Some(b'\''), b'\'') | (Some(b'"'), b'"') => quote = None,
                (Some(b'\''), _) => {}
                (_, b'\\') => at += 1,
                (_, _) if opens && (quote.is_none() || *byte == b'$') => {
                    let length = closing(&text[at + 2..]);
                    inner.push(&text[at + 2..at + 2 + length]);
                    at += 2 + length;
                }
                (_, b'`') => {
                    let length = text[at + 1..].find('`').unwrap_or(text.len() - at - 1);
                    inner.push(&text[at + 1..at + 1 + length]);
                    at += 1 + length;
                }
                (None, b'\'' | b'"') => quote = Some(*byte),
                (None, b' ' | b'\t' | b'\n' | b'\r' | b';' | b'|' | b'(' | b')') => break,
                (None, b'&') if at == 0 || !matches!(bytes[at - 1], b'<' | b'>') => break,
                _ => {}
            }
            at += 1;
        }
        let mut end = at.min(text.len());
        while !text.is_char_boundary(end) {
            end += 1;
        }
        self.rest = &text[end..];
        &text[..end]
    }

    /// The pipeline up to the command that was read.
    fn fed(&self) -> &'a str {
        let length = self.pipeline.len() - self.begin.len();
        let before = self.pipeline.get(..length).unwrap_or_default();
        before
            .trim_end()
            .trim_end_matches('&')
            .trim_end_matches('|')
    }
}

/// How long the text is before the parenthesis that closes it.
fn closing(text: &str) -> usize {
    let (mut depth, mut quote) = (0_usize, None);
    for (at, letter) in text.char_indices() {
        match (quote, letter) {
            (Some(open), close) if open == close => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(letter),
            (None, '(') => depth += 1,
            (None, ')') if depth == 0 => return at,
            (None, ')') => depth -= 1,
            (None, _) => {}
        }
    }
    text.len()
}

/// The word as the program gets it, unless only a shell knows.
fn plain(raw: &str) -> Word {
    let mut text = String::with_capacity(raw.len());
    let mut letters = raw.chars();
    let mut quote = None;
    while let Some(letter) = letters.next() {
        match (quote, letter) {
            (Some(open), close) if open == close => quote = None,
            (None, '\'' | '"') => quote = Some(letter),
            (Some('\''), _) => text.push(letter),
            (None, '\\') => text.extend(letters.next()),
            (None, '*' | '?' | '[' | '{' | '~' | '<' | '>') | (_, '$' | '`' | '\\') => {
                return Word {
                    text: raw.to_string(),
                    clever: true,
                };
            }
            _ => text.push(letter),
        }
    }
    Word {
        text,
        clever: false,
    }
}
