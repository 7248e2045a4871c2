//! What registries say of packages that a missing import may mean: asked once,
//! by `packages/make`, and committed, because an agent asks nobody.
//!
//! A name that is not in these tables may exist all the same; it may also be
//! one that somebody registered because it is easily mistyped.

use distance::near;

mod distance;

/// Where a package comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Registry {
    PyPi,
    Npm,
    Crates,
}

/// What a registry says of a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Package {
    pub name: &'static str,
    /// The month of its first release: `2011-02`.
    pub since: &'static str,
    /// The newest version when the registry was asked.
    pub version: &'static str,
    /// Modules that it installs (Python), separated by blanks.
    modules: &'static str,
}

const PYPI: &str = include_str!("../packages/pypi.tsv");
const NPM: &str = include_str!("../packages/npm.tsv");
const CRATES: &str = include_str!("../packages/crates.tsv");

/// A package has to be at least this old, in months: names that are registered
/// to be mistaken for others are found out sooner.
const MIN_AGE: u32 = 12;

impl Registry {
    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            Registry::PyPi => "PyPI",
            Registry::Npm => "npm",
            Registry::Crates => "crates.io",
        }
    }

    fn table(self) -> &'static str {
        match self {
            Registry::PyPi => PYPI,
            Registry::Npm => NPM,
            Registry::Crates => CRATES,
        }
    }

    /// The day the registry was asked: `2026-11-20`.
    pub fn asked(self) -> &'static str {
        let first = self.table().lines().next().unwrap_or_default();
        let asked = first.split_once("asked ").map_or("", |(_, rest)| rest);
        asked.split(';').next().unwrap_or_default()
    }

    /// All packages that are old enough.
    fn packages(self) -> impl Iterator<Item = Package> {
        let rows = self.table().lines().filter(|line| !line.starts_with('#'));
        let asked = months(self.asked());
        rows.filter_map(package)
            .filter(move |package| match (months(package.since), asked) {
                (Some(since), Some(asked)) => since + MIN_AGE <= asked,
                _ => false,
            })
    }

    /// The package of this name.
    pub fn named(self, name: &str) -> Option<Package> {
        let plain = |name: &str| normalised(self, name);
        let wanted = plain(name);
        self.packages()
            .find(|package| plain(package.name) == wanted)
    }

    /// A package that `name` may be mistaken for, where it is none itself.
    pub fn mistaken(self, name: &str) -> Option<&'static str> {
        if self.named(name).is_some() {
            return None;
        }
        let mut packages = self.packages();
        let found = packages.find(|package| near(name, package.name));
        found.map(|package| package.name)
    }

    /// The one package that installs a top module; the error says what stands
    /// against it.
    pub fn of_module(self, module: &str) -> Result<Package, String> {
        let mut found: Vec<Package> = match self {
            Registry::Npm | Registry::Crates => self.named(module).into_iter().collect(),
            Registry::PyPi => {
                let installs =
                    |package: &Package| package.modules.split(' ').any(|own| own == module);
                self.packages().filter(installs).collect()
            }
        };
        if let Some(own) = found.iter().position(|package| package.name == module) {
            return Ok(found.swap_remove(own));
        }
        match (found.pop(), found.first()) {
            (Some(package), None) => Ok(package),
            (Some(one), Some(other)) => Err(format!(
                "{module} comes with {} and with {}, and nothing says which",
                other.name, one.name
            )),
            (None, _) => Err(self.unknown(module)),
        }
    }

    fn unknown(self, name: &str) -> String {
        let asked = self.asked();
        match self.mistaken(name) {
            Some(near) => format!(
                "{name} is one slip of the keyboard from {near}: it may be a misspelling, or a \
                 package that lives off one"
            ),
            None => format!(
                "{name} is none of the packages that were looked up in {} ({asked}); whether it \
                 is the right one a person has to say",
                self.name()
            ),
        }
    }
}

/// Registries take several spellings for one name.
fn normalised(registry: Registry, name: &str) -> String {
    match registry {
        Registry::PyPi => name.to_lowercase().replace(['_', '.'], "-"),
        Registry::Crates => name.replace('_', "-"),
        Registry::Npm => name.to_owned(),
    }
}

fn package(row: &'static str) -> Option<Package> {
    let mut fields = row.split('\t');
    Some(Package {
        name: fields.next()?,
        since: fields.next()?,
        version: fields.next()?,
        modules: fields.next().unwrap_or_default(),
    })
}

fn months(date: &str) -> Option<u32> {
    let mut parts = date.split('-');
    let (year, month): (u32, u32) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    Some(year * 12 + month)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Registry; 3] = [Registry::PyPi, Registry::Npm, Registry::Crates];

    #[test]
    fn every_row_is_a_package_with_a_date_and_a_version() {
        for registry in ALL {
            let rows = registry
                .table()
                .lines()
                .filter(|line| !line.starts_with('#'));
            let rows: Vec<&str> = rows.collect();
            assert!(rows.len() > 150, "{registry:?} has {} rows", rows.len());
            assert!(months(registry.asked()).is_some(), "{registry:?}");
            for row in rows {
                let package = package(row).unwrap();
                assert!(months(package.since).is_some(), "{row}");
                assert!(
                    package.version.starts_with(|c: char| c.is_ascii_digit()),
                    "{row}"
                );
            }
        }
    }

    #[test]
    fn modules_lead_to_the_packages_that_install_them() {
        for (module, package) in [
            ("yaml", "pyyaml"),
            ("PIL", "pillow"),
            ("bs4", "beautifulsoup4"),
            ("dateutil", "python-dateutil"),
            ("sklearn", "scikit-learn"),
            ("dotenv", "python-dotenv"),
            ("jwt", "pyjwt"),
            ("requests", "requests"),
            ("attr", "attrs"),
            ("git", "gitpython"),
        ] {
            let found = Registry::PyPi.of_module(module).map(|package| package.name);
            assert_eq!(found, Ok(package), "{module}");
        }
        assert!(Registry::Crates.of_module("serde_json").is_ok());
        assert!(Registry::Npm.of_module("lodash").is_ok());
    }

    #[test]
    fn names_near_others_are_refused_for_that() {
        for (registry, name, near) in [
            (Registry::PyPi, "reqeusts", "requests"),
            (Registry::PyPi, "request", "requests"),
            (Registry::Npm, "lodahs", "lodash"),
            (Registry::Npm, "expres", "express"),
            (Registry::Crates, "serde_jsom", "serde_json"),
        ] {
            let why = registry.of_module(name).unwrap_err();
            assert!(why.contains(near), "{name}: {why}");
        }
        for registry in ALL {
            let why = registry.of_module("acme-internal-things").unwrap_err();
            assert!(why.contains("none of the packages"), "{why}");
        }
    }

    #[test]
    fn a_young_package_is_as_good_as_absent() {
        let all = Registry::PyPi
            .packages()
            .map(|package| months(package.since));
        let asked = months(Registry::PyPi.asked()).unwrap();
        assert!(
            all.into_iter()
                .all(|since| since.unwrap() + MIN_AGE <= asked)
        );
    }
}
