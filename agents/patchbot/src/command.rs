//! What a script runs, as far as it tells whose output a step shows.
//!
//! Not a shell: where a line is too clever, it counts as a program we do not
//! know, which only costs trust.

use crate::tool::Tool;
use names::{NEUTRAL, TESTS};

mod names;
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
    /// This compiler's, and then what tests print, after a line that says so.
    Compiled(Tool),
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
    let program = compiler(program).unwrap_or(program);
    match program {
        "cargo" => cargo(rest),
        "git" => git(rest),
        "go" => go(rest),
        "ruff" => ruff(rest),
        "terraform" | "tofu" => with(rest, "fmt", Tool::Terraform, Role::Wrapper),
        "taplo" => Role::Tool(Tool::Taplo),
        "golangci-lint" => with(rest, "fmt", Tool::Gofmt, Role::Tool(Tool::Go)),
        "git-clang-format" | "run-clang-format" | "run-clang-format.py" => {
            Role::Tool(Tool::ClangFormat)
        }
        "pre-commit" | "prek" => Role::Tool(Tool::PreCommit),
        "npm" | "yarn" | "pnpm" | "bun" | "make" | "just" | "task" | "tox" | "nox" | "hatch"
        | "poe" | "pdm" | "invoke" | "rake" | "mage" | "composer" => target(rest),
        "bash" | "sh" | "python" | "python3" | "node" | "ruby" | "perl" | "php" => {
            let script = rest.iter().find(|arg| !arg.starts_with('-'));
            if script.is_some_and(|script| is_test(script)) {
                Role::Test
            } else {
                Role::Wrapper
            }
        }
        _ => match by_name(program) {
            Role::Tool(tool) if only_shows(tool, rest) => Role::Neutral,
            role => role,
        },
    }
}

/// `gcc-14`, `x86_64-linux-gnu-g++` and `clang++-18` by their plain names.
fn compiler(program: &str) -> Option<&'static str> {
    let bare = program.trim_end_matches(|letter: char| letter.is_ascii_digit() || letter == '.');
    let bare = bare.strip_suffix('-').unwrap_or(bare);
    let plain = ["clang++", "clang", "g++", "gcc"].into_iter();
    plain.into_iter().find(|name| {
        bare == *name
            || bare
                .strip_suffix(name)
                .is_some_and(|target| target.ends_with("-linux-gnu-"))
    })
}

/// Without the flag that makes them fail, these print their diff and succeed:
/// what failed is another.
fn only_shows(tool: Tool, rest: &[&str]) -> bool {
    let has = |flags: &[&str]| rest.iter().any(|arg| flags.contains(arg));
    match tool {
        Tool::Black => has(&["--diff"]) && !has(&["--check"]),
        Tool::Isort => has(&["--diff", "-d"]) && !has(&["--check", "--check-only", "-c"]),
        Tool::Autopep8 => has(&["--diff", "-d"]) && !has(&["--exit-code"]),
        _ => false,
    }
}

fn by_name(program: &str) -> Role {
    if let Some(tool) = Tool::all().find(|tool| tool.is_called(program)) {
        return Role::Tool(tool);
    }
    // `test` is also a shell's word.
    if NEUTRAL.contains(&program) {
        Role::Neutral
    } else if TESTS.contains(&program) || is_test(program) {
        Role::Test
    } else {
        Role::Wrapper
    }
}

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
        Some("build" | "check" | "clippy" | "b" | "c") => Role::Tool(Tool::Rustc),
        Some("doc" | "install" | "fetch" | "update" | "deny") | None => Role::Neutral,
        // Without a word of tests that ran, it is the compiler's output.
        Some("test" | "t" | "bench") if !rest.iter().any(|arg| is_quiet(arg)) => {
            Role::Compiled(Tool::Rustc)
        }
        Some("test" | "nextest" | "bench" | "miri" | "tarpaulin" | "llvm-cov" | "insta" | "t") => {
            Role::Test
        }
        // `cargo run`, `cargo xtask`: programs of the repository.
        Some(_) => Role::Wrapper,
    }
}

fn is_quiet(argument: &str) -> bool {
    argument == "--quiet" || argument.starts_with("-q")
}

fn go(rest: &[&str]) -> Role {
    match rest.first().copied() {
        Some("fmt") => Role::Tool(Tool::Gofmt),
        Some("build" | "vet") => Role::Tool(Tool::Go),
        Some("mod" | "install" | "get" | "version" | "env" | "list") => Role::Neutral,
        Some("test")
            if !rest
                .iter()
                .any(|arg| *arg == "-v" || arg.starts_with("-json")) =>
        {
            Role::Compiled(Tool::Go)
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

/// `test:unit`, `run_tests.sh`, `ci/e2e.py`
fn is_test(name: &str) -> bool {
    const PARTS: &[&str] = &[
        "test",
        "tests",
        "spec",
        "e2e",
        "unit",
        "integration",
        "t",
        "coverage",
        "bench",
    ];
    let mut parts = name.split(['-', '_', ':', '.', '/']);
    parts.any(|part| PARTS.contains(&part))
}

/// A target named like a test may print anything; any other may still run a
/// tool for us.
fn target(rest: &[&str]) -> Role {
    const SETUP: &[&str] = &[
        "ci", "install", "i", "add", "cache", "config", "setup", "exec",
    ];
    let words: Vec<&&str> = rest.iter().filter(|arg| !arg.starts_with('-')).collect();
    let testing = |word: &&&str| is_test(word);
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

#[cfg(test)]
mod tests {
    use super::*;

    fn roles(script: &str) -> Vec<Role> {
        let lines: Vec<String> = script.lines().map(str::to_owned).collect();
        commands(&lines).iter().map(role).collect()
    }

    #[test]
    fn commands_are_sorted_by_what_their_output_may_be() {
        use Role::{Compiled, Neutral, Test, Wrapper};
        let tool = Role::Tool;
        let rows: &[(&str, &[Role])] = &[
            (
                "cargo +nightly fmt --all -- --check",
                &[tool(Tool::Rustfmt)],
            ),
            (
                "cargo test && cargo fmt --check",
                &[Compiled(Tool::Rustc), tool(Tool::Rustfmt)],
            ),
            ("cargo test -q", &[Test]),
            ("go test -v ./...", &[Test]),
            ("go vet ./...", &[tool(Tool::Go)]),
            ("cargo xtask codegen", &[Wrapper]),
            (
                "RUFF=1 poetry run ruff format --diff . 2>&1 | tee x",
                &[tool(Tool::RuffFormat), Neutral],
            ),
            ("python -m black --check --diff src", &[tool(Tool::Black)]),
            ("black --diff src", &[Neutral]),
            (
                "if ! gofmt -d .; then exit 1; fi",
                &[tool(Tool::Gofmt), Neutral, Neutral],
            ),
            ("test -z \"$(gofmt -l .)\"", &[tool(Tool::Gofmt), Neutral]),
            (
                "for f in *.sh; do shfmt -d $f; done",
                &[Neutral, tool(Tool::Shfmt), Neutral],
            ),
            (
                "git ls-files '*.py' | xargs -0 -n 1 yapf --diff",
                &[Neutral, tool(Tool::Yapf)],
            ),
            ("git diff --exit-code -- docs", &[tool(Tool::GitDiff)]),
            ("git diff --exit-code docs/api.md", &[tool(Tool::GitDiff)]),
            ("git diff --exit-code origin/main...HEAD", &[Neutral]),
            (
                "git diff --exit-code `git rev-parse x`",
                &[Neutral, Neutral],
            ),
            ("git diff --exit-code -R", &[Neutral]),
            ("git diff --check HEAD^", &[tool(Tool::GitCheck)]),
            ("npm run test:unit", &[Test]),
            ("npm run lint", &[Wrapper]),
            ("npm ci", &[Neutral]),
            ("make check-format", &[Wrapper]),
            ("tox -e py311", &[Test]),
            ("./scripts/lint.sh", &[Wrapper]),
            ("bash -e ci/run-tests.sh", &[Test]),
            ("./run_tests", &[Test]),
            ("python gen.py", &[Wrapper]),
            ("echo 'a; pytest'  # pytest", &[Neutral]),
            ("terraform plan", &[Wrapper]),
            ("black --check \\\n  --diff .", &[tool(Tool::Black)]),
        ];
        for (script, expected) in rows {
            assert_eq!(roles(script), *expected, "{script}");
        }
    }
}
