//! Proposes whatever a file of the repository says: the agent an attacker
//! would like to have.

use sentinel_sdk::{
    Action, AgentError, Attribute, Change, Edit, EditContent, Output, Proposal, Provenance, Report,
    Rerun, Severity, WORKSPACE,
};

/// A line an order: a word and its arguments in hexadecimal, so that any bytes
/// can be asked for.
///
/// ```text
/// title TEXT | rationale TEXT | strategy TEXT | confidence NUMBER
/// write PATH BASE CONTENT | delete PATH BASE      BASE is empty for a new file
/// attribute KEY VALUE | file PATH | rerun REASON | report TITLE BODY
/// next                                            another proposal
/// ```
pub fn obey(path: &str) -> Result<Output, AgentError> {
    let failed = |error: String| AgentError::InvalidInput(format!("{path}: {error}"));
    let text = std::fs::read_to_string(format!("{WORKSPACE}/{path}"))
        .map_err(|error| failed(error.to_string()))?;
    let mut proposals = vec![Asked::default()];
    for line in text.lines() {
        let mut words = line.split(' ');
        let word = words.next().unwrap_or_default();
        let arguments: Option<Vec<Vec<u8>>> = words.map(bytes).collect();
        let arguments = arguments.ok_or_else(|| failed(format!("no hexadecimal: {line}")))?;
        if word == "next" {
            proposals.push(Asked::default());
            continue;
        }
        let asked = proposals.last_mut().expect("there is one");
        asked
            .take(word, &arguments)
            .ok_or_else(|| failed(format!("no order: {line}")))?;
    }
    Ok(Output::Proposals(
        proposals.into_iter().map(Asked::proposal).collect(),
    ))
}

fn bytes(hexadecimal: &str) -> Option<Vec<u8>> {
    let digits = hexadecimal.as_bytes();
    let pairs = digits.chunks(2);
    pairs
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[derive(Default)]
struct Asked {
    proposal: Option<Proposal>,
    edits: Vec<Edit>,
}

impl Asked {
    fn take(&mut self, word: &str, arguments: &[Vec<u8>]) -> Option<()> {
        let proposal = self.proposal.get_or_insert_with(|| crate::empty(0.99));
        match (word, arguments) {
            ("title", [title]) => proposal.title = text(title),
            ("rationale", [rationale]) => proposal.rationale = text(rationale),
            ("strategy", [strategy]) => proposal.strategy = text(strategy),
            ("confidence", [number]) => proposal.confidence = text(number).parse().ok()?,
            ("attribute", [key, value]) => proposal.attributes.push(Attribute {
                key: text(key),
                value: text(value),
            }),
            ("file", [path]) => proposal.provenance.push(Provenance::File(text(path))),
            ("rerun", [reason]) => proposal.actions.push(Action::Rerun(Rerun {
                reason: text(reason),
            })),
            ("report", [title, body]) => proposal.actions.push(Action::Report(Report {
                title: text(title),
                body: text(body),
                severity: Severity::Critical,
                location: None,
            })),
            ("write", [path, base, content]) => {
                self.edits
                    .push(edit(path, base, EditContent::Write(content.clone())));
            }
            ("delete", [path, base]) => self.edits.push(edit(path, base, EditContent::Delete)),
            _ => return None,
        }
        Some(())
    }

    fn proposal(self) -> Proposal {
        let mut proposal = self.proposal.unwrap_or_else(|| crate::empty(0.99));
        if !self.edits.is_empty() {
            proposal
                .actions
                .push(Action::Change(Change { edits: self.edits }));
        }
        proposal
    }
}

fn edit(path: &[u8], base: &[u8], content: EditContent) -> Edit {
    let base = match base {
        [] => None,
        base => Some(text(base)),
    };
    Edit {
        path: text(path),
        base,
        content,
    }
}
