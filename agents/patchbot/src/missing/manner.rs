//! How a manifest writes down which versions it takes.

/// The manner of most entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    /// The name alone.
    Bare,
    /// Exactly one version: `==2.31.0`.
    Pinned,
    /// This or newer: `>=2.31`.
    AtLeast,
    /// Compatible with it: `~=2.31`.
    Compatible,
}

impl Manner {
    /// Of requirements as Python writes them. Where as many say one as the
    /// other, the freer one counts.
    pub(super) fn of<'a>(requirements: impl Iterator<Item = &'a str>) -> Manner {
        let mut counts = [0usize; 4];
        for requirement in requirements {
            let rest = requirement.split(';').next().unwrap_or_default();
            let kind = match rest {
                rest if rest.contains("==") => 1,
                rest if rest.contains("~=") => 3,
                rest if rest.contains(">=") => 2,
                _ => 0,
            };
            counts[kind] += 1;
        }
        let most = counts.iter().copied().max().unwrap_or_default();
        match counts.iter().position(|count| *count == most) {
            Some(1) => Manner::Pinned,
            Some(2) => Manner::AtLeast,
            Some(3) => Manner::Compatible,
            _ => Manner::Bare,
        }
    }

    /// A requirement in this manner.
    pub(super) fn write(self, name: &str, version: &str) -> String {
        match self {
            Manner::Bare => name.to_owned(),
            Manner::Pinned => format!("{name}=={version}"),
            Manner::AtLeast => format!("{name}>={}", front(version, 2)),
            Manner::Compatible => format!("{name}~={}", front(version, 2)),
        }
    }
}

/// The first parts of a version.
pub(super) fn front(version: &str, parts: usize) -> String {
    let parts: Vec<&str> = version.split('.').take(parts).collect();
    parts.join(".")
}

/// The name in a requirement as Python writes it, normalised.
pub(super) fn name_of(requirement: &str) -> String {
    let end =
        requirement.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')));
    let name = &requirement[..end.unwrap_or(requirement.len())];
    name.to_lowercase().replace(['_', '.'], "-")
}

/// Where a new entry goes among these: to its place in the alphabet where they
/// have one, else to the end.
pub(super) fn place(names: &[String], new: &str) -> usize {
    let key = |name: &str| name.to_lowercase();
    let sorted = names.windows(2).all(|pair| key(&pair[0]) <= key(&pair[1]));
    match sorted && names.len() > 1 {
        true => names
            .iter()
            .position(|name| key(name) > key(new))
            .unwrap_or(names.len()),
        false => names.len(),
    }
}
