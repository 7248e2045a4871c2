//! Whether the repository's own code imports a module.

use crate::workspace::{Kind, Workspace};

use super::read::Language;

/// Files that are looked through, and their bytes: enough for a large
/// repository, and bounded where a hostile one has a million.
const MAX_FILES: usize = 3_000;
const MAX_BYTES: usize = 64 * 1024 * 1024;

/// Files of the repository that import `module`.
pub(super) fn importers(
    language: Language,
    module: &str,
    workspace: &dyn Workspace,
) -> Vec<String> {
    let mut found = Vec::new();
    let mut bytes = 0;
    let endings = endings(language);
    let files = workspace.listing().entries().filter(|(path, kind)| {
        *kind == Kind::File && endings.iter().any(|ending| path.ends_with(ending)) && !foreign(path)
    });
    for (path, _) in files.take(MAX_FILES) {
        let Ok(file) = workspace.read(path) else {
            continue;
        };
        bytes += file.len();
        if bytes > MAX_BYTES {
            break;
        }
        let text = String::from_utf8_lossy(&file);
        if text.lines().any(|line| imports(language, line, module)) {
            found.push(path.to_owned());
        }
    }
    found
}

/// Code of others that lies in the repository.
fn foreign(path: &str) -> bool {
    const PARTS: [&str; 6] = [
        "node_modules",
        "vendor",
        "third_party",
        "site-packages",
        ".venv",
        "target",
    ];
    path.split('/').any(|part| PARTS.contains(&part))
}

fn endings(language: Language) -> &'static [&'static str] {
    match language {
        Language::Python => &[".py", ".pyi"],
        Language::Node => &[
            ".js", ".jsx", ".ts", ".tsx", ".mjs", ".cjs", ".mts", ".cts", ".vue", ".svelte",
        ],
        Language::Rust => &[".rs"],
        Language::Go => &[".go"],
    }
}

fn imports(language: Language, line: &str, module: &str) -> bool {
    match language {
        Language::Python => python(line.trim(), module),
        Language::Node => ["'", "\"", "`"].iter().any(|quote| {
            let whole = format!("{quote}{module}{quote}");
            let below = format!("{quote}{module}/");
            let asks = ["import", "require", "from", "mock"]
                .iter()
                .any(|word| line.contains(word));
            asks && (line.contains(&whole) || line.contains(&below))
        }),
        Language::Go => {
            let whole = format!("\"{module}\"");
            line.contains(&whole) || line.contains(&format!("\"{module}/"))
        }
        Language::Rust => {
            let code = line.split("//").next().unwrap_or(line);
            let mut rest = code;
            // A whole word with a path behind it, or an `extern crate`.
            while let Some(at) = rest.find(module) {
                let before = rest[..at].chars().next_back();
                let after = &rest[at + module.len()..];
                let begins = before.is_none_or(|c| !c.is_alphanumeric() && c != '_' && c != ':');
                let linked = after.starts_with(';') || after.starts_with(" as ");
                let named = linked && (code.contains("use ") || code.contains("extern crate "));
                if begins && (after.starts_with("::") || named) {
                    return true;
                }
                rest = &rest[at + module.len()..];
            }
            false
        }
    }
}

fn python(line: &str, module: &str) -> bool {
    let top = |name: &str| name.trim().split(['.', ' ']).next() == Some(module);
    if let Some(names) = line.strip_prefix("import ") {
        return names
            .split(['#', ';'])
            .next()
            .unwrap_or_default()
            .split(',')
            .any(top);
    }
    line.strip_prefix("from ").is_some_and(top)
}

/// Whether all that import it are tests: then it is no dependency of what
/// others install.
pub(super) fn only_tests(importers: &[String]) -> bool {
    importers.iter().all(|path| crate::push::is_test(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_are_found_and_words_are_not() {
        let rows = [
            (Language::Python, "import yaml", "yaml", true),
            (
                Language::Python,
                "    from yaml.nodes import Node",
                "yaml",
                true,
            ),
            (Language::Python, "import os, yaml as y", "yaml", true),
            (Language::Python, "import yamllint", "yaml", false),
            (Language::Python, "text = 'import yaml'", "yaml", false),
            (Language::Python, "from .yaml import x", "yaml", false),
            (Language::Node, "const a = require('zod');", "zod", true),
            (
                Language::Node,
                "import fp from \"lodash/fp\";",
                "lodash",
                true,
            ),
            (Language::Node, "log('zod');", "zod", false),
            (Language::Rust, "use serde::Serialize;", "serde", true),
            (Language::Rust, "let a = rand::random();", "rand", true),
            (Language::Rust, "use crate::rand::x;", "rand", false),
            (Language::Rust, "// use serde::x", "serde", false),
        ];
        for (language, line, module, expected) in rows {
            assert_eq!(imports(language, line, module), expected, "{line}");
        }
    }
}
