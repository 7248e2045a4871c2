//! Paths a patch may name.

use std::fmt;

use serde::Serialize;

/// A path inside a repository that is safe to write on every platform a
/// checkout may land on: relative, `/` between parts, nothing that resolves
/// elsewhere, nothing git itself reads.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct RepoPath(String);

/// Why a path is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PathRefusal {
    #[error("it is empty")]
    Empty,
    #[error("it is longer than 1024 bytes")]
    TooLong,
    #[error("it is absolute")]
    Absolute,
    #[error("it has a backslash or a colon")]
    ForeignSeparator,
    #[error("it has a control, zero-width or direction-changing character")]
    Invisible,
    #[error("a part of it is empty, `.` or `..`, or nothing but dots")]
    Dots,
    #[error("a part of it ends in a dot or a space, which Windows drops")]
    TrailingDotOrSpace,
    #[error("a part of it belongs to git (`.git…` in any spelling)")]
    Git,
    #[error("a part of it is a device name on Windows")]
    Device,
}

/// Longer paths exist in no repository a person works in.
const MAX_PATH_BYTES: usize = 1024;

impl RepoPath {
    pub fn parse(text: &str) -> Result<RepoPath, PathRefusal> {
        if text.is_empty() {
            return Err(PathRefusal::Empty);
        }
        if text.len() > MAX_PATH_BYTES {
            return Err(PathRefusal::TooLong);
        }
        if text.starts_with('/') {
            return Err(PathRefusal::Absolute);
        }
        if text.contains(['\\', ':']) {
            return Err(PathRefusal::ForeignSeparator);
        }
        if text.chars().any(is_invisible) {
            return Err(PathRefusal::Invisible);
        }
        text.split('/').try_for_each(check_part)?;
        Ok(RepoPath(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The path as protection rules see it: folded, so that a file system that
    /// folds case offers no way round them.
    pub fn folded(&self) -> String {
        fold(&self.0)
    }

    /// `a/b` has the parents `a`.
    pub fn parents(&self) -> impl Iterator<Item = &str> {
        self.0.match_indices('/').map(|(at, _)| &self.0[..at])
    }
}

impl fmt::Display for RepoPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Case folding as file systems do it: through upper case, which also folds
/// letters that have no lower-case pair of their own (`ſ` is an `s`).
pub fn fold(text: &str) -> String {
    text.to_uppercase().to_lowercase()
}

fn check_part(part: &str) -> Result<(), PathRefusal> {
    if part.bytes().all(|byte| byte == b'.') {
        return Err(PathRefusal::Dots);
    }
    if part.ends_with(['.', ' ']) || part.starts_with(' ') {
        return Err(PathRefusal::TrailingDotOrSpace);
    }
    if is_git(part) {
        return Err(PathRefusal::Git);
    }
    if is_device(part) {
        return Err(PathRefusal::Device);
    }
    Ok(())
}

/// `.git`, `.gitmodules`, `.gitattributes`, … and the 8.3 names Windows gives
/// them (`git~1`, `gitmod~1`, `gi7eb6~1`), which reach the same files (the
/// class of CVE-2014-9390 and CVE-2019-1352). Anything with a `~digit` that
/// begins like `gi` is refused: no honest file is called so. Directories and
/// files that only forges read may be named; policy protects them.
fn is_git(part: &str) -> bool {
    const FORGES: [&str; 4] = [".github", ".gitlab", ".gitlab-ci.yml", ".gitea"];
    let lower = fold(part);
    if FORGES.contains(&lower.as_str()) {
        return false;
    }
    let short = || {
        lower.split_once('~').is_some_and(|(stem, rest)| {
            stem.starts_with("gi") && rest.starts_with(|c: char| c.is_ascii_digit())
        })
    };
    lower.starts_with(".git") || short()
}

/// Names that are devices on Windows whatever their extension.
fn is_device(part: &str) -> bool {
    let stem = part
        .split('.')
        .next()
        .unwrap_or(part)
        .trim_end()
        .to_ascii_lowercase();
    match stem.as_str() {
        "con" | "prn" | "aux" | "nul" | "conin$" | "conout$" => true,
        _ => {
            stem.len() == 4
                && (stem.starts_with("com") || stem.starts_with("lpt"))
                && stem.as_bytes()[3].is_ascii_digit()
        }
    }
}

/// Characters nobody sees: controls, and what HFS+ ignores in names or what
/// changes the direction of text. They make one path look like another.
pub fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}')
}
