//! Python: `requirements.txt` or `pyproject.toml`, whichever the job installs.

use super::imported::{importers, only_tests};
use super::read::Absent;
use super::{Added, change, pyproject, requirements, text};
use crate::packages::{Package, Registry};
use crate::transcript::Transcript;
use crate::workspace::{Kind, Listing, Workspace};

pub(super) fn add(
    absent: &Absent,
    transcript: &Transcript,
    workspace: &dyn Workspace,
) -> Result<Added, String> {
    let module = &absent.module;
    let package = package(absent)?;
    // Stubs are for whoever imports the module; its name may be another.
    let by = importers(absent.language, module, workspace);
    if by.is_empty() && absent.package.is_none() {
        return Err(format!("no file of the repository imports {module}"));
    }
    if is_own(module, workspace.listing()) {
        return Err(format!(
            "{module} is a module of the repository itself: it was not found, not left out"
        ));
    }
    let development = absent.package.is_some() || only_tests(&by);
    let file = manifest(transcript, workspace, development)?;
    if let Some(lock) = lock_beside(&file, workspace.listing()) {
        return Err(format!(
            "{lock} has to follow {}, and only its own tool knows the digests; `{}` does both",
            file.path,
            command(lock, package.name),
        ));
    }
    let before = text(&file.path, workspace)?;
    let after = match &file.way {
        None => requirements::with(&before, package.name, package.version),
        Some(way) => pyproject::with(&before, way, package.name, package.version),
    };
    let after = after.map_err(|why| format!("{}: {why}", file.path))?;
    Ok(Added {
        package: package.name.to_owned(),
        known: known(module, &by, &package, Registry::PyPi),
        files: vec![change(&file.path, workspace, after)?],
    })
}

fn package(absent: &Absent) -> Result<Package, String> {
    match &absent.package {
        Some(package) => Registry::PyPi
            .named(package)
            .ok_or_else(|| format!("{package} is none of the stubs that were looked up in PyPI")),
        None => Registry::PyPi.of_module(&absent.module),
    }
}

/// `src/a.py imports yaml; PyYAML is on PyPI since 2006-05 …`
pub(super) fn known(module: &str, by: &[String], package: &Package, registry: Registry) -> String {
    let by = by.first().map_or("The job", String::as_str);
    format!(
        "{by} needs {module}; {} has been on {} since {} (asked {}).",
        package.name,
        registry.name(),
        package.since,
        registry.asked()
    )
}

/// A file or a directory of the repository that has the module's name.
fn is_own(module: &str, listing: &Listing) -> bool {
    let directory = format!("{module}/");
    let nested = format!("/{module}/");
    let file = format!("{module}.py");
    listing.named(&file).next().is_some()
        || listing.entries().any(|(path, _)| {
            path.ends_with(".py") && (path.starts_with(&directory) || path.contains(&nested))
        })
}

/// Where requirements stand: a file of them, or a list in `pyproject.toml`.
struct Manifest {
    path: String,
    way: Option<Vec<&'static str>>,
}

fn manifest(
    transcript: &Transcript,
    workspace: &dyn Workspace,
    development: bool,
) -> Result<Manifest, String> {
    let listing = workspace.listing();
    let installed = installed(transcript, listing);
    let is_file = |path: &str| listing.kind(path) == Some(Kind::File);
    let named_for_development = |path: &&String| {
        ["dev", "test", "lint", "typing"]
            .iter()
            .any(|word| path.contains(word))
    };
    let of = |path: &String| Manifest {
        path: path.clone(),
        way: None,
    };
    match installed.as_slice() {
        [one] => return Ok(of(one)),
        [] => {}
        several => {
            let mut fitting = several
                .iter()
                .filter(|path| named_for_development(path) == development);
            return match (fitting.next(), fitting.next()) {
                (Some(path), None) => Ok(of(path)),
                _ => Err(
                    "the job installs several files of requirements; which is meant is open".into(),
                ),
            };
        }
    }
    if is_file("pyproject.toml") {
        let table: toml::Table = text("pyproject.toml", workspace)?
            .parse()
            .map_err(|_| "pyproject.toml is no TOML")?;
        if let Some(way) = way(&table, development) {
            return Ok(Manifest {
                path: "pyproject.toml".into(),
                way: Some(way),
            });
        }
    }
    const DEVELOPMENT: [&str; 6] = [
        "requirements-dev.txt",
        "dev-requirements.txt",
        "requirements_dev.txt",
        "requirements-test.txt",
        "test-requirements.txt",
        "requirements/dev.txt",
    ];
    const MAIN: [&str; 2] = ["requirements.txt", "requirements/base.txt"];
    let files: &[&str] = if development { &DEVELOPMENT } else { &MAIN };
    let found = files.iter().chain(&MAIN).find(|path| is_file(path));
    found.map(|path| of(&(*path).to_owned())).ok_or_else(|| {
        "the repository has no requirements.txt and no list of dependencies in pyproject.toml"
            .into()
    })
}

/// Files of requirements that the job's steps install.
fn installed(transcript: &Transcript, listing: &Listing) -> Vec<String> {
    let lines = transcript.steps.iter().flat_map(|step| &step.script);
    let mut found: Vec<String> = Vec::new();
    for line in lines.filter(|line| line.contains("pip")) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let next = words
            .windows(2)
            .filter(|pair| matches!(pair[0], "-r" | "--requirement"));
        let joined = words.iter().filter_map(|word| {
            word.strip_prefix("-r")
                .or(word.strip_prefix("--requirement="))
        });
        let files = next.map(|pair| pair[1]).chain(joined);
        for file in files.map(|file| file.trim_matches(['"', '\'']).trim_start_matches("./")) {
            if listing.kind(file) == Some(Kind::File) && !found.iter().any(|known| known == file) {
                found.push(file.to_owned());
            }
        }
    }
    found
}

/// The list of `pyproject.toml` that is meant; none where it has none.
fn way(table: &toml::Table, development: bool) -> Option<Vec<&'static str>> {
    const GROUPS: [&[&str]; 8] = [
        &["dependency-groups", "dev"],
        &["dependency-groups", "test"],
        &["dependency-groups", "tests"],
        &["project", "optional-dependencies", "dev"],
        &["project", "optional-dependencies", "test"],
        &["project", "optional-dependencies", "tests"],
        &["project", "optional-dependencies", "testing"],
        &["dependency-groups", "typing"],
    ];
    const MAIN: &[&str] = &["project", "dependencies"];
    let has = |way: &&&[&str]| pyproject::list(table, way).is_some();
    let group = GROUPS.iter().find(has).filter(|_| development);
    let main = [MAIN];
    group
        .or_else(|| main.iter().find(has))
        .map(|way| way.to_vec())
}

/// A lock file beside a manifest.
fn lock_beside(manifest: &Manifest, listing: &Listing) -> Option<&'static str> {
    manifest.way.as_ref()?;
    ["uv.lock", "poetry.lock", "pdm.lock"]
        .into_iter()
        .find(|lock| listing.kind(lock).is_some())
}

fn command(lock: &str, package: &str) -> String {
    let tool = lock.strip_suffix(".lock").unwrap_or(lock);
    format!("{tool} add {package}")
}
