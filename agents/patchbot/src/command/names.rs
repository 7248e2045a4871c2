//! Programs that are no tools of ours.

/// Their output is what the repository's own code prints.
#[rustfmt::skip]
pub(super) const TESTS: &[&str] = &[
    "pytest", "py.test", "jest", "vitest", "mocha", "ava", "karma", "cypress", "playwright",
    "ctest", "rspec", "phpunit", "bats", "gotestsum", "nosetests", "unittest", "mvn", "mvnw",
    "gradle", "gradlew", "sbt", "lein", "stack", "cabal", "dotnet", "swift", "xcodebuild",
    "coverage", "ginkgo", "cucumber", "behave", "robot", "tap", "trial", "deno",
];

/// They print nothing in the form of a tool, and change no source.
#[rustfmt::skip]
pub(super) const NEUTRAL: &[&str] = &[
    "cd", "echo", "printf", "export", "set", "mkdir", "cat", "ls", "pwd", "pip", "pip3", "pipx",
    "apt-get", "apt", "brew", "apk", "dnf", "yum", "choco", "rustup", "true", "false",
    "exit", "test", "[", "[[", "]", "curl", "wget", "tar", "unzip", "rm", "cp", "mv", "chmod",
    "sleep", "source", ".", "which", "command", "type", "env", "date", "grep", "head", "tail",
    "wc", "sort", "uname", "df", "tee", "touch", "find", "fi", "done", "conda", "mamba",
    "poetry", "uv", "pipenv", "bundle", "gem", "virtualenv", "pyflakes",
    "bandit", "golint", "revive", "actionlint", "corepack", "nvm", "pyenv", "asdf", "diff", "cut", "tr", "awk", "ln",
    "read", "for", "case", "esac", "return", "local", "fc-list", "buf", "biome", "stylelint",
    "ct",
];
