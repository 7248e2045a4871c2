//! Variables that stand without quotes on purpose: several words, or options
//! of which there may be none. In quotes they are one word, and a command is
//! given another one than it was.

/// Parts of names that say so.
const NAMES: &[&str] = &[
    "flag", "opt", "arg", "param", "cmd", "command", "list", "words", "extra",
];

/// Programs that print one word.
const ONE_WORD: &[&str] = &[
    "pwd",
    "dirname",
    "basename",
    "date",
    "mktemp",
    "realpath",
    "readlink",
    "hostname",
    "uname",
    "id",
    "whoami",
    "nproc",
    "wc",
    "which",
    "sha256sum",
    "stat",
];

/// Whether the variable may hold other than one word, by its name or by what
/// the script gives it.
pub(crate) fn may_be_several<'s>(name: &str, script: impl Iterator<Item = &'s str>) -> bool {
    let lower = name.to_lowercase();
    let one = ["ss", "us", "is", "os", "as"]
        .iter()
        .any(|end| lower.ends_with(end));
    let plural = lower.len() > 3 && lower.ends_with('s') && !one;
    // `target` says nothing of arguments.
    let says = |word: &str, part: &str| {
        word.starts_with(part) || word.strip_suffix('s').unwrap_or(word).ends_with(part)
    };
    let mut words = lower.split('_');
    let told = words.any(|word| NAMES.iter().any(|part| says(word, part)));
    told || plural || script.flat_map(|line| values(name, line)).any(is_several)
}

/// What a line gives the variable; none of one that adds to it.
fn values<'s>(name: &str, line: &'s str) -> Vec<Option<&'s str>> {
    let places = line.match_indices(name).filter_map(|(at, _)| {
        let before = line[..at].chars().last();
        let begins = before.is_none_or(|letter| letter.is_whitespace() || "(;&|".contains(letter));
        let rest = &line[at + name.len()..];
        let value = rest.strip_prefix('=').map(Some);
        let added = rest.starts_with("+=").then_some(None);
        value.or(added).filter(|_| begins)
    });
    places.collect()
}

/// Whether a value is other than one word.
fn is_several(value: Option<&str>) -> bool {
    let Some(value) = value else {
        return true;
    };
    let quote = value.chars().next().filter(|quote| "\"'".contains(*quote));
    let inner = match quote {
        Some(quote) => value[1..].split(quote).next().unwrap_or_default(),
        None => value,
    };
    if let Some(command) = inner.strip_prefix("$(").or_else(|| inner.strip_prefix('`')) {
        let program = command.split([' ', ')', '`']).next().unwrap_or_default();
        let piped = command.contains('|');
        return piped || !ONE_WORD.contains(&program);
    }
    let word = match quote {
        Some(_) => inner,
        None => inner
            .split([' ', ';', '&', '\t'])
            .next()
            .unwrap_or_default(),
    };
    // `${1:-}` is nothing where nothing is given.
    word.is_empty() || word.starts_with('-') || word.contains([' ', '\t']) || word.contains(":-}")
}
