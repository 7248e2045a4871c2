//! The files a model is shown: those that the failure names, and what those
//! import.

use std::collections::BTreeSet;

use sentinel_sdk::Failure;

use super::reach::{is_test, sensitive};
use crate::candidate::protected;
use crate::limits::{
    MAX_NAMED, MAX_SHOWN_BYTES, MAX_SHOWN_FILE_BYTES, MAX_SHOWN_FILES, MAX_SHOWN_LINES,
};
use crate::transcript::Transcript;
use crate::workspace::{Kind, Workspace, file_name};

/// Files with their text, the most telling first.
#[derive(Debug)]
pub struct Shown(Vec<(String, String)>);

impl Shown {
    /// Finds them; the reason where a model is not to see them, or there are
    /// none that it could edit.
    pub fn gather(
        failures: &[Failure],
        printed: &Transcript,
        workspace: &dyn Workspace,
    ) -> Result<Shown, String> {
        let mut found = Found::default();
        let places = failures
            .iter()
            .filter_map(|failure| failure.location.as_ref());
        for place in places {
            found.path(&place.path, workspace);
        }
        for failure in failures {
            let lines = failure.key_lines.iter().map(|line| line.text.as_str());
            lines.for_each(|line| found.line(line, workspace));
        }
        let steps = printed.failed().flat_map(|(_, step)| step.output.lines());
        for line in steps.take(MAX_SHOWN_LINES) {
            found.line(&String::from_utf8_lossy(line.text), workspace);
        }
        if let Some((path, why)) = found
            .paths
            .iter()
            .find_map(|path| Some((path, sensitive(path)?)))
        {
            return Err(format!(
                "the failure names {path}, {why}: a person mends such"
            ));
        }
        let shown = found.read(workspace);
        match shown.iter().any(|(path, _)| !is_test(path)) {
            true => Ok(Shown(shown)),
            false => Err("the failure names no file that a model could edit".to_owned()),
        }
    }

    /// The text of a file that was shown.
    pub fn text(&self, path: &str) -> Option<&str> {
        let found = self.0.iter().find(|(shown, _)| shown == path);
        found.map(|(_, text)| text.as_str())
    }

    pub fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()))
    }
}

/// Paths of the tree that were named, in that order.
#[derive(Debug, Default)]
struct Found {
    paths: Vec<String>,
    looked_up: BTreeSet<String>,
}

impl Found {
    fn line(&mut self, line: &str, workspace: &dyn Workspace) {
        let ends = |c: char| c.is_whitespace() || "()[]{}<>'\"`,;:=|".contains(c);
        let words = line.split(ends).filter(|word| word.contains('.'));
        words.for_each(|word| self.path(word, workspace));
    }

    /// Adds the file of the tree that a word names, if it names one.
    fn path(&mut self, word: &str, workspace: &dyn Workspace) {
        const LONGEST: usize = 400;
        let word = word.trim_end_matches('.').trim_start_matches("./");
        let many = self.looked_up.len() >= MAX_NAMED;
        if word.is_empty() || word.len() > LONGEST || many || !self.looked_up.insert(word.into()) {
            return;
        }
        let below = |long: &str, short: &str| {
            long.strip_suffix(short)
                .is_some_and(|head| head.is_empty() || head.ends_with('/'))
        };
        let named = workspace.listing().named(file_name(word));
        // The longest path that the word ends in, or the only one that ends in it.
        let entries: Vec<&str> = named
            .filter(|(path, kind)| *kind == Kind::File && (below(word, path) || below(path, word)))
            .map(|(path, _)| path)
            .collect();
        let whole = entries
            .iter()
            .filter(|path| below(word, path))
            .max_by_key(|path| path.len());
        let found = whole.or(match &entries[..] {
            [only] => Some(only),
            _ => None,
        });
        if let Some(path) = found.filter(|path| !self.paths.iter().any(|known| known == *path)) {
            self.paths.push((*path).to_owned());
        }
    }

    /// Reads what fits; what a file imports comes behind it, unless it is
    /// nothing for a model.
    fn read(self, workspace: &dyn Workspace) -> Vec<(String, String)> {
        let mut waiting = self.paths;
        let mut shown: Vec<(String, String)> = Vec::new();
        let mut left = MAX_SHOWN_BYTES;
        let mut at = 0;
        while at < waiting.len() && shown.len() < MAX_SHOWN_FILES {
            let path = waiting[at].clone();
            at += 1;
            let Some(text) = readable(&path, workspace).filter(|text| text.len() <= left) else {
                continue;
            };
            left -= text.len();
            for import in imported(&path, &text, workspace) {
                if sensitive(&import).is_none() && !waiting.contains(&import) {
                    waiting.push(import);
                }
            }
            shown.push((path, text));
        }
        shown
    }
}

fn readable(path: &str, workspace: &dyn Workspace) -> Option<String> {
    let bytes = (!protected(path)).then(|| workspace.read(path).ok())??;
    let small = bytes.len() <= MAX_SHOWN_FILE_BYTES;
    String::from_utf8(bytes).ok().filter(|_| small)
}

/// Files of the same kind, or headers, that lines of imports name by their
/// last word: as far as names tell.
fn imported(path: &str, text: &str, workspace: &dyn Workspace) -> Vec<String> {
    const KEYWORDS: [&str; 9] = [
        "import ", "from ", "use ", "mod ", "pub mod ", "require", "#include", "const ", "export ",
    ];
    let Some((_, kind)) = file_name(path).rsplit_once('.') else {
        return Vec::new();
    };
    let lines = text.lines().map(str::trim_start);
    let lines = lines.filter(|line| KEYWORDS.iter().any(|word| line.starts_with(word)));
    let word = |c: char| !(c.is_alphanumeric() || c == '_' || c == '-');
    let words: BTreeSet<&str> = lines.flat_map(|line| line.split(word)).collect();
    let mut found = Vec::new();
    for stem in words
        .into_iter()
        .filter(|stem| !stem.is_empty())
        .take(MAX_NAMED)
    {
        let name = format!("{stem}.{kind}");
        let mut named = workspace.listing().named(&name);
        // Of two with one name nobody knows which is meant.
        if let (Some((path, Kind::File)), None) = (named.next(), named.next()) {
            found.push(path.to_owned());
        }
    }
    found
}
