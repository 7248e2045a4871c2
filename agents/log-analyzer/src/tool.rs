//! Tools by name, and the commands that run them.

use std::borrow::Cow;

use memchr::memmem;

use crate::rules::Rules;
use crate::steps::Step;

/// Tools whose name is not the word by which they are run.
const RUN_BY: [(&str, &[&str]); 24] = [
    // Compilers run the linker.
    ("ld", &["ld", "gcc", "g++", "clang", "clang++", "cc", "c++"]),
    ("rustfmt", &["cargo fmt", "rustfmt"]),
    ("clippy", &["clippy"]),
    (
        "rustc",
        &["cargo build", "cargo check", "cargo test", "cargo run"],
    ),
    ("cargo-test", &["cargo test", "cargo t "]),
    ("go", &["go build", "go test", "go install", "go run"]),
    ("go-test", &["go test", "gotestsum"]),
    ("go-vet", &["go vet"]),
    ("go-mod", &["go mod", "go get"]),
    ("gofmt", &["gofmt", "go fmt"]),
    (
        "unittest",
        &["unittest", "python -m", "setup.py test", "manage.py test"],
    ),
    ("maven-compiler", &["mvn"]),
    ("maven-surefire", &["mvn"]),
    ("checkstyle", &["checkstyle", "mvn", "gradle"]),
    ("gradle-junit", &["gradle"]),
    ("javac", &["javac", "gradle", "mvn", "ant"]),
    ("dotnet-test", &["dotnet test"]),
    ("mix", &["mix format", "mix "]),
    ("terraform", &["terraform", "tofu"]),
    ("minitest", &["rake", "rails test", "bin/test"]),
    ("exunit", &["mix test"]),
    ("scalatest", &["sbt"]),
    ("node-test", &["node --test"]),
    ("dart", &["dart format", "dart analyze", "flutter"]),
];

/// Names of sections that recognise a kind of line without knowing the tool.
const GENERIC: [&str; 7] = [
    "formatter",
    "linter",
    "compiler",
    "test",
    "package",
    "config",
    "undecided",
];

/// Whether a name stands for any tool of a kind.
pub fn is_generic(tool: &str) -> bool {
    GENERIC.contains(&tool)
}

/// The tool of a section's lines: of several that print the same lines, the
/// one that the step's commands name, else the usual one.
pub fn of_section<'a>(rules: &'a Rules, section: usize, step: &Step) -> &'a str {
    let names = &rules.tools[section];
    if names.len() == 1 {
        return &names[0];
    }
    let script = || step.script.iter().chain(&step.blamed).chain(&step.name);
    let ran = |name: &&Cow<str>| script().any(|line| mentions(line, name));
    names.iter().find(ran).unwrap_or(&names[0])
}

/// Whether a command line names the tool, or what runs it, as words of their own.
pub fn mentions(line: &str, tool: &str) -> bool {
    let run_by = RUN_BY.iter().find(|(name, _)| *name == tool);
    match run_by {
        Some((_, commands)) => commands.iter().any(|command| has_word(line, command)),
        None => has_word(line, tool),
    }
}

fn has_word(line: &str, word: &str) -> bool {
    let letter = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    memmem::find_iter(line.as_bytes(), word).any(|at| {
        let before = at.checked_sub(1).and_then(|at| line.as_bytes().get(at));
        !letter(before) && !letter(line.as_bytes().get(at + word.len()))
    })
}

/// Behind these words of a command there are arguments, not tools.
const WORDS_OF_COMMAND: usize = 5;

/// Whether a command runs the tool: its name is one of the first words, or the
/// file name of one.
pub fn runs(command: &str, tool: &str) -> bool {
    let words = command.split_ascii_whitespace().take(WORDS_OF_COMMAND);
    let mut names = words.map(|word| word.rsplit('/').next().unwrap_or(word));
    names.any(|name| name == tool)
}
