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
        instead: &[],
        writes,
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
    fix("pycln", &[&["pycln"]], &["--check", "-c", "--diff", "-d"], &[], PYTHON),
    fix("eslint", &[&["eslint"]], &["--fix-dry-run", "--fix"], &["--fix"], SCRIPTS),
    fix("oxlint", &[&["oxlint"]], &["--fix-dangerously", "--fix-suggestions"], &["--fix"], SCRIPTS),
    fix("standard", &[&["standard"], &["xo"], &["ts-standard"]], &[], &["--fix"], SCRIPTS),
    fix("prettier", &[&["prettier"]], &["--check", "-c", "--list-different", "-l", "-lc"], &["--write"], Writes::Anything),
    fix("biome-format", &[&["biome", "format"]], &["--write", "--fix"], &["--write"], SCRIPTS),
    fix("biome-lint", &[&["biome", "lint"]], &["--write", "--fix", "--unsafe"], &["--write"], SCRIPTS),
    fix("biome", &[&["biome", "check"]], &["--write", "--fix", "--unsafe"], &["--write"], SCRIPTS),
    Checker {
        name: "biome-ci",
        commands: &[&["biome", "ci"]],
        without: &[],
        with: &[],
        instead: &["biome", "check", "--write"],
        writes: SCRIPTS,
    },
    fix("deno-fmt", &[&["deno", "fmt"]], &["--check"], &[], Writes::Anything),
    fix("dprint", &[&["dprint", "fmt"]], &[], &[], Writes::Anything),
    Checker {
        name: "dprint-check",
        commands: &[&["dprint", "check"]],
        without: &[],
        with: &[],
        instead: &["dprint", "fmt"],
        writes: Writes::Anything,
    },
    fix("stylelint", &[&["stylelint"]], &["--fix"], &["--fix"], Writes::Ending(&[".css", ".scss", ".less", ".sass", ".vue", ".html"])),
    fix("markdownlint", &[&["markdownlint"], &["markdownlint-cli2"]], &["--fix", "-f"], &["--fix"], Writes::Ending(&[".md", ".markdown", ".mdx"])),
    fix("mdformat", &[&["mdformat"]], &["--check"], &[], Writes::Ending(&[".md"])),
    fix("gofmt", &[&["gofmt"], &["goimports"], &["gofumpt"]], &["-l", "-d", "-w", "-e"], &["-w"], Writes::Ending(&[".go"])),
    fix("golangci-lint", &[&["golangci-lint", "run"]], &["--fix"], &["--fix"], Writes::Ending(&[".go"])),
    fix("golangci-fmt", &[&["golangci-lint", "fmt"]], &["--diff", "-d", "--diff-colored"], &[], Writes::Ending(&[".go"])),
    fix("shfmt", &[&["shfmt"]], &["-d", "--diff", "-l", "--list", "-w"], &["-w"], Writes::Anything),
    fix("terraform", &[&["terraform", "fmt"], &["tofu", "fmt"]], &["-check", "-diff", "-check=", "-diff=", "--check", "--diff", "-write=", "-list="], &[], Writes::Ending(&[".tf", ".tfvars", ".hcl", ".tofu"])),
    fix("taplo", &[&["taplo", "fmt"], &["taplo", "format"]], &["--check", "--diff"], &[], Writes::Ending(&[".toml"])),
    fix("yamlfmt", &[&["yamlfmt"]], &["-lint", "--lint", "-dry", "--dry", "-quiet"], &[], Writes::Ending(&[".yml", ".yaml"])),
    fix("stylua", &[&["stylua"]], &["--check", "-c", "--output-format="], &[], Writes::Ending(&[".lua", ".luau"])),
    fix("clang-format", &[&["clang-format"]], &["--dry-run", "-n", "--Werror", "-Werror", "-i"], &["-i"], C_FAMILY),
    fix("cmake-format", &[&["cmake-format"], &["gersemi"]], &["--check", "-c", "--diff", "-i"], &["-i"], Writes::Ending(&[".cmake", "CMakeLists.txt"])),
    fix("rubocop", &[&["rubocop"]], &["-A", "--autocorrect-all", "--auto-correct-all", "-a", "--autocorrect"], &["-a"], Writes::Ending(&[".rb", ".rake", ".gemspec", ".ru", "Gemfile", "Rakefile"])),
    fix("standardrb", &[&["standardrb"]], &["--fix-unsafely"], &["--fix"], Writes::Ending(&[".rb", ".rake", ".gemspec", ".ru", "Gemfile", "Rakefile"])),
    fix("codespell", &[&["codespell"]], &["-i 1", "-i 2", "-i 3", "--interactive=", "-w", "--write-changes"], &["-w"], Writes::Anything),
    fix("typos", &[&["typos"]], &["--diff", "-w", "--write-changes"], &["-w"], Writes::Anything),
    fix("mix-format", &[&["mix", "format"]], &["--check-formatted", "--dry-run"], &[], Writes::Ending(&[".ex", ".exs", ".heex"])),
    fix("dart-format", &[&["dart", "format"]], &["--set-exit-if-changed", "-o none", "--output=", "--output none"], &[], Writes::Ending(&[".dart"])),
    fix("dotnet-format", &[&["dotnet", "format"]], &["--verify-no-changes"], &[], Writes::Ending(&[".cs", ".vb", ".fs"])),
    fix("php-cs-fixer", &[&["php-cs-fixer", "fix"]], &["--dry-run", "--diff"], &[], Writes::Ending(&[".php"])),
    Checker {
        name: "phpcbf",
        commands: &[&["phpcs"]],
        without: &[],
        with: &[],
        instead: &["phpcbf"],
        writes: Writes::Ending(&[".php"]),
    },
    fix("ktlint", &[&["ktlint"]], &["--format", "-F"], &["-F"], Writes::Ending(&[".kt", ".kts"])),
    fix("swiftformat", &[&["swiftformat"]], &["--lint", "--dryrun"], &[], Writes::Ending(&[".swift"])),
    fix("swiftlint", &[&["swiftlint", "lint"], &["swiftlint"]], &["--fix"], &["--fix"], Writes::Ending(&[".swift"])),
    fix("scalafmt", &[&["scalafmt"]], &["--check", "--test", "--list"], &[], Writes::Ending(&[".scala", ".sbt", ".sc"])),
    fix("buf", &[&["buf", "format"]], &["-d", "--diff", "--exit-code", "-w"], &["-w"], Writes::Ending(&[".proto"])),
    fix("zig-fmt", &[&["zig", "fmt"]], &["--check"], &[], Writes::Ending(&[".zig"])),
    fix("nixfmt", &[&["nixfmt"], &["alejandra"], &["nixpkgs-fmt"]], &["--check", "-c"], &[], Writes::Ending(&[".nix"])),
    fix("buildifier", &[&["buildifier"]], &["-mode=", "--mode=", "-lint=", "--lint="], &[], Writes::Ending(&[".bzl", ".bazel", "BUILD", "WORKSPACE"])),
    Checker {
        name: "sqlfluff",
        commands: &[&["sqlfluff", "lint"]],
        without: &[],
        with: &[],
        instead: &["sqlfluff", "fix"],
        writes: Writes::Ending(&[".sql"]),
    },
    fix("djlint", &[&["djlint"]], &["--check", "--lint"], &["--reformat"], Writes::Ending(&[".html", ".jinja", ".j2"])),
    fix("addlicense", &[&["addlicense"]], &["-check", "--check"], &[], Writes::Anything),
    fix("pre-commit", &[&["pre-commit", "run"], &["prek", "run"], &["prek"]], &["--show-diff-on-failure"], &[], Writes::Anything),
    fix("cargo-sort", &[&["cargo", "sort"]], &["--check", "-c"], &[], Writes::Ending(&["Cargo.toml"])),
    lock("go-mod", &[&["go", "mod", "tidy"], &["go", "mod", "verify"]], &["go", "mod", "tidy"], &["go.mod", "go.sum"]),
    lock("npm-lock", &[&["npm", "ci"]], &["npm", "install", "--package-lock-only", "--ignore-scripts", "--no-audit", "--no-fund"], &["package-lock.json", "npm-shrinkwrap.json"]),
    lock("pnpm-lock", &[&["pnpm", "install"], &["pnpm", "i"]], &["pnpm", "install", "--lockfile-only", "--no-frozen-lockfile", "--ignore-scripts"], &["pnpm-lock.yaml"]),
    lock("yarn-lock", &[&["yarn", "install"]], &["yarn", "install", "--mode=update-lockfile", "--no-immutable"], &["yarn.lock"]),
    lock("uv-lock", &[&["uv", "lock"], &["uv", "sync"]], &["uv", "lock"], &["uv.lock"]),
    lock("poetry-lock", &[&["poetry", "check"], &["poetry", "install"], &["poetry", "lock"]], &["poetry", "lock"], &["poetry.lock"]),
    lock("pdm-lock", &[&["pdm", "lock"], &["pdm", "install"], &["pdm", "sync"]], &["pdm", "lock", "--update-reuse"], &["pdm.lock"]),
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

/// What makes a lock file of this name from its manifests; none for a file
/// that is no lock file, or is a person's to write.
pub fn lock_maker(name: &str) -> Option<&'static [&'static str]> {
    let makes = |checker: &&&Checker| match checker.writes {
        Writes::Lock(names) => names.contains(&name) && name != "go.mod",
        Writes::Ending(_) | Writes::Anything => false,
    };
    let all = [&CARGO_LOCK].into_iter().chain(CHECKERS);
    let found = all.collect::<alloc::vec::Vec<_>>();
    found.iter().find(makes).map(|checker| checker.instead)
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
    }

    /// Whether its fix may rewrite this file.
    pub fn may_write(&self, path: &str) -> bool {
        let name = path.rsplit('/').next().unwrap_or(path);
        match self.writes {
            Writes::Ending(endings) => endings.iter().any(|ending| name.ends_with(ending)),
            Writes::Anything => true,
            Writes::Lock(names) => names.contains(&name),
        }
    }

    /// Whether a person has to look at what it writes.
    pub fn needs_approval(&self) -> bool {
        match self.writes {
            Writes::Lock(_) => true,
            Writes::Ending(_) | Writes::Anything => false,
        }
    }
}
