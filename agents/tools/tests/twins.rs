//! Checks and what mends them.

use tools::{CHECKERS, Checker, split_id, twins};

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

/// Check, name of the fix, fix.
const ROWS: &[(&str, &str, &str)] = &[
    (
        "cargo fmt --all -- --check",
        "rustfmt",
        "cargo fmt --all --",
    ),
    (
        "cargo +nightly fmt --check",
        "rustfmt",
        "cargo +nightly fmt",
    ),
    (
        "cargo clippy --workspace -- -D warnings",
        "clippy",
        "cargo clippy --fix --allow-dirty --allow-staged --allow-no-vcs --workspace -- -D warnings",
    ),
    (
        "poetry run black --check --diff src",
        "black",
        "poetry run black src",
    ),
    (
        "python -m isort --check-only --diff .",
        "isort",
        "python -m isort .",
    ),
    (
        "ruff check --unsafe-fixes --diff .",
        "ruff",
        "ruff check --fix --no-unsafe-fixes .",
    ),
    ("ruff format --check .", "ruff-format", "ruff format ."),
    (
        "npx eslint --max-warnings 0 src",
        "eslint",
        "npx eslint --fix --max-warnings 0 src",
    ),
    (
        "npx prettier --check src",
        "prettier",
        "npx prettier --write src",
    ),
    ("biome ci .", "biome-ci", "biome check --write ."),
    ("rumdl check .", "rumdl", "rumdl check --fix ."),
    ("gts lint", "gts", "gts fix"),
    (
        "./gradlew spotlessCheck",
        "spotless",
        "./gradlew spotlessApply",
    ),
    (
        "npm run --silent lint",
        "script-fix",
        "npm run --silent lint -- --fix",
    ),
    ("phpcs -s src", "phpcbf", "phpcbf src"),
    ("vendor/bin/phpcs src", "phpcbf", "vendor/bin/phpcbf src"),
    (
        "toml-sort --check a.toml",
        "toml-sort",
        "toml-sort --in-place a.toml",
    ),
    (
        "pyupgrade --py38-plus a.py",
        "pyupgrade",
        "pyupgrade --py38-plus a.py",
    ),
    (
        "sqlfluff lint --dialect ansi .",
        "sqlfluff",
        "sqlfluff fix --dialect ansi .",
    ),
    ("dprint check", "dprint-check", "dprint fmt"),
    (
        "nbstripout --verify a.ipynb",
        "nbstripout",
        "nbstripout a.ipynb",
    ),
    ("gofmt -s -l -d .", "gofmt", "gofmt -w -s ."),
    (
        "golangci-lint run ./...",
        "golangci-lint",
        "golangci-lint run --fix ./...",
    ),
    ("rubocop -A lib", "rubocop", "rubocop -a lib"),
    ("codespell -i 3 docs", "codespell", "codespell -w docs"),
    (
        "terraform fmt -check -diff -recursive",
        "terraform",
        "terraform fmt -recursive",
    ),
    (
        "clang-format --dry-run -Werror a.c",
        "clang-format",
        "clang-format -i a.c",
    ),
    ("shfmt -d -i 2 .", "shfmt", "shfmt -w -i 2 ."),
    (
        "pre-commit run --all-files --show-diff-on-failure",
        "pre-commit",
        "pre-commit run --all-files",
    ),
    (
        "dart format -o none --set-exit-if-changed .",
        "dart-format",
        "dart format .",
    ),
    ("npm run lint", "script-fix", "npm run lint -- --fix"),
    ("/usr/bin/black --check .", "black", "/usr/bin/black ."),
    ("go mod tidy -diff", "go-mod", "go mod tidy"),
    (
        "npm ci",
        "npm-lock",
        "npm install --package-lock-only --ignore-scripts --no-audit --no-fund",
    ),
];

#[test]
fn a_check_becomes_its_fix() {
    for (check, name, fix) in ROWS {
        let twins = twins("c1", &words(check));
        let twin = twins.first().unwrap_or_else(|| panic!("{check}"));
        assert_eq!(twin.argv, words(fix), "{check}");
        assert_eq!(twin.id, format!("c1+fix:{name}"), "{check}");
        assert_eq!(split_id(&twin.id).unwrap().0, "c1");
        assert_eq!(split_id(&twin.id).unwrap().1, twin.checker);
    }
}

#[test]
fn a_command_that_checks_nothing_has_no_twin() {
    for command in [
        "make lint",
        "rm -rf .",
        "git diff --exit-code",
        "make install",
        "cog README.md",
        "",
        "ruff rule F401",
    ] {
        assert_eq!(twins("c1", &words(command)), [], "{command}");
    }
    assert_eq!(split_id("c1"), None);
    assert_eq!(split_id("c1+fix:rm"), None);
}

#[test]
fn a_script_has_a_twin_for_each_plain_check() {
    let argv = |script: &str| vec!["bash".to_owned(), "-ec".to_owned(), script.to_owned()];
    let found = twins(
        "s",
        &argv(
            "pip install black\nblack --check . && isort -c .\nprettier --check src/**/*.js\nblack --check docs\nruff check . || true\n",
        ),
    );
    let shown: Vec<(String, String)> = found
        .iter()
        .map(|twin| (twin.id.clone(), twin.argv.join(" ")))
        .collect();
    let expected = [
        ("s+fix:black", "black ."),
        ("s+fix:isort", "isort ."),
        ("s+fix:prettier", "bash -c prettier --write src/**/*.js"),
        ("s+fix:black.2", "black docs"),
    ];
    let expected: Vec<(String, String)> = expected
        .iter()
        .map(|(id, argv)| ((*id).to_owned(), (*argv).to_owned()))
        .collect();
    assert_eq!(shown, expected);
    assert_eq!(split_id("s+fix:black.2").unwrap().1.name, "black");
}

#[test]
fn a_check_is_found_wherever_a_script_has_it() {
    for (script, twin) in [
        ("test -z \"$(gofmt -l .)\"", "gofmt -w ."),
        ("diff -u <(echo -n) <(gofmt -d .)", "gofmt -w ."),
        (
            "if [ -n \"$(gofmt -s -l . | tee /dev/stderr)\" ]; then exit 1; fi",
            "gofmt -w -s .",
        ),
        ("shfmt -l -i 4 . | tee x | (! read)", "shfmt -w -i 4 ."),
        (
            "npx prettier --check 'src/**/*.js'",
            "npx prettier --write src/**/*.js",
        ),
        ("black --check . > out.txt 2>&1", "black ."),
        (
            "BLACK_CACHE_DIR=.cache black --check src",
            "env BLACK_CACHE_DIR=.cache black src",
        ),
        ("(cd web; eslint .)", "bash -c cd web && eslint --fix ."),
        (
            "cd a && cd b && black --check 'c d' && cd",
            "bash -c cd a/b && black 'c d'",
        ),
        ("(cd web; ls) && black --check .", "black ."),
        (
            "black --check src || (echo \"run black\"; exit 1)",
            "black src",
        ),
        (
            "git ls-files '*.py' | xargs black --check",
            "bash -c git ls-files '*.py' | xargs black",
        ),
        (
            "black --check $(git ls-files '*.py')",
            "bash -c black $(git ls-files '*.py')",
        ),
        (
            "clang-format --dry-run -Werror \"$DIR\"/*.c 'a b.c'",
            "bash -c clang-format -i \"$DIR\"/*.c 'a b.c'",
        ),
        ("yamllint . &&\\\n  taplo fmt --check", "taplo fmt"),
    ] {
        let argv = ["bash", "-e", "-c", script].map(str::to_owned);
        let found: Vec<String> = twins("s", &argv)
            .iter()
            .map(|twin| twin.argv.join(" "))
            .collect();
        assert_eq!(found, [twin], "{script}");
    }
}

#[test]
fn any_script_is_read() {
    for script in [
        "",
        "'",
        "\"",
        "$(",
        "`",
        "a $(b `c",
        "<(",
        "\u{e9}\\",
        "a\\",
        "$($($($($(x)))))",
        "((((",
        "\u{2713}&\u{2713}|",
        "> ",
        "2>",
        "a > \u{e9}",
        "xargs",
        "| xargs black",
        "# c",
        "a\r\n# c",
    ] {
        let argv = ["sh", "-c", script].map(str::to_owned);
        assert_eq!(
            twins("s", &argv).len(),
            usize::from(script == "| xargs black"),
            "{script}"
        );
    }
}

#[test]
fn a_locked_build_may_bring_its_lock_file_up_to_date() {
    let found = twins("b", &words("cargo build --locked"));
    assert!(
        found
            .iter()
            .any(|twin| twin.id == "b+fix:cargo-lock" && twin.checker.needs_approval())
    );
}

#[test]
fn no_fix_asks_for_what_a_tool_calls_unsafe() {
    const UNSAFE: &[&str] = &[
        "--unsafe-fixes",
        "--unsafe",
        "-A",
        "--fix-dangerously",
        "--autocorrect-all",
        "--add-noqa",
        "--broken-code",
    ];
    for checker in CHECKERS {
        let asked = checker.with.iter().chain(checker.instead);
        assert!(
            asked.clone().all(|word| !UNSAFE.contains(word)),
            "{}",
            checker.name
        );
    }
}

#[test]
fn names_are_told_apart_and_files_are_owned() {
    for (index, checker) in CHECKERS.iter().enumerate() {
        assert_eq!(Checker::named(checker.name), Some(checker));
        assert!(!checker.name.contains(['.', '+']), "{}", checker.name);
        assert!(
            CHECKERS[index + 1..]
                .iter()
                .all(|other| other.name != checker.name)
        );
    }
    let rustfmt = Checker::named("rustfmt").unwrap();
    assert!(rustfmt.may_write("src/main.rs") && !rustfmt.may_write("Cargo.toml"));
    let lock = Checker::named("npm-lock").unwrap();
    assert!(lock.may_write("web/package-lock.json") && !lock.may_write("package.json"));
}

/// Test or check, name of the recorder, how it records anew.
const RECORDERS: &[(&str, &str, &str)] = &[
    (
        "python -m pytest -q tests",
        "pytest-snapshots",
        "python -m pytest -q tests --snapshot-update",
    ),
    ("npx jest --ci", "jest", "npx jest --ci -u"),
    ("vitest run src", "vitest", "vitest run src --update"),
    ("npm test", "script-snapshots", "npm test -- -u"),
    ("yarn test:unit", "script-snapshots", "yarn test:unit -u"),
    (
        "node --test src",
        "script-snapshots",
        "node --test-update-snapshots --test src",
    ),
    ("go test ./...", "go-golden", "go test ./... -update"),
    ("cog --check -I . README.md", "cog", "cog -r -I . README.md"),
    (
        "terraform-docs markdown . --output-check",
        "terraform-docs",
        "terraform-docs markdown .",
    ),
    ("make docs-check", "target", "make docs"),
    ("npm run generate:check", "target", "npm run generate"),
];

#[test]
fn what_compares_with_a_record_can_record_it_anew_and_a_person_looks() {
    for (check, name, fix) in RECORDERS {
        let twins = twins("t1", &words(check));
        let named = |twin: &&tools::Twin| twin.id == format!("t1+fix:{name}");
        let twin = twins.iter().find(named);
        let twin = twin.unwrap_or_else(|| panic!("{check}: {twins:?}"));
        assert_eq!(twin.argv, words(fix), "{check}");
        let (id, recorder) = split_id(&twin.id).unwrap();
        assert_eq!((id, recorder), ("t1", twin.checker), "{check}");
        assert!(recorder.records() && recorder.needs_approval(), "{check}");
    }
    let rust = twins("t1", &words("RUST_LOG=off cargo test --workspace"));
    let argv = &rust[0].argv;
    assert_eq!(
        argv[0], "env",
        "variables are set by a program, not a shell"
    );
    assert!(
        argv.join(" ")
            .ends_with("RUST_LOG=off cargo test --workspace")
    );
    for check in [
        "jest -u",
        "go test -update ./...",
        "make docs",
        "make check-format",
    ] {
        let records = |twin: &tools::Twin| twin.checker.records();
        let found = twins("t1", &words(check))
            .into_iter()
            .find(|twin| records(twin) && !twin.id.contains("variables"));
        assert_eq!(found, None, "{check}");
    }
}

#[test]
fn a_script_that_checks_what_it_would_write_is_a_generator_that_a_person_looks_at() {
    let made = |check: &str| -> Vec<(String, bool, String)> {
        let twins = twins("c", &words(check));
        let shown = |twin: tools::Twin| {
            (
                twin.checker.name.to_owned(),
                twin.checker.records(),
                twin.argv.join(" "),
            )
        };
        twins.into_iter().map(shown).collect()
    };
    for (check, fix) in [
        ("python3 tools/gen.py --check", "python3 tools/gen.py"),
        ("./tools/gen.sh --verify docs", "./tools/gen.sh docs"),
        ("uv run python gen.py -v --check", "uv run python gen.py -v"),
    ] {
        let own = ("own-generator".to_owned(), true, fix.to_owned());
        assert!(made(check).contains(&own), "{check}: {:?}", made(check));
    }
    // Node only parses it, and what is no script of the repository is no
    // generator.
    for check in [
        "node --check src/a.js",
        "python3 -m build --check",
        "gen --check",
        "python3 gen.py",
    ] {
        let generators = made(check)
            .into_iter()
            .filter(|(name, ..)| name == "own-generator");
        assert_eq!(generators.count(), 0, "{check}");
    }
    let found = split_id("c+fix:own-generator").expect("it is known by its name");
    assert!(found.1.generates() && found.1.needs_approval());
}

#[test]
fn a_variable_in_front_is_set_for_the_fix_too() {
    let argv = ["RUSTFLAGS=-D warnings", "cargo", "check"].map(str::to_owned);
    let made: Vec<Vec<String>> = twins("c", &argv)
        .into_iter()
        .map(|twin| twin.argv)
        .collect();
    assert_eq!(made[0][..3], ["env", "RUSTFLAGS=-D warnings", "cargo"]);
}

#[test]
fn a_recorder_writes_no_manifest() {
    let all = [
        "cargo test",
        "pytest",
        "jest",
        "go test ./...",
        "vitest run",
    ];
    for check in all {
        for twin in twins("t1", &words(check)) {
            for path in [
                "Cargo.toml",
                "src/shop.go",
                "src/shop.js",
                "src/shop.ts",
                "Makefile",
            ] {
                assert!(!twin.checker.may_write(path), "{}: {path}", twin.id);
            }
        }
    }
}

/// Script, and what of it makes the files.
const GENERATORS: &[(&str, Option<&str>)] = &[
    ("make gen && git diff --exit-code", Some("make gen\n")),
    (
        "set -e\ngo generate ./...\ngit diff --exit-code -- api",
        Some("set -e\ngo generate ./...\n"),
    ),
    (
        "npm run docs; if [ -n \"$(git status --porcelain)\" ]; then\n  git diff\n  exit 1\nfi",
        Some("npm run docs\n"),
    ),
    (
        "buf generate\ngit diff\ngit diff --quiet",
        Some("buf generate\n"),
    ),
    // Nothing stands before it.
    ("git diff --exit-code", None),
    ("echo look\ngit diff --exit-code", None),
    // A picture and no check.
    ("make gen\ngit diff", None),
];

#[test]
fn what_is_made_before_git_is_asked_is_made_again() {
    for (script, expected) in GENERATORS {
        let argv = ["bash", "-e", "-c", script].map(str::to_owned);
        let twins = twins("gen", &argv);
        let made = twins.iter().find(|twin| twin.checker.name == "generator");
        let made = made.map(|twin| twin.argv.last().unwrap().as_str());
        assert_eq!(made, *expected, "{script}");
        if let Some(twin) = twins.first().filter(|_| expected.is_some()) {
            assert_eq!(twin.id, "gen+fix:generator");
            assert_eq!(split_id(&twin.id).unwrap().1.name, "generator");
            assert_eq!(twin.argv[..3], ["bash", "-e", "-c"]);
        }
    }
}

#[test]
fn a_script_that_only_asks_git_is_told_apart() {
    for asks in [
        "git diff --exit-code",
        "echo 'is it clean?'\ngit diff --quiet || exit 1",
        "if [ -n \"$(git status --porcelain)\" ]; then exit 1; fi",
        "test -z \"$(git status --porcelain)\"",
    ] {
        assert!(tools::only_asks_git(asks), "{asks}");
    }
    for other in [
        "make && git diff --exit-code",
        "git diff",
        "true",
        "",
        "git push --quiet",
    ] {
        assert!(!tools::only_asks_git(other), "{other}");
    }
}

#[test]
fn a_manifest_is_no_lock_file_though_a_tool_takes_lines_from_it() {
    for manifest in ["Cargo.toml", "go.mod", "package.json"] {
        assert_eq!(tools::lock_maker(manifest), None, "{manifest}");
    }
    assert_eq!(
        tools::lock_maker("Cargo.lock").map(|maker| maker[0]),
        Some("cargo")
    );
}
