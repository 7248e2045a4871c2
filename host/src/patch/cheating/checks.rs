//! Files that say what is checked, and how.

use super::text::formless;
use super::{CheatKind, Finding, Name};

/// Files that configure a check and nothing else, by name or by beginning.
const CONFIGURATIONS: &[&str] = &[
    ".actionlint",
    ".ameba.",
    ".ansible-lint",
    ".bandit",
    ".bundler-audit",
    ".checkov",
    ".clang-format",
    ".clang-tidy",
    ".clippy.",
    ".codeclimate",
    ".codecov",
    ".codespell",
    ".coveragerc",
    ".credo.",
    ".cspell",
    ".dialyzer",
    ".djlintrc",
    ".editorconfig",
    ".eslint",
    ".flake8",
    ".gitleaks",
    ".golangci",
    ".hadolint",
    ".htmlhint",
    ".isort",
    ".jscpd",
    ".jshint",
    ".ktlint",
    ".lintr",
    ".markdownlint",
    ".mdlrc",
    ".mocharc",
    ".mypy",
    ".nycrc",
    ".oxlint",
    ".phpcs",
    ".pre-commit-config",
    ".prettier",
    ".pycodestyle",
    ".pydocstyle",
    ".pylint",
    ".remarkrc",
    ".rspec",
    ".rubocop",
    ".ruff.",
    ".rustfmt",
    ".scalafix",
    ".scalafmt",
    ".secretlint",
    ".semgrep",
    ".shellcheckrc",
    ".simplecov",
    ".solhint",
    ".sqlfluff",
    ".standard.",
    ".stylelint",
    ".swiftlint",
    ".taplo",
    ".textlint",
    ".tflint",
    ".trivy",
    ".typos",
    ".vale",
    ".yamllint",
    ".yapf",
    "_typos.",
    "biome.json",
    "checkstyle",
    "clippy.toml",
    "codecov.y",
    "coverage.rc",
    "cspell",
    "cypress.config",
    "deny.toml",
    "detekt",
    "eslint.config",
    "findbugs",
    "jasmine.json",
    "jest.config",
    "karma.conf",
    "mypy.ini",
    "nextest.toml",
    "oxlint",
    "phpstan",
    "phpunit.xml",
    "playwright.config",
    "pmd",
    "prettier.config",
    "psalm.xml",
    "pylintrc",
    "pyrightconfig",
    "pytest.ini",
    "ruff.toml",
    "rustfmt.toml",
    "sonar-project",
    "spotbugs",
    "stylelint.config",
    "taplo.toml",
    "tarpaulin.toml",
    "tsconfig",
    "tslint",
    "typos.toml",
    "vitest.config",
    "vitest.workspace",
    "web-test-runner",
    "xo.config",
    "zizmor.y",
];

/// Files that say how the checks are run.
const BUILDS: &[&str] = &[
    "build.gradle",
    "build.rs",
    "cmakelists.txt",
    "dangerfile",
    "dodo.py",
    "dune-project",
    "earthfile",
    "fabfile.py",
    "gnumakefile",
    "gruntfile",
    "gulpfile",
    "jakefile",
    "jenkinsfile",
    "justfile",
    ".justfile",
    "lerna.json",
    "magefile",
    "makefile",
    "manage.py",
    "meson.build",
    "mix.exs",
    "moon.yml",
    "noxfile.py",
    "nx.json",
    "pom.xml",
    "project.json",
    "rakefile",
    "sconstruct",
    "setup.py",
    "taskfile",
    "tasks.py",
    "turbo.json",
    "wscript",
];

/// Tables of `pyproject.toml` below `tool` that say how a package is made; all
/// others are taken for checks.
const PACKAGING: &[&str] = &[
    "bumpversion",
    "cibuildwheel",
    "commitizen",
    "dynamic-versioning",
    "flit",
    "hatch",
    "maturin",
    "pdm",
    "poetry",
    "poetry-dynamic-versioning",
    "rye",
    "scikit-build",
    "semantic_release",
    "setuptools",
    "setuptools_scm",
    "setuptools-git-versioning",
    "towncrier",
    "uv",
    "versioneer",
];

/// Members of `package.json` that say how it is made.
const MANIFEST: &[&str] = &[
    "author",
    "browser",
    "bugs",
    "bundledDependencies",
    "contributors",
    "dependencies",
    "description",
    "devDependencies",
    "engines",
    "exports",
    "files",
    "funding",
    "homepage",
    "keywords",
    "license",
    "main",
    "module",
    "name",
    "optionalDependencies",
    "overrides",
    "packageManager",
    "peerDependencies",
    "peerDependenciesMeta",
    "private",
    "publishConfig",
    "repository",
    "resolutions",
    "sideEffects",
    "type",
    "types",
    "typings",
    "version",
    "volta",
    "workspaces",
];

pub(super) fn changed(name: &Name, before: &str, after: &str) -> Vec<Finding> {
    if formless(before) == formless(after) {
        return Vec::new();
    }
    let begins = |list: &[&str]| list.iter().any(|known| name.file.starts_with(known));
    let found = match name.file.as_str() {
        "pyproject.toml" => tables(before, after, pyproject),
        "cargo.toml" => tables(before, after, cargo),
        "package.json" => package(before, after),
        "setup.cfg" | "tox.ini" => sections(before, after),
        file if is_ignore_file(file) => check("what is left out of a check"),
        _ if begins(CONFIGURATIONS) => check("the whole file is a check's"),
        _ if begins(BUILDS) || name.extension() == "mk" => {
            let what = "it runs or builds what is checked".to_owned();
            Some((CheatKind::ChangedBuild, what))
        }
        _ => None,
    };
    found.into_iter().collect()
}

fn check(what: &str) -> Option<Finding> {
    Some((CheatKind::ChangedCheck, what.to_owned()))
}

/// `.eslintignore` and its kind; what git and packagers leave out is no check.
fn is_ignore_file(file: &str) -> bool {
    const OTHERS: &[&str] = &[
        ".dockerignore",
        ".gcloudignore",
        ".gitignore",
        ".npmignore",
        ".vscodeignore",
    ];
    file.starts_with('.') && file.ends_with("ignore") && !OTHERS.contains(&file)
}

/// Compares the parts of two TOML files that concern checks. A file that did
/// not parse before is a failure to be mended; one that does not parse after
/// hides what it says.
fn tables(before: &str, after: &str, part: fn(toml::Table) -> toml::Table) -> Option<Finding> {
    let Ok(new) = after.parse::<toml::Table>() else {
        return check("it does not parse any more");
    };
    let new = part(new);
    let old = match before.parse::<toml::Table>() {
        Ok(old) => part(old),
        Err(_) if before.is_empty() => toml::Table::new(),
        Err(_) => {
            let what = "it did not parse before, so the two cannot be compared".to_owned();
            return Some((CheatKind::ChangedBuild, what));
        }
    };
    let keys = new.keys().chain(old.keys());
    let other = keys
        .into_iter()
        .find(|key| old.get(*key) != new.get(*key))?;
    check(&format!("[{}]", known(other)))
}

/// A key of the file, as far as it is a plain word: text of a repository is
/// not quoted.
fn known(key: &str) -> &str {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    match key.len() <= 60 && key.chars().all(plain) {
        true => key,
        false => "a table",
    }
}

fn pyproject(table: toml::Table) -> toml::Table {
    let Some(toml::Value::Table(tools)) = table.get("tool") else {
        return toml::Table::new();
    };
    tools
        .iter()
        .filter(|(tool, _)| !PACKAGING.contains(&tool.as_str()))
        .map(|(tool, value)| (format!("tool.{tool}"), value.clone()))
        .collect()
}

fn cargo(table: toml::Table) -> toml::Table {
    let mut part = toml::Table::new();
    for key in ["lints", "test", "bench", "profile"] {
        if let Some(value) = table.get(key) {
            part.insert(key.to_owned(), value.clone());
        }
    }
    for (outer, inner) in [
        ("workspace", "lints"),
        ("workspace", "exclude"),
        ("lib", "test"),
        ("lib", "doctest"),
        ("package", "autotests"),
    ] {
        if let Some(value) = table.get(outer).and_then(|outer| outer.get(inner)) {
            part.insert(format!("{outer}.{inner}"), value.clone());
        }
    }
    part
}

fn package(before: &str, after: &str) -> Option<Finding> {
    type Members = serde_json::Map<String, serde_json::Value>;
    let Ok(new) = serde_json::from_str::<Members>(after) else {
        return check("it does not parse any more");
    };
    let old = match serde_json::from_str::<Members>(before) {
        Ok(old) => old,
        Err(_) if before.is_empty() => Members::new(),
        Err(_) => {
            let what = "it did not parse before, so the two cannot be compared".to_owned();
            return Some((CheatKind::ChangedBuild, what));
        }
    };
    let other = new
        .keys()
        .chain(old.keys())
        .find(|key| !MANIFEST.contains(&key.as_str()) && old.get(*key) != new.get(*key))?;
    check(known(other))
}

/// The same for files in sections: those of checks are all but a package's
/// own.
fn sections(before: &str, after: &str) -> Option<Finding> {
    const OURS: &[&str] = &["metadata", "options", "bdist_wheel", "egg_info", "sdist"];
    let part = |text: &str| {
        let mut own = false;
        let mut part = String::new();
        for line in text.lines() {
            let line = line.trim_end();
            if let Some(header) = line.strip_prefix('[') {
                let word = header.split([']', '.', ':']).next().unwrap_or_default();
                own = OURS.contains(&word.trim());
            }
            if !own {
                part += line;
                part.push('\n');
            }
        }
        formless(&part)
    };
    match part(before) == part(after) {
        true => None,
        false => check("a section of a check"),
    }
}
