//! A released version of the contract is frozen, and the present one serves
//! components that were built for it.

use sentinel::ids::Digest;
use wit_component::semver_check;
use wit_parser::Resolve;

use super::contract;

/// Released versions and what their files are:
/// `cd tests/wit/VERSION && sha256sum *.wit | sha256sum`.
const FROZEN: [(&str, &str); 1] = [(
    "0.1.0",
    "0ef6ce9c8d8871658f0d4f7a0ca7c790733d863930b1e5f4ccc6349d9bc2a1da",
)];

/// Files as [`contract::files`] gives them.
type Files = Vec<(String, String)>;

#[test]
fn a_released_wit_never_changes_incompatibly() {
    let known: Vec<&str> = FROZEN.iter().map(|(version, _)| *version).collect();
    assert_eq!(
        contract::released(),
        known,
        "each released version has a directory under tests/wit and a digest here"
    );
    let current = contract::files(&contract::current());
    for (version, digest) in FROZEN {
        let files = contract::files(&contract::directory(version));
        assert_eq!(
            sums(&files),
            digest,
            "tests/wit/{version} is released and stays as it is; a change is a new version"
        );
        if let Err(error) = serves(&current, &files) {
            panic!("a component built for {version} would no longer run: {error:#}");
        }
    }
}

#[test]
fn what_wit_says_is_released_or_newer() {
    let version = contract::version(&contract::current());
    let released = contract::released();
    if released.contains(&version) {
        assert_eq!(
            contract::files(&contract::current()),
            contract::files(&contract::directory(&version)),
            "wit/ says {version}, which is released, and differs; raise its version"
        );
    }
    let newest = released.last().expect("something was released");
    assert!(
        contract::today().has(newest),
        "wit/ says {version}, which is older than {newest}"
    );
}

#[test]
fn an_incompatible_change_is_seen() {
    let released = contract::files(&contract::directory("0.1.0"));
    for (what, from, to) in [
        ("the same", "", ""),
        (
            "a comment",
            "/// How far the task is",
            "/// So far the task is",
        ),
        (
            "a new interface",
            "interface progress {",
            "interface extra { more: func(); }\ninterface progress {",
        ),
    ] {
        let changed = change(&released, from, to);
        assert!(serves(&changed, &released).is_ok(), "{what} is no harm");
    }
    for (what, from, to) in [
        (
            "a function gone",
            "report: func(step: string, done: u32, total: u32);",
            "",
        ),
        (
            "a parameter more",
            "total: u32);",
            "total: u32, unit: string);",
        ),
        ("a record's field gone", "number: u64,", ""),
        (
            "a record's field more",
            "number: u64,",
            "number: u64, column: u32,",
        ),
        ("a case more", "        gitlab,", "        gitlab, forgejo,"),
        ("an import gone", "import progress;", ""),
        (
            "an export more",
            "export lifecycle;",
            "export lifecycle; export input;",
        ),
    ] {
        let changed = change(&released, from, to);
        assert!(serves(&changed, &released).is_err(), "{what} is not seen");
    }
}

/// What `sha256sum *.wit | sha256sum` prints.
fn sums(files: &Files) -> String {
    let line = |(name, text): &(String, String)| {
        format!("{}  {name}\n", Digest::of(text.as_bytes()).hex())
    };
    let lines: String = files.iter().map(line).collect();
    Digest::of(lines.as_bytes()).hex()
}

/// Whether a host of the one version serves components built for the other.
fn serves(host: &Files, component: &Files) -> anyhow::Result<()> {
    let mut resolve = Resolve::default();
    let old = contract::push(&mut resolve, &renumbered(component, "0.0.1"));
    let new = contract::push(&mut resolve, &renumbered(host, "0.0.2"));
    let old = resolve.select_world(&[old], Some("agent"))?;
    let new = resolve.select_world(&[new], Some("agent"))?;
    semver_check(resolve, old, new)
}

/// Two versions lie side by side only under two numbers.
fn renumbered(files: &Files, version: &str) -> Files {
    let line = |line: &str| match line.starts_with("package sentinel:agent@") {
        true => format!("package sentinel:agent@{version};\n"),
        false => format!("{line}\n"),
    };
    let file = |(name, text): &(String, String)| (name.clone(), text.lines().map(line).collect());
    files.iter().map(file).collect()
}

fn change(files: &Files, from: &str, to: &str) -> Files {
    if from.is_empty() {
        return files.clone();
    }
    let changed: Files = files
        .iter()
        .map(|(name, text)| (name.clone(), text.replacen(from, to, 1)))
        .collect();
    assert_ne!(&changed, files, "{from:?} is in no file");
    changed
}
