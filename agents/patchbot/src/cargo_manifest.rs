//! Strategy `cargo-manifest`: what cargo says of the repository's own packages.
//!
//! A package of the workspace is no stranger: whether it is there, which
//! version and which features it has, its own manifest says. Precondition:
//! cargo names what it wants, the manifests hold what it complains about, and
//! there is one place for it. The failed command has the last word; always with
//! an approval.

use toml::{Table, Value};

use crate::candidate::{Candidate, FileChange, naming};
use crate::failure::Cause;
use crate::push::Push;
use crate::transcript::{Step, Transcript};
use crate::workspace::{Kind, Workspace};

mod feature;
mod member;
mod requirement;
mod sibling;

/// The strategy's name.
pub const NAME: &str = "cargo-manifest";

/// How sure, before the failed command ran.
const CONFIDENCE: f64 = 0.8;

/// Manifests that are read; the largest workspaces have hundreds.
const MAX_MANIFESTS: usize = 1_000;

/// Lines of a step that are read: what cargo says stands at its end.
const MAX_LINES: usize = 50_000;

/// What one complaint takes: the files, and why.
type Mended = Option<(Vec<FileChange>, String)>;

/// What makes of a step's lines what they take.
type Mend = fn(&[&str], &dyn Workspace, &Push) -> Mended;

/// A candidate for each failed step in which cargo complains of manifests.
pub fn propose(
    transcript: &Transcript,
    cause: &Cause,
    workspace: &dyn Workspace,
) -> Vec<Candidate> {
    // What nobody tells of the past did not happen.
    let push = cause.push.clone().unwrap_or_default();
    let steps = transcript.failed().map(|(_, step)| step);
    let made = steps.filter_map(|step| {
        let lines: Vec<&str> = lines(step);
        let mends: [Mend; 4] = [
            member::mend,
            requirement::mend,
            feature::mend,
            sibling::mend,
        ];
        mends.iter().find_map(|mend| mend(&lines, workspace, &push))
    });
    made.map(|(files, why)| candidate(files, why)).collect()
}

fn lines(step: &Step) -> Vec<&str> {
    let lines = step.output.lines().take(MAX_LINES);
    lines
        .filter_map(|line| std::str::from_utf8(line.text).ok())
        .collect()
}

fn candidate(files: Vec<FileChange>, why: String) -> Candidate {
    Candidate {
        strategy: NAME,
        title: format!("let {} name the repository's own package", naming(&files)),
        rationale: format!("{why} Nothing else changes."),
        confidence: CONFIDENCE,
        files,
        log: None,
        approval: true,
        proven: None,
    }
}

/// A manifest of the repository.
struct Manifest {
    path: String,
    text: String,
    table: Table,
}

impl Manifest {
    fn read(path: &str, workspace: &dyn Workspace) -> Option<Manifest> {
        let text = String::from_utf8(workspace.read(path).ok()?).ok()?;
        let table = text.parse().ok()?;
        let path = path.to_owned();
        Some(Manifest { path, text, table })
    }

    fn name(&self) -> Option<&str> {
        self.table.get("package")?.get("name")?.as_str()
    }

    /// With its last slash; empty at the root.
    fn directory(&self) -> &str {
        self.path.strip_suffix("Cargo.toml").unwrap_or_default()
    }

    /// The same manifest with other text, if it is one.
    fn with(&self, text: String) -> Option<FileChange> {
        text.parse::<Table>().ok()?;
        Some(FileChange {
            path: self.path.clone(),
            before: self.text.clone().into_bytes(),
            after: text.into_bytes(),
            shifted: false,
        })
    }

    /// The lines of a dependency, by its name: its own line, or those of its
    /// own table.
    fn lines_of(&self, name: &str) -> Vec<usize> {
        let (mut own, mut table) = (Vec::new(), false);
        for (number, line) in self.text.split('\n').enumerate() {
            let text = line.trim();
            if text.starts_with('[') && text.ends_with(']') {
                table = text.contains("dependencies.") && text.ends_with(&format!(".{name}]"));
            }
            let key = text.split([' ', '=', '.']).next().unwrap_or_default();
            if table || key.trim_matches('"') == name {
                own.push(number);
            }
        }
        own
    }

    /// With one text for another in the lines of a dependency, where it stands
    /// once.
    fn replaced(&self, dependency: &str, old: &str, new: &str) -> Option<FileChange> {
        let mut lines: Vec<String> = self.text.split('\n').map(str::to_owned).collect();
        let own = self.lines_of(dependency);
        let mut places = own
            .iter()
            .filter(|number| lines[**number].matches(old).count() == 1);
        let (at, None) = (*places.next()?, places.next()) else {
            return None;
        };
        lines[at] = lines[at].replacen(old, new, 1);
        self.with(lines.join("\n"))
    }
}

/// The one manifest of a package with this name.
fn package(name: &str, workspace: &dyn Workspace) -> Option<Manifest> {
    let manifests = workspace.listing().named("Cargo.toml");
    let files = manifests
        .filter(|(_, kind)| *kind == Kind::File)
        .take(MAX_MANIFESTS);
    let all = files.filter_map(|(path, _)| Manifest::read(path, workspace));
    let plain = |name: &str| name.replace('-', "_");
    let mut own = all.filter(|manifest| manifest.name().map(plain) == Some(plain(name)));
    own.next().filter(|_| own.next().is_none())
}

/// The text between two others.
fn between<'a>(text: &'a str, from: &str, to: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(from)?;
    Some(rest.split_once(to)?.0)
}

fn value<'t>(table: &'t Table, keys: &[&str]) -> Option<&'t Value> {
    let (first, rest) = keys.split_first()?;
    rest.iter()
        .try_fold(table.get(*first)?, |value, key| value.get(*key))
}
