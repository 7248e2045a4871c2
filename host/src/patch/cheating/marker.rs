//! Words by which tools look away, and by which failures pass.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use super::text::{formless, plain};
use super::{CheatKind, Finding, Name};

/// One word of silence. Patterns meet text in lower case with single blanks
/// (see [`plain`]).
struct Marker {
    kind: CheatKind,
    /// What a person calls it.
    name: &'static str,
    pattern: Regex,
}

/// Each pattern reads to the end of its directive, so that `# noqa: E501` grown
/// to `# noqa` is seen as another one.
const MARKERS: &[(CheatKind, &str, &str)] = {
    use CheatKind::{ChangedThreshold, SkippedTest, Suppression, SwallowedFailure};
    &[
        // Python
        (Suppression, "noqa", r"# ?(?:flake8|ruff)? ?:? ?noqa[^\n]*"),
        (Suppression, "type: ignore", r"# ?type: ?ignore[^\n]*"),
        (
            Suppression,
            "pyright or pyre ignore",
            r"# ?(?:pyright|pyre(?:-ignore|-fixme))[: \[][^\n]*",
        ),
        (Suppression, "mypy comment", r"# ?mypy: [^\n]*"),
        (
            Suppression,
            "pylint: disable",
            r"# ?pylint: ?(?:disable|skip-file)[^\n]*",
        ),
        (Suppression, "nosec", r"(?:#|//) ?nosec[^\n]*"),
        (
            Suppression,
            "fmt: off or skip",
            r"# ?(?:fmt|yapf): ?(?:off|skip|disable)[^\n]*",
        ),
        (Suppression, "isort: skip", r"# ?isort: ?(?:skip|off)[^\n]*"),
        (
            Suppression,
            "no cover",
            r"# ?pragma: ?no ?(?:cover|branch)[^\n]*",
        ),
        (
            Suppression,
            "no_type_check",
            r"@(?:typing\.)?no_type_check\b",
        ),
        (
            Suppression,
            "cast to Any",
            r"\bcast ?\( ?(?:typing\.)?[\x22']?any\b",
        ),
        // Rust
        (
            Suppression,
            "allow or expect attribute",
            r"# ?!? ?\[ ?(?:cfg_attr ?\([^\n]{0,200}?)?(?:allow|expect) ?\([^\]]{0,400}",
        ),
        (
            Suppression,
            "rustfmt::skip",
            r"rustfmt ?:: ?skip|rustfmt_skip",
        ),
        (
            SkippedTest,
            "ignore attribute",
            r"# ?\[ ?(?:cfg_attr ?\([^\n]{0,200}?)?ignore\b[^\n]*",
        ),
        (
            SkippedTest,
            "cfg that is never on",
            r"cfg ?\( ?(?:any ?\( ?\)|not ?\( ?(?:test|all ?\( ?\)) ?\)|false)",
        ),
        // JavaScript and TypeScript
        (
            Suppression,
            "eslint-disable",
            r"(?:eslint|oxlint|tslint|jshint|stylelint|xo)[- :](?:disable|ignore)[^\n]*",
        ),
        (
            Suppression,
            "eslint comment configuration",
            r"/\* ?eslint [^\n]*",
        ),
        (
            Suppression,
            "TypeScript directive",
            r"@ts-(?:ignore|expect-error|nocheck)[^\n]*",
        ),
        (
            Suppression,
            "prettier, biome or deno ignore",
            r"(?:prettier|biome|deno-(?:lint|fmt|coverage)|dprint)-ignore[^\n]*",
        ),
        (
            Suppression,
            "coverage ignore",
            r"(?:istanbul|c8|v8|node:coverage) (?:ignore|disable)[^\n]*",
        ),
        (
            Suppression,
            "any",
            r"\bas (?:any|never|unknown as)\b|[:<,] ?any\b[\[\]>),;= ]",
        ),
        (
            Suppression,
            "flow suppression",
            r"\$flow(?:fixme|ignore|issue)[^\n]*|@noflow\b",
        ),
        (
            SkippedTest,
            "skip, todo, fails or only",
            r"\b(?:it|test|describe|suite|context|specify|bench)(?: ?\. ?\w+){0,3} ?(?:\. ?|\[ ?[\x22'])(?:skip|skipif|runif|todo|only|fails|failing|fixme)\b",
        ),
        (
            SkippedTest,
            "x-ed or f-ed test",
            r"\b(?:xit|xtest|xdescribe|xcontext|xspecify|fit|fdescribe|fcontext|ftest) ?\(",
        ),
        // Python, Ruby, PHP, Go, Java, .NET, C++, Swift
        (
            SkippedTest,
            "pytest skip or xfail",
            r"\bpytest ?\. ?(?:mark ?\. ?)?(?:skip|skipif|xfail|importorskip|exit)\b|\bmark ?\. ?(?:skip|skipif|xfail|flaky)\b",
        ),
        (
            SkippedTest,
            "unittest skip",
            r"\bskip(?:test|if|unless) ?\(|@(?:unittest ?\. ?)?(?:skip|expectedfailure)\b|\bexpectedfailure\b",
        ),
        (
            SkippedTest,
            "collection ignored",
            r"\bcollect_ignore(?:_glob)?\b|\bpytest_(?:collection_modifyitems|ignore_collect|runtest_setup|runtest_makereport|sessionfinish)\b|__test__ ?= ?false",
        ),
        (
            SkippedTest,
            "skip of Go",
            r"\bt ?\. ?skip(?:now|f)?\b|//go:build ignore|// \+build ignore",
        ),
        (
            SkippedTest,
            "disabled test of the JVM",
            r"@(?:disabled\w*|ignore\w*|assume\w*|enabledif\w*)\b|\bassum(?:ptions|e) ?\. ?\w+|\bassumetrue\b",
        ),
        (
            SkippedTest,
            "ignored test of .NET",
            r"\[ ?(?:ignore|explicit)\b|\bskip ?= ?[\x22@$]|assert ?\. ?(?:inconclusive|ignore|pass)\b",
        ),
        (
            SkippedTest,
            "skip of GoogleTest",
            r"\bgtest_skip\b|\bdisabled_\w+|xctskip",
        ),
        (
            SkippedTest,
            "skip of PHPUnit",
            r"\bmarktest(?:skipped|incomplete)\b|@group (?:skip|ignore)",
        ),
        (
            SkippedTest,
            "skip of RSpec",
            r"(?:^|\n) ?(?:skip|pending)(?:[ (]|\n)|,? ?(?:skip|pending): ?(?:true|[\x22'])",
        ),
        // Others
        (Suppression, "nolint", r"\bnolint\w*[^\n]*"),
        (
            Suppression,
            "SuppressWarnings",
            r"@(?:file ?: ?)?suppress(?:warnings|lint)?\b[^\n]*|\[ ?suppressmessage[^\n]*",
        ),
        (
            Suppression,
            "NOSONAR or CHECKSTYLE:OFF",
            r"\bnosonar\b|checkstyle ?: ?off|cpd-off|\bnopmd\b|@formatter ?: ?off|ktlint-disable|noinspection\b",
        ),
        (
            Suppression,
            "pragma of a compiler",
            r"#pragma (?:warning|gcc diagnostic|clang diagnostic|gcc system_header)[^\n]*|#nullable disable",
        ),
        (
            Suppression,
            "clang-format off",
            r"clang-format off|cppcheck-suppress[^\n]*",
        ),
        (
            Suppression,
            "rubocop:disable",
            r"rubocop ?: ?(?:disable|todo)[^\n]*|standard ?: ?disable[^\n]*|sorbet ?:|# typed: ?(?:false|ignore)|:nocov:",
        ),
        (
            Suppression,
            "PHP ignore",
            r"@phpstan-ignore[^\n]*|@psalm-suppress[^\n]*|phpcs ?: ?(?:ignore|disable)[^\n]*|@codecoverageignore\w*",
        ),
        (
            Suppression,
            "shellcheck disable",
            r"shellcheck (?:disable|source=/dev/null)[^\n]*",
        ),
        (
            Suppression,
            "comment of a linter",
            r"(?:hadolint|zizmor|actionlint|yamllint|checkov|tflint|trivy|kics|semgrep|codespell|typos|cspell|markdownlint|vale|spell-checker|swiftlint|credo|dialyzer|lintr|proselint|textlint)[- :]+(?:global )?(?:ignore|disable|skip|off|nolint|allow)[^\n]*",
        ),
        (
            Suppression,
            "allowlisted secret",
            r"pragma: ?allowlist secret|gitleaks:allow|trufflehog:ignore",
        ),
        // Failures that pass
        (
            SwallowedFailure,
            "|| true",
            r"\|\| ?(?:/(?:usr/)?bin/)?(?:true|:|echo|exit 0|printf|return 0)(?:[^\w./-]|$)",
        ),
        (
            SwallowedFailure,
            "; true",
            r"; ?(?:true|:|exit 0)(?:[\s\x22');]|$)",
        ),
        (
            SwallowedFailure,
            "exit 0",
            r"(?:^|\n) ?-? ?(?:run: )?exit 0\b|\b(?:sys ?\. ?exit|os ?\. ?_exit|process ?\. ?exit|std ?:: ?process ?:: ?exit|os ?\. ?exit|system ?\. ?exit|quit) ?\( ?0? ?\)|process ?\. ?exitcode ?= ?0",
        ),
        (
            SwallowedFailure,
            "set +e",
            r"\bset \+(?:e|o (?:errexit|pipefail))\b|\bset \+[a-z]*e[a-z]*\b",
        ),
        (
            SwallowedFailure,
            "continue-on-error",
            r"continue-on-error ?: ?[^\n]*|allow_failure ?: ?[^\n]*|ignore_errors ?: ?[^\n]*|soft_fail ?: ?[^\n]*|continueonerror ?: ?[^\n]*",
        ),
        (
            SwallowedFailure,
            "a step that never runs",
            r"(?:^|\n) ?-? ?if ?: ?(?:\$\{\{ ?)?false\b|when ?: ?never",
        ),
        (
            SwallowedFailure,
            "an option that tolerates",
            r"--(?:exit-zero|no-fail(?:-on-\w+)?|pass-?with-?no-?tests|allow-?failures?|exit-code[= ]0|no-error-on-unmatched-pattern|suppress-errors|keep-going|quiet-level|ignore-errors?|skip-tests?|no-verify|deselect|ignore)\b|-dskiptests\b|-dmaven\.test\.skip|--exclude-task test|-x test\b",
        ),
        (
            SwallowedFailure,
            "a handler that drops the failure",
            r"except(?: [^\n:]{0,80})?: ?\n? ?(?:pass|\.\.\.|continue)\b|\bcontextlib ?\. ?suppress\b|\bcatch ?(?:\([^)\n]{0,80}\))? ?\{\s{0,8}\}|\brescue(?: [^\n]{0,80})?\n ?(?:nil|end)\b|\brescue nil\b",
        ),
        (
            ChangedThreshold,
            "a limit of a check",
            r"(?:fail[-_]under|cov-fail-under|min(?:imum)?[-_ ]?coverage|coverage[-_]?threshold|max-warnings|max[-_]line[-_]length|max-complexity|max[-_]issues\w*|fail[-_]threshold|min[-_]score|maxsize|maxdiffpixel\w*|threshold)\b[\x22']?[ =:]{1,3}[\x22']?[\d.]+",
        ),
    ]
};

static COMPILED: LazyLock<Vec<Marker>> = LazyLock::new(|| {
    let compile = |(kind, name, pattern): &(CheatKind, &'static str, &str)| Marker {
        kind: *kind,
        name,
        pattern: Regex::new(pattern).expect("patterns are constants under test"),
    };
    MARKERS.iter().map(compile).collect()
});

/// Markers that are there after and were not before, and directives that say
/// more than before.
pub(super) fn added(name: &Name, before: &str, after: &str) -> Vec<Finding> {
    let (before, after) = (plain(before), plain(after));
    COMPILED
        .iter()
        .filter(|marker| applies(marker, name))
        .filter(|marker| grows(&marker.pattern, &before, &after))
        .map(|marker| (marker.kind, marker.name.to_owned()))
        .collect()
}

/// Words that are a directive in one language and plain in another are looked
/// for where they are one. In prose only directives in comments count: a manual
/// may well explain `|| true`.
fn applies(marker: &Marker, name: &Name) -> bool {
    let is = |extensions: &[&str]| extensions.contains(&name.extension());
    match marker.name {
        "comment of a linter" | "prettier, biome or deno ignore" => true,
        "any" => is(&["ts", "tsx", "mts", "cts", "vue", "svelte"]),
        "cast to Any" => is(&["py", "pyi"]),
        "skip of RSpec" => is(&["rb"]),
        _ => !name.is_prose(),
    }
}

fn grows(pattern: &Regex, before: &str, after: &str) -> bool {
    // What ends the directive is the code's, not its own.
    let said = |text: &str| {
        let text = formless(text);
        let end = text.trim_end_matches(|c: char| !c.is_alphanumeric()).len();
        match end {
            0 => text,
            _ => text[..end].to_owned(),
        }
    };
    let mut balance: BTreeMap<String, i64> = BTreeMap::new();
    for found in pattern.find_iter(after) {
        *balance.entry(said(found.as_str())).or_default() += 1;
    }
    if balance.is_empty() {
        return false;
    }
    for found in pattern.find_iter(before) {
        *balance.entry(said(found.as_str())).or_default() -= 1;
    }
    balance.values().any(|count| *count > 0)
}
