//! pre-commit's table of hooks.

use std::ops::Range;

use crate::candidate::Refusal;
use crate::tool::Tool;
use crate::transcript::Output;
use crate::workspace::file_name;

/// A hook that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hook<'a> {
    pub id: &'a str,
    /// Whether it failed because it changed files.
    pub modified: bool,
    /// The indices of the lines it printed.
    pub output: Range<usize>,
    pub log_line: u64,
}

/// The hooks that failed, in order.
pub fn failed(output: &Output) -> Vec<Hook<'_>> {
    let text = |index: usize| {
        let line = output.get(index);
        line.and_then(|line| std::str::from_utf8(line.text).ok())
            .unwrap_or_default()
    };
    let mut hooks: Vec<Hook> = Vec::new();
    for (index, line) in output.lines().enumerate() {
        if is_verdict(text(index)) || is_footer(text(index)) {
            end(&mut hooks, index);
        }
        let Some(id) = text(index).strip_prefix("- hook id: ") else {
            continue;
        };
        if !index
            .checked_sub(1)
            .is_some_and(|before| text(before).ends_with("Failed"))
        {
            continue;
        }
        let notes = (index + 1..output.len()).take_while(|index| text(*index).starts_with("- "));
        let after = index + 1 + notes.clone().count();
        hooks.push(Hook {
            id,
            modified: notes
                .clone()
                .any(|note| text(note) == "- files were modified by this hook"),
            output: after..output.len(),
            log_line: line.number,
        });
    }
    hooks
}

fn end(hooks: &mut [Hook], index: usize) {
    if let Some(last) = hooks.last_mut().filter(|hook| hook.output.end > index) {
        last.output.end = index.max(last.output.start);
    }
}

/// `black...............Passed`
fn is_verdict(text: &str) -> bool {
    let verdict = ["Passed", "Failed", "Skipped"]
        .iter()
        .find_map(|word| text.strip_suffix(word));
    verdict.is_some_and(|rest| rest.contains("..."))
}

fn is_footer(text: &str) -> bool {
    text.starts_with("pre-commit hook(s) made changes") || text == "All changes made by hooks:"
}

/// Whether pre-commit shows a hook that failed.
pub fn ran(output: &Output) -> bool {
    !failed(output).is_empty()
}

/// The tools that failed hooks are named after.
pub fn tools(output: &Output) -> Vec<Tool> {
    let hooks = failed(output);
    let named = |tool: &Tool| hooks.iter().any(|hook| tool.is_called(hook.id));
    Tool::all()
        .filter(|tool| named(tool) && !runs_others(*tool))
        .collect()
}

/// Whether every hook that failed is this tool's, so that mending what it
/// reports is all there is to do. Where no hook ran, there is nothing to ask.
pub fn alone(output: &Output, tool: Tool) -> Result<(), Refusal> {
    let hooks = failed(output);
    match hooks.iter().find(|hook| !tool.is_called(hook.id)) {
        Some(hook) => Err(Refusal(format!("hook {} failed too", hook.id))),
        None => Ok(()),
    }
}

/// Whether pre-commit would pass with the files as its hooks left them, and
/// each of these files is one that a hook we know may change.
pub fn check<'a>(output: &Output, paths: impl Iterator<Item = &'a str>) -> Result<(), Refusal> {
    let hooks = failed(output);
    if hooks.is_empty() {
        return Err(Refusal::new("no hook is shown that failed"));
    }
    if let Some(hook) = hooks.iter().find(|hook| !hook.modified) {
        let text = format!("hook {} failed too, and changed nothing", hook.id);
        return Err(Refusal(text));
    }
    for path in paths {
        if !hooks.iter().any(|hook| owns(hook.id, path)) {
            let ids: Vec<&str> = hooks.iter().map(|hook| hook.id).collect();
            let text = format!(
                "none of the hooks {} is known to change {path}",
                ids.join(", ")
            );
            return Err(Refusal(text));
        }
    }
    Ok(())
}

/// Hooks that may rewrite any text file.
const ANY: &[&str] = &[
    "trailing-whitespace",
    "end-of-file-fixer",
    "mixed-line-ending",
    "fix-byte-order-marker",
    "file-contents-sorter",
    "prettier",
    "codespell",
    "typos",
    "insert-license",
    "remove-crlf",
    "remove-tabs",
    "forbid-crlf",
    "oxfmt",
    "dprint",
    "biome-format",
    "biome-check",
    "treefmt",
];

/// Hooks with files of their own, by what they end in.
const SOME: &[(&[&str], &[&str])] = &[
    (
        &[
            "pyupgrade",
            "autoflake",
            "add-trailing-comma",
            "reorder-python-imports",
            "flynt",
            "django-upgrade",
            "double-quote-string-fixer",
            "fix-encoding-pragma",
            "blacken-docs",
            "pycln",
            "unimport",
            "ssort",
            "absolufy-imports",
            "usort",
            "ufmt",
            "docconvert",
            "black-jupyter",
            "ruff-lint",
            "pyink",
            "sort-all",
        ],
        &[".py", ".pyi", ".ipynb", ".md", ".rst"],
    ),
    (
        &["nbstripout", "nbqa-black", "nbqa-isort", "nbqa-ruff"],
        &[".ipynb"],
    ),
    (&["pretty-format-json"], &[".json"]),
    (
        &[
            "sort-simple-yaml",
            "yamlfmt",
            "yamlfix",
            "pretty-format-yaml",
        ],
        &[".yaml", ".yml"],
    ),
    (
        &[
            "pyproject-fmt",
            "toml-sort",
            "toml-sort-fix",
            "taplo-format",
            "pretty-format-toml",
        ],
        &[".toml"],
    ),
    (&["requirements-txt-fixer"], &[".txt"]),
    (&["setup-cfg-fmt"], &["setup.cfg"]),
    (
        &[
            "mdformat",
            "markdownlint-fix",
            "markdownlint-cli2",
            "terraform_docs",
            "doctoc",
        ],
        &[".md"],
    ),
    (&["fmt", "cargo-fmt", "rust-fmt"], &[".rs"]),
    (
        &[
            "go-fmt",
            "go-imports",
            "gofumpt",
            "go-fumpt",
            "gci",
            "golines",
            "golangci-lint-fmt",
        ],
        &[".go"],
    ),
    (&["go-mod-tidy"], &["go.mod", "go.sum"]),
    (
        &["terraform_fmt", "terraform-fmt", "tofu-fmt"],
        &[".tf", ".tfvars", ".tofu"],
    ),
    (&["cmake-format", "gersemi"], &[".cmake", "CMakeLists.txt"]),
    (&["stylua-github", "stylua-system"], &[".lua", ".luau"]),
    (
        &["shfmt-docker", "shfmt-src", "beautysh"],
        &[".sh", ".bash"],
    ),
    (
        &["uncrustify", "clang-tidy"],
        &[".c", ".cc", ".cpp", ".h", ".hpp"],
    ),
    (&["nixfmt", "alejandra", "nixpkgs-fmt"], &[".nix"]),
    (&["buf-format"], &[".proto"]),
    (&["sqlfluff-fix", "pg_format"], &[".sql"]),
];

fn owns(id: &str, path: &str) -> bool {
    if ANY.contains(&id) {
        return true;
    }
    let name = file_name(path);
    let ends = |endings: &&[&str]| endings.iter().any(|ending| name.ends_with(ending));
    let listed = SOME
        .iter()
        .filter(|(ids, _)| ids.contains(&id))
        .map(|(_, endings)| endings);
    listed.clone().any(ends)
        || Tool::all().any(|tool| tool.is_called(id) && tool.owns(path) && !runs_others(tool))
}

fn runs_others(tool: Tool) -> bool {
    matches!(tool, Tool::PreCommit | Tool::GitDiff | Tool::GitCheck)
}
