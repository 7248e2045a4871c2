//! What a script runs, as far as it tells whose output a step shows.
//!
//! Not a shell: where a line is too clever, it counts as a program we do not
//! know, which only costs trust.

use crate::tool::Tool;

mod words;

pub use words::{Command, commands};

/// What a command's output may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The tool's own.
    Tool(Tool),
    /// Of no interest: changes directory, installs, compiles.
    Neutral,
    /// Whatever the repository's tests like to print.
    Test,
    /// A target of a build tool or a script: it may run anything, also tools.
    Wrapper,
}

/// Sorts a command by its program and arguments.
pub fn role(command: &Command) -> Role {
    let words: Vec<&str> = command.words.iter().map(String::as_str).collect();
    let Some((program, rest)) = words.split_first() else {
        return Role::Neutral;
    };
    let program = program.rsplit(['/', '\\']).next().unwrap_or(program);
    let program = program.strip_suffix(".exe").unwrap_or(program);
    match program {
        "cargo" => cargo(rest),
        "git" => git(rest),
        "go" => go(rest),
        "ruff" => ruff(rest),
        "terraform" | "tofu" => with(rest, "fmt", Tool::Terraform, Role::Wrapper),
        "taplo" => Role::Tool(Tool::Taplo),
        "golangci-lint" => with(rest, "fmt", Tool::Gofmt, Role::Neutral),
        "git-clang-format" | "run-clang-format" | "run-clang-format.py" => {
            Role::Tool(Tool::ClangFormat)
        }
        "pre-commit" | "prek" => Role::Tool(Tool::PreCommit),
        "npm" | "yarn" | "pnpm" | "bun" | "make" | "just" | "task" | "tox" | "nox" | "hatch"
        | "poe" | "pdm" | "invoke" | "rake" | "mage" | "composer" => target(rest),
        _ => by_name(program),
    }
}

fn by_name(program: &str) -> Role {
    if let Some(tool) = Tool::all().find(|tool| tool.is_called(program)) {
        return Role::Tool(tool);
    }
    if TESTS.contains(&program) {
        Role::Test
    } else if NEUTRAL.contains(&program) {
        Role::Neutral
    } else {
        Role::Wrapper
    }
}

const TESTS: &[&str] = &[
    "pytest",
    "py.test",
    "jest",
    "vitest",
    "mocha",
    "ava",
    "karma",
    "cypress",
    "playwright",
    "ctest",
    "rspec",
    "phpunit",
    "bats",
    "gotestsum",
    "nosetests",
    "unittest",
    "mvn",
    "mvnw",
    "gradle",
    "gradlew",
    "sbt",
    "lein",
    "stack",
    "cabal",
    "dotnet",
    "swift",
    "xcodebuild",
    "coverage",
    "ginkgo",
    "cucumber",
    "behave",
    "robot",
    "tap",
    "trial",
    "deno",
];

const NEUTRAL: &[&str] = &[
    "cd",
    "echo",
    "printf",
    "export",
    "set",
    "mkdir",
    "cat",
    "ls",
    "pwd",
    "pip",
    "pip3",
    "pipx",
    "apt-get",
    "apt",
    "brew",
    "apk",
    "dnf",
    "yum",
    "choco",
    "rustup",
    "rustc",
    "true",
    "false",
    "exit",
    "test",
    "[",
    "[[",
    "]",
    "curl",
    "wget",
    "tar",
    "unzip",
    "rm",
    "cp",
    "mv",
    "chmod",
    "sleep",
    "source",
    ".",
    "which",
    "command",
    "type",
    "env",
    "date",
    "grep",
    "head",
    "tail",
    "wc",
    "sort",
    "uname",
    "df",
    "tee",
    "touch",
    "find",
    "fi",
    "done",
    "conda",
    "mamba",
    "poetry",
    "uv",
    "pipenv",
    "bundle",
    "gem",
    "virtualenv",
    "mypy",
    "pyright",
    "tsc",
    "pylint",
    "pyflakes",
    "bandit",
    "staticcheck",
    "golint",
    "revive",
    "shellcheck",
    "hadolint",
    "actionlint",
    "typos",
    "codespell",
    "corepack",
    "nvm",
    "pyenv",
    "asdf",
    "diff",
    "cut",
    "tr",
    "awk",
    "ln",
    "read",
    "for",
    "do",
    "case",
    "esac",
    "return",
    "local",
    "fc-list",
    "buf",
    "biome",
    "stylelint",
    "ct",
];

fn with(rest: &[&str], word: &str, tool: Tool, otherwise: Role) -> Role {
    if rest.iter().find(|arg| !arg.starts_with('-')) == Some(&word) {
        Role::Tool(tool)
    } else {
        otherwise
    }
}

fn cargo(rest: &[&str]) -> Role {
    let subcommand = rest.iter().find(|arg| !arg.starts_with(['-', '+']));
    match subcommand.copied() {
        Some("fmt") => Role::Tool(Tool::Rustfmt),
        Some("build" | "check" | "clippy" | "doc" | "install" | "fetch" | "update" | "deny")
        | None => Role::Neutral,
        Some("test" | "nextest" | "bench" | "miri" | "tarpaulin" | "llvm-cov" | "insta" | "t") => {
            Role::Test
        }
        // `cargo run`, `cargo xtask`: programs of the repository.
        Some(_) => Role::Wrapper,
    }
}

fn go(rest: &[&str]) -> Role {
    match rest.first().copied() {
        Some("fmt") => Role::Tool(Tool::Gofmt),
        Some("build" | "vet" | "mod" | "install" | "get" | "version" | "env" | "list") => {
            Role::Neutral
        }
        // `go generate` runs programs, but it is there to rewrite the tree.
        Some("generate") => Role::Wrapper,
        _ => Role::Test,
    }
}

fn ruff(rest: &[&str]) -> Role {
    with(
        rest,
        "format",
        Tool::RuffFormat,
        Role::Tool(Tool::RuffCheck),
    )
}

/// `git diff` is believed only where it compares the index with the tree as
/// the step left it: with a revision it shows what the author changed.
fn git(rest: &[&str]) -> Role {
    let mut rest = rest
        .iter()
        .skip_while(|arg| arg.starts_with("-c") || arg.contains("safe."));
    match rest.next().copied() {
        Some("diff") => {}
        Some("clang-format") => return Role::Tool(Tool::ClangFormat),
        _ => return Role::Neutral,
    }
    let arguments: Vec<&str> = rest.take_while(|arg| **arg != "--").copied().collect();
    if arguments.contains(&"--check") {
        return Role::Tool(Tool::GitCheck);
    }
    const SWAPPED: &[&str] = &["-R", "--no-index", "--cached", "--staged", "--merge-base"];
    let other = |arg: &&str| {
        SWAPPED.contains(arg) || !(arg.starts_with('-') || *arg == "HEAD" || is_path(arg))
    };
    if arguments.iter().any(other) {
        Role::Neutral
    } else {
        Role::Tool(Tool::GitDiff)
    }
}

/// `git diff --exit-code docs/` has no `--` before its path.
fn is_path(argument: &str) -> bool {
    let revision = argument.contains("..") || argument.contains(['~', '^', '@', '$', ':']);
    let path = argument == "." || argument.ends_with('/') || argument.rsplit_once('.').is_some();
    path && !revision
}

/// A target named like a test may print anything; any other may still run a
/// tool for us.
fn target(rest: &[&str]) -> Role {
    const SETUP: &[&str] = &[
        "ci", "install", "i", "add", "cache", "config", "setup", "exec",
    ];
    let words: Vec<&&str> = rest.iter().filter(|arg| !arg.starts_with('-')).collect();
    let testing = |word: &&&str| {
        let parts = word.split(['-', '_', ':', '.', '/']);
        parts.into_iter().any(|part| {
            [
                "test",
                "tests",
                "spec",
                "e2e",
                "unit",
                "integration",
                "t",
                "coverage",
                "bench",
            ]
            .contains(&part)
        })
    };
    if words.iter().any(testing) || words.iter().any(|word| word.starts_with("py3")) {
        Role::Test
    } else if words.first().is_none_or(|word| SETUP.contains(word)) {
        // A bare `make` or `yarn` builds or installs; it could do anything.
        if words.is_empty() {
            Role::Wrapper
        } else {
            Role::Neutral
        }
    } else {
        Role::Wrapper
    }
}
