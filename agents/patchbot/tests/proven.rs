//! What is proposed only where the failed command was run with it, and what is
//! not although the command would pass.

use std::collections::BTreeMap;

use patchbot::push::Push;
use patchbot::runner::Runner;
use patchbot::workspace::InMemory;
use patchbot::{Given, repair_given};
use sentinel_sdk::runner::{Command, RunResult};
use sentinel_sdk::{
    AccessError, Action, Edit, EditContent, Failure, FailureClass, Output, Provider, RepairTask,
    Severity,
};

type Files = BTreeMap<String, String>;

/// A command that prints `output` and fails, until the tree holds a text.
struct Until<'a> {
    command: &'a str,
    output: &'a str,
    files: Files,
    /// Where, and what.
    holds: &'a [(&'a str, &'a str)],
}

impl Runner for Until<'_> {
    fn commands(&self) -> Result<Vec<Command>, AccessError> {
        let argv = ["bash", "-e", "-c", self.command].map(str::to_owned);
        Ok(vec![Command {
            id: "check".into(),
            argv: argv.to_vec(),
            origin: "the workflow".into(),
        }])
    }

    fn run(&self, _: &str, edits: &[Edit]) -> Result<RunResult, AccessError> {
        let mut files = self.files.clone();
        for edit in edits {
            let EditContent::Write(bytes) = &edit.content else {
                panic!("{edit:?}");
            };
            files.insert(edit.path.clone(), String::from_utf8(bytes.clone()).unwrap());
        }
        let passes = self
            .holds
            .iter()
            .all(|(path, text)| files.get(*path).is_some_and(|file| file.contains(text)));
        Ok(RunResult {
            exit: Some(if passes { 0 } else { 1 }),
            stdout: if passes {
                Vec::new()
            } else {
                self.output.into()
            },
            stderr: Vec::new(),
            edits: Vec::new(),
            attributes: Vec::new(),
        })
    }
}

struct Case<'a> {
    class: FailureClass,
    command: &'a str,
    output: &'a str,
    files: &'a [(&'a str, &'a str)],
    /// Lines that the push changed, as hunks.
    push: &'a [(&'a str, &'a str)],
    holds: &'a [(&'a str, &'a str)],
}

fn push(changed: &[(&str, &str)]) -> Push {
    let text = |text: &&str| (*text).to_owned();
    Push {
        base: Some("a".repeat(40)),
        head: Some("b".repeat(40)),
        commits: Some(1),
        changed: changed.iter().map(|(path, _)| text(path)).collect(),
        lines: changed
            .iter()
            .map(|(path, lines)| (text(path), text(lines)))
            .collect(),
        ..Push::default()
    }
}

fn answer(case: &Case<'_>) -> Output {
    let Case {
        command, output, ..
    } = case;
    let log = format!(
        "##[group]Run {command}\n\u{1b}[36;1m{command}\u{1b}[0m\nshell: /usr/bin/bash -e {{0}}\n\
         ##[endgroup]\n{output}\n##[error]Process completed with exit code 1.\n"
    );
    let own = |(path, text): &(&str, &str)| ((*path).to_owned(), (*text).to_owned());
    let files: Files = case.files.iter().map(own).collect();
    let tree = files.clone().into_iter();
    let tree = InMemory::new(tree.map(|(path, text)| (path, Some(text.into_bytes()))));
    let runner = Until {
        command,
        output,
        files,
        holds: case.holds,
    };
    let task = RepairTask {
        failures: vec![Failure {
            class: case.class.clone(),
            severity: Severity::Medium,
            confidence: 0.9,
            key_lines: Vec::new(),
            command: Some((*command).to_owned()),
            tool: None,
            location: None,
            fingerprint: "0".repeat(64),
            attributes: Vec::new(),
        }],
        provider: Provider::Auto,
        log: "log.txt".into(),
        commit: String::new(),
        command: Some((*command).to_owned()),
    };
    let given = Given {
        runner: Some(&runner),
        push: Some(push(case.push)),
        ..Given::default()
    };
    repair_given(&task, log.as_bytes(), &tree, given).unwrap()
}

/// The strategy of what is proven, whether it asks for a person, and a file as
/// it becomes.
fn proven(case: &Case<'_>, path: &str) -> (String, bool, String) {
    let Output::Proposals(proposals) = answer(case) else {
        panic!("{:?}", answer(case));
    };
    let best = &proposals[0];
    let has = |key: &str| best.attributes.iter().any(|one| one.key == key);
    assert!(has("proven-by"), "{best:?}");
    let [Action::Change(change)] = &best.actions[..] else {
        panic!("{best:?}");
    };
    let edit = change.edits.iter().find(|edit| edit.path == path);
    let Some(EditContent::Write(bytes)) = edit.map(|edit| &edit.content) else {
        panic!("{change:?}");
    };
    let text = String::from_utf8(bytes.clone()).unwrap();
    (best.strategy.clone(), has("needs-approval"), text)
}

fn abstains(case: &Case<'_>) {
    let answer = answer(case);
    assert!(matches!(answer, Output::Abstained(_)), "{answer:?}");
}

const TEST: &str = "from harbor.tide import height, is_high\n\n\ndef test_height():\n    assert height(2) == 5.0\n    assert TIDE.height == \"height\"\n";
const UNKNOWN: &str = "tests/test_tide.py:1: in <module>\n    from harbor.tide import height, is_high\nE   ImportError: cannot import name 'height' from 'harbor.tide' (harbor/tide.py)";

fn renamed<'a>(push: &'a [(&'a str, &'a str)], test: &'a [(&'a str, &'a str)]) -> Case<'a> {
    Case {
        class: FailureClass::TestFailure,
        command: "python3 -m pytest",
        output: UNKNOWN,
        files: test,
        push,
        holds: &[("tests/test_tide.py", "import tide_height")],
    }
}

#[test]
fn what_the_push_renamed_is_followed_by_name_and_not_as_member_or_text() {
    let files = [
        ("harbor/tide.py", "def tide_height(hours):\n"),
        ("tests/test_tide.py", TEST),
    ];
    let hunks = [(
        "harbor/tide.py",
        "@@ -1 +1 @@\n-def height(hours):\n+def tide_height(hours):\n",
    )];
    let (strategy, asks, text) = proven(&renamed(&hunks, &files), "tests/test_tide.py");
    assert_eq!((strategy.as_str(), asks), ("push-rename", true));
    assert_eq!(
        text,
        "from harbor.tide import tide_height, is_high\n\n\ndef test_height():\n    assert tide_height(2) == 5.0\n    assert TIDE.height == \"height\"\n"
    );
}

#[test]
fn what_is_put_into_a_text_is_code() {
    let files = |text| {
        [
            ("a/money.ts", "export function price() {}\n"),
            ("a/view.ts", text),
        ]
    };
    let hunk = "@@ -1 +1 @@\n-export function show() {}\n+export function price() {}\n";
    let view = "import { show } from \"./money\";\nexport const a = `show ${show()} show`;\n";
    let case = Case {
        class: FailureClass::TypeCheck,
        command: "tsc -p .",
        output: "a/view.ts(1,10): error TS2305: Module '\"./money\"' has no exported member 'show'.",
        files: &files(view),
        push: &[("a/money.ts", hunk)],
        holds: &[("a/view.ts", "{ price }")],
    };
    let (.., text) = proven(&case, "a/view.ts");
    assert!(text.ends_with("`show ${price()} show`;\n"), "{text}");
}

#[test]
fn a_definition_that_another_took_the_place_of_is_not_renamed() {
    let files = [
        ("harbor/tide.py", "def tide_height(hours):\n"),
        ("tests/test_tide.py", TEST),
    ];
    for hunk in [
        // The body is another, too.
        "@@ -1,2 +1,2 @@\n-def height(hours):\n-    return hours\n+def tide_height(hours):\n+    return 3\n",
        // Two names took its place.
        "@@ -1 +1 @@\n-def height(hours):\n+def tide_height(hours):\n@@ -9 +9 @@\n-def height(hours):\n+def depth(hours):\n",
        // It is used, not defined.
        "@@ -1 +1 @@\n-    return height(2)\n+    return tide_height(2)\n",
    ] {
        abstains(&renamed(&[("harbor/tide.py", hunk)], &files));
    }
    // A test's own name is none of the source's.
    let hunk = "@@ -1 +1 @@\n-def height(hours):\n+def tide_height(hours):\n";
    abstains(&renamed(&[("tests/tide.py", hunk)], &files));
    // The file has a name like it of its own.
    let own = format!("{TEST}height = 3\n");
    let files = [("tests/test_tide.py", own.as_str())];
    abstains(&renamed(&[("harbor/tide.py", hunk)], &files));
}

const BERTH: &str = "def test_full():\n    assert reserve(9) == \"no berth left for Ada\"\n";
const LEFT: &str = "    assert reserve(9) == \"no berth left for Ada\"\nE   AssertionError: assert 'all are taken, Ada' == 'no berth left for Ada'\ntests/test_berth.py:2: AssertionError";

fn reworded<'a>(hunks: &'a [(&'a str, &'a str)]) -> Case<'a> {
    Case {
        class: FailureClass::TestFailure,
        command: "python3 -m pytest",
        output: LEFT,
        files: &[
            ("harbor/berth.py", "x = 1\n"),
            ("tests/test_berth.py", BERTH),
        ],
        push: hunks,
        holds: &[("tests/test_berth.py", "all are taken, Ada")],
    }
}

#[test]
fn words_that_the_push_replaced_are_expected_anew() {
    let hunks = [(
        "harbor/berth.py",
        "@@ -4 +4 @@\n-        return f\"no berth left for {name}\"\n+        return f\"all are taken, {name}\"\n",
    )];
    let (strategy, asks, text) = proven(&reworded(&hunks), "tests/test_berth.py");
    assert_eq!((strategy.as_str(), asks), ("stale-expectation", true));
    assert!(text.contains("== \"all are taken, Ada\""), "{text}");
}

#[test]
fn what_may_be_a_fault_of_the_push_is_no_new_wording() {
    for hunk in [
        // More than the text is another.
        "@@ -4 +4 @@\n-        return f\"no berth left for {name}\"\n+        raise f\"all are taken, {name}\"\n",
        // What is put in is another.
        "@@ -4 +4 @@\n-        return f\"no berth left for {name}\"\n+        return f\"all are taken, {ship}\"\n",
        // The push made a slip.
        "@@ -4 +4 @@\n-        return f\"no berth left for {name}\"\n+        return f\"no berth lefft for {name}\"\n",
        // A number is another.
        "@@ -4 +4 @@\n-        return f\"no berth left for {name}\"\n+        return f\"no 3 berths are left for {name}\"\n",
        // Nothing of it is in the test.
        "@@ -4 +4 @@\n-        return \"closed\"\n+        return \"shut\"\n",
    ] {
        abstains(&reworded(&[("harbor/berth.py", hunk)]));
    }
    // The push changed the expectation itself.
    let both = [
        (
            "harbor/berth.py",
            "@@ -4 +4 @@\n-    return f\"no berth left for {name}\"\n+    return f\"all are taken, {name}\"\n",
        ),
        (
            "tests/test_berth.py",
            "@@ -2 +2 @@\n-    assert reserve(9) == \"\"\n+    assert reserve(9) == \"no berth left for Ada\"\n",
        ),
    ];
    abstains(&reworded(&both));
}

/// Class, command, output, the file and its text before and after.
type Row<'a> = (FailureClass, &'a str, &'a str, &'a str, &'a str, &'a str);

#[test]
fn files_that_do_not_load_get_the_one_sign_that_they_lack() {
    use FailureClass::{Compile, ConfigOrWorkflowSyntax as Config};
    let rows: &[Row<'_>] = &[
        (
            Compile,
            "python3 -m pytest",
            "E     File \"shop/cart.py\", line 1\nE       def label(prices)\nE   SyntaxError: expected ':'",
            "shop/cart.py",
            "def label(prices)\n    return 1\n",
            "def label(prices):\n    return 1\n",
        ),
        (
            Compile,
            "python3 a.py",
            "  File \"/work/a.py\", line 1\n    x = [1, 2\n        ^\nSyntaxError: '[' was never closed",
            "a.py",
            "x = [1, 2\nprint(x)\n",
            "x = [1, 2]\nprint(x)\n",
        ),
        (
            Compile,
            "python3 a.py",
            "  File \"a.py\", line 3\n    return x\nIndentationError: unexpected indent",
            "a.py",
            "def f(x):\n    x += 1\n     return x\n",
            "def f(x):\n    x += 1\n    return x\n",
        ),
        (
            Compile,
            "python3 a.py",
            "  File \"a.py\", line 1, in <module>\n    print(os.sep)\nNameError: name 'os' is not defined",
            "a.py",
            "print(os.sep)\n",
            "import os\n\nprint(os.sep)\n",
        ),
        (
            Compile,
            "python3 a.py",
            "  File \"a.py\", line 1\n    print \"x\"\nSyntaxError: Missing parentheses in call to 'print'. Did you mean print(...)?",
            "a.py",
            "print \"x\"\n",
            "print(\"x\")\n",
        ),
        (
            Config,
            "npm run build",
            "npm error JSON.parse Invalid package.json: JSONParseError: Expected double-quoted property name in JSON at position 9",
            "package.json",
            "{\n  \"a\": [1,],\n}\n",
            "{\n  \"a\": [1]\n}\n",
        ),
        (
            Config,
            "npm run build",
            "npm error JSON.parse Invalid package.json: Expected ',' or '}' in JSON",
            "package.json",
            "{\n  \"a\": 1\n  \"b\": 2\n}\n",
            "{\n  \"a\": 1,\n  \"b\": 2\n}\n",
        ),
        (
            Config,
            "npm run check",
            "npm error Missing script: \"biuld\"",
            "package.json",
            "{\"scripts\": {\"build\": \"x\", \"check\": \"npm run biuld\"}}\n",
            "{\"scripts\": {\"build\": \"x\", \"check\": \"npm run build\"}}\n",
        ),
        (
            Config,
            "ruff check .",
            "  Cause: Failed to parse pyproject.toml\nunknown field `line-lenght`",
            "pyproject.toml",
            "[tool.ruff]\nline-lenght = 99\n",
            "[tool.ruff]\nline-length = 99\n",
        ),
        (
            Config,
            "ruff check .",
            "  Cause: Failed to parse pyproject.toml\nmissing comma between array elements",
            "pyproject.toml",
            "a = [\n  \"b\"\n  \"c\",\n]\n",
            "a = [\n  \"b\",\n  \"c\",\n]\n",
        ),
        (
            Config,
            "terraform validate",
            "Error: Unsupported argument\n  on main.tf line 2, in variable \"region\":\nAn argument named \"defualt\" is not expected here. Did you mean \"default\"?",
            "main.tf",
            "variable \"region\" {\n  defualt = 1\n}\n",
            "variable \"region\" {\n  default = 1\n}\n",
        ),
        (
            Config,
            "make",
            "Makefile:4: *** missing separator.  Stop.",
            "Makefile",
            "all: hull\n\nhull:\n    echo a\n    echo b\n",
            "all: hull\n\nhull:\n\techo a\n\techo b\n",
        ),
        (
            Config,
            "tsc -p .",
            "tsconfig.json(3,5): error TS5023: Unknown compiler option 'stict'.",
            "tsconfig.json",
            "{\"compilerOptions\": {\"stict\": true}}\n",
            "{\"compilerOptions\": {\"strict\": true}}\n",
        ),
        (
            Config,
            "yamllint config",
            "config/app.yml\n  4:3       error    syntax error: could not find expected ':' (syntax)",
            "config/app.yml",
            "a:\n  b: 1\n  port:8080\n  c: 2\n",
            "a:\n  b: 1\n  port: 8080\n  c: 2\n",
        ),
        (
            Config,
            "yamllint .",
            "app.yml\n  3:4       error    syntax error: expected <block end> (syntax)",
            "app.yml",
            "a:\n    b: 1\n   c:\n      - 2\n",
            "a:\n    b: 1\n    c:\n      - 2\n",
        ),
    ];
    for (class, command, output, path, before, after) in rows {
        let case = Case {
            class: class.clone(),
            command,
            output,
            files: &[(path, before)],
            push: &[],
            holds: &[(path, after)],
        };
        let (strategy, asks, text) = proven(&case, path);
        assert_eq!(&text, after, "{output}");
        assert_eq!(asks, strategy == "config-file", "{output}");
    }
}

#[test]
fn what_could_be_meant_in_two_ways_is_left_alone() {
    use FailureClass::{Compile, ConfigOrWorkflowSyntax as Config};
    let rows: &[(FailureClass, &str, &str, &str, &str)] = &[
        // The bracket may end a line below.
        (
            Compile,
            "python3 a.py",
            "  File \"a.py\", line 1\nSyntaxError: '(' was never closed",
            "a.py",
            "x = f(1,\n      2\n",
        ),
        // A block, not a slip.
        (
            Compile,
            "python3 a.py",
            "  File \"a.py\", line 2\nIndentationError: unexpected indent",
            "a.py",
            "x = 1\n        y = 2\n",
        ),
        // No module of the library is called so.
        (
            Compile,
            "python3 a.py",
            "  File \"a.py\", line 1, in <module>\nNameError: name 'shop' is not defined",
            "a.py",
            "shop.open()\n",
        ),
        (
            Config,
            "npm run check",
            "npm error Missing script: \"test\"",
            "package.json",
            "{\"scripts\": {\"tests\": \"x\", \"check\": \"npm run test\"}}\n",
        ),
        (
            Config,
            "npm run x",
            "npm error JSON.parse Invalid package.json: JSON",
            "package.json",
            "{\"a\": }\n",
        ),
        (
            Config,
            "ruff check .",
            "Failed to parse pyproject.toml\nunknown field `colour`",
            "pyproject.toml",
            "[tool.ruff]\ncolour = 1\n",
        ),
        (
            Config,
            "yamllint .",
            "app.yml\n  1:4  error  syntax error: could not find expected ':' (syntax)",
            "app.yml",
            "url:http://a\nport:1\nhost:2\n",
        ),
        (
            Config,
            "make",
            "make: *** No rule to make target 'src/a1.c', needed by 'app'.  Stop.",
            "Makefile",
            "app: src/a1.c\n\tcc src/a1.c\n",
        ),
    ];
    for (class, command, output, path, text) in rows {
        let files = [(*path, *text), ("src/a2.c", ""), ("src/a3.c", "")];
        let case = Case {
            class: class.clone(),
            command,
            output,
            files: &files,
            push: &[],
            // Anything would pass.
            holds: &[],
        };
        let failing = Case {
            holds: &[("nowhere", "")],
            ..case
        };
        abstains(&failing);
    }
}

const HULL: &str = "[package]\nname = \"hull\"\nversion = \"0.2.0\"\n\n[features]\nplanks = []\n";
const SAIL: &str = "[package]\nname = \"sail\"\nversion = \"0.1.0\"\n\n[dependencies]\n";

fn cargo<'a>(
    output: &'a str,
    files: &'a [(&'a str, &'a str)],
    holds: &'a [(&'a str, &'a str)],
) -> Case<'a> {
    Case {
        class: FailureClass::DependencyResolution,
        command: "cargo check",
        output,
        files,
        push: &[
            (
                "hull/Cargo.toml",
                "@@ -3 +3 @@\n-version = \"0.1.4\"\n+version = \"0.2.0\"\n",
            ),
            ("crates/rope/Cargo.toml", ""),
        ],
        holds,
    }
}

#[test]
fn the_repositorys_own_packages_are_named_as_their_manifests_have_them() {
    let sail = |line: &str| format!("{SAIL}{line}\n");
    let rows = [
        ("error[E0433]: cannot find module or crate `hull` in this scope\n --> sail/src/lib.rs:2:5\n  |\n  = help: x\nerror: could not compile `sail` (lib) due to 1 previous error".to_owned(), sail("rope = \"1\""), format!("{SAIL}hull = {{ path = \"../hull\" }}\nrope = \"1\"\n")),
        ("error: failed to select a version for the requirement `hull = \"^0.1\"`\ncandidate versions found which didn't match: 0.2.0\nlocation searched: /x/hull\nrequired by package `sail v0.1.0 (/x/sail)`".to_owned(), sail("hull = { path = \"../hull\", version = \"0.1\" }"), sail("hull = { path = \"../hull\", version = \"0.2\" }")),
        ("package `sail` depends on `hull` with feature `plank` but `hull` does not have that feature.\n package `hull` does have feature `planks`".to_owned(), sail("hull = { path = \"../hull\", features = [\"plank\"] }"), sail("hull = { path = \"../hull\", features = [\"planks\"] }")),
    ];
    for (output, before, after) in &rows {
        let files = [
            (
                "Cargo.toml",
                "[workspace]\nmembers = [\"hull\", \"sail\"]\n",
            ),
            ("hull/Cargo.toml", HULL),
            ("sail/Cargo.toml", before.as_str()),
            ("sail/src/lib.rs", "hull::plank();\n"),
        ];
        let holds = [("sail/Cargo.toml", after.as_str())];
        let (strategy, asks, text) = proven(&cargo(output, &files, &holds), "sail/Cargo.toml");
        assert_eq!(
            (strategy.as_str(), asks, &text),
            ("cargo-manifest", true, after)
        );
    }
}

#[test]
fn a_member_is_listed_where_cargo_says_and_in_the_manner_of_the_others() {
    let output = "error: current package believes it's in a workspace when it's not:\n\nthis may be fixable by adding `crates/rope` to the `workspace.members` array of the manifest located at: /x/Cargo.toml";
    for (before, after) in [
        ("[\"crates/hull\"]", "[\"crates/hull\", \"crates/rope\"]"),
        (
            "[\n    \"crates/hull\",\n    \"crates/sail\",\n]",
            "[\n    \"crates/hull\",\n    \"crates/rope\",\n    \"crates/sail\",\n]",
        ),
        (
            "[\n  \"crates/hull\"\n]",
            "[\n  \"crates/hull\",\n  \"crates/rope\",\n]",
        ),
    ] {
        let root = format!("[workspace]\nmembers = {before}\n");
        let wanted = format!("[workspace]\nmembers = {after}\n");
        let files = [
            ("Cargo.toml", root.as_str()),
            ("crates/rope/Cargo.toml", SAIL),
        ];
        let holds = [("Cargo.toml", "crates/rope")];
        let (_, _, text) = proven(&cargo(output, &files, &holds), "Cargo.toml");
        assert_eq!(text, wanted);
    }
}

#[test]
fn what_a_registry_has_is_no_business_of_the_repositorys() {
    let sail = format!("{SAIL}hull = \"0.1\"\n");
    let output = "error: failed to select a version for the requirement `hull = \"^0.1\"`\ncandidate versions found which didn't match: 0.2.0\nlocation searched: crates.io index\nrequired by package `sail v0.1.0 (/x/sail)`";
    let files = [
        ("hull/Cargo.toml", HULL),
        ("sail/Cargo.toml", sail.as_str()),
    ];
    let holds = [("sail/Cargo.toml", "0.2")];
    abstains(&cargo(output, &files, &holds));
    // Its own, but the push did not raise what was asked for.
    let own = output.replace("crates.io index", "/x/hull");
    for (old, new) in [("0.1.9", "0.1.9"), ("0.3.1", "0.2.0")] {
        let hunk = format!("@@ -3 +3 @@\n-version = \"{old}\"\n+version = \"{new}\"\n");
        let push = [("hull/Cargo.toml", hunk.as_str())];
        abstains(&Case {
            push: &push,
            ..cargo(&own, &files, &holds)
        });
    }
    abstains(&Case {
        push: &[],
        ..cargo(&own, &files, &holds)
    });
}

#[test]
fn a_package_that_was_left_out_before_the_push_stays_out() {
    let output = "this may be fixable by adding `crates/rope` to the `workspace.members` array of the manifest located at: /x/Cargo.toml";
    let files = [
        ("Cargo.toml", "[workspace]\nmembers = []\n"),
        ("crates/rope/Cargo.toml", SAIL),
    ];
    let holds = [("Cargo.toml", "crates/rope")];
    abstains(&Case {
        push: &[],
        ..cargo(output, &files, &holds)
    });
}

#[test]
fn a_share_of_what_a_compiler_reports_is_enough_where_the_command_says_so() {
    // What follows from the missing name has no remedy of its own.
    let output = "src/a.ts(1,25): error TS2551: Property 'lenght' does not exist on type 'string'. Did you mean 'length'?\nsrc/a.ts(2,7): error TS2322: Type 'any' is not assignable to type 'never'.";
    let files = [(
        "src/a.ts",
        "export const a = (s) => s.lenght;\nlet b: never = a(1);\n",
    )];
    let case = Case {
        class: FailureClass::TypeCheck,
        command: "tsc -p .",
        output: "src/a.ts(1,27): error TS2551: Property 'lenght' does not exist on type 'string'. Did you mean 'length'?\nsrc/a.ts(2,7): error TS2322: Type 'any' is not assignable to type 'never'.",
        files: &files,
        push: &[],
        holds: &[("src/a.ts", "s.length")],
    };
    let (_, asks, text) = proven(&case, "src/a.ts");
    assert!(text.contains("s.length") && !asks, "{text}");
    // Where the rest stays, so does the command's failure, and nothing is said.
    let holds = [("src/a.ts", "s.length"), ("src/b.ts", "")];
    abstains(&Case {
        holds: &holds,
        output,
        ..case
    });
}

#[test]
fn a_hostile_push_log_and_tree_cost_no_more_than_their_size() {
    // Many names, words and paths, one endless line, and nothing to mend.
    let hunks: String = (0..1_500)
        .map(|at| {
            format!(
                "@@ -{at} +{at} @@\n-def old_name{at}(): return \"old words {at}\"\n+def new_name{at}(): return \"new words {at}\"\n"
            )
        })
        .collect();
    let output: String = (0..6_000)
        .map(|at| {
            format!(
                "a{at}/tests/test_a.py:{at}: old_name7 is not defined: old words 7 new words 7\n"
            )
        })
        .collect();
    let line = "old_name7 assert 'old words 7' ".repeat(10_000);
    let files: Vec<(String, &str)> = (0..550)
        .map(|at| (format!("d{at}/tests/test_a.py"), "old_name7\n"))
        .chain([("tests/test_a.py".to_owned(), line.as_str())])
        .collect();
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(path, text)| (path.as_str(), *text))
        .collect();
    let started = std::time::Instant::now();
    abstains(&Case {
        class: FailureClass::TestFailure,
        command: "python3 -m pytest",
        output: &output,
        files: &files,
        push: &[("src/a.py", hunks.as_str())],
        holds: &[("nowhere", "")],
    });
    // Seconds where it is linear, unoptimised; hours where it is not.
    assert!(started.elapsed().as_secs() < 120, "{:?}", started.elapsed());
}

#[test]
fn a_line_that_nobody_wrote_by_hand_is_left_as_it_is() {
    let hunk = "@@ -1 +1 @@\n-def height(hours):\n+def tide_height(hours):\n";
    let long = format!(
        "from harbor.tide import height\n{}height(2)\n",
        "x = 1; ".repeat(300)
    );
    let files = [("tests/test_tide.py", long.as_str())];
    let (_, _, text) = proven(
        &renamed(&[("harbor/tide.py", hunk)], &files),
        "tests/test_tide.py",
    );
    assert!(
        text.ends_with(" height(2)\n"),
        "a line of more than 2,000 bytes"
    );
}

#[test]
fn a_format_gets_the_width_that_gcc_wants_and_no_other_kind_of_value() {
    let output = |old: &str, found: &str, new: &str| {
        format!(
            "a.c:2:14: error: format ‘{old}’ expects argument of type ‘int’, but argument 2 has type ‘{found}’ [-Werror=format=]\n    2 |     printf(\"{old}\", x);\n      |             ~^   ~\n      |              |   |\n      |              int {found}\n      |             {new}"
        )
    };
    let files = [("a.c", "void f(long x) {\n    printf(\"%d\", x);\n}\n")];
    let (wide, text) = (
        output("%d", "long int", "%ld"),
        output("%d", "char *", "%s"),
    );
    let case = |output| Case {
        class: FailureClass::Compile,
        command: "gcc -Wall -Werror -c a.c",
        output,
        files: &files,
        push: &[],
        holds: &[("a.c", "printf(\"%ld\", x)")],
    };
    let (_, _, mended) = proven(&case(&wide), "a.c");
    assert!(mended.contains("printf(\"%ld\", x)"), "{mended}");
    abstains(&Case {
        holds: &[("a.c", "%s")],
        ..case(&text)
    });
}
