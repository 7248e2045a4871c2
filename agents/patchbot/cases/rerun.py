"""Failures whose command can be run again: what the log shows, and what the
check's own tool makes of the tree. How the commands went is recorded by
`RECORD_RUNS=1 cargo test --test runner`."""

from compilers import crate
from definitions import CLEAN_PY, CONFIG_TOML, GO, PYTHON, RUST, case, refuse
from rules import ESLINT_RULES, RUFF_PY, STYLE_JS, becomes

BIOME = '{"formatter": {"indentStyle": "space"}, "linter": {"rules": {"recommended": true}}}\n'
UGLY_JS = 'const a  = {b:1}\nmodule.exports = {a}\n'
UNUSED_RS = "use std::fmt;\n\nfn main() {\n    let mut a = 1;\n    return println!(\"{}\", a);\n}\n"
HOOKS = """\
repos:
  - repo: local
    hooks:
      - {id: black, name: black, entry: black, language: system, types: [python]}
      - {id: isort, name: isort, entry: isort --profile black, language: system, types: [python]}
"""
LOCKED = {
    "Cargo.toml": '[workspace]\nmembers = ["a", "b"]\nresolver = "3"\n',
    "a/Cargo.toml": '[package]\nname = "a"\nversion = "0.2.0"\nedition = "2024"\n\n[dependencies]\nb = { path = "../b" }\n',
    "b/Cargo.toml": '[package]\nname = "b"\nversion = "0.1.0"\nedition = "2024"\n',
    "a/src/lib.rs": "",
    "b/src/lib.rs": "",
    "Cargo.lock": "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"0.1.0\"\n\n[[package]]\nname = \"b\"\nversion = \"0.1.0\"\n",
}
BROKEN_PY = "def f(column):\n    return column == None\n\n\nx=1\n"


LEFT_PY = "import sys\nimport json\n\nfrom os import path, sep\n\n\ndef f(column):\n    if column == None:\n        return json.dumps(sys.argv)\n    return path.join(column)\n"
LEFT = {"a.py": LEFT_PY.replace("import sys\nimport json\n", "import json\nimport sys\n").replace("sys\n\nfrom os import path, sep", "sys\nfrom os import path").replace("== None", "is None")}
TURNS_PY = "def f( column ):\n    kind = lambda a:a+1\n    if not column in (1,2): return kind( column )\n    return type(column)==dict\n"
TURNS = {"a.py": "def f(column):\n    def kind(a):\n        return a + 1\n\n    if column not in (1, 2):\n        return kind(column)\n    return type(column) is dict\n"}


def rerun(name, files, step, fix, tool, **more):
    return case(name, files, step, fix, tool, **{"strategy": "fix-mode", "runner": True, **more})


LINT = {"class": "lint"}

RERUN = [
    rerun("black-shows-no-diff", PYTHON, "black --check .", "black -q .", "black"),
    rerun("isort-shows-no-diff", PYTHON, "isort --check-only .", "isort -q .", "isort"),
    rerun("ruff-format-shows-no-diff", PYTHON, "ruff format --check .", "ruff format -q .", "ruff"),
    rerun("prettier", {"src/a.js": UGLY_JS, "README.md": "#  Shop\n* a\n* b\n"}, "prettier --check .", "prettier --write .", "prettier"),
    rerun("biome", {"biome.json": BIOME, "src/a.js": UGLY_JS}, "biome check src", "biome check --write src", "biome", **LINT),
    rerun("taplo", {"a.toml": CONFIG_TOML}, "taplo fmt --check", "taplo fmt", "taplo"),
    rerun("gofmt-lists", GO, "test -z \"$(gofmt -l . | tee /dev/stderr)\"", "gofmt -w .", "gofmt"),
    rerun("clang-format", {"src/money.cpp": "int  main( ){return 0 ;}\n"}, "clang-format --dry-run -Werror src/money.cpp", "clang-format -i src/money.cpp", "clang-format"),
    rerun("eslint-fixes-and-more", {"src/a.js": STYLE_JS.replace("{ readFile, writeFile }", "{ writeFile }").replace("import path from 'node:path';\n", "").replace("  debugger;\n", ""), "eslint.config.js": ESLINT_RULES}, "eslint src", "eslint --fix src", "eslint", strategy="known-rule", **LINT),
    rerun("ruff-fixes-and-more", {"a.py": RUFF_PY.replace("if not name in names", "if name not in names").replace("None;", "None").replace("x = 1; y = 2", "x = 1\n    y = 2").replace("import sys, json", "import sys\nimport json")}, "ruff check --select F .", "sed -i 's/ as error//;s/f\"\\[\\]\"/\"[]\"/;/^import os$/d' a.py", "ruff", strategy="printed-suggestion", **LINT),
    rerun("clippy-fixes", crate(UNUSED_RS), "cargo clippy -- -D warnings", becomes({"src/main.rs": "fn main() {\n    let a = 1;\n    println!(\"{}\", a)\n}\n"}), "clippy", strategy="printed-suggestion", **LINT),
    rerun("pre-commit-fixes", {".pre-commit-config.yaml": HOOKS, **PYTHON}, "pre-commit run --all-files", "pre-commit run --all-files || pre-commit run --all-files", "pre-commit", **LINT),
    rerun("rustfmt-and-its-diff", RUST, "cargo fmt --check", "cargo fmt", "rustfmt", strategy="printed-diff"),
    rerun("cargo-lock", LOCKED, "cargo check --locked --offline", "cargo update --workspace --offline", "cargo", **{"class": "lockfile", "approval": "true"}),
    rerun("leaves-a-finding", {"a.py": BROKEN_PY}, "ruff check --select E711,F .", None, "ruff", abstain="changed nothing", **LINT),
    rerun("tool-and-rule-in-turn", {"a.py": LEFT_PY}, "ruff check --select I,F,E711 .", becomes(LEFT), "ruff", **LINT),
    rerun("checks-in-turn", {"a.py": TURNS_PY}, "black --check a.py\npycodestyle --max-line-length=100 a.py", becomes(TURNS), "black"),
    rerun("findings-in-tests-in-turn", {"Makefile": "lint:\n\tpycodestyle shop tests\n", "shop/a.py": "x = 1\n", "tests/test_a.py": "import shop\nassert shop != None \n"}, "make lint", becomes({"tests/test_a.py": "import shop\nassert shop is not None\n"}), "pycodestyle", strategy="known-rule", **LINT),
    rerun("passes-here", {"a.py": "x  = 1\n"}, "black --check a.py", None, "black", abstain="passes when it is run again", workspace=lambda _: {"a.py": CLEAN_PY}),
]
