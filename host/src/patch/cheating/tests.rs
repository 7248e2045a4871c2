//! Tests and what they compare with.
//!
//! A change of form is free: blanks, quotes, brackets, trailing commas. So are
//! imports and comments, which linters are about. Anything else in a test is
//! for a person to judge; fewer tests or fewer assertions are refused.

use std::sync::LazyLock;

use regex::Regex;

use super::text::{formless, plain};
use super::{CheatKind, Finding, Name};

/// How a test is declared, in lower case.
static TESTS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"\bdef test\w*|\bclass test\w*|# ?\[ ?(?:\w+ ?:: ?)*test\b|\b(?:it|test|describe|specify|scenario|context) ?(?:\. ?each[^\n]{0,80})?\( ?[\x22'`]|\bfunc (?:\([^)\n]{0,60}\) ?)?(?:test|benchmark|fuzz|example)\w*|@(?:parameterized)?test\b|\[ ?(?:fact|theory|test|testmethod|testcase)\b|\b(?:test|test_f|test_p|typed_test|test_case) ?\(|\bfunction test\w*|\bit [\x22']|@test\b",
    )
    .expect("a constant under test")
});

/// How an assertion begins, in lower case.
static ASSERTIONS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"\b(?:debug_)?assert\w*(?: ?[!.(]| )|\bexpect\w* ?[({]|\bshould\b|\b(?:require|check|verify|raises|pytest ?\. ?raises|pytest ?\. ?warns|prop_assert\w*)(?: ?[!.(])|\bt ?\. ?(?:error|fatal|fail)\w*|\b(?:expect|assert)_\w+|\bpanic ?!|# ?\[ ?should_panic|\bxctassert\w*|\bto ?(?:eq|be|match|have|raise|include|throw)\w*\b|\bstatus_is\b",
    )
    .expect("a constant under test")
});

pub(super) fn changed(name: &Name, before: &str, after: &str) -> Vec<Finding> {
    // Rust keeps tests in the files they test.
    let inline = name.extension() == "rs";
    let (test, expectation) = (name.is_test(), name.is_expectation());
    if !(test || expectation || inline) || before.is_empty() {
        return Vec::new();
    }
    if expectation {
        return match formless(before) == formless(after) && test_of_form(name, before, after) {
            true => Vec::new(),
            false => vec![(
                CheatKind::ChangedExpectation,
                "what a test compares with".into(),
            )],
        };
    }
    let (old, new) = (plain(before), plain(after));
    let count = |pattern: &Regex, text: &str| pattern.find_iter(text).count();
    let mut found = Vec::new();
    if count(&TESTS, &new) < count(&TESTS, &old) {
        found.push((CheatKind::RemovedTest, "a test is gone".to_owned()));
    }
    if (test || new.contains("#[test]")) && count(&ASSERTIONS, &new) < count(&ASSERTIONS, &old) {
        found.push((
            CheatKind::RemovedAssertion,
            "an assertion is gone".to_owned(),
        ));
    }
    if found.is_empty() && test && substance(name, before) != substance(name, after) {
        let what = "more than its form, imports and comments".to_owned();
        found.push((CheatKind::ChangedTest, what));
    }
    found
}

/// A recorded expectation has no form of its own, but where it is code.
fn test_of_form(name: &Name, before: &str, after: &str) -> bool {
    matches!(
        name.extension(),
        "json" | "yaml" | "yml" | "xml" | "js" | "ts" | "rs" | "py" | "go"
    ) || before.trim_end() == after.trim_end()
}

/// What a test does: its lines without form, imports and comments, joined,
/// because formatters break lines anew. In Python how deep a statement stands
/// is part of it.
fn substance(name: &Name, text: &str) -> (String, Vec<usize>) {
    let python = matches!(name.extension(), "py" | "pyi");
    let mut all = String::new();
    let mut depths = Vec::new();
    let mut blocks: Vec<usize> = Vec::new();
    let mut imports = Imports::default();
    for line in text.lines() {
        let code = without_comment(name, line);
        let word = code.trim();
        if word.is_empty() || imports.covers(word) {
            continue;
        }
        all += &formless(word);
        if python {
            let indent = line.len() - line.trim_start().len();
            let asserts = word.starts_with("assert");
            if asserts || word.ends_with(':') {
                blocks.retain(|outer| *outer < indent);
            }
            match asserts {
                true => depths.push(blocks.len()),
                false if word.ends_with(':') => blocks.push(indent),
                false => {}
            }
        }
    }
    (all, depths)
}

/// Lines of import statements, which may go on until their bracket closes.
#[derive(Default)]
struct Imports {
    open: bool,
}

impl Imports {
    fn covers(&mut self, word: &str) -> bool {
        const STARTS: &[&str] = &[
            "import ", "from ", "use ", "using ", "#include", "require ", "import{",
        ];
        if self.open {
            self.open = !word.contains([')', '}']);
            return true;
        }
        let starts = STARTS.iter().any(|start| word.starts_with(start));
        // `from x import y` and `import {` may end lines below.
        self.open = starts && (word.ends_with(['(', '{', ',']));
        starts
    }
}

fn without_comment<'a>(name: &Name, line: &'a str) -> &'a str {
    let mark = match name.extension() {
        "py" | "pyi" | "rb" | "sh" | "bash" | "yaml" | "yml" | "r" | "jl" | "ex" | "exs" => "#",
        _ => "//",
    };
    // A mark inside a string would cut code off: only whole-line comments and
    // those after two blanks or more count.
    let trimmed = line.trim_start();
    if trimmed.starts_with(mark) {
        return "";
    }
    match line.rfind(&format!("  {mark}")) {
        Some(at) if !line[at..].contains(['"', '\'', '`']) => &line[..at],
        _ => line,
    }
}
