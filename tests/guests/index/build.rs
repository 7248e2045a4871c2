//! Lists `tests/guests/*.wat` for the tests. A guest nobody wrote a test for
//! then names a function that does not exist, and the tests do not compile.

use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    let guests = PathBuf::from(variable("CARGO_MANIFEST_DIR")).join("..");
    println!("cargo::rerun-if-changed={}", guests.display());
    let list: String = names(&guests).iter().map(|name| entry(name)).collect();
    let source = format!(
        "/// Calls a macro with every raw guest, as `function = \"file name\",`.\n\
         #[macro_export]\n\
         macro_rules! every_guest {{\n    ($do:ident) => {{\n        $do! {{\n{list}        }}\n    }};\n}}\n"
    );
    let out = Path::new(&variable("OUT_DIR")).join("hostile_guests.rs");
    fs::write(&out, source).unwrap_or_else(|error| panic!("writing {}: {error}", out.display()));
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("cargo sets {name} for build scripts"))
}

/// The guests' names, in the order of the alphabet.
fn names(guests: &Path) -> Vec<String> {
    let entries = fs::read_dir(guests)
        .unwrap_or_else(|error| panic!("listing {}: {error}", guests.display()));
    let name = |entry: std::io::Result<fs::DirEntry>| {
        let entry = entry.expect("an entry of the guests' directory");
        let name = entry.file_name().into_string().expect("a name in UTF-8");
        name.strip_suffix(".wat").map(str::to_owned)
    };
    let mut names: Vec<String> = entries.filter_map(name).collect();
    names.sort();
    names
}

/// `the-way-files-are-named` is `the_way_functions_are`.
fn entry(name: &str) -> String {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let begins = name.starts_with(|c: char| c.is_ascii_lowercase());
    assert!(
        begins && name.chars().all(plain),
        "tests/guests/{name}.wat: name it in kebab case"
    );
    let function = name.replace('-', "_");
    format!("            {function} = \"{name}\",\n")
}
