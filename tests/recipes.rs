//! What targets stand for, read from the files that people and enemies write.

use sentinel::command::recipe::{Files, recipes};
use sentinel::command::{Command, Derived, Situation, derive};

fn files(rows: &[(&str, &str)]) -> Vec<(String, Vec<u8>)> {
    let own = |(path, text): &(&str, &str)| ((*path).to_owned(), text.as_bytes().to_vec());
    rows.iter().map(own).collect()
}

fn command(line: &str, directory: &str) -> Command {
    let argv = ["bash", "-e", "-c", line].map(str::to_owned).to_vec();
    Command::new(argv, directory, Default::default(), "log".into()).unwrap()
}

/// Where each recipe runs, and its script in one line.
fn told(line: &str, directory: &str, rows: &[(&str, &str)]) -> Vec<String> {
    let files = files(rows);
    let found = recipes(&command(line, directory), Files(&files));
    let shown = found.iter().map(|recipe| {
        let script = recipe.script.replace('\n', "; ");
        format!("{}: {script}", recipe.directory)
    });
    shown.collect()
}

const MAKEFILE: &str = "\
SRC ?= app tests
PY := $(shell git ls-files '*.py')
BLACK = black $(FLAGS)
.PHONY: lint style
all: lint
lint: style ## checks
\t@flake8 $(SRC)
\t-$(MAKE) -C docs check
style:
\t$(BLACK) --check \\
\t  $(SRC)
\t@for f in $(PY); do echo $$f; done
LOOP = $(LOOP)$(LOOP)
loop:
\techo $(LOOP)
";

#[test]
fn a_target_of_a_makefile_is_its_lines_and_those_before_it() {
    let rows = [
        ("Makefile", MAKEFILE),
        ("docs/Makefile", "check:\n\tdoc8 .\n"),
    ];
    let lines = "flake8 app tests; make -C docs check; black  --check \\; \t  app tests; \
                 for f in $(git ls-files '*.py'); do echo $f; done";
    assert_eq!(
        told("make lint", "", &rows),
        [format!(": {lines}"), "docs: doc8 .".into()]
    );
    assert_eq!(told("make -j4 -C docs check", "", &rows), ["docs: doc8 ."]);
    // The first target, where none is named; a value given on the line.
    let overridden = told("make style SRC=lib", "", &rows);
    assert!(
        overridden[0].contains("--check \\; \t  lib"),
        "{overridden:?}"
    );
    assert_eq!(told("make", "", &rows), told("make all", "", &rows));
}

#[test]
fn a_variable_of_itself_ends() {
    let rows = [("Makefile", MAKEFILE)];
    assert_eq!(told("make loop", "", &rows), [": echo "]);
    let mut hostile = String::from("A0 =\n");
    for level in 1..60 {
        let inner = format!("$(A{})", level - 1).repeat(100);
        hostile.push_str(&format!("A{level} = {inner}\n"));
    }
    hostile.push_str("x:\n\techo $(A59)\n");
    told("make x", "", &[("Makefile", &hostile)]);
}

#[test]
fn scripts_of_packages_run_where_the_package_is() {
    let root = r#"{"scripts": {"lint": "npm-run-all lint:*", "lint:js": "eslint src", "lint:css": "stylelint a.css", "all": "turbo run lint"}}"#;
    let web = r#"{"name": "@x/web", "scripts": {"lint": "eslint ."}}"#;
    let rows = [("package.json", root), ("packages/web/package.json", web)];
    let both = [": npm-run-all lint:*", ": stylelint a.css", ": eslint src"];
    let mut found = told("npm run --silent lint", "", &rows);
    found.sort();
    let mut wanted = both.to_vec();
    wanted.sort_unstable();
    assert_eq!(found, wanted);
    for line in [
        "npm run lint --workspaces --if-present",
        "npm -w @x/web run lint",
        "pnpm --filter @x/web lint",
        "pnpm -r lint",
        "yarn workspace @x/web run lint",
        "yarn --cwd packages/web lint",
        "npm --prefix packages/web run lint",
        "cd packages/web && npm run lint",
        "npx turbo run lint",
        "lerna run lint",
    ] {
        assert_eq!(told(line, "", &rows), ["packages/web: eslint ."], "{line}");
    }
    assert_eq!(
        told("npm run lint", "packages/web", &rows),
        ["packages/web: eslint ."]
    );
    assert_eq!(
        told("npm run lint -- --quiet", "packages/web", &rows)[0],
        "packages/web: eslint . --quiet"
    );
}

#[test]
fn environments_and_tasks_are_followed_to_their_commands() {
    let tox = "[tox]\nenvlist = py311, lint\n[testenv:lint]\ndeps =\n    black\ncommands =\n    black --check {posargs:src}\n    - isort -c {toxinidir}/src\n";
    let nox = "import nox\n\n@nox.session(venv_backend='none')\ndef lint(session):\n    session.install('ruff')\n    session.run('ruff', 'check', 'src', external=True)\n\n\n@nox.session\ndef tests(session):\n    session.run('pytest')\n";
    let project = "[tool.hatch.envs.default.scripts]\nlint = ['style', 'mypy src']\nstyle = 'ruff check {args:.}'\n[tool.poe.tasks]\nfmt = 'black --check .'\nall = ['fmt']\n[tool.pdm.scripts]\nlint = {composite = ['ruff check']}\n[tool.tox.env.style]\ncommands = [['ruff', 'format', '--check']]\n";
    let just = "src := 'app'\n\ndefault: lint\n\nlint: fmt\n    ruff check app\nfmt:\n    @ruff format --check\n";
    let tasks = "version: '3'\ntasks:\n  lint:\n    cmds:\n      - golangci-lint run\n      - cmd: gofmt -l .\n";
    let composer = r#"{"scripts": {"cs": ["php-cs-fixer fix --dry-run"]}}"#;
    let rows = [
        ("tox.ini", tox),
        ("noxfile.py", nox),
        ("pyproject.toml", project),
        ("justfile", just),
        ("Taskfile.yml", tasks),
        ("composer.json", composer),
        ("ci/lint.sh", "#!/bin/sh\nshfmt -d .\n"),
    ];
    for (line, script) in [
        ("tox -e lint", ": black --check src; isort -c ./src"),
        ("tox run -e style", ": ruff format --check"),
        ("nox -s lint", ": ruff check src"),
        ("hatch run lint", ": ruff check .; mypy src"),
        ("poetry run poe all", ": black --check ."),
        ("pdm run lint", ": ruff check"),
        ("just lint", ": ruff check app; ruff format --check"),
        ("task lint", ": golangci-lint run; gofmt -l ."),
        ("composer run cs", ": php-cs-fixer fix --dry-run"),
        ("./ci/lint.sh", ": #!/bin/sh; shfmt -d .; "),
        ("bash ci/lint.sh", ": #!/bin/sh; shfmt -d .; "),
    ] {
        assert_eq!(
            told(line, "", &rows).first().map(String::as_str),
            Some(script),
            "{line}"
        );
    }
}

#[test]
fn what_is_not_there_or_no_file_of_the_tree_stands_for_nothing() {
    let rows = [
        ("package.json", "{\"scripts\": {\"a\": 7}}"),
        ("tox.ini", "[testenv:x"),
    ];
    for line in [
        "npm run lint",
        "npm run a",
        "make lint",
        "tox -e x",
        "just",
        "npm --prefix ../.. run lint",
        "npm --prefix /etc run lint",
        "make -C",
        "npm",
        "bash",
        "nox -s",
        "cd .. && make",
    ] {
        assert_eq!(told(line, "", &rows), Vec::<String>::new(), "{line}");
    }
    // A target that calls itself is read once.
    let own = [("Makefile", "a:\n\tmake a\n")];
    assert_eq!(told("make a", "", &own), [": make a"]);
}

#[test]
fn what_is_followed_has_an_end() {
    // Recipes: 32.
    let scripts: Vec<String> = (0..40)
        .map(|n| format!("\"lint:{n:02}\": \"eslint {n}\""))
        .collect();
    let package = format!("{{\"scripts\": {{{}}}}}", scripts.join(", "));
    let found = told("run-s lint:*", "", &[("package.json", &package)]);
    assert_eq!(found.len(), 32);
    // Targets behind each other: 4.
    let chain: String = (0..9)
        .map(|n| format!("t{n}:\n\tmake t{}\n", n + 1))
        .collect();
    assert_eq!(told("make t0", "", &[("Makefile", &chain)]).len(), 4);
    // Bytes of one recipe: 16 KiB.
    let long = format!("long:\n\techo {}\nshort:\n\techo\n", "x".repeat(20_000));
    let rows = [("Makefile", long.as_str())];
    assert_eq!(told("make long", "", &rows), Vec::<String>::new());
    assert_eq!(told("make short", "", &rows), [": echo"]);
    // Simple commands: 400 in all, three scripts of 199 before the target.
    let filler = "true\n".repeat(199);
    let with = |count: usize| {
        let calls: String = (0..count).map(|n| format!("sh fill{n}.sh\n")).collect();
        let script = format!("{calls}make last");
        let mut rows = vec![(
            "Makefile".to_owned(),
            "last:\n\tmake end\nend:\n\techo\n".to_owned(),
        )];
        rows.extend((0..count).map(|n| (format!("fill{n}.sh"), format!("# {n}\n{filler}"))));
        let rows: Vec<(&str, &str)> = rows.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        told(&script, "", &rows).contains(&": echo".to_owned())
    };
    assert!(with(1));
    assert!(!with(3));
}

#[test]
fn what_a_makefile_says_again_and_again_is_read_once() {
    // Targets of a rule and of a run: 64.
    let names: Vec<String> = (0..80).map(|n| format!("t{n}")).collect();
    let makefile = format!(
        "all: {}\n{}:\n\techo $@\n",
        names.join(" "),
        names.join(" ")
    );
    let found = told("make all", "", &[("Makefile", &makefile)]);
    assert_eq!(found[0].matches("echo").count(), 63);
    // Bytes of a variable: 8 KiB; of a line that it makes, a little more.
    let makefile = format!(
        "A = {}\nA += {}\nx:\n\techo $(A)$(A)\n",
        "a".repeat(5_000),
        "b".repeat(5_000)
    );
    let found = told("make x", "", &[("Makefile", &makefile)]);
    assert!(!found[0].contains('b') && found[0].contains('a'));
}

fn derived(workflow: &str, printed: &str, rows: &[(&str, &str)]) -> Derived {
    let workflows = files(&[(".github/workflows/ci.yml", workflow)]);
    let targets = files(rows);
    derive(&Situation {
        files: &workflows,
        printed: &[printed.to_owned()],
        targets: Files(&targets),
        ..Situation::default()
    })
}

#[test]
fn what_a_target_printed_is_the_targets_failure_and_its_tools_mend_it() {
    let workflow = "jobs:\n  lint:\n    steps:\n      - run: npm ci\n      - run: npm run lint\n        working-directory: web\n";
    let package = r#"{"scripts": {"lint": "eslint src && prettier --check src"}}"#;
    let derived = derived(
        workflow,
        "eslint src && prettier --check src",
        &[("web/package.json", package)],
    );
    let blamed = derived.find(derived.blamed.as_deref().unwrap()).unwrap();
    assert_eq!(
        (blamed.shown().as_str(), blamed.directory.as_str()),
        ("npm run lint", "web")
    );
    let fixes: Vec<(&str, &str)> = derived
        .fixes_of(blamed)
        .map(|fix| (fix.argv.last().unwrap().as_str(), fix.directory.as_str()))
        .collect();
    let path = "PATH=\"$PWD/node_modules/.bin:$PWD/../node_modules/.bin:$PATH\"\n";
    let eslint = format!("{path}eslint --fix src");
    let prettier = format!("{path}prettier --write src");
    assert!(fixes.contains(&(eslint.as_str(), "web")), "{fixes:?}");
    assert!(fixes.contains(&(prettier.as_str(), "web")), "{fixes:?}");
    // Where it is known what the script runs, nobody tries flags on it.
    assert!(
        !fixes.iter().any(|(script, _)| script.contains("lint -- ")),
        "{fixes:?}"
    );
}
