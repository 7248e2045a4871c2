//! The tools whose output is believed, the names they go by, and the files
//! they own.

use crate::workspace::file_name;

/// A formatter, linter or fixer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tool {
    Rustfmt,
    Black,
    Isort,
    /// `ruff format`; prints the same diff as `ruff check`.
    RuffFormat,
    RuffCheck,
    Autopep8,
    Yapf,
    Docformatter,
    /// And those that print its form: goimports, gofumpt.
    Gofmt,
    Shfmt,
    Terraform,
    Taplo,
    Stylua,
    ClangFormat,
    PreCommit,
    /// `git diff --exit-code` after something rewrote the tree.
    GitDiff,
    /// `git diff --check`.
    GitCheck,
    Flake8,
    Pycodestyle,
    Pydocstyle,
    Yamllint,
    Eslint,
    Prettier,
    EditorconfigChecker,
    Rubocop,
    Markdownlint,
    Codespell,
    Shellcheck,
    Typos,
    Hadolint,
    Pylint,
    /// The compiler and clippy, which writes like it.
    Rustc,
    Mypy,
    Pyright,
    Tsc,
    /// And clang, which writes like it.
    Gcc,
    Javac,
    /// The compiler, `go vet`, and golangci-lint, which writes like them.
    Go,
    /// Itself, and not what its targets run.
    Make,
}

struct Facts {
    tool: Tool,
    /// What people call it.
    name: &'static str,
    /// Program names, and what logs and analysers write.
    aliases: &'static [&'static str],
    /// Endings of the files it owns.
    owns: &'static [&'static str],
}

const PYTHON: &[&str] = &[".py", ".pyi"];
const C_FAMILY: &[&str] = &[
    ".c", ".h", ".cc", ".hh", ".cpp", ".hpp", ".cxx", ".hxx", ".c++", ".h++", ".inl", ".ipp", ".m",
    ".mm", ".cu", ".cuh", ".proto", ".java", ".js", ".ts", ".cs", ".json",
];
const SCRIPTS: &[&str] = &[
    ".js", ".jsx", ".ts", ".tsx", ".mjs", ".cjs", ".mts", ".cts", ".vue",
];
const ANY: &[&str] = &[""];

const TOOLS: &[Facts] = &[
    facts(
        Tool::Rustfmt,
        "rustfmt",
        &["rustfmt", "cargo-fmt", "cargo fmt"],
        &[".rs"],
    ),
    facts(Tool::Black, "black", &["black"], PYTHON),
    facts(
        Tool::Isort,
        "isort",
        &["isort"],
        &[".py", ".pyi", ".pyx", ".pxd"],
    ),
    facts(
        Tool::RuffFormat,
        "ruff format",
        &["ruff-format", "ruff format", "ruff"],
        PYTHON,
    ),
    facts(
        Tool::RuffCheck,
        "ruff",
        &["ruff", "ruff-check", "ruff check"],
        PYTHON,
    ),
    facts(Tool::Autopep8, "autopep8", &["autopep8"], PYTHON),
    facts(Tool::Yapf, "yapf", &["yapf"], PYTHON),
    facts(
        Tool::Docformatter,
        "docformatter",
        &["docformatter"],
        PYTHON,
    ),
    facts(
        Tool::Gofmt,
        "gofmt",
        &["gofmt", "goimports", "gofumpt", "golangci-lint", "go fmt"],
        &[".go"],
    ),
    facts(
        Tool::Shfmt,
        "shfmt",
        &["shfmt"],
        &[".sh", ".bash", ".bats", ".mksh", ".ksh", ".zsh"],
    ),
    facts(
        Tool::Terraform,
        "terraform fmt",
        &["terraform", "tofu", "terraform fmt", "opentofu"],
        &[".tf", ".tfvars", ".tftest.hcl", ".tfmock.hcl", ".tofu"],
    ),
    facts(Tool::Taplo, "taplo", &["taplo"], &[".toml"]),
    facts(Tool::Stylua, "stylua", &["stylua"], &[".lua", ".luau"]),
    facts(
        Tool::ClangFormat,
        "clang-format",
        &["clang-format", "git-clang-format"],
        C_FAMILY,
    ),
    facts(Tool::PreCommit, "pre-commit", &["pre-commit", "prek"], ANY),
    facts(
        Tool::GitDiff,
        "git diff",
        &["git", "git diff", "git-diff", "git-diff-check"],
        ANY,
    ),
    facts(
        Tool::GitCheck,
        "git diff --check",
        &["git", "git diff --check", "git-whitespace"],
        ANY,
    ),
    facts(Tool::Flake8, "flake8", &["flake8"], PYTHON),
    facts(
        Tool::Pycodestyle,
        "pycodestyle",
        &["pycodestyle", "pep8"],
        PYTHON,
    ),
    facts(
        Tool::Pydocstyle,
        "pydocstyle",
        &["pydocstyle", "pep257"],
        PYTHON,
    ),
    facts(
        Tool::Yamllint,
        "yamllint",
        &["yamllint"],
        &[".yml", ".yaml"],
    ),
    facts(
        Tool::Eslint,
        "eslint",
        &["eslint", "xo", "standard"],
        SCRIPTS,
    ),
    facts(Tool::Prettier, "prettier", &["prettier"], ANY),
    facts(
        Tool::EditorconfigChecker,
        "editorconfig-checker",
        &["editorconfig-checker", "editorconfig", "ec"],
        ANY,
    ),
    facts(
        Tool::Rubocop,
        "rubocop",
        &["rubocop", "standardrb"],
        &[".rb", ".rake", ".gemspec", ".ru", "Gemfile", "Rakefile"],
    ),
    facts(
        Tool::Markdownlint,
        "markdownlint",
        &[
            "markdownlint",
            "markdownlint-cli",
            "markdownlint-cli2",
            "mdl",
        ],
        &[".md", ".markdown", ".mdx"],
    ),
    facts(Tool::Shellcheck, "shellcheck", &["shellcheck"], &[""]),
    facts(Tool::Codespell, "codespell", &["codespell"], ANY),
    facts(Tool::Typos, "typos", &["typos"], ANY),
    facts(
        Tool::Hadolint,
        "hadolint",
        &["hadolint"],
        &["Dockerfile", ".dockerfile", "Containerfile"],
    ),
    facts(Tool::Pylint, "pylint", &["pylint"], &[".py"]),
    facts(
        Tool::Rustc,
        "rustc",
        &[
            "rustc",
            "cargo",
            "clippy",
            "cargo-clippy",
            "cargo clippy",
            "cargo build",
            "cargo check",
        ],
        &[".rs"],
    ),
    facts(Tool::Mypy, "mypy", &["mypy", "dmypy"], PYTHON),
    facts(
        Tool::Pyright,
        "pyright",
        &["pyright", "basedpyright"],
        PYTHON,
    ),
    facts(
        Tool::Tsc,
        "tsc",
        &["tsc", "typescript", "vue-tsc", "tsgo"],
        &[".ts", ".tsx", ".mts", ".cts", ".vue"],
    ),
    facts(
        Tool::Gcc,
        "gcc",
        &["gcc", "g++", "cc", "c++", "clang", "clang++", "gcc/clang"],
        &[
            ".c", ".h", ".cc", ".hh", ".cpp", ".hpp", ".cxx", ".hxx", ".c++", ".h++", ".inl",
            ".ipp",
        ],
    ),
    facts(Tool::Javac, "javac", &["javac"], &[".java"]),
    facts(
        Tool::Make,
        "make",
        &["make", "gmake"],
        &["Makefile", "makefile", "GNUmakefile", ".mk", ".make"],
    ),
    facts(
        Tool::Go,
        "go",
        &[
            "go",
            "go-vet",
            "go vet",
            "go build",
            "go-build",
            "golangci-lint",
            "staticcheck",
        ],
        &[".go"],
    ),
];

const fn facts(
    tool: Tool,
    name: &'static str,
    aliases: &'static [&'static str],
    owns: &'static [&'static str],
) -> Facts {
    Facts {
        tool,
        name,
        aliases,
        owns,
    }
}

impl Tool {
    /// Every tool.
    pub fn all() -> impl Iterator<Item = Tool> {
        TOOLS.iter().map(|facts| facts.tool)
    }

    /// What people call it.
    pub fn name(self) -> &'static str {
        self.facts().map_or("a formatter", |facts| facts.name)
    }

    /// Whether `name`, as a log or an analyser writes it, may mean this tool.
    pub fn is_called(self, name: &str) -> bool {
        self.facts()
            .is_some_and(|facts| facts.aliases.contains(&name))
    }

    /// Whether both write their findings alike, so that an analyser may take
    /// one for the other.
    pub fn writes_like(self, other: Tool) -> bool {
        const FAMILIES: [&[Tool]; 2] = [
            &[
                Tool::Flake8,
                Tool::Pycodestyle,
                Tool::RuffCheck,
                Tool::RuffFormat,
            ],
            // eslint has a rule that runs prettier.
            &[Tool::Eslint, Tool::Prettier],
        ];
        let both = |family: &&[Tool]| family.contains(&self) && family.contains(&other);
        self == other || FAMILIES.iter().any(both)
    }

    /// Whether the tool would ever rewrite this file.
    pub fn owns(self, path: &str) -> bool {
        let name = file_name(path);
        // A shell script may have no ending; its first line is not asked.
        let bare_script = self == Tool::Shfmt && !name.contains('.');
        let ends = |ending: &&str| name.ends_with(ending);
        bare_script
            || self
                .facts()
                .is_some_and(|facts| facts.owns.iter().any(ends))
    }

    /// Whether it is a compiler or a type checker: what it says is wrong with
    /// certainty, and rarely with one remedy.
    pub fn reads_code(self) -> bool {
        matches!(
            self,
            Tool::Rustc
                | Tool::Mypy
                | Tool::Pyright
                | Tool::Tsc
                | Tool::Gcc
                | Tool::Javac
                | Tool::Go
        )
    }

    /// Whether it reads Python and nothing else.
    pub fn reads_python(self) -> bool {
        matches!(
            self,
            Tool::Flake8
                | Tool::Pycodestyle
                | Tool::Pydocstyle
                | Tool::RuffCheck
                | Tool::Pylint
                | Tool::Mypy
                | Tool::Pyright
        )
    }

    /// Whether it changes only layout, never what the code says.
    pub fn only_lays_out(self) -> bool {
        !matches!(
            self,
            Tool::RuffCheck
                | Tool::PreCommit
                | Tool::GitDiff
                | Tool::Eslint
                | Tool::Rubocop
                | Tool::Pylint
                | Tool::Hadolint
        ) && !self.reads_code()
    }

    fn facts(self) -> Option<&'static Facts> {
        TOOLS.iter().find(|facts| facts.tool == self)
    }
}
