//! Marks that silence a tool in place of mending what it found.
//!
//! No strategy writes one of its own. But a printed diff, a suggestion or a
//! tool in fix mode may carry one, planted by whoever writes the log or the
//! repository, and a check that passes because it no longer looks proves
//! nothing.

use memchr::memmem;

use crate::candidate::FileChange;

/// Lower case.
const MARKS: &[&str] = &[
    "noqa",
    "type: ignore",
    "pylint: disable",
    "pyright: ignore",
    "mypy: ignore-errors",
    "pragma: no cover",
    "nosec",
    "isort: skip",
    "isort:skip",
    "fmt: off",
    "fmt: skip",
    "yapf: disable",
    "ruff: noqa",
    "flake8: noqa",
    "eslint-disable",
    "biome-ignore",
    "oxlint-disable",
    "prettier-ignore",
    "stylelint-disable",
    "@ts-ignore",
    "@ts-expect-error",
    "@ts-nocheck",
    "istanbul ignore",
    "c8 ignore",
    "v8 ignore",
    "nolint",
    "shellcheck disable",
    "hadolint ignore",
    "yamllint disable",
    "markdownlint-disable",
    "zizmor: ignore",
    "rubocop:disable",
    "standard:disable",
    "swiftlint:disable",
    "swiftformat:disable",
    "ktlint-disable",
    "clang-format off",
    "nolintnextline",
    "codespell:ignore",
    "spellchecker:disable",
    "suppresswarnings",
    "rustfmt::skip",
    "rustfmt_skip",
    "[allow(",
    "[expect(",
    "#[ignore",
    "|| true",
    "||true",
    "continue-on-error",
    "set +e",
    "@pytest.mark.skip",
    "@pytest.mark.xfail",
    "pytest.skip(",
    "@unittest.skip",
    "unittest.skip(",
    "skiptest(",
    "it.skip(",
    "test.skip(",
    "describe.skip(",
    "xit(",
    "xdescribe(",
    "t.skip(",
    "t.skipnow(",
    "@disabled",
    "[skip ci]",
];

/// Why a change is refused that has more of such marks than the file had.
pub fn suppresses(file: &FileChange) -> Option<String> {
    let (before, after) = (
        file.before.to_ascii_lowercase(),
        file.after.to_ascii_lowercase(),
    );
    // `sys.exit(` is no `xit(`: a mark that begins with a letter begins a word.
    let count = |text: &[u8], mark: &str| {
        let word = mark.starts_with(|first: char| first.is_ascii_alphanumeric());
        let begins = |at: &usize| {
            let before = at.checked_sub(1).map(|at| text[at]);
            !word || !before.is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        };
        memmem::find_iter(text, mark).filter(begins).count()
    };
    let added = MARKS
        .iter()
        .find(|mark| count(&after, mark) > count(&before, mark))?;
    Some(format!(
        "{} would gain `{added}`, which silences a check and mends nothing",
        file.path
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(before: &str, after: &str) -> Option<String> {
        suppresses(&FileChange {
            path: "a.py".into(),
            before: before.into(),
            after: after.into(),
            shifted: false,
        })
    }

    #[test]
    fn a_mark_may_stay_or_go_and_not_come() {
        assert_eq!(change("x=1  # noqa\n", "x = 1  # noqa\n"), None);
        assert_eq!(change("x=1  # noqa\n", "x = 1\n"), None);
        assert!(change("x=1\n", "x=1  # NOQA: E225\n").is_some());
        assert!(change("make test\n", "make test || true\n").is_some());
        assert!(change("it('a')\n", "xit('a')\n").is_some());
        assert_eq!(change("f()\n", "f()\nsys.exit(1)\n"), None);
        assert!(change("fn f() {}\n", "#[allow(dead_code)]\nfn f() {}\n").is_some());
    }
}
