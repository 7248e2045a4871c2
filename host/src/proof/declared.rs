//! Patches whose effect no run in the sandbox shows: they only declare what
//! somebody else installs or starts, and nothing is installed without a
//! network.

/// Files that name dependencies, in lower case.
const MANIFESTS: &[&str] = &[
    "cargo.lock",
    "cargo.toml",
    "composer.json",
    "composer.lock",
    "gemfile",
    "gemfile.lock",
    "go.mod",
    "go.sum",
    "package-lock.json",
    "package.json",
    "pdm.lock",
    "pipfile",
    "pipfile.lock",
    "pnpm-lock.yaml",
    "poetry.lock",
    "pyproject.toml",
    "uv.lock",
    "yarn.lock",
];

/// Whether all of these files only declare: then a command that goes on
/// failing with the patch says nothing about it.
pub fn only_declares<'p>(mut paths: impl Iterator<Item = &'p str>) -> bool {
    paths.all(|path| {
        let path = path.to_lowercase();
        let name = path.rsplit('/').next().unwrap_or_default();
        let requirements = name.contains("requirements") && name.ends_with(".txt");
        let below = path.contains("requirements/") && name.ends_with(".txt");
        MANIFESTS.contains(&name) || requirements || below || path.starts_with(".github/workflows/")
    })
}
