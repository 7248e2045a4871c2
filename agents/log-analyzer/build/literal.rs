//! What must occur in a line for an expression to match. Searching for the
//! literals of all rules at once is what makes hundreds of rules affordable;
//! finding them takes longer than reading a small log, so it is done here,
//! once, when the agent is built.

use regex_syntax::ParserBuilder;
use regex_syntax::hir::literal::Extractor;
use regex_syntax::hir::{Class, Hir, HirKind, Look};

/// Shorter literals occur everywhere and spare nothing, in bytes.
const MIN_LITERAL: usize = 3;

/// More alternatives than this are no better than none.
const MAX_LITERALS: usize = 24;

/// What a line must have for a rule to be tried on it.
pub struct Required {
    /// One of these; empty where there is no such promise.
    pub literals: Vec<Vec<u8>>,
    /// Whether one of the literals stands at the line's beginning.
    pub at_start: bool,
    /// Where there are no literals: the bytes a line may begin with.
    pub first: Vec<u8>,
}

/// What an expression requires.
pub fn required(source: &str) -> Result<Required, String> {
    let hir = ParserBuilder::new()
        .unicode(false)
        .utf8(false)
        .build()
        .parse(source)
        .map_err(|error| error.to_string())?;
    Ok(of(&hir))
}

fn of(hir: &Hir) -> Required {
    let mut atoms = Vec::new();
    flatten(hir, &mut atoms);
    let anchored = atoms.first().is_some_and(is_start);
    let start = extract(&atoms[usize::from(anchored)..]).filter(|_| anchored);
    if let Some(literals) = start {
        return Required {
            literals,
            at_start: true,
            first: Vec::new(),
        };
    }
    Required {
        literals: anywhere(&atoms).unwrap_or_default(),
        at_start: false,
        first: first_bytes(&atoms, anchored),
    }
}

fn is_start(hir: &Hir) -> bool {
    *hir.kind() == HirKind::Look(Look::Start)
}

/// The parts that follow one another, groups opened.
fn flatten(hir: &Hir, atoms: &mut Vec<Hir>) {
    match hir.kind() {
        HirKind::Concat(parts) => parts.iter().for_each(|part| flatten(part, atoms)),
        HirKind::Capture(capture) => flatten(&capture.sub, atoms),
        _ => atoms.push(hir.clone()),
    }
}

/// The best literals that some part, with those behind it, begins with.
fn anywhere(atoms: &[Hir]) -> Option<Vec<Vec<u8>>> {
    let begun = (0..atoms.len()).filter_map(|first| extract(&atoms[first..]));
    let inner = atoms.iter().filter_map(alternatives);
    begun.chain(inner).max_by_key(|found| worth(found))
}

/// One literal of each alternative.
fn alternatives(hir: &Hir) -> Option<Vec<Vec<u8>>> {
    let HirKind::Alternation(parts) = hir.kind() else {
        return None;
    };
    let mut all = Vec::new();
    for part in parts {
        let found = of(part).literals;
        if found.is_empty() {
            return None;
        }
        all.extend(found);
    }
    (all.len() <= MAX_LITERALS).then_some(all)
}

fn extract(atoms: &[Hir]) -> Option<Vec<Vec<u8>>> {
    let sequence = Extractor::new()
        .limit_total(MAX_LITERALS)
        .extract(&Hir::concat(atoms.to_vec()));
    let literals = sequence.literals()?;
    let found: Vec<Vec<u8>> = literals
        .iter()
        .map(|literal| literal.as_bytes().to_vec())
        .collect();
    (!found.is_empty() && worth(&found) >= MIN_LITERAL).then_some(found)
}

/// A set spares as much as its shortest literal.
fn worth(literals: &[Vec<u8>]) -> usize {
    literals.iter().map(Vec::len).min().unwrap_or(0)
}

/// The bytes with which a match can begin; all where it may begin anywhere.
fn first_bytes(atoms: &[Hir], anchored: bool) -> Vec<u8> {
    let mut set = [false; 256];
    let known = anchored && atoms[1..].iter().any(|atom| !add_first(atom, &mut set));
    (0..=255)
        .filter(|byte| !known || set[usize::from(*byte)])
        .collect()
}

/// Adds an atom's first bytes; tells whether it may match nothing, so that
/// the next atom's count as well.
fn add_first(hir: &Hir, set: &mut [bool; 256]) -> bool {
    match hir.kind() {
        HirKind::Literal(literal) => set[usize::from(literal.0[0])] = true,
        HirKind::Class(Class::Bytes(class)) => {
            for range in class.ranges() {
                (range.start()..=range.end()).for_each(|byte| set[usize::from(byte)] = true);
            }
        }
        HirKind::Repetition(repetition) => {
            return add_first(&repetition.sub, set) || repetition.min == 0;
        }
        HirKind::Capture(capture) => return add_first(&capture.sub, set),
        HirKind::Concat(parts) => return parts.iter().all(|part| add_first(part, set)),
        HirKind::Alternation(parts) => {
            let empty = parts.iter().filter(|part| add_first(part, set));
            return empty.count() > 0;
        }
        HirKind::Look(_) => return true,
        _ => *set = [true; 256],
    }
    false
}
