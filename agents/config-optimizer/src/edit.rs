//! Edits of a YAML file that keep every line they do not mean: what is read of
//! the file afterwards differs from before by exactly what was to be added.

use std::collections::BTreeMap;

use crate::yaml::{At, Document};

/// Nodes of a document that are visited; one with more (an alias of aliases)
/// is left alone.
const MAX_VISITS: usize = 100_000;

/// Longest path of keys, in bytes: it bounds how deep the walk goes.
const MAX_PATH_BYTES: usize = 2_048;

/// Lines to put behind a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Insertion {
    /// 1-based; 0 is before the first.
    pub after: u32,
    pub lines: Vec<String>,
}

/// A text with insertions and other lines in their places.
#[derive(Debug, Clone, Default)]
pub struct Edit {
    insertions: Vec<Insertion>,
    replaced: BTreeMap<u32, String>,
}

impl Edit {
    pub fn insert(mut self, after: u32, lines: Vec<String>) -> Edit {
        self.insertions.push(Insertion { after, lines });
        self
    }

    /// Puts another line in the place of a line, 1-based.
    pub fn replace(mut self, line: u32, text: String) -> Edit {
        self.replaced.insert(line, text);
        self
    }

    fn apply(&self, text: &str) -> String {
        let end = match text.contains("\r\n") {
            true => "\r\n",
            false => "\n",
        };
        let mut out = String::with_capacity(text.len() + 256);
        let put = |out: &mut String, number: u32| {
            let here = self.insertions.iter().filter(|i| i.after == number);
            for line in here.flat_map(|insertion| &insertion.lines) {
                out.push_str(line);
                out.push_str(end);
            }
        };
        put(&mut out, 0);
        for (number, line) in (1..).zip(text.split_inclusive('\n')) {
            match self.replaced.get(&number) {
                Some(other) => {
                    out.push_str(other);
                    out.push_str(&line[line.trim_end_matches(['\r', '\n']).len()..]);
                }
                None => out.push_str(line),
            }
            let more = self.insertions.iter().any(|i| i.after == number);
            if more && !line.ends_with('\n') {
                out.push_str(end);
            }
            put(&mut out, number);
        }
        out
    }

    /// The new text, if it is read as the old one with these leaves more, and
    /// these in the place of others. Paths are keys and indices with `/`
    /// between.
    pub fn checked(&self, text: &str, wanted: &[(String, String)]) -> Option<String> {
        self.checked_without(text, wanted, &[])
    }

    /// The same, with these leaves gone.
    pub fn checked_without(
        &self,
        text: &str,
        wanted: &[(String, String)],
        gone: &[String],
    ) -> Option<String> {
        let after = self.apply(text);
        let mut expected = leaves(text)?;
        for path in gone {
            expected.remove(path)?;
        }
        for (path, _) in wanted {
            // What was empty has something in it now.
            let parents = path.match_indices('/').map(|(at, _)| &path[..at]);
            for parent in parents {
                if expected
                    .get(parent)
                    .is_some_and(|text| matches!(text.as_str(), "" | "~"))
                {
                    expected.remove(parent);
                }
            }
        }
        expected.extend(wanted.iter().cloned());
        (leaves(&after)? == expected).then_some(after)
    }
}

/// All scalars of a text by where they stand.
fn leaves(text: &str) -> Option<BTreeMap<String, String>> {
    let document = Document::parse(text).ok()?;
    let mut walk = Walk::default();
    walk.visit(document.root()?)?;
    Some(walk.found)
}

#[derive(Default)]
struct Walk {
    found: BTreeMap<String, String>,
    path: String,
    visits: usize,
}

impl Walk {
    fn visit(&mut self, at: At) -> Option<()> {
        self.visits += 1;
        if self.visits > MAX_VISITS || self.path.len() > MAX_PATH_BYTES {
            return None;
        }
        if let Some(text) = at.text() {
            self.found.insert(self.path.clone(), text.to_owned());
            return Some(());
        }
        for (key, value) in at.pairs() {
            self.below(key.text()?, value)?;
        }
        for (index, item) in at.items().enumerate() {
            self.below(&index.to_string(), item)?;
        }
        Some(())
    }

    fn below(&mut self, name: &str, at: At) -> Option<()> {
        let length = self.path.len();
        self.path.push('/');
        self.path.push_str(name);
        self.visit(at)?;
        self.path.truncate(length);
        Some(())
    }
}

/// The blanks that a line begins with.
pub fn indent(text: &str, line: u32) -> String {
    let line = text.lines().nth(line.saturating_sub(1) as usize);
    let line = line.unwrap_or_default();
    line[..line.len() - line.trim_start_matches(' ').len()].to_owned()
}
