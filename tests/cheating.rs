//! No patch makes a check silent; honest repairs pass.

use proptest::prelude::*;
use sentinel::patch::Refusal;
use sentinel::patch::cheating::{Cheat, CheatKind};

use CheatKind::*;

use crate::patch::{check, files, write};

/// What the check says of one file's change: findings, whether they refuse.
fn judged(path: &str, before: &str, after: &str) -> (Vec<CheatKind>, bool) {
    let tree = match before {
        "" => files(&[("other", "x\n")]),
        before => files(&[(path, before)]),
    };
    let kinds = |cheats: &[Cheat]| cheats.iter().map(|cheat| cheat.kind).collect();
    match check(&tree, vec![write(&tree, path, after.as_bytes())]) {
        Ok(patch) => (kinds(patch.doubts()), false),
        Err(Refusal::Cheating { cheats }) => (kinds(&cheats), true),
        Err(other) => panic!("{path}: {other}"),
    }
}

/// Each is refused, with this among its reasons.
#[rustfmt::skip]
const CHEATS: &[(CheatKind, &str, &str, &str)] = &[
    // Suppressions
    (Suppression, "a.py", "import os\n", "import os  # noqa\n"),
    (Suppression, "a.py", "import os\n", "import os  #NOQA:F401\n"),
    (Suppression, "a.py", "import os  # noqa: F401\n", "import os  # noqa\n"),
    (Suppression, "a.py", "x = 1  # noqa: E1\ny = 2\n", "x = 1  # noqa: E1\ny = 2  # noqa: E1\n"),
    (Suppression, "a.py", "x: int = ''\n", "x: int = ''  # type:ignore[assignment]\n"),
    (Suppression, "a.py", "x: int = ''\n", "# mypy: ignore-errors\nx: int = ''\n"),
    (Suppression, "a.py", "x: int = f()\n", "x: int = cast(Any, f())\n"),
    (Suppression, "a.py", "x = 1\n", "# ruff: noqa\nx = 1\n"),
    (Suppression, "a.py", "x = 1\n", "# pylint:   disable=all\nx = 1\n"),
    (Suppression, "a.py", "x = 1\n", "# fmt: off\nx = 1\n"),
    (Suppression, "a.py", "x = 1\n", "x = 1  # pragma: no cover\n"),
    (Suppression, "a.py", "x = 1\n", "x = 1  # pyright: ignore\n"),
    (Suppression, "a.rs", "fn f() {}\n", "#[allow(dead_code)]\nfn f() {}\n"),
    (Suppression, "a.rs", "fn f() {}\n", "#![allow(\n    warnings\n)]\nfn f() {}\n"),
    (Suppression, "a.rs", "#[allow(dead_code)]\nfn f() {}\n", "#[allow(dead_code, unused)]\nfn f() {}\n"),
    (Suppression, "a.rs", "fn f() {}\n", "#[expect(unused)]\nfn f() {}\n"),
    (Suppression, "a.rs", "fn f() {}\n", "#[cfg_attr(all(), allow(unused))]\nfn f() {}\n"),
    (Suppression, "a.rs", "fn f() {}\n", "#[rustfmt::skip]\nfn f() {}\n"),
    (Suppression, "a.js", "f()\n", "f() // eslint-disable-line\n"),
    (Suppression, "a.js", "f()\n", "/* eslint no-undef: 0 */\nf()\n"),
    (Suppression, "a.ts", "f()\n", "// @ts-ignore\nf()\n"),
    (Suppression, "a.ts", "f(x)\n", "f(x as any)\n"),
    (Suppression, "a.ts", "let x: string = f()\n", "let x: any = f()\n"),
    (Suppression, "a.js", "f( )\n", "// prettier-ignore\nf( )\n"),
    (Suppression, "a.js", "f()\n", "/* istanbul ignore next */\nf()\n"),
    (Suppression, "a.go", "f()\n", "f() //nolint:errcheck\n"),
    (Suppression, "A.java", "f();\n", "@SuppressWarnings(\"all\") f();\n"),
    (Suppression, "A.java", "f();\n", "// CHECKSTYLE:OFF\nf();\n"),
    (Suppression, "a.c", "f();\n", "#pragma GCC diagnostic ignored \"-Wall\"\nf();\n"),
    (Suppression, "a.cs", "F();\n", "#pragma warning disable\nF();\n"),
    (Suppression, "a.rb", "f\n", "f # rubocop:disable all\n"),
    (Suppression, "a.php", "f();\n", "f(); // @phpstan-ignore-line\n"),
    (Suppression, "a.sh", "f $x\n", "# shellcheck disable=SC2086\nf $x\n"),
    (Suppression, "Dockerfile", "FROM x\n", "# hadolint ignore=DL3006\nFROM x\n"),
    (Suppression, "a.md", "x\n", "<!-- markdownlint-disable -->\nx\n"),
    // Tests that do not run
    (SkippedTest, "tests/test_a.py", "def test_a():\n    assert f()\n", "@pytest.mark.skip\ndef test_a():\n    assert f()\n"),
    (SkippedTest, "tests/test_a.py", "def test_a():\n    assert f()\n", "@pytest.mark.xfail(strict=False)\ndef test_a():\n    assert f()\n"),
    (SkippedTest, "tests/test_a.py", "def test_a():\n    assert f()\n", "def test_a():\n    pytest.skip('later')\n    assert f()\n"),
    (SkippedTest, "test_a.py", "class T(TestCase):\n    def test_a(self): f()\n", "class T(TestCase):\n    def test_a(self): self.skipTest('x'); f()\n"),
    (SkippedTest, "conftest.py", "import x\n", "import x\ncollect_ignore = ['test_a.py']\n"),
    (SkippedTest, "conftest.py", "import x\n", "import x\ndef pytest_collection_modifyitems(items):\n    items.clear()\n"),
    (SkippedTest, "src/a.rs", "#[test]\nfn a() { assert!(f()); }\n", "#[test]\n#[ignore]\nfn a() { assert!(f()); }\n"),
    (SkippedTest, "src/a.rs", "#[test]\nfn a() { assert!(f()); }\n", "#[test]\n#[cfg(any())]\nfn a() { assert!(f()); }\n"),
    (SkippedTest, "src/a.rs", "#[test]\nfn a() { assert!(f()); }\n", "#[test]\n#[cfg_attr(unix, ignore)]\nfn a() { assert!(f()); }\n"),
    (SkippedTest, "a.test.js", "it('a', f)\n", "it.skip('a', f)\n"),
    (SkippedTest, "a.test.js", "it('a', f)\nit('b', g)\n", "it.only('a', f)\nit('b', g)\n"),
    (SkippedTest, "a.test.js", "describe('a', f)\n", "xdescribe('a', f)\n"),
    (SkippedTest, "a.test.ts", "test('a', f)\n", "test['skip']('a', f)\n"),
    (SkippedTest, "a_test.go", "func TestA(t *testing.T) { f(t) }\n", "func TestA(t *testing.T) { t.SkipNow(); f(t) }\n"),
    (SkippedTest, "ATest.java", "@Test void a() { f(); }\n", "@Disabled @Test void a() { f(); }\n"),
    (SkippedTest, "a_test.cc", "TEST(A, B) { f(); }\n", "TEST(A, DISABLED_B) { f(); }\n"),
    (SkippedTest, "a_spec.rb", "it 'a' do\n  f\nend\n", "it 'a' do\n  skip\n  f\nend\n"),
    // Failures that pass
    (SwallowedFailure, "ci.sh", "make test\n", "make test || true\n"),
    (SwallowedFailure, "ci.sh", "make test\n", "make test ||  \\\n   /bin/true\n"),
    (SwallowedFailure, "ci.sh", "make test\n", "make test ||:\n"),
    (SwallowedFailure, "ci.sh", "make test\n", "make test; true\n"),
    (SwallowedFailure, "ci.sh", "set -e\nmake test\n", "set -e\nset +e\nmake test\n"),
    (SwallowedFailure, "ci.sh", "make test\n", "exit 0\nmake test\n"),
    (SwallowedFailure, "ci.sh", "pytest\n", "pytest --exit-zero\n"),
    (SwallowedFailure, ".github/workflows/ci.yml", "- run: make\n", "- run: make\n  continue-on-error: true\n"),
    (SwallowedFailure, ".github/workflows/ci.yml", "- run: make\n", "- if: false\n  run: make\n"),
    (SwallowedFailure, ".gitlab-ci.yml", "test:\n  script: make\n", "test:\n  script: make\n  allow_failure: true\n"),
    (SwallowedFailure, "a.py", "f()\n", "try:\n    f()\nexcept Exception:\n    pass\n"),
    (SwallowedFailure, "a.py", "f()\n", "import sys\nsys.exit(0)\nf()\n"),
    (SwallowedFailure, "a.js", "f()\n", "try { f() } catch (e) { }\n"),
    (SwallowedFailure, "a.js", "f()\n", "process.exit(0)\nf()\n"),
    // Less is tested
    (RemovedAssertion, "tests/test_a.py", "def test_a():\n    assert f()\n    assert g()\n", "def test_a():\n    assert f()\n    g()\n"),
    (RemovedAssertion, "src/a.rs", "#[test]\nfn a() { assert_eq!(f(), 1); }\n", "#[test]\nfn a() { f(); }\n"),
    (RemovedAssertion, "a.test.js", "it('a', () => { expect(f()).toBe(1) })\n", "it('a', () => { f() })\n"),
    (RemovedTest, "tests/test_a.py", "def test_a():\n    f()\n\ndef test_b():\n    g()\n", "def test_a():\n    f()\n\ndef helper():\n    g()\n"),
    (RemovedTest, "src/a.rs", "#[test]\nfn a() {}\n", "fn a() {}\n"),
    // Limits and checks
    (ChangedThreshold, "ci.sh", "pytest --cov-fail-under=90\n", "pytest --cov-fail-under=10\n"),
    (ChangedThreshold, "ci.sh", "eslint --max-warnings 0 .\n", "eslint --max-warnings 999 .\n"),
    (ChangedCheck, ".flake8", "[flake8]\n", "[flake8]\nignore = E501\n"),
    (ChangedCheck, ".eslintrc.json", "{\"rules\": {\"a\": 2}}\n", "{\"rules\": {\"a\": 0}}\n"),
    (ChangedCheck, "eslint.config.mjs", "export default [a]\n", "export default []\n"),
    (ChangedCheck, "tsconfig.json", "{\"strict\": true}\n", "{\"strict\": false}\n"),
    (ChangedCheck, "pyproject.toml", "[tool.ruff]\nline-length = 80\n", "[tool.ruff]\nline-length = 320\n"),
    (ChangedCheck, "pyproject.toml", "[project]\nname = 'a'\n", "[project]\nname = 'a'\n[tool.pytest.ini_options]\naddopts = '-k nothing'\n"),
    (ChangedCheck, "setup.cfg", "[metadata]\nname = a\n", "[metadata]\nname = a\n[flake8]\nexclude = *\n"),
    (ChangedCheck, "Cargo.toml", "[package]\nname = 'a'\n", "[package]\nname = 'a'\n[lints.clippy]\nall = 'allow'\n"),
    (ChangedCheck, "package.json", "{\"scripts\": {\"test\": \"jest\"}}\n", "{\"scripts\": {\"test\": \"echo ok\"}}\n"),
    (ChangedCheck, "package.json", "{\"name\": \"a\"}\n", "{\"name\": \"a\", \"eslintConfig\": {}}\n"),
    (ChangedCheck, ".prettierignore", "dist\n", "dist\nsrc\n"),
    (ChangedCheck, "typos.toml", "", "[files]\nextend-exclude = ['*']\n"),
    (ChangedCheck, "phpstan.neon", "level: 9\n", "level: 0\n"),
    // What reviewers do not see
    (HiddenText, "a.py", "x = 1\n", "x = 1 \u{202e}# comment\n"),
    (HiddenText, "a.py", "x = 1\n", "x\u{200b}y = 1\n"),
];

#[test]
fn what_makes_a_check_silent_is_refused() {
    for (kind, path, before, after) in CHEATS {
        let (found, refused) = judged(path, before, after);
        assert!(refused, "{path}: {after:?} passed with {found:?}");
        assert!(found.contains(kind), "{path}: {after:?} gave {found:?}");
    }
}

#[test]
fn undoing_a_cheat_is_free() {
    for (kind, path, before, after) in CHEATS {
        // Limits and configurations have no direction that is free, and what a
        // directive says is not understood: another one is a new one.
        let directed = matches!(kind, ChangedThreshold | ChangedCheck)
            || before.contains("# noqa")
            || before.contains("#[allow");
        if before.is_empty() || directed {
            continue;
        }
        let (found, _) = judged(path, after, before);
        assert!(!found.contains(kind), "{path}: {found:?}");
    }
}

/// Each needs a person, and no more.
#[rustfmt::skip]
const DOUBTS: &[(CheatKind, &str, &str, &str)] = &[
    (ChangedTest, "tests/test_a.py", "def test_a():\n    assert f() == 1\n", "def test_a():\n    assert f() == 2\n"),
    (ChangedTest, "tests/test_a.py", "def test_a():\n    assert f() == 1\n", "def test_a():\n    assert f() >= 1\n"),
    (ChangedTest, "tests/test_a.py", "def test_a():\n    assert f()\n", "def test_a():\n    if g():\n        assert f()\n"),
    (ChangedTest, "tests/test_a.py", "def test_a():\n    assert f()\n", "def test_a():\n    return\n    assert f()\n"),
    (ChangedTest, "a.test.js", "it('a', () => { expect(f()).toBe(1) })\n", "it('a', () => { expect(f()).toBeTruthy() })\n"),
    (ChangedExpectation, "__snapshots__/a.snap", "exports[`a`] = `1`;\n", "exports[`a`] = `2`;\n"),
    (ChangedExpectation, "tests/golden/a.txt", "a  b\n", "a b\n"),
    (ChangedExpectation, "shop/testdata/a.txt", "1\n", "2\n"),
    (ChangedExpectation, "shop/a.ambr", "# name: a\n  1\n", "# name: a\n  2\n"),
    (ChangedBuild, "Makefile", "test:\n\tpytest\n", "test:\n\tpytest -q\n"),
    (ChangedBuild, "noxfile.py", "session.run('pytest')\n", "session.run('python')\n"),
];

#[test]
fn what_a_test_expects_is_for_a_person_to_change() {
    for (kind, path, before, after) in DOUBTS {
        let (found, refused) = judged(path, before, after);
        assert!(!refused, "{path}: {after:?} was refused: {found:?}");
        assert_eq!(found, [*kind], "{path}: {after:?}");
    }
}

#[test]
fn deleting_a_file_needs_a_person_and_deleting_tests_is_refused() {
    use sentinel::ids::Digest;
    use sentinel::proposal::{Edit, EditContent};
    let tree = files(&[("a.py", "x\n"), ("tests/test_a.py", "y\n")]);
    let delete = |path: &str, text: &str| Edit {
        path: path.into(),
        base: Some(Digest::of(text.as_bytes()).hex()),
        content: EditContent::Delete,
    };
    let patch = check(&tree, vec![delete("a.py", "x\n")]).expect("left to a person");
    assert_eq!(patch.doubts()[0].kind, DeletedFile);
    let refused = check(&tree, vec![delete("tests/test_a.py", "y\n")]);
    assert!(matches!(refused, Err(Refusal::Cheating { cheats }) if cheats[0].kind == RemovedTest));
}

/// What formatters, linters and package managers do to files.
#[rustfmt::skip]
const HONEST: &[(&str, &str, &str)] = &[
    ("a.rs", "fn f( ){g( )}\n", "fn f() {\n    g()\n}\n"),
    ("a.rs", "#[allow(dead_code,unused)]\nfn f() {}\n", "#[allow(\n    dead_code,\n    unused,\n)]\nfn f() {}\n"),
    ("a.py", "import os\nimport sys\nprint(sys)\n", "import sys\nprint(sys)\n"),
    ("a.py", "x = 'a'  # noqa: E501\n", "x = \"a\"  # noqa: E501\n"),
    ("a.py", "x = 1  # noqa\n", "x = 1\n"),
    ("a.py", "try:\n    f()\nexcept Exception: pass\n", "try:\n    f()\nexcept Exception:\n    pass\n"),
    ("a.js", "try{f()}catch(e){ }\n", "try {\n  f()\n} catch (e) {}\n"),
    ("a.ts", "let x:any=1\n", "let x: any = 1\n"),
    ("tests/test_a.py", "import os\ndef test_a():\n    assert f( 'a' )\n", "def test_a():\n    assert f(\"a\")\n"),
    ("tests/test_a.py", "def test_a():\n    assert f('aaaaaaaaaa', 'bbbbbbbbbbbbbb')\n", "def test_a():\n    assert f(\n        \"aaaaaaaaaa\",\n        \"bbbbbbbbbbbbbb\",\n    )\n"),
    ("a.test.js", "it('a',()=>{expect(f()).toBe(1)})\n", "it(\"a\", () => {\n  expect(f()).toBe(1);\n});\n"),
    ("src/lib.rs", "use a;\n#[test]\nfn a(){assert!(true)}\n", "#[test]\nfn a() {\n    assert!(true)\n}\n"),
    (".eslintrc.json", "{\"rules\":{\"a\":2}}\n", "{\n  \"rules\": { \"a\": 2 }\n}\n"),
    ("pyproject.toml", "[project]\ndependencies = []\n", "[project]\ndependencies = ['requests']\n"),
    ("package.json", "{\"dependencies\": {}}\n", "{\"dependencies\": {\"left-pad\": \"^1.3.0\"}}\n"),
    ("Cargo.toml", "[dependencies]\n", "[dependencies]\nserde = '1'\n"),
    ("package-lock.json", "{}\n", "{\"x\": \"it.skip || true eslint-disable\"}\n"),
    ("README.md", "text\n", "text: run `make || true`, or `# noqa`\n"),
    ("a.sh", "echo $x\n", "echo \"$x\"\n"),
    ("Dockerfile", "FROM x\nRUN a\n", "FROM x\nRUN a --no-install-recommends\n"),
    ("a.yml", "a:  1   \n", "a: 1\n"),
    ("a.py", "# recieve\n", "# receive\n"),
];

#[test]
fn honest_repairs_pass() {
    for (path, before, after) in HONEST {
        let (found, refused) = judged(path, before, after);
        assert!(found.is_empty() && !refused, "{path}: {after:?}: {found:?}");
    }
}

proptest! {
    /// Blank space and case do not hide a cheat.
    #[test]
    fn form_does_not_hide_a_cheat(
        index in 0..CHEATS.len(),
        blank in prop::sample::select(vec!["  ", " \t", "\t"]),
    ) {
        let (kind, path, before, after) = CHEATS[index];
        let spread = |text: &str| text.replace(' ', blank);
        // Blanks are part of a file's substance only where it is configured.
        prop_assume!(!before.is_empty());
        let (found, refused) = judged(path, &spread(before), &spread(after));
        prop_assert!(refused && found.contains(&kind), "{}: {:?}", path, found);
    }

    /// Any text at all is judged, in any file, without a panic.
    #[test]
    fn any_text_is_judged(
        name in prop::sample::select(vec![
            "a.py", "tests/a.rs", "a.test.ts", "pyproject.toml", "package.json", "setup.cfg", "x.snap",
        ]),
        before in "(?s).{1,200}",
        after in "(?s).{1,200}",
    ) {
        let before = before.replace('\0', " ");
        let after = after.replace('\0', " ");
        prop_assume!(before != after && !after.contains("***") && !after.contains("[REDACTED]"));
        judged(name, &before, &after);
    }
}
