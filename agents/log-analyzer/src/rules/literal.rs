//! What must occur in a line for an expression to match: one of a few
//! literals. Searching for the literals of all rules at once is what makes
//! hundreds of rules affordable.

use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Hir, HirKind};

/// Shorter literals occur everywhere and spare nothing, in bytes.
const MIN_LITERAL: usize = 3;

/// More alternatives than this are no better than none.
const MAX_LITERALS: usize = 24;

/// Literals of which every match contains one, or none where the expression
/// gives no such promise.
pub(super) fn required(source: &str) -> Result<Option<Vec<Vec<u8>>>, String> {
    let hir = ParserBuilder::new()
        .unicode(false)
        .utf8(false)
        .build()
        .parse(source)
        .map_err(|error| error.to_string())?;
    Ok(of(&hir).filter(|found| worth(found) >= MIN_LITERAL))
}

fn of(hir: &Hir) -> Option<Vec<Vec<u8>>> {
    match hir.kind() {
        HirKind::Literal(literal) => Some(vec![literal.0.to_vec()]),
        HirKind::Capture(capture) => of(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => of(&repetition.sub),
        HirKind::Concat(parts) => parts.iter().filter_map(of).max_by_key(|found| worth(found)),
        HirKind::Alternation(parts) => {
            let mut all = Vec::new();
            for part in parts {
                all.extend(of(part)?);
            }
            (all.len() <= MAX_LITERALS).then_some(all)
        }
        _ => None,
    }
}

/// A set spares as much as its shortest literal.
fn worth(literals: &[Vec<u8>]) -> usize {
    literals.iter().map(Vec::len).min().unwrap_or(0)
}
