//! What programs say of a module that is not there.

use crate::transcript::Output;

/// Whose modules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Language {
    Python,
    Node,
    Rust,
    Go,
}

/// A module that is not there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Absent {
    pub language: Language,
    /// As the code names it, without what stands below it.
    pub module: String,
    /// The package where the tool names it: type stubs.
    pub package: Option<String>,
}

impl Absent {
    fn module(language: Language, module: &str) -> Self {
        Absent {
            language,
            module: module.to_owned(),
            package: None,
        }
    }
}

/// Every one once, and the lines that say so.
pub(super) fn read(output: &Output) -> (Vec<Absent>, (u64, u64)) {
    let mut found: Vec<Absent> = Vec::new();
    let mut span: Option<(u64, u64)> = None;
    let mut depcheck = false;
    for line in output.lines() {
        let Ok(text) = std::str::from_utf8(line.text) else {
            continue;
        };
        // depcheck says so once, and then has a line for each.
        let listed = text.strip_prefix("* ").filter(|_| depcheck);
        depcheck = text == "Missing dependencies" || listed.is_some();
        let listed = listed.and_then(|entry| package_of(entry.split_once(": ")?.0));
        let listed = listed.map(|package| Absent::module(Language::Node, package));
        let Some(absent) = listed.or_else(|| absent(text)) else {
            continue;
        };
        let first = span.map_or(line.number, |(first, _)| first);
        span = Some((first, line.number));
        if !found.contains(&absent) {
            found.push(absent);
        }
    }
    found.sort();
    (found, span.unwrap_or_default())
}

fn absent(line: &str) -> Option<Absent> {
    stubs(line)
        .or_else(|| python(line))
        .or_else(|| types(line))
        .or_else(|| node(line))
        .or_else(|| rust(line))
        .or_else(|| go(line))
}

/// A module that `go.mod` replaces by a directory and does not require.
fn go(line: &str) -> Option<Absent> {
    let end = " and is replaced but not required";
    let (front, _) = line.split_once(end)?;
    let module = between(front, ": module ", " provides package")?;
    let part = |part: &str| plain(part);
    (module.split('/').all(part)).then(|| Absent::module(Language::Go, module))
}

/// Python, mypy, pyright and pylint.
fn python(line: &str) -> Option<Absent> {
    const MARKS: [(&str, &str); 6] = [
        // deptry
        ("DEP001 '", "' imported but missing"),
        ("ModuleNotFoundError: No module named '", "'"),
        ("ImportError: No module named ", " "),
        ("library stub for module named \"", "\""),
        ("error: Import \"", "\" could not be resolved"),
        ("E0401: Unable to import '", "'"),
    ];
    let named = MARKS
        .iter()
        .find_map(|(mark, end)| between(line, mark, end))?;
    let top = named.split('.').next()?;
    identifier(top).then(|| Absent::module(Language::Python, top))
}

/// `note: Hint: "python3 -m pip install types-requests"`
fn stubs(line: &str) -> Option<Absent> {
    let package = between(line, "Hint: \"python3 -m pip install ", "\"")?;
    let module = package
        .strip_prefix("types-")
        .or(package.strip_suffix("-stubs"))?;
    plain(package).then(|| Absent {
        language: Language::Python,
        module: module.to_owned(),
        package: Some(package.to_owned()),
    })
}

/// What TypeScript says is missing from its own point of view.
fn types(line: &str) -> Option<Absent> {
    if !line.contains("error TS7016: ")
        && !line.contains("error TS2580: ")
        && !line.contains("error TS2582: ")
        && !line.contains("error TS2591: ")
    {
        return None;
    }
    let package = between(line, "npm i --save-dev ", "`")?.split(' ').next()?;
    let module = package.strip_prefix("@types/")?;
    plain(module).then(|| Absent {
        language: Language::Node,
        module: module.to_owned(),
        package: Some(package.to_owned()),
    })
}

/// Node, TypeScript, jest, webpack, Vite and esbuild.
fn node(line: &str) -> Option<Absent> {
    const MARKS: [(&str, &str); 6] = [
        ("Cannot find module '", "'"),
        ("Cannot find package '", "'"),
        ("Failed to resolve import \"", "\""),
        ("Module not found: Error: Can't resolve '", "'"),
        ("Could not resolve \"", "\""),
        ("Unable to resolve path to module '", "'"),
    ];
    let named = MARKS
        .iter()
        .find_map(|(mark, end)| between(line, mark, end))?;
    let package = package_of(named)?;
    Some(Absent::module(Language::Node, package))
}

/// `lodash/fp` and `@scope/name/sub` belong to packages; paths, aliases and
/// what comes with node do not.
fn package_of(specifier: &str) -> Option<&str> {
    if specifier.starts_with(['.', '/', '~', '#'])
        || specifier.contains(':')
        || BUILT_IN.contains(&specifier.split('/').next()?)
    {
        return None;
    }
    let slashes = if specifier.starts_with('@') { 2 } else { 1 };
    let end = specifier
        .match_indices('/')
        .nth(slashes - 1)
        .map(|(at, _)| at);
    let package = &specifier[..end.unwrap_or(specifier.len())];
    let scoped = package.strip_prefix('@').map_or(Some(package), |rest| {
        let (scope, name) = rest.split_once('/')?;
        (!scope.is_empty() && !name.is_empty()).then_some(name)
    })?;
    plain(scoped).then_some(package)
}

const BUILT_IN: &[&str] = &[
    "assert",
    "buffer",
    "child_process",
    "cluster",
    "console",
    "crypto",
    "dns",
    "events",
    "fs",
    "http",
    "http2",
    "https",
    "module",
    "net",
    "os",
    "path",
    "perf_hooks",
    "process",
    "readline",
    "stream",
    "string_decoder",
    "timers",
    "tls",
    "tty",
    "url",
    "util",
    "v8",
    "vm",
    "worker_threads",
    "zlib",
];

/// The compiler, with and without its newer words.
fn rust(line: &str) -> Option<Absent> {
    let unresolved = between(line, "use of unresolved module or unlinked crate `", "`")
        .or_else(|| between(line, "use of undeclared crate or module `", "`"))
        .or_else(|| between(line, "error[E0432]: unresolved import `", "`"))
        .or_else(|| between(line, "error[E0463]: can't find crate for `", "`"))?;
    let top = unresolved.split("::").next()?;
    let own = ["crate", "self", "super", "std", "core", "alloc"].contains(&top);
    (identifier(top) && !own).then(|| Absent::module(Language::Rust, top))
}

fn between<'a>(line: &'a str, mark: &str, end: &str) -> Option<&'a str> {
    let (_, rest) = line.split_once(mark)?;
    let found = rest.split(end).next()?.trim();
    (!found.is_empty() && found.len() <= MAX_NAME).then_some(found)
}

/// Longer names are no package's, in bytes.
const MAX_NAME: usize = 214;

fn identifier(name: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    !name.is_empty() && name.chars().all(word) && !name.starts_with(|c: char| c.is_ascii_digit())
}

fn plain(name: &str) -> bool {
    let letter = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    !name.is_empty()
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.chars().all(letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tools_say_is_read() {
        for (line, language, module) in [
            (
                "ModuleNotFoundError: No module named 'yaml'",
                Language::Python,
                "yaml",
            ),
            (
                "E   ModuleNotFoundError: No module named 'google.cloud'",
                Language::Python,
                "google",
            ),
            (
                "a.py:1: error: Cannot find implementation or library stub for module named \"attr\"  [import-not-found]",
                Language::Python,
                "attr",
            ),
            (
                "  /x/a.py:1:8 - error: Import \"yaml\" could not be resolved (reportMissingImports)",
                Language::Python,
                "yaml",
            ),
            (
                "Error: Cannot find module 'lodash/fp'",
                Language::Node,
                "lodash",
            ),
            (
                "Error [ERR_MODULE_NOT_FOUND]: Cannot find package '@scope/a' imported from /x/a.mjs",
                Language::Node,
                "@scope/a",
            ),
            (
                "src/a.ts(1,8): error TS2307: Cannot find module 'zod' or its corresponding type declarations.",
                Language::Node,
                "zod",
            ),
            (
                "a.py:1:8: DEP001 'yaml' imported but missing from the dependency definitions",
                Language::Python,
                "yaml",
            ),
            (
                "main.go:3:8: module example.com/util provides package example.com/util and is replaced but not required; to add it:",
                Language::Go,
                "example.com/util",
            ),
            (
                "error[E0432]: unresolved import `serde`",
                Language::Rust,
                "serde",
            ),
            (
                "error[E0433]: failed to resolve: use of unresolved module or unlinked crate `rand`",
                Language::Rust,
                "rand",
            ),
        ] {
            let found = absent(line).unwrap_or_else(|| panic!("{line}"));
            assert_eq!(
                (found.language, found.module.as_str()),
                (language, module),
                "{line}"
            );
        }
        let stub = absent("a.py:1: note: Hint: \"python3 -m pip install types-requests\"").unwrap();
        assert_eq!(stub.package.as_deref(), Some("types-requests"));
    }

    #[test]
    fn what_is_no_package_is_left_alone() {
        for line in [
            "Error: Cannot find module './local'",
            "Error: Cannot find module 'node:fs'",
            "Error: Cannot find module 'fs/promises'",
            "Error: Cannot find module '@/components/a'",
            "error[E0432]: unresolved import `crate::a`",
            "ModuleNotFoundError: No module named ''",
            "ModuleNotFoundError: No module named 'a b; rm -rf'",
            "Hint: \"python3 -m pip install types-x --index-url http://evil\"",
        ] {
            assert_eq!(absent(line), None, "{line}");
        }
    }
}
