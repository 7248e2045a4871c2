//! Modules that Node finds only by their whole name: `./label` is `./label.js`.

use super::super::NAME;
use super::CONFIDENCE;
use crate::candidate::{Candidate, FileChange};
use crate::named::is_end_of;
use crate::transcript::Step;
use crate::workspace::{Kind, Workspace, file_name};

/// What a module's path may lack.
const ENDINGS: &[&str] = &[".js", ".mjs", ".cjs", "/index.js", "/index.mjs"];

/// What mends the import that a step says leads nowhere.
pub(super) fn of_step(step: &Step, workspace: &dyn Workspace) -> Option<Candidate> {
    let mut said = step.output.lines().filter_map(|line| {
        let text = std::str::from_utf8(line.text).ok()?;
        let (_, rest) = text.split_once("[ERR_MODULE_NOT_FOUND]: Cannot find module '")?;
        let (module, rest) = rest.split_once("' imported from ")?;
        Some((line.number, module, rest.trim()))
    });
    let (log_line, module, importer) = said.next()?;
    let mut importers = files(workspace).filter(|path| is_end_of(importer, path));
    let (path, None) = (importers.next()?, importers.next()) else {
        return None;
    };
    let before = workspace.read(path).ok()?;
    let after = with_ending(path, module, std::str::from_utf8(&before).ok()?, workspace)?;
    Some(Candidate {
        strategy: NAME,
        title: format!("name the imported file whole in {path}"),
        rationale: format!(
            "Node finds an ES module by its whole name only (log line {log_line}), and one file \
             is called so with an ending. Nothing else changes."
        ),
        confidence: CONFIDENCE,
        files: vec![FileChange {
            path: path.to_owned(),
            before: before.clone(),
            after: after.into_bytes(),
            shifted: false,
        }],
        log: Some((log_line, log_line)),
        approval: false,
        proven: None,
    })
}

fn files(workspace: &dyn Workspace) -> impl Iterator<Item = &str> {
    let entries = workspace.listing().entries();
    entries
        .filter(|(_, kind)| *kind == Kind::File)
        .map(|(path, _)| path)
}

/// The file with the ending behind the one path that leads to the module.
fn with_ending(
    importer: &str,
    module: &str,
    text: &str,
    workspace: &dyn Workspace,
) -> Option<String> {
    let directory = importer.strip_suffix(file_name(importer))?;
    let mut meant = ENDINGS.iter().filter(|ending| {
        let whole = format!("{module}{ending}");
        files(workspace).any(|path| path.starts_with(directory) && is_end_of(&whole, path))
    });
    let (ending, None) = (meant.next()?, meant.next()) else {
        return None;
    };
    let last = file_name(module);
    let mut places = ["\"", "'"].into_iter().flat_map(|quote| {
        let end = format!("/{last}{quote}");
        let found: Vec<usize> = text
            .match_indices(&end)
            .map(|(at, _)| at + 1 + last.len())
            .collect();
        found
    });
    let (at, None) = (places.next()?, places.next()) else {
        return None;
    };
    Some(format!("{}{ending}{}", &text[..at], &text[at..]))
}
