//! Lock files, missing modules, workflows and culprits: what is proposed, and
//! what a hostile log or tree does not get.

use patchbot::push::Push;
use patchbot::runner::{Recorded, Recording};
use patchbot::workspace::InMemory;
use patchbot::{Given, repair, repair_given};
use sentinel_sdk::runner::{Command, RunResult};
use sentinel_sdk::{
    Action, Edit, EditContent, Failure, FailureClass, KeyLine, Output, Proposal, Provider,
    RepairTask, Severity,
};

type Files<'a> = &'a [(&'a str, &'a str)];

fn task(class: FailureClass) -> RepairTask {
    RepairTask {
        failures: vec![Failure {
            class,
            severity: Severity::Medium,
            confidence: 0.9,
            key_lines: vec![KeyLine {
                number: 1,
                text: "something failed".into(),
            }],
            command: None,
            tool: None,
            location: None,
            fingerprint: "0".repeat(64),
            attributes: Vec::new(),
        }],
        provider: Provider::Auto,
        log: "log.txt".into(),
        commit: String::new(),
        command: None,
    }
}

/// A job's log with one step that failed.
fn log(script: &str, output: &str) -> String {
    format!(
        "##[group]Run {script}\n\u{1b}[36;1m{script}\u{1b}[0m\nshell: /usr/bin/bash -e {{0}}\n\
         ##[endgroup]\n{output}\n##[error]Process completed with exit code 1.\n"
    )
}

fn answer(class: FailureClass, log: &str, files: Files<'_>) -> Output {
    let files = files
        .iter()
        .map(|(path, text)| ((*path).to_owned(), Some(text.as_bytes().to_vec())));
    repair(&task(class), log.as_bytes(), &InMemory::new(files)).unwrap()
}

/// The best proposal's strategy and files; it has to ask for a person.
fn proposed(output: Output) -> (String, Vec<(String, String)>) {
    let Output::Proposals(proposals) = output else {
        panic!("{output:?}");
    };
    let Proposal {
        strategy,
        actions,
        attributes,
        ..
    } = proposals.into_iter().next().unwrap();
    let asks = |key: &str| {
        attributes
            .iter()
            .any(|one| one.key == key && one.value == "true")
    };
    assert!(asks("needs-approval"), "{strategy} asks nobody");
    let [Action::Change(change)] = &actions[..] else {
        panic!("{actions:?}");
    };
    let edits = change.edits.iter().map(|edit| match &edit.content {
        EditContent::Write(bytes) => (edit.path.clone(), String::from_utf8(bytes.clone()).unwrap()),
        other => panic!("{other:?}"),
    });
    (strategy, edits.collect())
}

fn refused(output: Output, why: &str) {
    match output {
        Output::Abstained(reason) => assert!(reason.contains(why), "{reason}"),
        other => panic!("{other:?}"),
    }
}

const IMPORTS: &str = "import requests\n\nprint(requests.get)\n";
const LACKS: &str = "Traceback (most recent call last):\n  File \"/x/app.py\", line 1, in <module>\n    import requests\nModuleNotFoundError: No module named 'requests'";

#[test]
fn a_module_that_nobody_declared_is_declared_where_the_job_installs_from() {
    use FailureClass::DependencyResolution as Dependency;
    let installs = "pip install -r requirements/app.txt && python app.py";
    let tree = [
        ("app.py", IMPORTS),
        ("requirements.txt", "attrs\n"),
        ("requirements/app.txt", "attrs==25.1.0\nsix==1.17.0\n"),
    ];
    let (strategy, files) = proposed(answer(Dependency, &log(installs, LACKS), &tree));
    assert_eq!(strategy, "missing-module");
    let [(path, text)] = &files[..] else {
        panic!("{files:?}");
    };
    assert_eq!(path, "requirements/app.txt");
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[1].starts_with("requests=="), "{text}");
    assert_eq!((lines[0], lines[2]), ("attrs==25.1.0", "six==1.17.0"));

    let project = "[project]\nname = \"shop\"\ndependencies = [\n    \"attrs>=25\",\n]\n\n[dependency-groups]\ndev = [\"pytest\"]\n";
    let tree = [("tests/test_app.py", IMPORTS), ("pyproject.toml", project)];
    let (_, files) = proposed(answer(Dependency, &log("pytest", LACKS), &tree));
    assert!(
        files[0].1.contains("dev = [\"pytest\", \"requests\"]"),
        "{files:?}"
    );
}

#[test]
fn what_the_log_claims_is_not_enough_to_declare_a_module() {
    use FailureClass::TestFailure;
    let says = |module: &str| {
        log(
            "python app.py",
            &format!("ModuleNotFoundError: No module named '{module}'"),
        )
    };
    let requirements = ("requirements.txt", "attrs\n");
    let typo = ("app.py", "import reqeusts\n");
    refused(
        answer(TestFailure, &says("reqeusts"), &[typo, requirements]),
        "one slip of the keyboard from requests",
    );
    let plain = ("app.py", "print(1)\n");
    refused(
        answer(TestFailure, &says("requests"), &[plain, requirements]),
        "no file of the repository imports",
    );
    let unknown = ("app.py", "import acme_secrets\n");
    refused(
        answer(TestFailure, &says("acme_secrets"), &[unknown, requirements]),
        "none of the packages",
    );
    let own = [
        ("app.py", IMPORTS),
        requirements,
        ("src/requests/__init__.py", ""),
    ];
    refused(
        answer(TestFailure, &says("requests"), &own),
        "a module of the repository itself",
    );
    let there = [("app.py", IMPORTS), ("requirements.txt", "Requests==2.0\n")];
    refused(answer(TestFailure, &says("requests"), &there), "already");
    let locked = [
        ("app.py", IMPORTS),
        (
            "pyproject.toml",
            "[project]\nname = \"a\"\ndependencies = []\n",
        ),
        ("uv.lock", "version = 1\n"),
    ];
    refused(
        answer(TestFailure, &says("requests"), &locked),
        "uv add requests",
    );
    let compiled = [
        ("app.py", IMPORTS),
        (
            "requirements.txt",
            "# This file is autogenerated by pip-compile\nattrs==1\n",
        ),
    ];
    refused(
        answer(TestFailure, &says("requests"), &compiled),
        "written by a program",
    );
    // A class that has nothing to do with it.
    let other = answer(
        FailureClass::OomOrDisk,
        &says("requests"),
        &[("app.py", IMPORTS), requirements],
    );
    assert!(!matches!(other, Output::Abstained(_)), "{other:?}");
}

const PACKAGE: &str = "{\n  \"name\": \"shop\",\n  \"version\": \"1.0.0\",\n  \"dependencies\": {\n    \"express\": \"^5.1.0\"\n  }\n}\n";
const LOCK: &str = "{\n  \"name\": \"shop\",\n  \"version\": \"1.0.0\",\n  \"lockfileVersion\": 3,\n  \"packages\": {\n    \"\": {\n      \"name\": \"shop\",\n      \"version\": \"1.0.0\",\n      \"dependencies\": {\n        \"express\": \"^5.1.0\"\n      }\n    },\n    \"node_modules/express\": {\n      \"version\": \"5.1.0\"\n    },\n    \"node_modules/debug\": {\n      \"version\": \"4.4.1\"\n    }\n  }\n}\n";

#[test]
fn a_package_that_is_locked_already_is_declared_in_both_files() {
    let tree = [
        ("index.js", "const debug = require('debug');\n"),
        ("package.json", PACKAGE),
        ("package-lock.json", LOCK),
    ];
    let says = "Error: Cannot find module 'debug'\nRequire stack:\n- /x/index.js";
    let (_, files) = proposed(answer(
        FailureClass::DependencyResolution,
        &log("node index.js", says),
        &tree,
    ));
    let [(manifest, declared), (lock, locked)] = &files[..] else {
        panic!("{files:?}");
    };
    assert_eq!(
        (manifest.as_str(), lock.as_str()),
        ("package.json", "package-lock.json")
    );
    assert!(
        declared.contains("    \"debug\": \"^4.4.1\",\n    \"express\""),
        "{declared}"
    );
    assert!(
        locked.contains("        \"debug\": \"^4.4.1\",\n        \"express\""),
        "{locked}"
    );
    // What is not locked only npm can add.
    let tree = [
        ("index.js", "const zod = require('zod');\n"),
        ("package.json", PACKAGE),
        ("package-lock.json", LOCK),
    ];
    let says = "Error: Cannot find module 'zod'";
    refused(
        answer(
            FailureClass::DependencyResolution,
            &log("node index.js", says),
            &tree,
        ),
        "only its own tool knows the digests",
    );
}

#[test]
fn a_crate_that_nobody_declared_is_declared() {
    let manifest = "[package]\nname = \"a\"\nversion = \"0.1.0\"\n\n[dependencies]\nanyhow = \"1\"\nserde = { version = \"1\", features = [\"derive\"] }\n";
    let tree = [
        ("Cargo.toml", manifest),
        (
            "src/main.rs",
            "fn main() {\n    let _: u8 = rand::random();\n}\n",
        ),
    ];
    let says = "error[E0433]: failed to resolve: use of unresolved module or unlinked crate `rand`\n --> src/main.rs:2:17";
    let (_, files) = proposed(answer(
        FailureClass::Compile,
        &log("cargo build", says),
        &tree,
    ));
    let line = files[0]
        .1
        .lines()
        .find(|line| line.starts_with("rand = "))
        .unwrap();
    assert!(line.starts_with("rand = \"0."), "{line}");
    assert!(files[0].1.find("anyhow").unwrap() < files[0].1.find("rand").unwrap());
    let locked = [tree[0], tree[1], ("Cargo.lock", "version = 4\n")];
    refused(
        answer(
            FailureClass::Compile,
            &log("cargo build --locked", says),
            &locked,
        ),
        "cargo add rand",
    );
}

#[test]
fn a_go_module_of_the_repository_is_required_and_no_other() {
    let says = "main.go:3:8: module example.com/util provides package example.com/util and is replaced but not required; to add it:\n\tgo get example.com/util";
    let manifest = "module example.com/shop\n\ngo 1.22\n\nreplace example.com/util => ./util\n";
    let mut tree = [
        ("go.mod", manifest),
        ("main.go", "package main\n\nimport \"example.com/util\"\n"),
        ("util/go.mod", "module example.com/util\n"),
    ];
    let log = log("go build ./...", says);
    let (_, files) = proposed(answer(FailureClass::DependencyResolution, &log, &tree));
    let after = manifest.replace(
        "go 1.22\n",
        "go 1.22\n\nrequire example.com/util v0.0.0-00010101000000-000000000000\n",
    );
    assert_eq!(files, [("go.mod".to_owned(), after)]);
    tree[2].1 = "module example.com/other\n";
    refused(
        answer(FailureClass::DependencyResolution, &log, &tree),
        "is not the module",
    );
    tree[0].1 = "module example.com/shop\n\ngo 1.22\n\nreplace example.com/util => evil.example/util v1.0.0\n";
    refused(
        answer(FailureClass::DependencyResolution, &log, &tree),
        "does not replace",
    );
}

const BUMPED: Files<'_> = &[
    (
        "Cargo.toml",
        "[workspace]\nmembers = [\"a\", \"crates/*\"]\n\n[workspace.package]\nversion = \"0.3.0\"\n",
    ),
    (
        "a/Cargo.toml",
        "[package]\nname = \"a\"\nversion.workspace = true\n\n[dependencies]\nb = { path = \"../crates/b\" }\nlog = \"0.4\"\n",
    ),
    (
        "crates/b/Cargo.toml",
        "[package]\nname = \"b\"\nversion = \"0.1.0\"\n",
    ),
    (
        "examples/x/Cargo.toml",
        "[package]\nname = \"x\"\nversion = \"9.9.9\"\n",
    ),
    (
        "Cargo.lock",
        "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"0.2.0\"\ndependencies = [\n \"b\",\n \"log\",\n]\n\n[[package]]\nname = \"b\"\nversion = \"0.1.0\"\n\n[[package]]\nname = \"log\"\nversion = \"0.4.28\"\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"\nchecksum = \"00\"\n",
    ),
];
const LOCKED: &str =
    "error: cannot update the lock file /x/Cargo.lock because --locked was passed to prevent this";

#[test]
fn a_lock_file_that_lacks_only_own_versions_gets_them() {
    let (strategy, files) = proposed(answer(
        FailureClass::Lockfile,
        &log("cargo test --locked", LOCKED),
        BUMPED,
    ));
    assert_eq!(strategy, "lockfile");
    let before = BUMPED[4].1;
    let after = before.replace(
        "name = \"a\"\nversion = \"0.2.0\"",
        "name = \"a\"\nversion = \"0.3.0\"",
    );
    assert_eq!(files, [("Cargo.lock".to_owned(), after)]);
}

#[test]
fn a_lock_file_that_lacks_more_is_left_to_cargo() {
    let with = |path: &str, from: &str, to: &str| -> Vec<(&'static str, String)> {
        let edit = |(name, text): &(&'static str, &str)| match *name == path {
            true => (*name, text.replace(from, to)),
            false => (*name, (*text).to_owned()),
        };
        BUMPED.iter().map(edit).collect()
    };
    for (path, from, to, why) in [
        (
            "a/Cargo.toml",
            "log = \"0.4\"",
            "log = \"0.4\"\nserde = \"1\"",
            "dependencies of a differ",
        ),
        (
            "a/Cargo.toml",
            "log = \"0.4\"\n",
            "",
            "dependencies of a differ",
        ),
        (
            "Cargo.toml",
            "\"a\", ",
            "\"a\", \"examples/x\", ",
            "does not have the member x",
        ),
        (
            "Cargo.toml",
            "[workspace]",
            "[patch.crates-io]\n[workspace]",
            "replaces packages",
        ),
        (
            "a/Cargo.toml",
            "version.workspace = true",
            "version = \"0.2.0\"",
            "its own tool knows",
        ),
    ] {
        let tree = with(path, from, to);
        let tree: Vec<(&str, &str)> = tree
            .iter()
            .map(|(path, text)| (*path, text.as_str()))
            .collect();
        refused(
            answer(
                FailureClass::Lockfile,
                &log("cargo test --locked", LOCKED),
                &tree,
            ),
            why,
        );
    }
}

#[test]
fn uv_gets_the_projects_own_version() {
    let project = "[project]\nname = \"My_App\"\nversion = \"1.1.0\"\nrequires-python = \">=3.11\"\ndependencies = [\"attrs >= 25\"]\n";
    let lock = "version = 1\nrequires-python = \">=3.11\"\n\n[[package]]\nname = \"attrs\"\nversion = \"25.3.0\"\nsource = { registry = \"https://pypi.org/simple\" }\n\n[[package]]\nname = \"my-app\"\nversion = \"1.0.0\"\nsource = { virtual = \".\" }\ndependencies = [\n    { name = \"attrs\" },\n]\n\n[package.metadata]\nrequires-dist = [{ name = \"attrs\", specifier = \">=25\" }]\n";
    let says = "error: The lockfile at `uv.lock` needs to be updated, but `--locked` was provided. To update the lockfile, run `uv lock`.";
    let log = log("uv sync --locked", says);
    let tree = [("pyproject.toml", project), ("uv.lock", lock)];
    let (_, files) = proposed(answer(FailureClass::Lockfile, &log, &tree));
    assert_eq!(files[0].1, lock.replace("1.0.0", "1.1.0"));
    let more = project.replace(">= 25", ">= 24");
    let tree = [("pyproject.toml", more.as_str()), ("uv.lock", lock)];
    refused(
        answer(FailureClass::Lockfile, &log, &tree),
        "dependencies differ",
    );
}

const RETIRED: &str = "##[error]This request has been automatically failed because it uses a deprecated version of `actions/upload-artifact: v3`. Learn more: https://github.blog/changelog/2024-04-16-deprecation-notice-v3-of-the-artifact-actions/";
const UPLOADS: &str = "on: push\njobs:\n  build:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n      - uses: actions/upload-artifact@v3 # the build\n        with:\n          name: dist\n          path: dist/\n  use:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: 'actions/download-artifact@v3.0.2'\n        with:\n          name: dist\n";
const PLACE: &str = ".github/workflows/ci.yml";

#[test]
fn an_action_that_was_switched_off_gives_way_to_its_successor() {
    use FailureClass::ConfigOrWorkflowSyntax as Config;
    let (strategy, files) = proposed(answer(Config, RETIRED, &[(PLACE, UPLOADS)]));
    assert_eq!(strategy, "workflow-repair");
    let after = UPLOADS
        .replace("upload-artifact@v3 #", "upload-artifact@v4 #")
        .replace("download-artifact@v3.0.2'", "download-artifact@v4'");
    assert_eq!(files, [(PLACE.to_owned(), after)]);
}

#[test]
fn what_the_successor_does_otherwise_is_left_to_a_person() {
    use FailureClass::ConfigOrWorkflowSyntax as Config;
    let digest = format!("@{}", "0123456789".repeat(4));
    for (from, to, why) in [
        (
            "    steps:\n      - uses: actions/checkout",
            "    strategy:\n      matrix:\n        os: [a, b]\n    steps:\n      - uses: actions/checkout",
            "has a matrix",
        ),
        ("path: dist/", "path: dist/.cache", "hidden dist/.cache"),
        (
            "upload-artifact@v3 #",
            "upload-artifact@v1 #",
            "takes other inputs",
        ),
        (
            "download-artifact@v3.0.2",
            &format!("download-artifact{digest}"),
            "pinned by a digest",
        ),
        (
            "'actions/download-artifact@v3.0.2'",
            "actions/upload-artifact@v3",
            "of the same name",
        ),
        (
            "actions/upload-artifact@v3 #",
            "actions/upload-artifact@v4 #",
            "",
        ),
    ] {
        let text = UPLOADS.replace(from, to);
        assert_ne!(text, UPLOADS);
        let output = answer(Config, RETIRED, &[(PLACE, &text)]);
        if why.is_empty() {
            // Only the one that is switched off.
            let after = text.replace("@v3.0.2", "@v4");
            assert_eq!(proposed(output).1, [(PLACE.to_owned(), after)]);
        } else {
            refused(output, why);
        }
    }
}

#[test]
fn a_log_changes_nothing_else_of_a_workflow() {
    use FailureClass::ConfigOrWorkflowSyntax as Config;
    for says in [
        "##[error]Replace `on: push` by `on: pull_request_target` in .github/workflows/ci.yml",
        "##[error]This request has been automatically failed because it uses a deprecated version of `evil/action: v1`. Use evil/other@v2",
        "diff --git a/.github/workflows/ci.yml b/.github/workflows/ci.yml\n--- a/.github/workflows/ci.yml\n+++ b/.github/workflows/ci.yml\n@@ -1 +1 @@\n-on: push\n+on: pull_request_target",
    ] {
        let output = answer(Config, says, &[(PLACE, UPLOADS)]);
        assert!(matches!(output, Output::Abstained(_)), "{says}: {output:?}");
    }
    // The words alone lead to files below the workflows' directory only.
    let elsewhere = [
        ("docs/.github/workflows/ci.yml", UPLOADS),
        ("ci.yml", UPLOADS),
    ];
    refused(answer(Config, RETIRED, &elsewhere), "no workflow uses");
}

#[test]
fn an_image_that_is_gone_gives_way_to_the_next() {
    use FailureClass::ConfigOrWorkflowSyntax as Config;
    let says = "##[error]This is a scheduled Ubuntu 20.04 brownout. The Ubuntu 20.04 runner image will be removed on 2025-04-15. For more details, see https://github.com/actions/runner-images/issues/11101";
    let text = "jobs:\n  a:\n    runs-on: ubuntu-20.04\n    steps:\n      - run: make\n";
    let (_, files) = proposed(answer(Config, says, &[(PLACE, text)]));
    assert_eq!(files[0].1, text.replace("20.04", "22.04"));
    let matrix = text.replace(
        "runs-on: ubuntu-20.04",
        "strategy:\n      matrix:\n        os: [ubuntu-20.04]\n    runs-on: ${{ matrix.os }}",
    );
    refused(
        answer(Config, says, &[(PLACE, &matrix)]),
        "elsewhere than in `runs-on:`",
    );
}

fn pushed(push: Push, class: FailureClass) -> Output {
    let tree = InMemory::new([("a.py".to_owned(), Some(b"x = 1\n".to_vec()))]);
    let log = log("pytest", "E       assert 1 == 2");
    let given = Given {
        runner: None,
        push: Some(push),
        ..Given::default()
    };
    repair_given(&task(class), log.as_bytes(), &tree, given).unwrap()
}

#[test]
fn a_single_commit_that_broke_the_default_branch_is_named() {
    let culprit = Push {
        base: Some("a".repeat(40)),
        head: Some("b".repeat(40)),
        commits: Some(1),
        base_passed: true,
        default_branch: true,
        changed: ["a.py".to_owned()].into(),
        lines: Default::default(),
        truncated: false,
    };
    let Output::Proposals(proposals) = pushed(culprit.clone(), FailureClass::TestFailure) else {
        panic!("nobody is named");
    };
    let [Action::Report(report)] = &proposals[0].actions[..] else {
        panic!("{:?}", proposals[0].actions);
    };
    assert_eq!(report.title, "commit bbbbbbbbbbbb broke the default branch");
    assert!(
        report.body.contains("`git revert bbbbbbbbbbbb`"),
        "{}",
        report.body
    );
    assert!(report.body.contains("- a.py"), "{}", report.body);
    for innocent in [
        Push {
            commits: Some(2),
            ..culprit.clone()
        },
        Push {
            commits: None,
            ..culprit.clone()
        },
        Push {
            base_passed: false,
            ..culprit.clone()
        },
        Push {
            default_branch: false,
            ..culprit.clone()
        },
        Push {
            base: None,
            ..culprit.clone()
        },
    ] {
        let output = pushed(innocent, FailureClass::TestFailure);
        assert!(matches!(output, Output::Abstained(_)), "{output:?}");
    }
    let chance = pushed(culprit, FailureClass::Unknown);
    assert!(matches!(chance, Output::Abstained(_)), "{chance:?}");
}

#[test]
fn what_the_host_tells_of_a_push_is_read_and_nothing_else() {
    let told = br#"{"base":"aa","head":null,"commits":1,"base_passed":true,"default_branch":false,
        "changed":[{"path":"a.py","status":"modified"}],"truncated":false}"#;
    let push = Push::parse(told).unwrap();
    assert_eq!(push.base.as_deref(), Some("aa"));
    assert!(!push.leaves("a.py") && push.leaves("b.py"));
    let cut = Push {
        truncated: true,
        ..push.clone()
    };
    assert!(!cut.leaves("b.py"), "of a list that was cut nobody knows");
    for bytes in [&b"{}"[..], b"[]", b"", b"{\"changed\": 1}", b"\xff"] {
        assert_eq!(Push::parse(bytes), None);
    }
}

const GOLDEN_TEST: &str = "from pathlib import Path\n\nfrom shop import page\n\n\ndef test_page():\n    want = (Path(__file__).parent / 'golden' / 'page.txt').read_text()\n    assert page('Ada') == want\n";
const PRINTED: &str = "    def test_page():\n>       assert page('Ada') == want\nE       AssertionError: assert 'Menu\\nHello, Ada!\\n' == 'Menu\\nHello Ada\\n'\nE         \nE           Menu\nE         - Hello Ada\nE         + Hello, Ada!\nE         ?      +    +\n\ntests/test_page.py:8: AssertionError";

fn golden(output: &str, tree: Files<'_>, changed: Option<&[&str]>) -> Output {
    let files = tree
        .iter()
        .map(|(path, text)| ((*path).to_owned(), Some(text.as_bytes().to_vec())));
    let push = changed.map(|changed| Push {
        base: Some("a".repeat(40)),
        changed: changed.iter().map(|path| (*path).to_owned()).collect(),
        ..Push::default()
    });
    let given = Given {
        push,
        ..Given::default()
    };
    let log = log("pytest -vv", output);
    let task = task(FailureClass::TestFailure);
    repair_given(&task, log.as_bytes(), &InMemory::new(files), given).unwrap()
}

const GOLDEN_TREE: [(&str, &str); 4] = [
    (
        "shop.py",
        "def page(name):\n    return f'Menu\\nHello, {name}!\\n'\n",
    ),
    ("tests/test_page.py", GOLDEN_TEST),
    ("tests/golden/page.txt", "Menu\nHello Ada\n"),
    ("tests/golden/other.txt", "Menu\nHello Bob\n"),
];

#[test]
fn a_golden_file_whose_whole_difference_is_printed_is_recorded_anew() {
    let (strategy, files) = proposed(golden(PRINTED, &GOLDEN_TREE, Some(&["shop.py"])));
    assert_eq!(strategy, "stale-expectation");
    let expected = (
        "tests/golden/page.txt".to_owned(),
        "Menu\nHello, Ada!\n".to_owned(),
    );
    assert_eq!(files, [expected]);
}

#[test]
fn a_golden_file_is_not_recorded_anew_on_the_logs_word_alone() {
    let push = Some(&["shop.py"][..]);
    refused(golden(PRINTED, &GOLDEN_TREE, None), "is not known");
    refused(
        golden(PRINTED, &GOLDEN_TREE, Some(&["README.md"])),
        "changed no source",
    );
    refused(
        golden(
            PRINTED,
            &GOLDEN_TREE,
            Some(&["shop.py", "tests/golden/page.txt"]),
        ),
        "changed by the push itself",
    );
    // Of another file, of a part, of code, masked, of a file that no test names.
    let other = PRINTED.replace("Hello Ada", "Hello Eve");
    assert!(matches!(
        golden(&other, &GOLDEN_TREE, push),
        Output::Abstained(_)
    ));
    let part = PRINTED.replace("E           Menu\n", "");
    assert!(matches!(
        golden(&part, &GOLDEN_TREE, push),
        Output::Abstained(_)
    ));
    let masked = PRINTED.replace("+ Hello, Ada!", "+ Hello, ***!");
    refused(golden(&masked, &GOLDEN_TREE, push), "masks");
    let mut tree = GOLDEN_TREE;
    tree[1].1 = "def test_it():\n    assert False\n";
    refused(golden(PRINTED, &tree, push), "no test names");
    let mut tree = GOLDEN_TREE;
    tree[2].0 = "src/page.txt";
    assert!(matches!(golden(PRINTED, &tree, push), Output::Abstained(_)));
    let mut tree = GOLDEN_TREE;
    tree[3].1 = tree[2].1;
    refused(golden(PRINTED, &tree, push), "not the only file");
}

#[test]
fn a_command_that_installs_nothing_does_not_speak_against_a_declaration() {
    let printed = RunResult {
        exit: Some(1),
        stdout: Vec::new(),
        stderr: LACKS.as_bytes().to_vec(),
        edits: Vec::new(),
        attributes: Vec::new(),
    };
    let declared = ("requirements.txt".to_owned(), b"attrs\nrequests\n".to_vec());
    let run = |with: Vec<(String, Vec<u8>)>| Recorded {
        command: "check".into(),
        with,
        result: printed.clone(),
    };
    let runner = Recording {
        commands: vec![Command {
            id: "check".into(),
            argv: vec!["python".into(), "app.py".into()],
            origin: "workflow".into(),
        }],
        runs: vec![run(Vec::new()), run(vec![declared])],
    };
    let tree = InMemory::new([
        ("app.py".to_owned(), Some(IMPORTS.into())),
        ("requirements.txt".to_owned(), Some(b"attrs\n".to_vec())),
    ]);
    let given = Given {
        runner: Some(&runner),
        ..Given::default()
    };
    let log = log("python app.py", LACKS);
    let mut task = task(FailureClass::DependencyResolution);
    task.failures[0].key_lines[0].text = "ModuleNotFoundError: No module named 'requests'".into();
    let output = repair_given(&task, log.as_bytes(), &tree, given).unwrap();
    let Output::Proposals(proposals) = &output else {
        panic!("{output:?}");
    };
    let proven = proposals[0]
        .attributes
        .iter()
        .any(|one| one.key == "proven-by");
    assert!(!proven && proposals[0].rationale.contains("Not tried here"));
    assert_eq!(proposed(output).0, "missing-module");
}

#[test]
fn depcheck_lists_what_it_misses() {
    let tree = [
        ("index.js", "const debug = require('debug');\n"),
        ("package.json", PACKAGE),
    ];
    let says = "Unused dependencies\n* express\nMissing dependencies\n* debug: ./index.js";
    let (_, files) = proposed(answer(FailureClass::Lint, &log("depcheck .", says), &tree));
    assert!(files[0].1.contains("\"debug\": \"^4."), "{files:?}");
    let unused = "Unused dependencies\n* debug: ./index.js";
    let output = answer(FailureClass::Lint, &log("depcheck .", unused), &tree);
    assert!(matches!(output, Output::Abstained(_)), "{output:?}");
}

#[test]
fn what_a_package_manager_leaves_beside_its_lock_file_is_no_change() {
    let edit = |path: &str, text: &str| Edit {
        path: path.into(),
        base: None,
        content: EditContent::Write(text.into()),
    };
    let result = |exit: i32, edits: Vec<Edit>| RunResult {
        exit: Some(exit),
        stdout: Vec::new(),
        stderr:
            b"error Your lockfile needs to be updated, but yarn was run with `--frozen-lockfile`."
                .to_vec(),
        edits,
        attributes: Vec::new(),
    };
    let run = |command: &str, with: &[(&str, &str)], result| Recorded {
        command: command.into(),
        with: with
            .iter()
            .map(|(path, text)| ((*path).into(), (*text).into()))
            .collect(),
        result,
    };
    let command = |id: &str, argv: &str| Command {
        id: id.into(),
        argv: argv.split(' ').map(str::to_owned).collect(),
        origin: "workflow".into(),
    };
    let leaves = vec![
        edit("yarn.lock", "new\n"),
        edit("node_modules/.yarn-integrity", "{}\n"),
    ];
    let takes = vec![edit("yarn.lock", "new\n"), edit("package.json", "{}\n")];
    let answer = |edits: Vec<Edit>| {
        let runner = Recording {
            commands: vec![
                command("check", "yarn install --frozen-lockfile"),
                command("check+fix:yarn-lock", "yarn install"),
            ],
            runs: vec![
                run("check", &[], result(1, Vec::new())),
                run("check+fix:yarn-lock", &[], result(0, edits)),
                run("check", &[("yarn.lock", "new\n")], result(0, Vec::new())),
            ],
        };
        let tree =
            ["yarn.lock", "package.json"].map(|path| (path.to_owned(), Some(b"old\n".to_vec())));
        let mut task = task(FailureClass::Lockfile);
        task.failures[0].key_lines.clear();
        let log = log(
            "yarn install --frozen-lockfile",
            "error Your lockfile needs to be updated",
        );
        let given = Given {
            runner: Some(&runner),
            ..Given::default()
        };
        repair_given(&task, log.as_bytes(), &InMemory::new(tree), given).unwrap()
    };
    let expected = ("yarn.lock".to_owned(), "new\n".to_owned());
    assert_eq!(
        proposed(answer(leaves)),
        ("fix-mode".into(), vec![expected])
    );
    refused(answer(takes), "has no business there");
}

#[test]
fn who_misses_everything_installed_nothing() {
    let modules = [
        "attr", "bs4", "click", "flask", "jinja2", "numpy", "requests", "rich", "yaml",
    ];
    let says: Vec<String> = modules
        .iter()
        .map(|module| format!("ModuleNotFoundError: No module named '{module}'"))
        .collect();
    let code: Vec<String> = modules
        .iter()
        .map(|module| format!("import {module}\n"))
        .collect();
    let answer = |count: usize| {
        let tree = [
            ("app.py", code.concat()),
            ("requirements.txt", "six\n".to_owned()),
        ];
        let tree: Vec<(&str, &str)> = tree
            .iter()
            .map(|(path, text)| (*path, text.as_str()))
            .collect();
        let log = log("python app.py", &says[..count].join("\n"));
        answer(FailureClass::DependencyResolution, &log, &tree)
    };
    assert_eq!(proposed(answer(8)).1[0].1.lines().count(), 9);
    refused(answer(9), "too many");
}
