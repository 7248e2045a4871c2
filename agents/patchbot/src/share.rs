//! How much of what a tool reports a candidate has to mend.

/// All of it, or what can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Share {
    /// Every finding: what is left over leaves the command failing, and nobody
    /// runs it.
    All,
    /// What has a remedy, where the failed command has the last word: a name
    /// that is missing makes a compiler complain of much that follows from it.
    Some,
}
