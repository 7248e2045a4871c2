"""Which cases there are: files, the steps of the job, the tool's own fix."""

from sources import (
    BASKET_RS,
    CARGO_TOML,
    CLEAN_PY,
    CONFIG_TOML,
    DEPLOY_SH,
    MAIN_GO,
    MAIN_LUA,
    MAIN_RS,
    MAIN_TF,
    MONEY_CPP,
    ORDERS_PY,
    PRICES_PY,
    STORE_GO,
)

PYTHON = {"shop/__init__.py": "", "shop/prices.py": PRICES_PY, "shop/orders.py": ORDERS_PY, "shop/clean.py": CLEAN_PY}
RUST = {"Cargo.toml": CARGO_TOML, "src/main.rs": MAIN_RS, "src/basket.rs": BASKET_RS}
GO = {"go.mod": "module example.com/shop\n\ngo 1.22\n", "main.go": MAIN_GO, "store.go": STORE_GO}


def crlf(text):
    return text.replace("\n", "\r\n").encode()


def old_rustfmt(log):
    """The header's form before 2023."""
    import re

    return re.sub(rb"(Diff in [^\n]*?):(\d+):\n", rb"\1 at line \2:\n", log)


def case(name, files, step, fix, tool, **more):
    steps = step if isinstance(step, list) else [step]
    more.setdefault("class", "format")
    return {"name": name, "files": files, "steps": steps, "fix": fix, "tool": tool, "command": steps[-1], "strategy": "printed-diff", **more}


PRINTED = [
    case("rustfmt", RUST, "cargo fmt --all -- --check", "cargo fmt", "rustfmt"),
    case("rustfmt-colour", RUST, "cargo fmt --all -- --check --color always", "cargo fmt", "rustfmt"),
    case("rustfmt-old-header", RUST, "cargo fmt -- --check", "cargo fmt", "rustfmt", edit_log=old_rustfmt),
    case("rustfmt-no-final-newline", RUST | {"src/basket.rs": BASKET_RS.rstrip()}, "cargo fmt --check", "cargo fmt", "rustfmt"),
    # rustfmt would also make the line ends plain, but does not ask for it.
    case("rustfmt-crlf", RUST | {"src/basket.rs": crlf(BASKET_RS)}, "cargo fmt --check", "cargo fmt && sed -i 's/$/\\r/' src/basket.rs", "rustfmt"),
    case("rustfmt-bare", RUST, "rustfmt --check --edition 2024 src/main.rs", "rustfmt --edition 2024 src/main.rs", "rustfmt", style="bare"),
    case("black", PYTHON, "black --check --diff .", "black -q .", "black"),
    case("black-colour-no-final-newline", PYTHON | {"shop/orders.py": ORDERS_PY.rstrip()}, "black --check --diff --color shop", "black -q .", "black"),
    case("black-crlf", PYTHON | {"shop/orders.py": crlf(ORDERS_PY)}, "black --check --diff .", "black -q .", "black"),
    case("black-gitlab", PYTHON, "black --check --diff .", "black -q .", "black", style="gitlab"),
    case("isort", PYTHON, "isort --check-only --diff .", "isort -q .", "isort"),
    case("ruff-format", PYTHON, "ruff format --diff .", "ruff format -q .", "ruff"),
    case("ruff-check", PYTHON, "ruff check --diff --select I,F,UP .", "ruff check -q --fix --select I,F,UP .", "ruff", **{"class": "lint"}),
    case("autopep8", PYTHON, "autopep8 --diff --exit-code --recursive .", "autopep8 --in-place --recursive .", "autopep8"),
    case("yapf", PYTHON, "yapf --diff --recursive shop", "yapf --in-place --recursive shop", "yapf"),
    case("docformatter", PYTHON, "docformatter --check --diff shop/*.py", "docformatter --in-place shop/*.py || true", "docformatter"),
    case("gofmt", GO, "gofmt -d .", "gofmt -w .", "gofmt"),
    case("gofmt-subdirectory", {f"backend/{name}": text for name, text in GO.items()} | {"main.go": "package main\n"}, "gofmt -d .", "gofmt -w .", "gofmt", cwd="backend"),
    case("shfmt", {"deploy.sh": DEPLOY_SH, "bin/deploy": DEPLOY_SH}, "shfmt -d -i 2 .", "shfmt -w -i 2 .", "shfmt"),
    case("terraform", {"main.tf": MAIN_TF, "modules/a/main.tf": MAIN_TF}, "terraform fmt -check -diff -recursive", "terraform fmt -recursive", "terraform"),
    case("stylua", {"src/main.lua": MAIN_LUA}, "stylua --check src", "stylua src", "stylua"),
    case("git-diff-after-formatter", {"src/money.cpp": MONEY_CPP}, ["clang-format -i src/*.cpp\ngit diff --exit-code"], "clang-format -i src/*.cpp", "git", check="git add -A && clang-format -i src/*.cpp && git diff --exit-code"),
]

CASES = PRINTED

UNTIDY_PY = 'import os  \n\n\ndef home():\t\n    """Where?   \n    """\n    return os.environ["HOME"]\n   \n\n'
UNTIDY_YML = "---\nname: shop  \nports:\n  - 80\n  - 443 "
UNTIDY_MD = "# Shop\n\nA line that breaks  \nhere and one that does not \nhere.\n\n- item   \n- item"
UNTIDY_JS = "const a = 1;  \nconst b = `one  \ntwo`;\n\t\nmodule.exports = { a, b };"
UNTIDY_TXT = "one  \ntwo\t\n\nthree"
HOOKS = """\
repos:
  - repo: local
    hooks:
      - {id: trailing-whitespace, name: trim trailing whitespace, entry: trailing-whitespace-fixer, language: system, types: [text]}
      - {id: end-of-file-fixer, name: fix end of files, entry: end-of-file-fixer, language: system, types: [text]}
      - {id: mixed-line-ending, name: mixed line ending, entry: mixed-line-ending, language: system, types: [text]}
      - {id: fix-byte-order-marker, name: fix utf-8 byte order marker, entry: fix-byte-order-marker, language: system, types: [text]}
"""
FORMATTING_HOOKS = HOOKS + """\
      - {id: black, name: black, entry: black, language: system, types: [python]}
      - {id: isort, name: isort, entry: isort, language: system, types: [python]}
"""
LINTED = {"app/home.py": UNTIDY_PY, "app/clean.py": CLEAN_PY}
ESLINT = 'module.exports = [{ languageOptions: { sourceType: "commonjs" }, rules: { "no-trailing-spaces": "error", "eol-last": "error" } }];\n'


def tidy(name, files, step, fix, tool, **more):
    return case(name, files, step, fix, tool, **{"strategy": "whitespace", "class": "lint", **more})


WHITESPACE = [
    tidy("pre-commit-whitespace", {".pre-commit-config.yaml": HOOKS, "notes.txt": UNTIDY_TXT, "app/home.py": UNTIDY_PY, "mixed.txt": b"a\r\nb\nc\n", "bom.txt": b"\xef\xbb\xbfhello\n"},
         "pre-commit run --all-files", "pre-commit run --all-files || true", "pre-commit"),
    tidy("pre-commit-diff", {".pre-commit-config.yaml": FORMATTING_HOOKS, "notes.txt": UNTIDY_TXT, **PYTHON},
         "pre-commit run --all-files --show-diff-on-failure", "pre-commit run --all-files || pre-commit run --all-files", "pre-commit", strategy="printed-diff"),
    tidy("pre-commit-diff-colour", {".pre-commit-config.yaml": FORMATTING_HOOKS, "notes.txt": UNTIDY_TXT, **PYTHON},
         "pre-commit run --all-files --show-diff-on-failure --color=always", "pre-commit run --all-files || pre-commit run --all-files", "pre-commit", strategy="printed-diff"),
    tidy("flake8", LINTED, "flake8 .", "sed -i 's,[ \\t]*$,,' app/home.py && autopep8 -i --select W391,W292 app/home.py", "flake8"),
    tidy("pycodestyle", {"app/home.py": UNTIDY_PY.rstrip() + "  "}, "pycodestyle app", "sed -i 's,[ \\t]*$,,' app/home.py && autopep8 -i --select W391,W292 app/home.py", "pycodestyle"),
    tidy("ruff-whitespace", LINTED, "ruff check --select W .", "ruff check -q --select W --fix --unsafe-fixes .", "ruff"),
    tidy("ruff-whitespace-concise", LINTED, "ruff check --select W --output-format=concise .", "ruff check -q --select W --fix --unsafe-fixes .", "ruff"),
    tidy("ruff-whitespace-github", LINTED, "ruff check --select W --output-format=github .", "ruff check -q --select W --fix --unsafe-fixes .", "ruff"),
    tidy("yamllint", {"deploy.yml": UNTIDY_YML}, "yamllint .", "sed -i 's/ *$//' deploy.yml && echo >> deploy.yml", "yamllint"),
    tidy("yamllint-standard", {"deploy.yml": UNTIDY_YML}, "yamllint -f standard .", "sed -i 's/ *$//' deploy.yml && echo >> deploy.yml", "yamllint"),
    tidy("yamllint-parsable", {"deploy.yml": UNTIDY_YML}, "yamllint -f parsable .", "sed -i 's/ *$//' deploy.yml && echo >> deploy.yml", "yamllint"),
    tidy("eslint", {"src/index.js": UNTIDY_JS, "eslint.config.js": ESLINT}, "eslint .", "eslint --fix .", "eslint"),
    tidy("markdownlint", {"README.md": UNTIDY_MD}, "markdownlint README.md", "markdownlint --fix README.md", "markdownlint"),
    tidy("git-diff-check", LINTED, "git diff --check $(git hash-object -t tree /dev/null) HEAD", "sed -i 's/[ \\t]*$//' app/home.py && sed -i -e :a -e '/^\\n*$/{$d;N;ba' -e '}' app/home.py", "git",
         check="git commit -qam tidy && git diff --check $(git hash-object -t tree /dev/null) HEAD"),
]

CASES = PRINTED + WHITESPACE
