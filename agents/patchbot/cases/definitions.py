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
