//! What a branch is for, as far as its name and its base say.

use globset::GlobSet;

use crate::ids::Branch;

/// What a branch is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BranchKind {
    /// Where everybody's work comes together.
    Default,
    /// A line of development of its own: what is repaired on the default
    /// branch does not reach it by itself.
    LongLived,
    /// Somebody's work, to be merged elsewhere.
    Feature,
}

/// Names a default branch has where nobody says which it is.
const USUAL_DEFAULTS: [&str; 3] = ["main", "master", "trunk"];

/// What a branch is for. `base` is what it is to be merged into, or the
/// default branch; a branch that is its own base is the default one.
pub fn kind_of(branch: &Branch, base: Option<&Branch>, long_lived: &GlobSet) -> BranchKind {
    let default = match base {
        Some(base) => base == branch,
        None => USUAL_DEFAULTS.contains(&branch.as_str()),
    };
    match default {
        true => BranchKind::Default,
        false if long_lived.is_match(branch.as_str()) => BranchKind::LongLived,
        false => BranchKind::Feature,
    }
}
