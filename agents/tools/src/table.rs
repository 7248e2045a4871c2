//! The checkers, and what each may rewrite.

/// Which files a fix may touch; an edit elsewhere is none of its business.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writes {
    /// Files whose name ends in one of these.
    Ending(&'static [&'static str]),
    /// Any text file: the tool formats what it finds, or runs other tools.
    Anything,
    /// Lock files by their whole name: these follow from manifests, and a
    /// person has to look at them.
    Lock(&'static [&'static str]),
    /// Recorded expectations, and documents that a program writes: files whose
    /// name ends in one of these. Recording them anew makes any check pass, so
    /// a person has to look at them, and it is done only where what they
    /// record has changed.
    Recorded(&'static [&'static str]),
}

/// A check, and how it becomes a fix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checker {
    /// What the twin is called: `rustfmt` in `fix:rustfmt`.
    pub name: &'static str,
    /// What its command begins with: program and subcommand, any of these.
    pub commands: &'static [&'static [&'static str]],
    /// Words that make it a check. One that ends in `=` stands for all that
    /// begin so; one with a blank for two words in a row.
    pub without: &'static [&'static str],
    /// Words put behind program and subcommand.
    pub with: &'static [&'static str],
    /// The program, where another one writes what this one wants.
    pub program: Option<&'static str>,
    /// The whole command, where the fix is another one.
    pub instead: &'static [&'static str],
    pub writes: Writes,
}

const PYTHON: Writes = Writes::Ending(&[".py", ".pyi", ".ipynb"]);
const SCRIPTS: Writes = Writes::Ending(&[
    ".js", ".jsx", ".ts", ".tsx", ".mjs", ".cjs", ".mts", ".cts", ".vue", ".svelte", ".astro",
    ".json", ".jsonc", ".css", ".graphql", ".html",
]);
const C_FAMILY: Writes = Writes::Ending(&[
    ".c", ".h", ".cc", ".hh", ".cpp", ".hpp", ".cxx", ".hxx", ".inl", ".ipp", ".m", ".mm", ".cu",
    ".cuh", ".proto", ".java", ".cs",
]);

const fn fix(
    name: &'static str,
    commands: &'static [&'static [&'static str]],
    without: &'static [&'static str],
    with: &'static [&'static str],
    writes: Writes,
) -> Checker {
    Checker {
        name,
        commands,
        without,
        with,
        program: None,
        instead: &[],
        writes,
    }
}

const fn swap(
    name: &'static str,
    commands: &'static [&'static [&'static str]],
    without: &'static [&'static str],
    program: &'static str,
    writes: Writes,
) -> Checker {
    Checker {
        program: Some(program),
        ..fix(name, commands, without, &[], writes)
    }
}

const fn lock(
    name: &'static str,
    commands: &'static [&'static [&'static str]],
    instead: &'static [&'static str],
    files: &'static [&'static str],
) -> Checker {
    Checker {
        name,
        commands,
        without: &[],
        with: &[],
        program: None,
        instead,
        writes: Writes::Lock(files),
    }
}

const CARGO_FIX: &[&str] = &["--fix", "--allow-dirty", "--allow-staged", "--allow-no-vcs"];

/// All of them. Where several fit a command, the first is meant.
#[rustfmt::skip]
pub const CHECKERS: &[Checker] = &[
    fix("rustfmt", &[&["cargo", "fmt"], &["rustfmt"]], &["--check"], &[], Writes::Ending(&[".rs"])),
    fix("clippy", &[&["cargo", "clippy"]], &[], CARGO_FIX, Writes::Ending(&[".rs"])),
    Checker {
        name: "rustc",
        commands: &[&["cargo", "check"], &["cargo", "build"]],
        without: &["--release", "--locked"],
        with: &[],
        program: None,
        // Only suggestions that the compiler calls machine-applicable.
        instead: &["cargo", "fix", "--all-targets", "--allow-dirty", "--allow-staged", "--allow-no-vcs"],
        writes: Writes::Ending(&[".rs"]),
    },
    fix("black", &[&["black"]], &["--check", "--diff"], &[], PYTHON),
    fix("isort", &[&["isort"]], &["--check", "--check-only", "-c", "--diff", "-d"], &[], PYTHON),
    fix("ruff-format", &[&["ruff", "format"]], &["--check", "--diff"], &[], PYTHON),
    fix("ruff", &[&["ruff", "check"]],
        &["--diff", "--no-fix", "--fix", "--fix-only", "--unsafe-fixes", "--exit-non-zero-on-fix", "--add-noqa"],
        &["--fix", "--no-unsafe-fixes"], PYTHON),
    fix("autopep8", &[&["autopep8"]], &["--diff", "-d", "--exit-code", "--aggressive", "-a"], &["--in-place"], PYTHON),
    fix("yapf", &[&["yapf"]], &["--diff", "-d", "--quiet", "-q"], &["--in-place"], PYTHON),
    fix("docformatter", &[&["docformatter"]], &["--check", "-c", "--diff"], &["--in-place"], PYTHON),
    fix("autoflake", &[&["autoflake"]], &["--check", "-c", "--check-diff", "-cd"], &["--in-place"], PYTHON),
    // These write and fail for having written; the check is its own fix.
    fix("pyupgrade", &[&["pyupgrade"]], &["--exit-zero-even-if-changed"], &[], PYTHON),
    fix("add-trailing-comma", &[&["add-trailing-comma"]], &["--exit-zero-even-if-changed"], &[], PYTHON),
    fix("reorder-imports", &[&["reorder-python-imports"]], &["--exit-zero-even-if-changed"], &[], PYTHON),
    fix("absolufy-imports", &[&["absolufy-imports"]], &[], &[], PYTHON),
    fix("double-quotes", &[&["double-quote-string-fixer"]], &[], &[], PYTHON),
    fix("flynt", &[&["flynt"]], &["--dry-run", "-d", "--fail-on-change", "-f"], &[], PYTHON),
    fix("ssort", &[&["ssort"]], &["--check", "--diff"], &[], PYTHON),
    fix("unimport", &[&["unimport"]], &["--check", "--diff", "-d", "-p", "--permission"], &["--remove"], PYTHON),
    fix("usort", &[&["usort", "check"], &["usort", "diff"], &["ufmt", "check"], &["ufmt", "diff"]], &["check", "diff"], &["format"], PYTHON),
    fix("snakefmt", &[&["snakefmt"]], &["--check", "--diff", "-d", "--compact-diff"], &[], Writes::Ending(&["Snakefile", ".smk"])),
    fix("cython-lint", &[&["double-quote-cython-strings"]], &[], &[], Writes::Ending(&[".pyx", ".pxd"])),
    fix("trailing-whitespace", &[&["trailing-whitespace-fixer"], &["end-of-file-fixer"], &["mixed-line-ending"], &["fix-byte-order-marker"], &["file-contents-sorter"]], &[], &[], Writes::Anything),
    fix("pretty-json", &[&["pretty-format-json"]], &["--autofix"], &["--autofix"], Writes::Ending(&[".json"])),
    fix("requirements-txt", &[&["requirements-txt-fixer"]], &[], &[], Writes::Ending(&[".txt", ".in"])),
    fix("nbstripout", &[&["nbstripout"]], &["--verify", "--dry-run", "--textconv", "-t"], &[], Writes::Ending(&[".ipynb"])),
    fix("blacken-docs", &[&["blacken-docs"]], &[], &[], Writes::Ending(&[".md", ".rst", ".py", ".tex"])),
    fix("pyproject-fmt", &[&["pyproject-fmt"]], &["--check", "-c", "--stdout"], &[], Writes::Ending(&["pyproject.toml"])),
    fix("toml-sort", &[&["toml-sort"]], &["--check", "-c"], &["--in-place"], Writes::Ending(&[".toml"])),
    fix("pycln", &[&["pycln"]], &["--check", "-c", "--diff", "-d"], &[], PYTHON),
    fix("eslint", &[&["eslint"]], &["--fix-dry-run", "--fix"], &["--fix"], SCRIPTS),
    fix("oxlint", &[&["oxlint"]], &["--fix-dangerously", "--fix-suggestions"], &["--fix"], SCRIPTS),
    fix("standard", &[&["standard"], &["xo"], &["ts-standard"], &["semistandard"]], &["--fix"], &["--fix"], SCRIPTS),
    fix("prettier", &[&["prettier"]], &["--check", "-c", "--list-different", "-l", "-lc"], &["--write"], Writes::Anything),
    fix("biome-format", &[&["biome", "format"]], &["--write", "--fix"], &["--write"], SCRIPTS),
    fix("biome-lint", &[&["biome", "lint"]], &["--write", "--fix", "--unsafe"], &["--write"], SCRIPTS),
    fix("biome", &[&["biome", "check"]], &["--write", "--fix", "--unsafe"], &["--write"], SCRIPTS),
    fix("biome-ci", &[&["biome", "ci"]], &["ci", "--write", "--fix", "--unsafe"], &["check", "--write"], SCRIPTS),
    fix("deno-fmt", &[&["deno", "fmt"]], &["--check"], &[], Writes::Anything),
    fix("dprint", &[&["dprint", "fmt"]], &[], &[], Writes::Anything),
    fix("dprint-check", &[&["dprint", "check"]], &["check", "--list-different"], &["fmt"], Writes::Anything),
    fix("stylelint", &[&["stylelint"]], &["--fix"], &["--fix"], Writes::Ending(&[".css", ".scss", ".less", ".sass", ".vue", ".html"])),
    fix("markdownlint", &[&["markdownlint"], &["markdownlint-cli2"]], &["--fix", "-f"], &["--fix"], Writes::Ending(&[".md", ".markdown", ".mdx"])),
    fix("mdformat", &[&["mdformat"]], &["--check"], &[], Writes::Ending(&[".md"])),
    fix("remark", &[&["remark"]], &["--frail", "-f", "--output", "-o"], &["--output"], Writes::Ending(&[".md", ".mdx"])),
    fix("textlint", &[&["textlint"]], &["--fix", "--dry-run"], &["--fix"], Writes::Ending(&[".md", ".txt", ".rst"])),
    fix("sort-package-json", &[&["sort-package-json"], &["prettier-package-json"]], &["--check", "-c", "--list-different", "-l"], &[], Writes::Ending(&["package.json"])),
    fix("syncpack", &[&["syncpack", "format"]], &["--check"], &[], Writes::Ending(&["package.json"])),
    fix("oxfmt", &[&["oxfmt"]], &["--check", "--list-different"], &[], Writes::Anything),
    fix("rstfmt", &[&["rstfmt"], &["docstrfmt"]], &["--check", "-c", "--diff"], &[], Writes::Ending(&[".rst"])),
    fix("gofmt", &[&["gofmt"], &["goimports"], &["gofumpt"]], &["-l", "-d", "-w", "-e"], &["-w"], Writes::Ending(&[".go"])),
    fix("golangci-lint", &[&["golangci-lint", "run"]], &["--fix"], &["--fix"], Writes::Ending(&[".go"])),
    fix("golangci-fmt", &[&["golangci-lint", "fmt"]], &["--diff", "-d", "--diff-colored"], &[], Writes::Ending(&[".go"])),
    fix("shfmt", &[&["shfmt"]], &["-d", "--diff", "-l", "--list", "-w"], &["-w"], Writes::Anything),
    fix("terraform", &[&["terraform", "fmt"], &["tofu", "fmt"]], &["-check", "-diff", "-check=", "-diff=", "--check", "--diff", "-write=", "-list="], &[], Writes::Ending(&[".tf", ".tfvars", ".hcl", ".tofu"])),
    fix("taplo", &[&["taplo", "fmt"], &["taplo", "format"]], &["--check", "--diff"], &[], Writes::Ending(&[".toml"])),
    fix("tombi", &[&["tombi", "format"], &["tombi", "fmt"]], &["--check", "--diff"], &[], Writes::Ending(&[".toml"])),
    fix("yamlfix", &[&["yamlfix"]], &["--check"], &[], Writes::Ending(&[".yml", ".yaml"])),
    fix("ansible-lint", &[&["ansible-lint"]], &["--fix"], &["--fix"], Writes::Ending(&[".yml", ".yaml"])),
    fix("yamlfmt", &[&["yamlfmt"]], &["-lint", "--lint", "-dry", "--dry", "-quiet"], &[], Writes::Ending(&[".yml", ".yaml"])),
    fix("stylua", &[&["stylua"]], &["--check", "-c", "--output-format="], &[], Writes::Ending(&[".lua", ".luau"])),
    fix("clang-format", &[&["clang-format"]], &["--dry-run", "-n", "--Werror", "-Werror", "-i"], &["-i"], C_FAMILY),
    fix("clang-tidy", &[&["clang-tidy"], &["run-clang-tidy"]], &["--fix-errors", "-fix-errors", "--fix-notes", "-fix-notes", "--fix", "-fix"], &["--fix"], C_FAMILY),
    fix("git-clang-format", &[&["git", "clang-format"], &["git-clang-format"]], &["--diff", "--diffstat"], &["--force"], C_FAMILY),
    fix("astyle", &[&["astyle"]], &["--dry-run", "--error-on-changes"], &[], C_FAMILY),
    fix("cmake-format", &[&["cmake-format"], &["gersemi"]], &["--check", "-c", "--diff", "-i"], &["-i"], Writes::Ending(&[".cmake", "CMakeLists.txt"])),
    fix("dockerfmt", &[&["dockerfmt"]], &["--check", "-c", "-w", "--write"], &["--write"], Writes::Ending(&["Dockerfile", ".dockerfile", "Containerfile"])),
    fix("perltidy", &[&["perltidy"]], &["--assert-tidy", "-ast", "-b"], &["-b", "-bext=/"], Writes::Ending(&[".pl", ".pm", ".t"])),
    fix("google-java-format", &[&["google-java-format"]], &["--dry-run", "-n", "--set-exit-if-changed", "-i", "--replace"], &["--replace"], Writes::Ending(&[".java"])),
    fix("ktfmt", &[&["ktfmt"]], &["--dry-run", "-n", "--set-exit-if-changed"], &[], Writes::Ending(&[".kt", ".kts"])),
    fix("ormolu", &[&["ormolu"], &["fourmolu"]], &["--mode check", "-m check", "--mode=", "-i"], &["--mode", "inplace"], Writes::Ending(&[".hs"])),
    fix("elm-format", &[&["elm-format"]], &["--validate"], &["--yes"], Writes::Ending(&[".elm"])),
    fix("gleam", &[&["gleam", "format"]], &["--check"], &[], Writes::Ending(&[".gleam"])),
    fix("packer", &[&["packer", "fmt"], &["nomad", "fmt"], &["consul", "fmt"]], &["-check", "-diff"], &[], Writes::Ending(&[".hcl", ".nomad"])),
    fix("license-eye", &[&["license-eye", "header", "check"]], &["check"], &["fix"], Writes::Anything),
    fix("reuse-headers", &[&["licenseheaders"]], &["--dry"], &[], Writes::Anything),
    fix("zizmor", &[&["zizmor"]], &["--fix=", "--fix"], &["--fix=safe"], Writes::Ending(&[".yml", ".yaml"])),
    fix("cargo-machete", &[&["cargo", "machete"]], &["--fix"], &["--fix"], Writes::Lock(&["Cargo.toml"])),
    fix("pint", &[&["pint"]], &["--test"], &[], Writes::Ending(&[".php"])),
    fix("ecs", &[&["ecs", "check"], &["ecs"]], &["--fix"], &["--fix"], Writes::Ending(&[".php"])),
    fix("rubocop", &[&["rubocop"]], &["-A", "--autocorrect-all", "--auto-correct-all", "-a", "--autocorrect"], &["-a"], Writes::Ending(&[".rb", ".rake", ".gemspec", ".ru", "Gemfile", "Rakefile"])),
    fix("standardrb", &[&["standardrb"]], &["--fix-unsafely"], &["--fix"], Writes::Ending(&[".rb", ".rake", ".gemspec", ".ru", "Gemfile", "Rakefile"])),
    fix("codespell", &[&["codespell"]], &["-i 1", "-i 2", "-i 3", "--interactive=", "-w", "--write-changes"], &["-w"], Writes::Anything),
    fix("typos", &[&["typos"]], &["--diff", "-w", "--write-changes"], &["-w"], Writes::Anything),
    fix("mix-format", &[&["mix", "format"]], &["--check-formatted", "--dry-run"], &[], Writes::Ending(&[".ex", ".exs", ".heex"])),
    fix("dart-format", &[&["dart", "format"]], &["--set-exit-if-changed", "-o none", "--output=", "--output none"], &[], Writes::Ending(&[".dart"])),
    fix("dotnet-format", &[&["dotnet", "format"]], &["--verify-no-changes"], &[], Writes::Ending(&[".cs", ".vb", ".fs"])),
    fix("php-cs-fixer", &[&["php-cs-fixer", "fix"]], &["--dry-run", "--diff"], &[], Writes::Ending(&[".php"])),
    swap("phpcbf", &[&["phpcs"]], &["-s", "-n", "--report="], "phpcbf", Writes::Ending(&[".php"])),
    fix("ktlint", &[&["ktlint"]], &["--format", "-F"], &["-F"], Writes::Ending(&[".kt", ".kts"])),
    fix("swiftformat", &[&["swiftformat"]], &["--lint", "--dryrun"], &[], Writes::Ending(&[".swift"])),
    fix("swiftlint", &[&["swiftlint", "lint"], &["swiftlint"]], &["--fix"], &["--fix"], Writes::Ending(&[".swift"])),
    fix("scalafmt", &[&["scalafmt"]], &["--check", "--test", "--list"], &[], Writes::Ending(&[".scala", ".sbt", ".sc"])),
    fix("buf", &[&["buf", "format"]], &["-d", "--diff", "--exit-code", "-w"], &["-w"], Writes::Ending(&[".proto"])),
    fix("zig-fmt", &[&["zig", "fmt"]], &["--check"], &[], Writes::Ending(&[".zig"])),
    fix("nixfmt", &[&["nixfmt"], &["alejandra"], &["nixpkgs-fmt"]], &["--check", "-c"], &[], Writes::Ending(&[".nix"])),
    fix("buildifier", &[&["buildifier"]], &["-mode=", "--mode=", "-lint=", "--lint="], &[], Writes::Ending(&[".bzl", ".bazel", "BUILD", "WORKSPACE"])),
    fix("sqlfluff", &[&["sqlfluff", "lint"]], &["lint", "--nofail", "--format=", "-f github-annotation", "--format github-annotation"], &["fix"], Writes::Ending(&[".sql"])),
    fix("sqlfmt", &[&["sqlfmt"]], &["--check", "--diff"], &[], Writes::Ending(&[".sql"])),
    fix("djlint", &[&["djlint"]], &["--check", "--lint", "--quiet"], &["--reformat", "--quiet"], Writes::Ending(&[".html", ".jinja", ".j2"])),
    fix("addlicense", &[&["addlicense"]], &["-check", "--check"], &[], Writes::Anything),
    fix("pre-commit", &[&["pre-commit", "run"], &["prek", "run"], &["prek"]], &["--show-diff-on-failure"], &[], Writes::Anything),
    fix("cargo-sort", &[&["cargo", "sort"]], &["--check", "-c"], &[], Writes::Ending(&["Cargo.toml"])),
    fix("rumdl", &[&["rumdl", "check"], &["rumdl", "fmt"]], &["--check", "--diff", "--fix", "--output-format=", "--output="], &["--fix"], Writes::Ending(&[".md", ".markdown", ".mdx"])),
    fix("pymarkdown", &[&["pymarkdown", "scan"], &["pymarkdownlnt", "scan"]], &["scan"], &["fix"], Writes::Ending(&[".md"])),
    fix("beautysh", &[&["beautysh"]], &["--check", "-c"], &[], Writes::Anything),
    fix("mbake", &[&["mbake", "format"], &["bake", "format"]], &["--check", "-c", "--diff", "-d"], &[], Writes::Ending(&["Makefile", ".mk", "makefile"])),
    fix("mbake-validate", &[&["mbake", "validate"]], &["validate"], &["format"], Writes::Ending(&["Makefile", ".mk", "makefile"])),
    fix("pyink", &[&["pyink"], &["blue"], &["darker"], &["tan"]], &["--check", "--diff"], &[], PYTHON),
    fix("nbqa", &[&["nbqa"]], &["--check", "--diff", "--check-only"], &[], PYTHON),
    fix("hatch-fmt", &[&["hatch", "fmt"]], &["--check"], &[], PYTHON),
    fix("unify", &[&["unify"]], &["--check-only", "-c"], &["--in-place"], PYTHON),
    fix("djhtml", &[&["djhtml"], &["djcss"], &["djjs"]], &["--check", "-c"], &[], Writes::Ending(&[".html", ".css", ".js", ".jinja", ".j2"])),
    fix("gdformat", &[&["gdformat"]], &["--check", "-c", "--diff", "-d"], &[], Writes::Ending(&[".gd"])),
    fix("tslint", &[&["tslint"]], &["--fix"], &["--fix"], SCRIPTS),
    fix("gts", &[&["gts", "lint"], &["gts", "check"]], &["lint", "check"], &["fix"], SCRIPTS),
    fix("next-lint", &[&["next", "lint"], &["ng", "lint"]], &["--fix"], &["--fix"], SCRIPTS),
    fix("vue-lint", &[&["vue-cli-service", "lint"]], &["--no-fix"], &[], SCRIPTS),
    fix("deno-lint", &[&["deno", "lint"]], &["--fix"], &["--fix"], SCRIPTS),
    fix("js-beautify", &[&["js-beautify"], &["css-beautify"], &["html-beautify"]], &["-r", "--replace"], &["--replace"], SCRIPTS),
    fix("template-lint", &[&["ember-template-lint"]], &["--fix"], &["--fix"], Writes::Ending(&[".hbs", ".gjs", ".gts"])),
    fix("solhint", &[&["solhint"]], &["--fix"], &["--fix"], Writes::Ending(&[".sol"])),
    fix("forge-fmt", &[&["forge", "fmt"]], &["--check"], &[], Writes::Ending(&[".sol"])),
    fix("eclint", &[&["eclint", "check"]], &["check"], &["fix"], Writes::Anything),
    fix("dotenv-linter", &[&["dotenv-linter", "check"], &["dotenv-linter"]], &["check", "--no-backup"], &["fix", "--no-backup"], Writes::Anything),
    fix("golines", &[&["golines"]], &["--dry-run", "-l", "--list-files", "-w"], &["-w"], Writes::Ending(&[".go"])),
    fix("gci", &[&["gci", "diff"], &["gci", "list"], &["gci", "print"]], &["diff", "list", "print"], &["write"], Writes::Ending(&[".go"])),
    fix("templ", &[&["templ", "fmt"]], &["-fail"], &[], Writes::Ending(&[".templ"])),
    fix("tflint", &[&["tflint"]], &["--fix"], &["--fix"], Writes::Ending(&[".tf"])),
    fix("terragrunt", &[&["terragrunt", "hclfmt"], &["terragrunt", "hcl", "fmt"]], &["--terragrunt-check", "--check", "--terragrunt-diff", "--diff"], &[], Writes::Ending(&[".hcl"])),
    fix("opa-fmt", &[&["opa", "fmt"]], &["--fail", "--diff", "-d", "--list", "-l", "-w", "--write"], &["--write"], Writes::Ending(&[".rego"])),
    fix("jsonnetfmt", &[&["jsonnetfmt"]], &["--test", "-i", "--in-place"], &["--in-place"], Writes::Ending(&[".jsonnet", ".libsonnet"])),
    fix("protolint", &[&["protolint", "lint"], &["protolint"]], &["-fix"], &["-fix"], Writes::Ending(&[".proto"])),
    fix("sqruff", &[&["sqruff", "lint"]], &["lint"], &["fix"], Writes::Ending(&[".sql"])),
    fix("typstyle", &[&["typstyle"]], &["--check", "-i", "--inplace"], &["--inplace"], Writes::Ending(&[".typ"])),
    fix("tex-fmt", &[&["tex-fmt"]], &["--check"], &[], Writes::Ending(&[".tex", ".bib", ".cls", ".sty"])),
    fix("uncrustify", &[&["uncrustify"]], &["--check", "--replace", "--no-backup"], &["--replace", "--no-backup"], C_FAMILY),
    fix("fprettify", &[&["fprettify"]], &["-d", "--diff"], &[], Writes::Ending(&[".f90", ".F90", ".f", ".f95", ".f03"])),
    fix("swift-format", &[&["swift-format", "lint"], &["swift", "format", "lint"]], &["lint", "--strict", "-s"], &["format", "--in-place"], Writes::Ending(&[".swift"])),
    fix("spotless", &[&["gradlew", "spotlessCheck"], &["gradle", "spotlessCheck"]], &["spotlessCheck"], &["spotlessApply"], Writes::Anything),
    fix("spotless-maven", &[&["mvn", "spotless:check"], &["mvnw", "spotless:check"]], &["spotless:check"], &["spotless:apply"], Writes::Anything),
    fix("ktlint-gradle", &[&["gradlew", "ktlintCheck"], &["gradle", "ktlintCheck"]], &["ktlintCheck"], &["ktlintFormat"], Writes::Ending(&[".kt", ".kts"])),
    fix("scalafmt-sbt", &[&["sbt", "scalafmtCheckAll"], &["sbt", "scalafmtCheck"]], &["scalafmtCheckAll", "scalafmtCheck"], &["scalafmtAll"], Writes::Ending(&[".scala", ".sbt", ".sc"])),
    fix("ocamlformat", &[&["dune", "build", "@fmt"], &["dune", "fmt"]], &["build", "@fmt", "fmt", "--preview"], &["fmt"], Writes::Ending(&[".ml", ".mli", "dune"])),
    fix("erlfmt", &[&["erlfmt"], &["rebar3", "fmt"]], &["--check", "-c", "--write", "-w"], &["--write"], Writes::Ending(&[".erl", ".hrl", ".config"])),
    fix("cljfmt", &[&["cljfmt", "check"], &["cljstyle", "check"]], &["check"], &["fix"], Writes::Ending(&[".clj", ".cljs", ".cljc", ".edn"])),
    fix("crystal", &[&["crystal", "tool", "format"]], &["--check"], &[], Writes::Ending(&[".cr"])),
    fix("csharpier", &[&["dotnet", "csharpier"], &["csharpier"]], &["--check", "check"], &[], Writes::Ending(&[".cs", ".csproj"])),
    fix("leptosfmt", &[&["leptosfmt"], &["dx", "fmt"]], &["--check"], &[], Writes::Ending(&[".rs"])),
    fix("rufo", &[&["rufo"]], &["--check", "-c"], &[], Writes::Ending(&[".rb"])),
    fix("puppet-lint", &[&["puppet-lint"]], &["--fix", "-f"], &["--fix"], Writes::Ending(&[".pp"])),
    fix("fantomas", &[&["fantomas"], &["dotnet", "fantomas"]], &["--check"], &[], Writes::Ending(&[".fs", ".fsi", ".fsx"])),
    fix("v-fmt", &[&["v", "fmt"]], &["-verify", "-c", "-w"], &["-w"], Writes::Ending(&[".v"])),
    lock("go-mod", &[&["go", "mod", "tidy"], &["go", "mod", "verify"]], &["go", "mod", "tidy"], &["go.mod", "go.sum"]),
    lock("npm-lock", &[&["npm", "ci"]], &["npm", "install", "--package-lock-only", "--ignore-scripts", "--no-audit", "--no-fund"], &["package-lock.json", "npm-shrinkwrap.json"]),
    lock("pnpm-lock", &[&["pnpm", "install"], &["pnpm", "i"]], &["pnpm", "install", "--lockfile-only", "--no-frozen-lockfile", "--ignore-scripts"], &["pnpm-lock.yaml"]),
    lock("yarn-lock", &[&["yarn", "install"]], &["yarn", "install", "--mode=update-lockfile", "--no-immutable"], &["yarn.lock"]),
    lock("uv-lock", &[&["uv", "lock"], &["uv", "sync"]], &["uv", "lock"], &["uv.lock"]),
    lock("poetry-lock", &[&["poetry", "check"], &["poetry", "install"], &["poetry", "lock"]], &["poetry", "lock"], &["poetry.lock"]),
    lock("pdm-lock", &[&["pdm", "lock"], &["pdm", "install"], &["pdm", "sync"]], &["pdm", "lock"], &["pdm.lock"]),
    lock("bundle-lock", &[&["bundle", "install"]], &["bundle", "lock"], &["Gemfile.lock"]),
    lock("composer-lock", &[&["composer", "install"], &["composer", "validate"]], &["composer", "update", "--lock", "--no-install", "--no-scripts"], &["composer.lock"]),
];

/// A lock file that has to stay as it is makes cargo fail; this brings it up
/// to the manifests and moves no version that they still allow.
pub(crate) static CARGO_LOCK: Checker = lock(
    "cargo-lock",
    &[],
    &["cargo", "update", "--workspace"],
    &["Cargo.lock"],
);

/// What people write and fix modes touch too: lock files are made from them.
const MANIFESTS: [&str; 2] = ["Cargo.toml", "go.mod"];

/// What makes a lock file of this name from its manifests; none for a file
/// that is no lock file, or is a person's to write.
pub fn lock_maker(name: &str) -> Option<&'static [&'static str]> {
    let makes = |checker: &&&Checker| match checker.writes {
        Writes::Lock(names) => names.contains(&name) && !MANIFESTS.contains(&name),
        Writes::Ending(_) | Writes::Recorded(_) | Writes::Anything => false,
    };
    let all = [&CARGO_LOCK].into_iter().chain(CHECKERS);
    let found = all.collect::<alloc::vec::Vec<_>>();
    // What only takes away from a manifest makes none.
    let known = found.iter().filter(|checker| !checker.instead.is_empty());
    known.into_iter().find(makes).map(|checker| checker.instead)
}

/// Whether a command is one that makes a lock file.
pub fn is_lock_maker(argv: &[alloc::string::String]) -> bool {
    let makes = |checker: &Checker| {
        matches!(checker.writes, Writes::Lock(_)) && argv.iter().eq(checker.instead.iter())
    };
    makes(&CARGO_LOCK) || CHECKERS.iter().any(makes)
}

/// Scripts of a `package.json` hand arguments on to what they run.
pub(crate) static SCRIPT_FIX: Checker = fix("script-fix", &[], &[], &["--fix"], SCRIPTS);
pub(crate) static SCRIPT_WRITE: Checker =
    fix("script-write", &[], &[], &["--write"], Writes::Anything);

/// What a script does before it asks git whether anything changed.
pub(crate) static GENERATOR: Checker = fix("generator", &[], &[], &[], Writes::Anything);

impl Checker {
    /// The checker of this name.
    pub fn named(name: &str) -> Option<&'static Checker> {
        let others = [&CARGO_LOCK, &SCRIPT_FIX, &SCRIPT_WRITE, &GENERATOR];
        let mut all = CHECKERS.iter().chain(others);
        all.find(|checker| checker.name == name)
            .or_else(|| crate::record::named(name))
    }

    /// Whether its fix may rewrite this file.
    pub fn may_write(&self, path: &str) -> bool {
        let name = path.rsplit('/').next().unwrap_or(path);
        match self.writes {
            Writes::Ending(endings) | Writes::Recorded(endings) => {
                endings.iter().any(|ending| name.ends_with(ending))
            }
            Writes::Anything => true,
            Writes::Lock(names) => names.contains(&name),
        }
    }

    /// Whether it writes lock files.
    pub fn locks(&self) -> bool {
        matches!(self.writes, Writes::Lock(_))
    }

    /// Whether it records anew what a check compares with.
    pub fn records(&self) -> bool {
        matches!(self.writes, Writes::Recorded(_))
    }

    /// Whether what it records is a document that a program writes, and no
    /// test's expectation.
    pub fn is_document(&self) -> bool {
        self.records() && (!self.without.is_empty() || self.name == "target")
    }

    /// Whether it is what stands before a question to git.
    pub fn precedes_git(&self) -> bool {
        self.name == GENERATOR.name
    }

    /// Whether a script is only taken to know the flag that it is handed.
    pub fn is_guessed(&self) -> bool {
        self.name == SCRIPT_FIX.name || self.name == SCRIPT_WRITE.name
    }

    /// Whether it makes files from whatever else the repository has, and not
    /// from its code alone.
    pub fn generates(&self) -> bool {
        self.records() && matches!(self.name, "own-generator" | "target")
    }

    /// Whether a person has to look at what it writes.
    pub fn needs_approval(&self) -> bool {
        match self.writes {
            Writes::Lock(_) | Writes::Recorded(_) => true,
            Writes::Ending(_) | Writes::Anything => false,
        }
    }
}
