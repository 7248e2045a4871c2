//! The versions of the contract: what was released, kept under `tests/wit`,
//! and what `wit/` says today.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use wit_parser::{Resolve, SourceMap, WorldId};

/// One version, with the world hostile guests are built for.
pub struct Contract {
    /// For people: the version, or `wit/`.
    pub name: String,
    pub version: String,
    pub resolve: Resolve,
    pub hostile: WorldId,
}

impl Contract {
    fn of(name: &str, directory: &Path) -> Contract {
        let version = version(directory);
        let mut resolve = Resolve::default();
        push(&mut resolve, &files(directory));
        let deps = files(&root().join("tests/guests/wit"))
            .into_iter()
            .map(|(name, text)| (name, text.replace("@VERSION", &format!("@{version}"))));
        let hostile = worlds(&mut resolve, deps.collect());
        Contract {
            name: name.to_owned(),
            version,
            resolve,
            hostile,
        }
    }

    /// Whether what was added in `since` is in this version.
    pub fn has(&self, since: &str) -> bool {
        number(since) <= number(&self.version)
    }

    /// The name of a case of one of WASI's enums.
    pub fn case(&self, interface: &str, name: &str, index: usize) -> Option<&str> {
        let of = |kind: &wit_parser::TypeDef| {
            let wit_parser::TypeOwner::Interface(owner) = kind.owner else {
                return false;
            };
            let owner = self.resolve.id_of(owner).unwrap_or_default();
            kind.name.as_deref() == Some(name) && owner.starts_with(interface)
        };
        let (_, kind) = self.resolve.types.iter().find(|(_, kind)| of(kind))?;
        match &kind.kind {
            wit_parser::TypeDefKind::Enum(cases) => Some(&cases.cases.get(index)?.name),
            _ => None,
        }
    }
}

/// Everything released, oldest first, and the present state.
pub fn all() -> &'static [Contract] {
    static ALL: LazyLock<Vec<Contract>> = LazyLock::new(|| {
        let mut all: Vec<Contract> = released()
            .iter()
            .map(|version| Contract::of(version, &directory(version)))
            .collect();
        all.push(Contract::of("wit/", &current()));
        all
    });
    &ALL
}

/// The present state, built once.
pub fn today() -> &'static Contract {
    all().last().expect("wit/ is there")
}

/// The versions under `tests/wit`, oldest first.
pub fn released() -> Vec<String> {
    let entries = std::fs::read_dir(root().join("tests/wit")).expect("tests/wit");
    let mut versions: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    versions.sort_by_key(|version| number(version));
    versions
}

pub fn directory(version: &str) -> PathBuf {
    root().join("tests/wit").join(version)
}

pub fn current() -> PathBuf {
    root().join("wit")
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Names and texts of a directory's WIT files, in the order of names.
pub fn files(directory: &Path) -> Vec<(String, String)> {
    let entries = std::fs::read_dir(directory)
        .unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
    let mut files: Vec<(String, String)> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "wit"))
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read_to_string(&path).unwrap())
        })
        .collect();
    files.sort();
    files
}

/// The version a directory's files say they are.
pub fn version(directory: &Path) -> String {
    let files = files(directory);
    let said = |(_, text): &(String, String)| {
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix("package sentinel:agent@"))?;
        Some(line.trim_end_matches(';').to_owned())
    };
    let versions: Vec<String> = files.iter().filter_map(said).collect();
    let first = versions.first().expect("a WIT file names its package");
    assert!(
        versions.iter().all(|version| version == first),
        "{}: two versions in one directory: {versions:?}",
        directory.display()
    );
    first.clone()
}

fn number(version: &str) -> Vec<u64> {
    version
        .split('.')
        .map(|part| part.parse().unwrap_or_else(|_| panic!("version {version}")))
        .collect()
}

/// Adds a package that several files make up.
pub fn push(resolve: &mut Resolve, files: &[(String, String)]) -> wit_parser::PackageId {
    let mut map = SourceMap::new();
    for (name, text) in files {
        map.push_str(name, text.as_str());
    }
    let group = map
        .parse()
        .unwrap_or_else(|(map, error)| panic!("{}", error.render(&map)));
    resolve
        .push_group(group)
        .unwrap_or_else(|error| panic!("{error}"))
}

/// Adds packages of one file each; the one called `world.wit` has the world.
fn worlds(resolve: &mut Resolve, files: Vec<(String, String)>) -> WorldId {
    let mut main = None;
    let mut others = Vec::new();
    for (name, text) in files {
        let mut map = SourceMap::new();
        map.push_str(&name, text);
        let group = map
            .parse()
            .unwrap_or_else(|(map, error)| panic!("{}", error.render(&map)));
        match name.as_str() {
            "world.wit" => main = Some(group),
            _ => others.push(group),
        }
    }
    let package = resolve
        .push_groups(main.expect("tests/guests/wit/world.wit"), others)
        .unwrap_or_else(|error| panic!("{error}"));
    resolve
        .select_world(&[package], Some("hostile"))
        .expect("the world `hostile`")
}
