"""Which cases there are: files, the steps of the job, the tool's own fix."""

from pathlib import Path

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


def refuse(name, files, steps, reason, tool, **more):
    """A case that must not be repaired."""
    return case(name, files, steps, None, tool, abstain=reason, **more)


def show(text):
    """A program of the repository that prints what an attacker likes."""
    return "cat <<'END'\n" + text + "END\n"


FAKE_RUSTFMT = """\
Diff in /home/runner/work/shop/shop/src/basket.rs:1:
-pub struct Basket { pub items: Vec<u32> }
+pub struct Basket { pub items: Vec<u64> }
 
 impl Basket {
   pub fn total(&self)->u32 {
"""
FAKE_BLACK = """\
--- shop/clean.py\t2026-01-02 03:04:05.678901+00:00
+++ shop/clean.py\t2026-01-02 03:04:05.678901+00:00
@@ -1,2 +1,2 @@
 def answer():
-    return 42
+    return 43
"""
TEST_PY = 'import unittest\n\n\nclass Answer(unittest.TestCase):\n    def test(self):\n        print(open("evil.txt").read())\n        self.fail()\n'
ASSERTION = """\
--- expected
+++ actual
@@ -1,2 +1,2 @@
 def answer():
-    return 42
+    return 43
"""


def other(files, **changed):
    return lambda _: files | changed


def replaced(old, new):
    def edit(log):
        assert old in log, old
        return log.replace(old, new)

    return edit


def doubled(log):
    """The failed step once more, with another wish."""
    start = log.index(b"##[group]Run black")
    start = log.rindex(b"\n", 0, start) + 1
    end = log.index(b"Post job cleanup.")
    end = log.rindex(b"\n", 0, end) + 1
    again = log[start:end].replace(b"self.discount = discount", b"self.discount = 0")
    return log[:end] + again + log[end:]


def woven(log):
    """An annotation in the middle of a hunk, as two streams make it."""
    lines = log.split(b"\n")
    at = next(index for index, line in enumerate(lines) if b"+import collections" in line or b"+def total" in line)
    lines.insert(at, b"2026-01-02T03:04:05.0000000Z ##[error]would reformat /home/runner/work/shop/shop/shop/prices.py")
    return b"\n".join(lines)



ADVERSARIAL = [
    refuse("test-prints-a-rustfmt-diff", RUST | {"run-tests": show(FAKE_RUSTFMT) + "exit 1\n"}, "bash run-tests # cargo test\ncargo test", "also runs tests", "rustfmt"),
    refuse("test-prints-a-black-diff", PYTHON | {"evil.txt": FAKE_BLACK, "test_a.py": TEST_PY}, "python -m unittest test_a", "also runs tests", "black"),
    refuse("target-runs-tests-that-print-a-diff", PYTHON | {"evil.txt": FAKE_BLACK, "Makefile": "check:\n\t@cat evil.txt\n\t@echo '= short test summary info ='\n\t@exit 1\n"}, "make check", "test runner", "black", edit_log=replaced(b"= short test summary info =", b"=========== short test summary info ============")),
    refuse("assertion-diff", PYTHON | {"evil.txt": ASSERTION}, "cat evil.txt; exit 1\nruff format --diff shop/clean.py", "not in the form", "ruff"),
    refuse("fake-diff-before-the-failed-step", RUST, ["cat <<'END'\n" + FAKE_RUSTFMT + "END", "cargo fmt --check -- --config-path /nowhere"], "no change", "rustfmt"),
    refuse("stale-context", PYTHON, "black --check --diff .", "is not what the hunk", "black", workspace=other(PYTHON, **{"shop/orders.py": ORDERS_PY.replace("'a':1", "'a':2")})),
    refuse("half-stale", RUST, "cargo fmt --check", "src/basket.rs", "rustfmt", workspace=other(RUST, **{"src/basket.rs": BASKET_RS.replace("total", "sum")})),
    refuse("ambiguous-place", {"a.sh": "foo  bar\n" * 3}, "shfmt -d .", "several places", "shfmt", workspace=other({}, **{"a.sh": "x\n" + "foo  bar\n" * 30}), edit_log=replaced(b"@@ -1,3 +1,3 @@", b"@@ -50,3 +50,3 @@")),
    refuse("ambiguous-file", {"backend/tool.py": "x  =  1\n", "frontend/tool.py": "x  =  1\n"}, "ruff format --diff .", "one of several files", "ruff", cwd="backend"),
    refuse("path-traversal", PYTHON, "black --check --diff .", "no path of a file", "black", edit_log=replaced(b"/home/runner/work/shop/shop/shop/orders.py\t", b"../shop/orders.py\t")),
    refuse("absolute-path-outside", PYTHON, "black --check --diff .", "no file", "black", edit_log=replaced(b"/home/runner/work/shop/shop/shop/orders.py\t", b"/etc/python/sitecustomize.py\t")),
    refuse("not-the-formatters-file", PYTHON | {"deploy.sh": "x = { }\n"}, "black --check --diff .", "no file that black", "black", edit_log=replaced(b"shop/orders.py\t", b"deploy.sh\t")),
    refuse("contradiction", PYTHON, "black --check --diff shop", "two different diffs", "black", edit_log=doubled),
    refuse("masked", PYTHON, "black --check --diff .", "masks", "black", edit_log=replaced(b"EUR", b"***")),
    refuse("masked-in-new-lines", {"a.py": 'key = "abc" \nuser= "u"\n'}, "black --check --diff .", "masks", "black", edit_log=replaced(b'+user = "u"', b'+user = "***"')),
    refuse("symbolic-link", PYTHON, "black --check --diff .", "no regular file", "black", workspace=lambda files: files | {"shop/orders.py": Path("prices.py")}),
    refuse("workflow-file", {".github/scripts/a.py": "x  =  1\n", "b.py": "y  =  2\n"}, "black --check --diff .github b.py", "protected", "black"),
    refuse("binary", {"a.bin": b"\x00\x01\n", "fmt.sh": "printf '\\000\\002\\n' > a.bin\n"}, "bash fmt.sh\ngit diff --exit-code", "binary", "git"),
    refuse("mode-change", {"a.txt": "one\n", "fmt.sh": "chmod +x a.txt\n"}, "bash fmt.sh\ngit diff --exit-code", "mode", "git"),
    refuse("git-diff-of-the-author", PYTHON, "git diff --exit-code $(git hash-object -t tree /dev/null) HEAD", "runs no formatter", "git"),
    refuse("git-diff-after-nothing", PYTHON, "echo 'x = 1' >> shop/clean.py\ngit diff --exit-code", "nothing is known", "git"),
    refuse("truncated-diff", PYTHON, "black --check --diff shop/prices.py", "at log line", "black", edit_log=lambda log: b"\n".join(line for line in log.split(b"\n") if b"self.discount" not in line)),
    refuse("pre-commit-other-hook-failed", {".pre-commit-config.yaml": FORMATTING_HOOKS + "      - {id: flake8, name: flake8, entry: flake8 --select F401, language: system, types: [python]}\n", **PYTHON}, "pre-commit run --all-files --show-diff-on-failure", "hook flake8 failed too", "pre-commit"),
    refuse("pre-commit-unknown-hook", {".pre-commit-config.yaml": "repos:\n  - repo: local\n    hooks:\n      - {id: make-it-so, name: make it so, entry: sed -i s/42/43/, language: system, types: [python]}\n", **PYTHON}, "pre-commit run --all-files --show-diff-on-failure", "known to change", "pre-commit"),
    refuse("prettier-prints-no-diff", {"src/a.js": "const a  =  1\n"}, "prettier --check src", "prettier --write", "prettier"),
    refuse("stylua-unified-names-no-file", {"src/main.lua": MAIN_LUA}, "stylua --check --output-format=unified src", "not in the form", "stylua"),
    refuse("trailing-white-space-is-gone", LINTED, "flake8 --select W291 .", "does not end in blanks", "flake8", workspace=other({}, **{"app/home.py": UNTIDY_PY.replace("  \n", "\n"), "app/clean.py": CLEAN_PY})),
    refuse("group-printed-by-a-test", RUST | {"evil.txt": "::group::Run cargo fmt --check\n::endgroup::\n" + FAKE_RUSTFMT}, "bash ci/test.sh 2>/dev/null || cat evil.txt; exit 101", "more than layout", "rustfmt"),
]

PRINTED.append(case("black-woven-annotation", PYTHON, "black --check --diff shop", "black -q .", "black", edit_log=woven))
CASES += ADVERSARIAL + PRINTED[-1:]

MAKEFILE = "lint:\n\truff format --diff .\n"
WRAPPED = [
    case("make-echoes-ruff", PYTHON | {"Makefile": MAKEFILE}, "make lint", "ruff format -q .", None),
    case("npm-script-prettier-and-black", PYTHON | {"package.json": '{"scripts": {"lint": "black --check --diff ."}}\n'}, "npm run lint", "black -q .", "black"),
    case("rustfmt-bare-without-command", RUST, "cargo fmt --check", "cargo fmt", None, style="bare", command=None),
    case("black-bare-without-command", PYTHON, "black --check --diff .", "black -q .", "black", style="bare", command=None),
    case("git-diff-after-generator", {"gen.sh": "echo 'one\ntwo' > list.txt\n", "list.txt": "one\n"}, "bash gen.sh --generate\ngit diff --exit-code", "bash gen.sh", "git", check="bash gen.sh && git add -A && git diff --exit-code", **{"class": "unknown"}),
    refuse("black-cannot-read-a-file", PYTHON | {"shop/broken.py": "def (\n"}, "black --check --diff .", "could not read a file", "black"),
    refuse("black-speaks-of-more-files", PYTHON, "black --check --diff .", "speaks of 3 files", "black", edit_log=replaced(b"2 files would be reformatted", b"3 files would be reformatted")),
    refuse("make-runs-pytest-too", PYTHON | {"Makefile": "all:\n\tpytest --version || true\n\tblack --check --diff .\n"}, "make all", "also runs tests", "black"),
    refuse("git-diff-of-a-branch", PYTHON, "black -q .\ngit diff --exit-code $(git rev-parse HEAD)", "not in the form", "git"),
]
CASES += WRAPPED

FORCED = {"env": {"FORCE_COLOR": "1", "CLICOLOR_FORCE": "1", "TERM": "xterm"}}
UNENDED = {"shop/prices.py": PRICES_PY.rstrip("\n"), "shop/orders.py": ORDERS_PY.rstrip("\n")}
ENDS = [
    case("ruff-format-colour", PYTHON, "ruff format --diff .", "ruff format -q .", "ruff", **FORCED),
    case("ruff-check-colour", PYTHON, "ruff check --diff --select I,F,UP .", "ruff check -q --fix --select I,F,UP .", "ruff", **FORCED, **{"class": "lint"}),
    case("shfmt-colour", {"deploy.sh": DEPLOY_SH}, "shfmt -d .", "shfmt -w .", "shfmt", **FORCED),
    case("ruff-format-no-final-newline", UNENDED, "ruff format --diff .", "ruff format -q .", "ruff"),
    refuse("yapf-no-final-newline", UNENDED, "yapf --diff --recursive shop", "the end of the file", "yapf"),
    case("autopep8-no-final-newline", UNENDED, "autopep8 --diff --exit-code --recursive .", "autopep8 --in-place --recursive .", "autopep8"),
    case("isort-no-final-newline", UNENDED, "isort --check-only --diff .", "isort -q .", "isort"),
    case("gofmt-no-final-newline", {"main.go": MAIN_GO.rstrip("\n")}, "gofmt -d .", "gofmt -w .", "gofmt"),
    case("shfmt-no-final-newline", {"deploy.sh": DEPLOY_SH.rstrip("\n")}, "shfmt -d .", "shfmt -w .", "shfmt"),
    case("terraform-no-final-newline", {"main.tf": MAIN_TF.rstrip("\n")}, "terraform fmt -check -diff", "terraform fmt", "terraform"),
    refuse("stylua-no-final-newline", {"a.lua": MAIN_LUA.rstrip("\n")}, "stylua --check .", "the end of the file", "stylua"),
    case("gofmt-crlf", {"main.go": crlf(MAIN_GO)}, "gofmt -d .", "gofmt -w .", "gofmt"),
    case("ruff-format-crlf", {"a.py": crlf(PRICES_PY)}, "ruff format --diff .", "ruff format -q .", "ruff"),
    case("isort-crlf", {"a.py": crlf(PRICES_PY)}, "isort --check-only --diff .", "isort -q .", "isort"),
    case("yapf-crlf", {"a.py": crlf(PRICES_PY)}, "yapf --diff a.py", "yapf --in-place a.py", "yapf"),
    case("shfmt-crlf", {"deploy.sh": crlf(DEPLOY_SH)}, "shfmt -d .", "shfmt -w .", "shfmt"),
    case("gofmt-by-substitution", GO, "diff -u <(echo -n) <(gofmt -d .)", "gofmt -w .", "gofmt"),
]
CASES += ENDS

STALE_PY = '''\
import os
import sys
from typing import (
    List,
    Optional,
)


class Basket(object):
    def first(self, items: List[int]):
        name = f"basket"
        long = f"%s"
        return name, long, items[0], sys.argv


\tthe_end = 1 if True else 2
''' % ("x" * 200)
STALE_PY = STALE_PY.replace("\n\n\tthe_end = 1 if True else 2\n", "\n\ndef last():\n\tword = f\"tab\"\n\treturn dict(zip([1], [2])), word\n")
SPELLING = {"README.md": "# Teh shop\n\nThis recieves teh money, teh seperate one.\n", "shop.py": "X = 1  # occured\n# abandonned\n"}


def suggest(name, files, step, fix, tool, **more):
    return case(name, files, step, fix, tool, **{"strategy": "printed-suggestion", "class": "lint", **more})


SUGGESTED = [
    suggest("ruff-suggestions", {"shop/a.py": STALE_PY, "shop/b.py": "import json\nimport re\n\n\nprint(re)\n"}, "ruff check --select F,UP004 .", "ruff check -q --select F,UP004 --fix .", "ruff"),
    suggest("ruff-suggestions-colour", {"shop/a.py": STALE_PY}, "ruff check --select F,UP004 .", "ruff check -q --select F,UP004 --fix .", "ruff", **FORCED),
    suggest("ruff-sorts-imports", {"a.py": "import sys\nimport os\n\nfrom a import c, b\n\nprint(sys, os, b, c)\n"}, "ruff check --select I .", "ruff check -q --select I --fix .", "ruff"),
    suggest("codespell", SPELLING, "codespell", "codespell -w", "codespell"),
    refuse("ruff-unsafe-suggestion", {"a.py": "import os\n\n\ndef f(x):\n    return x == None\n"}, "ruff check --select F,E711 .", "no safe fix", "ruff"),
    refuse("ruff-suggestions-overlap", {"a.py": "import sys\nimport os\n\nprint(sys)\n"}, "ruff check --select F,I .", "two fixes change line", "ruff"),
    refuse("ruff-suggestions-stale", {"a.py": "import os\nimport sys\n\nprint(sys)\n"}, "ruff check --select F .", "is not what", "ruff", workspace=other({}, **{"a.py": "import os, re\nimport sys\n"})),
    refuse("codespell-choice", SPELLING | {"b.md": "fo\n"}, "codespell", "leaves a choice", "codespell"),
    refuse("codespell-name", {"a.py": "seperate = 1\nprint(seperate)\n"}, "codespell", "in text", "codespell"),
]
CASES += SUGGESTED

PRETTIER = """\
const prettier = require("eslint-plugin-prettier");
module.exports = [{ languageOptions: { sourceType: "commonjs" }, plugins: { prettier }, rules: { "prettier/prettier": "error", "no-unused-vars": "error" } }];
"""
UGLY_JS = """\
const a  = {b:1,'c':"two", d : `x
  y`}
function f( x,y ) { return x+y }
	const é = "ü", 	zz = f(a.b,a["c"]) ; // done  
if (a) { f() } else { veryLongFunctionName(argumentNumberOne, argumentNumberTwo, argumentNumberThree) }



module.exports = {a,f,é,zz, "`": `it has \\` with \\` in it`}
"""
CHECKED_SH = """\
#!/bin/bash
x=`date`
cd /tmp
  echo $x $1
"""


def matched(log):
    """As a problem matcher leaves the lines that it recognises."""
    import re

    return re.sub(rb"Z (Diff in |  +\d+:\d+  +error )", rb"Z ##[error]\1", log)


MORE = [
    suggest("eslint-prettier", {"eslint.config.js": PRETTIER, "src/a.js": UGLY_JS}, "eslint src", "eslint --fix src", "eslint"),
    suggest("eslint-prettier-matched", {"eslint.config.js": PRETTIER, "src/a.js": UGLY_JS}, "eslint src", "eslint --fix src", "eslint", edit_log=matched),
    case("rustfmt-matched", RUST, "cargo fmt --check", "cargo fmt", "rustfmt", edit_log=matched),
    suggest("shellcheck", {"a.sh": CHECKED_SH}, "shellcheck a.sh", "shellcheck -f diff a.sh | git apply", "shellcheck"),
    refuse("eslint-prettier-and-more", {"eslint.config.js": PRETTIER, "src/a.js": UGLY_JS + "const unused = 1;\n"}, "eslint src", "also reports no-unused-vars", "eslint"),
    refuse("eslint-prettier-stale", {"eslint.config.js": PRETTIER, "src/a.js": UGLY_JS}, "eslint src", "is not what prettier replaces", "eslint", workspace=lambda files: files | {"src/a.js": UGLY_JS.replace("const a  =", "let a  =")}),
    refuse("shellcheck-more", {"a.sh": CHECKED_SH + "y=1\n"}, "shellcheck a.sh", "no whole fix", "shellcheck"),
]
CASES += MORE

CASES += [
    refuse("black-without-diff", PYTHON, "black --check .", "with --check --diff it would", "black"),
    refuse("gofmt-lists-only", GO, "test -z \"$(gofmt -l . | tee /dev/stderr)\"", "with -d in place of -l", "gofmt"),
    refuse("pre-commit-without-diff", {".pre-commit-config.yaml": FORMATTING_HOOKS, **PYTHON}, "pre-commit run --all-files", "--show-diff-on-failure", "pre-commit"),
]

IMPORTS_PY = """\
\"\"\"Prices.\"\"\"

import os
import sys, json
from decimal import Decimal, ROUND_UP as up, ROUND_DOWN
import collections.abc as c


def total(items):
    print(json, Decimal)
    return sum(items)
"""
ONLY_PY = "import os\n\n\ndef f():\n    return 1\n"
CASES += [
    suggest("flake8-unused-imports", {"shop/a.py": IMPORTS_PY, "shop/b.py": ONLY_PY}, "flake8 --select F,E3,W .", "sed -i -e '/^import os$/d' -e '/^import coll/d' -e 's/^import sys, json/import json/' -e 's/, ROUND_UP as up, ROUND_DOWN//' shop/*.py && sed -i '1,2{/^$/d}' shop/b.py", "flake8"),
    refuse("flake8-unused-import-in-try", {"a.py": "try:\n    import os\nexcept ImportError:\n    pass\n"}, "flake8 --select F .", "block of its own", "flake8"),
    refuse("flake8-unused-import-for-others", {"shop/__init__.py": "import os\n"}, "flake8 --select F .", "there for others", "flake8"),
]

CASES += [
    suggest("ruff-unused-imports-concise", {"shop/a.py": IMPORTS_PY}, "ruff check --select F --output-format=concise .", "ruff check -q --select F --fix .", "ruff"),
    suggest("ruff-unused-imports-github", {"shop/a.py": IMPORTS_PY.replace("import os\nimport sys, json", "import json")}, "ruff check --select F401 --output-format=github .", "ruff check -q --select F401 --fix .", "ruff"),
]

def without_help(log):
    """Versions that print a fix's title only."""
    import re

    return re.sub(rb"(Z help: [^\n]*\n)(?:[^\n]*Z [^\n]*[|+-][^\n]*\n)+", rb"\1", log)


BLOCK_PY = """\
import json
from typing import (
    Any,
    List,
    Optional as Maybe,
)


def f(x: List[int]):
    \"\"\"Text.\"\"\"
        
    return x   
"""
CASES += [
    suggest("ruff-imports-and-white-space", {"shop/a.py": BLOCK_PY}, "ruff check --select F,W .", "ruff check -q --select F,W --fix .", "ruff", edit_log=without_help),
    suggest("flake8-imports-in-parentheses", {"a.py": BLOCK_PY}, "flake8 --select F,W .", "ruff check -q --select F,W --fix .", "flake8"),
]

CASES += [
    case("pre-commit-then-git-diff", {".pre-commit-config.yaml": FORMATTING_HOOKS, "notes.txt": UNTIDY_TXT, **PYTHON}, "pre-commit run --all-files || (git diff; exit 1)", "pre-commit run --all-files || pre-commit run --all-files", "pre-commit"),
    refuse("git-diff-after-a-hook-that-goes-on-failing", {".pre-commit-config.yaml": FORMATTING_HOOKS + "      - {id: flake8, name: flake8, entry: flake8 --select F401, language: system, types: [python]}\n", **PYTHON}, "pre-commit run --all-files || (git diff; exit 1)", "hook flake8 failed too", "pre-commit"),
]
