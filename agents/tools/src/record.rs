//! Tests and generators that compare with something recorded, and how each is
//! told to record anew.
//!
//! A twin of this kind makes any test pass: what it writes is right only if
//! the change that made it necessary was meant. So whoever runs it looks at
//! what the push changed, and a person looks at what comes out.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::table::{Checker, Writes};
use crate::twin::begins;

/// How a command records anew.
pub(crate) struct Recorder {
    pub checker: Checker,
    /// Variables it is started with.
    env: &'static [&'static str],
    /// Words put behind all others.
    last: &'static [&'static str],
}

/// What a snapshot library writes, and tests that hold theirs inline.
const SNAPSHOTS: &[&str] = &[
    ".snap",
    ".ambr",
    ".snapshot",
    ".txt",
    ".json",
    ".yml",
    ".yaml",
    ".csv",
    ".xml",
    ".html",
    ".md",
    ".svg",
    ".stdout",
    ".stderr",
    ".golden",
    ".out",
    ".expected",
    ".approved",
];
const SCRIPTS: &[&str] = &[
    ".snap",
    ".md",
    ".txt",
    ".json",
    ".html",
    ".css",
    ".svg",
    ".snapshot",
    ".test.js",
    ".test.jsx",
    ".test.ts",
    ".test.tsx",
    ".test.mjs",
    ".test.mts",
    ".spec.js",
    ".spec.jsx",
    ".spec.ts",
    ".spec.tsx",
    ".spec.mjs",
    ".spec.mts",
    ".cjs",
];
/// What tests of no library look for, each by the name that somebody liked.
const VARIABLES: &[&str] = &[
    "UPDATE_GOLDEN=1",
    "UPDATE_GOLDENS=1",
    "UPDATE_GOLDEN_FILES=1",
    "UPDATE_SNAPSHOT=1",
    "UPDATE_SNAPSHOTS=1",
    "UPDATE_SNAPS=true",
    "UPDATE_EXPECTED=1",
    "UPDATE_EXPECTATIONS=1",
    "UPDATE_EXPECT=1",
    "UPDATE_FIXTURES=1",
    "UPDATE_BASELINES=1",
    "UPDATE_TESTDATA=1",
    "GOLDEN_UPDATE=1",
    "SNAPSHOT_UPDATE=1",
    "REGENERATE_GOLDEN=1",
    "REGEN_GOLDEN=1",
    "REGENERATE=1",
    "REGEN=1",
    "BLESS=1",
];
const TESTS: &[&[&str]] = &[
    &["pytest"],
    &["py.test"],
    &["unittest"],
    &["nosetests"],
    &["go", "test"],
    &["jest"],
    &["vitest"],
    &["mocha"],
    &["ava"],
    &["tap"],
    &["node"],
    &["npm", "test"],
    &["npm", "t"],
    &["yarn", "test"],
    &["pnpm", "test"],
    &["rspec"],
    &["phpunit"],
    &["ctest"],
    &["make", "test"],
    &["make", "check"],
    &["tox"],
    &["nox"],
];
const PYTEST: &[&[&str]] = &[&["pytest"], &["py.test"]];
const CARGO: &[&[&str]] = &[
    &["cargo", "test"],
    &["cargo", "t"],
    &["cargo", "nextest", "run"],
    &["cargo", "insta", "test"],
];

const fn record(
    name: &'static str,
    commands: &'static [&'static [&'static str]],
    env: &'static [&'static str],
    last: &'static [&'static str],
    files: &'static [&'static str],
) -> Recorder {
    drop_check(name, commands, &[], env, last, files)
}

const fn drop_check(
    name: &'static str,
    commands: &'static [&'static [&'static str]],
    without: &'static [&'static str],
    env: &'static [&'static str],
    last: &'static [&'static str],
    files: &'static [&'static str],
) -> Recorder {
    let checker = Checker {
        name,
        commands,
        without,
        with: &[],
        program: None,
        instead: &[],
        writes: Writes::Recorded(files),
    };
    Recorder { checker, env, last }
}

/// Several libraries hang on one command: each has a twin, and one that the
/// command does not know fails at once.
#[rustfmt::skip]
pub(crate) static RECORDERS: &[Recorder] = &[
    // syrupy, pytest-snapshot and snapshottest agree on the word.
    record("pytest-snapshots", PYTEST, &[], &["--snapshot-update"], &[".ambr", ".json", ".txt", ".snap", ".py", ".yaml", ".yml", ".html", ".xml", ".svg", ".md", ".csv"]),
    record("pytest-regressions", PYTEST, &[], &["--force-regen"], &[".yml", ".yaml", ".csv", ".txt", ".json", ".html", ".xml", ".svg", ".md"]),
    record("inline-snapshot", PYTEST, &[], &["--inline-snapshot=fix"], &[".py"]),
    record("pytest-golden", PYTEST, &[], &["--update-goldens"], &[".yml", ".yaml", ".txt", ".json"]),
    // insta; trybuild, trycmd and snapbox; expect-test; ui_test; goldenfile.
    record("rust-snapshots", CARGO,
        &["INSTA_UPDATE=always", "INSTA_FORCE_PASS=1", "TRYBUILD=overwrite", "TRYCMD=overwrite", "SNAPSHOTS=overwrite",
          "UPDATE_EXPECT=1", "BLESS=1", "UPDATE_GOLDENFILES=1", "UPDATE_GOLDEN=1", "UPDATE_SNAPSHOTS=1"],
        &[], &[".snap", ".stderr", ".stdout", ".trycmd", ".txt", ".json", ".md", ".svg", ".golden", ".expected", ".out", ".html", ".xml", ".yaml", ".yml", ".rs"]),
    record("jest", &[&["jest"], &["react-scripts", "test"]], &[], &["-u"], SCRIPTS),
    record("vitest", &[&["vitest", "run"], &["vitest"]], &[], &["--update"], SCRIPTS),
    record("ava", &[&["ava"]], &[], &["--update-snapshots"], SCRIPTS),
    record("bun-snapshots", &[&["bun", "test"]], &[], &["--update-snapshots"], SCRIPTS),
    record("deno-snapshots", &[&["deno", "test"]], &[], &["--", "--update"], SCRIPTS),
    record("go-golden", &[&["go", "test"]], &[], &["-update"], SNAPSHOTS),
    record("test-variables", TESTS, VARIABLES, &[], SNAPSHOTS),
    record("phpunit-snapshots", &[&["phpunit"]], &[], &["-d", "--update-snapshots"], SNAPSHOTS),
    record("dune-promote", &[&["dune", "runtest"], &["dune", "test"]], &[], &["--auto-promote"], &[".expected", ".t", ".ml", ".output", ".txt"]),
    record("cram", &[&["cram"], &["prysk"]], &[], &["-i", "-y"], &[".t"]),
    // Documents that a program writes, and the check whether they are as it
    // would write them.
    drop_check("cog", &[&["cog"]], &["--check", "--diff"], &[], &["-r"], &[""]),
    drop_check("mdsh", &[&["mdsh"]], &["--frozen"], &[], &[], &[".md"]),
    drop_check("terraform-docs", &[&["terraform-docs"]], &["--output-check", "--output-check=true"], &[], &[], &[".md", ".adoc"]),
    drop_check("cargo-rdme", &[&["cargo", "rdme"]], &["--check"], &[], &[], &[".md"]),
    drop_check("embedme", &[&["embedme"]], &["--verify"], &[], &[], &[".md"]),
    drop_check("doctoc", &[&["doctoc"]], &["--dryrun", "-d"], &[], &[], &[".md"]),
    drop_check("graphql-codegen", &[&["graphql-codegen"]], &["--check"], &[], &[], &[""]),
];

/// What `npm test` hands on: jest, vitest and ava know it.
pub(crate) static SCRIPT_RECORD: Recorder = record("script-snapshots", &[], &[], &["-u"], SCRIPTS);

/// `make docs-check` has `make docs` beside it.
pub(crate) static TARGET_RECORD: Recorder = record("target", &[], &[], &[], &[""]);

/// `tools/gen.py --check` writes without its last word.
pub(crate) static GENERATOR_RECORD: Recorder =
    drop_check("own-generator", &[], GENERATOR_CHECKS, &[], &[], &[""]);

/// How scripts are asked to compare and not to write.
const GENERATOR_CHECKS: &[&str] = &["--check", "--verify", "--check-only"];

/// The recorder of this name.
pub(crate) fn named(name: &str) -> Option<&'static Checker> {
    let others = [&SCRIPT_RECORD, &TARGET_RECORD, &GENERATOR_RECORD];
    let mut all = RECORDERS.iter().chain(others);
    let found = all.find(|recorder| recorder.checker.name == name);
    found.map(|recorder| &recorder.checker)
}

/// How a simple command, without what starts it, records anew.
pub(crate) fn recorders(
    launcher: &[String],
    command: &[String],
) -> Vec<(&'static Checker, Vec<String>)> {
    let known = RECORDERS
        .iter()
        .filter(|recorder| recorder.is_of(command))
        .map(|recorder| (&recorder.checker, recorder.of(launcher, command)));
    let mut found: Vec<_> = known.collect();
    found.extend(of_node(launcher, command));
    found.extend(of_script(launcher, command));
    found.extend(of_target(launcher, command));
    found.extend(of_generator(launcher, command));
    found
}

impl Recorder {
    /// Whether it is for this command: one that checks, and does not record
    /// already.
    fn is_of(&self, command: &[String]) -> bool {
        let has = |list: &[&str]| command.iter().any(|word| list.contains(&word.as_str()));
        let mut own = self.checker.commands.iter();
        let checks = match self.checker.without.is_empty() {
            true => !has(self.last),
            false => has(self.checker.without),
        };
        own.any(|words| begins(words, command).is_some()) && checks
    }

    fn of(&self, launcher: &[String], command: &[String]) -> Vec<String> {
        let mut words = Vec::new();
        if !self.env.is_empty() {
            words.push("env".to_owned());
            words.extend(self.env.iter().map(|&word| word.to_owned()));
        }
        words.extend_from_slice(launcher);
        let begin = self
            .checker
            .commands
            .iter()
            .find_map(|words| begins(words, command));
        let (head, rest) = command.split_at(begin.unwrap_or(command.len()));
        let kept = |word: &&String| !self.checker.without.contains(&word.as_str());
        let more = self
            .last
            .iter()
            .filter(|last| !command.iter().any(|word| word == *last));
        let more = more.map(|&last| last.to_owned());
        words.extend(head.iter().filter(kept).cloned());
        // A program that checks reads its options in front; a test runner hands
        // on what stands behind.
        if self.checker.without.is_empty() {
            words.extend(rest.iter().cloned());
            words.extend(more);
        } else {
            words.extend(more);
            words.extend(rest.iter().filter(kept).cloned());
        }
        words
    }
}

/// `node --test`: its own snapshots.
fn of_node(launcher: &[String], command: &[String]) -> Option<(&'static Checker, Vec<String>)> {
    let runs_tests = command.first().is_some_and(|word| word == "node")
        && command.iter().any(|word| word == "--test");
    runs_tests.then(|| {
        let mut words = launcher.to_vec();
        words.extend(["node", "--test-update-snapshots"].map(str::to_owned));
        words.extend_from_slice(&command[1..]);
        (&SCRIPT_RECORD.checker, words)
    })
}

/// `npm test`, `npm run test:unit`, `yarn test`.
fn of_script(launcher: &[String], command: &[String]) -> Option<(&'static Checker, Vec<String>)> {
    let words: Vec<&str> = command.iter().map(String::as_str).collect();
    let (name, end) = match words[..] {
        ["npm", "test" | "t"] => ("test", Some("--")),
        ["npm", "run" | "run-script", name] => (name, Some("--")),
        ["yarn" | "pnpm", name] | ["yarn" | "pnpm" | "bun", "run", name] => (name, None),
        _ => return None,
    };
    const NAMES: &[&str] = &[
        "test",
        "tests",
        "unit",
        "jest",
        "vitest",
        "snapshot",
        "snapshots",
    ];
    let named = name
        .split([':', '-', '_'])
        .any(|part| NAMES.contains(&part));
    named.then(|| {
        let mut words = [launcher, command].concat();
        words.extend(end.map(str::to_owned));
        words.extend(SCRIPT_RECORD.last.iter().map(|&word| word.to_owned()));
        (&SCRIPT_RECORD.checker, words)
    })
}

/// A target that checks what another one writes is called after it:
/// `docs-check`, `check-docs`, `generate:check`. One that is not there fails,
/// and nothing comes of it.
fn of_target(launcher: &[String], command: &[String]) -> Option<(&'static Checker, Vec<String>)> {
    let (name, head) = command.split_last()?;
    let plain: Vec<&str> = head.iter().map(String::as_str).collect();
    let runs = matches!(
        plain[..],
        ["make" | "just" | "task" | "yarn" | "pnpm"]
            | ["npm" | "yarn" | "pnpm" | "bun", "run" | "run-script"]
    );
    let target = written_by(name).filter(|_| runs)?;
    Some((&TARGET_RECORD.checker, [launcher, head, &[target]].concat()))
}

/// A script of the repository that checks what it would write otherwise:
/// `python3 tools/gen.py --check`, `./gen.sh --check`, `node gen.mjs --check`.
fn of_generator(
    launcher: &[String],
    command: &[String],
) -> Option<(&'static Checker, Vec<String>)> {
    const RUNS: &[&str] = &[
        "python", "python3", "node", "bash", "sh", "ruby", "perl", "deno",
    ];
    const ENDINGS: &[&str] = &[".py", ".js", ".mjs", ".cjs", ".ts", ".sh", ".rb", ".pl"];
    let program = command.first()?;
    let script = match RUNS.contains(&program.as_str()) {
        true => command[1..].iter().find(|word| !word.starts_with('-'))?,
        false => program,
    };
    let own = script.contains('/') || program != script;
    let known = ENDINGS.iter().any(|ending| script.ends_with(ending));
    let is_check = |word: &String| GENERATOR_CHECKS.contains(&word.as_str());
    // `node --check file.js` only parses it.
    let place = command.iter().position(|word| word == script)?;
    let checks = command[place + 1..].iter().any(is_check);
    let words = command.iter().filter(|word| !is_check(word)).cloned();
    let words: Vec<String> = launcher.iter().cloned().chain(words).collect();
    (own && known && checks).then_some((&GENERATOR_RECORD.checker, words))
}

fn written_by(name: &str) -> Option<String> {
    const WRITE: &[&str] = &[
        "api",
        "codegen",
        "doc",
        "docs",
        "fixtures",
        "gen",
        "generate",
        "generated",
        "golden",
        "goldens",
        "manifests",
        "openapi",
        "proto",
        "protos",
        "readme",
        "schema",
        "schemas",
        "snapshot",
        "snapshots",
        "types",
    ];
    const CHECK: &[&str] = &["check", "verify"];
    let found = CHECK.iter().find_map(|check| {
        let joint = |sign: &char| {
            let front = name.strip_prefix(&format!("{check}{sign}"));
            front.or_else(|| name.strip_suffix(&format!("{sign}{check}")))
        };
        [':', '-', '_'].iter().find_map(joint)
    })?;
    WRITE.contains(&found).then(|| found.to_owned())
}
