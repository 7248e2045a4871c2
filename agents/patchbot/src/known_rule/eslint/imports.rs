//! Names that an import brings and nobody uses: all of one line at once, so
//! that what is left is an import again.

use std::collections::{BTreeMap, BTreeSet};

use super::{Finding, is_name, rule};
use crate::text_edit::{Edits, Source};

/// Takes unused names out of imports of one line.
pub(in super::super) fn mend(findings: &[Finding], source: &Source<'_>, edits: &mut Edits) {
    let mut unused: BTreeMap<u64, BTreeSet<&str>> = BTreeMap::new();
    for finding in findings.iter().filter(|one| rule(one) == "no-unused-vars") {
        if let Some(name) = finding.message.split('\'').nth(1) {
            unused.entry(finding.line).or_default().insert(name);
        }
    }
    for (number, names) in unused {
        let line = source.find(number).unwrap_or_default();
        let Some(import) = Import::parse(line) else {
            continue;
        };
        match import.without(&names) {
            Some(clause) => edits.replace(number, import.from, import.to, clause),
            None => edits.remove(number),
        }
    }
}

/// Whether the name is one of an import that [`mend`] sees.
pub(super) fn sees(line: &str, name: &str) -> bool {
    Import::parse(line).is_some_and(|import| import.names().any(|own| own == name))
}

/// `import a, { b, c as d } from 'e'`
struct Import<'a> {
    /// A name by itself, `* as name` among them.
    whole: Vec<&'a str>,
    members: Vec<&'a str>,
    /// Where the clause stands in its line.
    from: usize,
    to: usize,
}

impl<'a> Import<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        let rest = line.strip_prefix("import ")?;
        let rest = rest.strip_prefix("type ").unwrap_or(rest);
        let from = line.len() - rest.len();
        let clause = &rest[..rest.find(" from ")?];
        let one_statement = line.matches(" from ").count() == 1
            && line.matches(['\'', '"']).count() == 2
            && !line.trim_end().trim_end_matches(';').contains(';');
        let (whole, members) = match clause.split_once('{') {
            Some((whole, members)) => (whole, members.trim_end().strip_suffix('}')?),
            None => (clause, ""),
        };
        let parts = |text: &'a str| {
            let parts = text.split(',').map(str::trim);
            parts.filter(|part| !part.is_empty()).collect::<Vec<_>>()
        };
        let plain = |part: &str| part.chars().all(|c| is_name(c) || "$* ".contains(c));
        let import = Import {
            whole: parts(whole),
            members: parts(members),
            from,
            to: from + clause.len(),
        };
        let all = import
            .whole
            .iter()
            .chain(&import.members)
            .all(|part| plain(part));
        (one_statement && all).then_some(import)
    }

    fn names(&self) -> impl Iterator<Item = &'a str> + '_ {
        self.whole
            .iter()
            .chain(&self.members)
            .map(|part| local(part))
    }

    /// The clause that is left; none where nothing is.
    fn without(&self, names: &BTreeSet<&str>) -> Option<String> {
        let kept = |parts: &[&'a str]| -> Vec<&'a str> {
            let kept = parts.iter().filter(|part| !names.contains(local(part)));
            kept.copied().collect()
        };
        let (whole, members) = (kept(&self.whole), kept(&self.members));
        let members = match members.is_empty() {
            true => None,
            false => Some(format!("{{ {} }}", members.join(", "))),
        };
        let parts: Vec<String> = whole
            .iter()
            .map(|part| (*part).to_owned())
            .chain(members)
            .collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    }
}

/// What a part of a clause is called in its file.
fn local(part: &str) -> &str {
    part.rsplit(' ').next().unwrap_or(part)
}
