//! The tools that the operator's `PATH` names work inside, and nothing beside
//! them is there.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use sentinel::runner::{Settings, Tier, Tools};

use super::{order, run, settings, source, text, working};
use crate::runner::shell;

fn directory(place: &Path, path: &str) -> PathBuf {
    let directory = place.join(path);
    std::fs::create_dir_all(&directory).unwrap();
    directory.canonicalize().unwrap()
}

fn file(place: &Path, path: &str, text: &str) {
    let file = place.join(path);
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(file, text).unwrap();
}

/// Whether a program is in this `PATH`.
pub fn is_here(program: &str) -> bool {
    let path = std::env::var("PATH").unwrap_or_default();
    let here = path
        .split(':')
        .any(|place| Path::new(place).join(program).is_file());
    if !here {
        eprintln!("skipped: {program} is not here");
    }
    here
}

#[test]
fn what_works_in_a_shell_works_inside() {
    let files = source(&[
        (
            "Cargo.toml",
            "[package]\nname = \"one\"\nversion = \"0.1.0\"\nedition = \"2024\"\n",
        ),
        ("src/lib.rs", crate::runner::UNFORMATTED),
    ]);
    let versions = ["cargo", "rustc", "python3", "node", "npm", "git", "gcc"];
    for tier in Tier::ALL {
        let mut roomy = settings(tier);
        roomy.limits.memory_bytes = 4 * 1024 * 1024 * 1024;
        let Some(runner) = working(roomy) else {
            continue;
        };
        for program in versions.into_iter().filter(|program| is_here(program)) {
            let ran = run(&runner, &order(&[program, "--version"]), &files).unwrap();
            let told = (text(&ran.stdout.text()), text(&ran.stderr.text()));
            assert_eq!(ran.exit, Some(0), "{program} {tier:?}: {told:?}");
        }
        let check = run(&runner, &order(&["cargo", "fmt", "--check"]), &files).unwrap();
        let told = (text(&check.stdout.text()), text(&check.stderr.text()));
        assert_eq!(check.exit, Some(1), "{told:?}");
        assert!(told.0.contains("Diff in"), "{told:?}");
        let fixed = run(&runner, &order(&["cargo", "fmt"]), &files).unwrap();
        assert_eq!(fixed.edits.len(), 1, "{fixed:?}");
        let after = runner.run(
            &order(&["cargo", "fmt", "--check"]),
            &files,
            &fixed.edits,
            &Default::default(),
        );
        assert_eq!(
            after.unwrap().exit,
            Some(0),
            "the failed command passes with the fix"
        );
    }
}

/// A virtual environment works by its path, with the interpreter it was made
/// from.
#[test]
fn a_virtual_environment_works_inside() {
    if !is_here("python3") {
        return;
    }
    let place = tempfile::tempdir_in("/var/tmp").unwrap();
    let world = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(place.path(), world).unwrap();
    let environment = place.path().join("one/venv");
    let made = std::process::Command::new("python3")
        .args(["-m", "venv", "--without-pip"])
        .arg(&environment)
        .status();
    if !made.is_ok_and(|made| made.success()) {
        eprintln!("skipped: python3 has no venv");
        return;
    }
    let programs = environment.join("bin");
    for tier in Tier::ALL {
        let with = Settings {
            path: Some(format!("{}:/usr/bin:/bin", programs.display())),
            ..settings(tier)
        };
        let Some(runner) = working(with) else {
            continue;
        };
        let script = "import sys; print(sys.prefix)";
        let ran = run(&runner, &order(&["python3", "-c", script]), &source(&[])).unwrap();
        let printed = text(&ran.stdout.text());
        let complaint = text(&ran.stderr.text());
        assert_eq!(printed.trim(), environment.to_str().unwrap(), "{complaint}");
    }
}

#[test]
fn layouts_of_tools_are_known() {
    let place = tempfile::tempdir().unwrap();
    let place = place.path().canonicalize().unwrap();
    // What nvm and rbenv have: a version's whole prefix.
    let node = directory(&place, "nvm/versions/node/v20/bin");
    file(&place, "nvm/versions/node/v20/lib/x.js", "");
    let tools = Tools::of(node.to_str().unwrap());
    assert_eq!(tools.binds, [place.join("nvm/versions/node/v20")]);
    assert_eq!(tools.directories, [node]);
    // pyenv's shims stand for the versions that are chosen.
    file(&place, "pyenv/version", "3.12.1\n");
    let shims = directory(&place, "pyenv/shims");
    let version = directory(&place, "pyenv/versions/3.12.1/bin");
    directory(&place, "pyenv/versions/3.11.0/bin");
    let tools = Tools::of(shims.to_str().unwrap());
    assert_eq!(tools.directories, [version]);
    assert_eq!(tools.binds, [place.join("pyenv/versions/3.12.1")]);
    // Packages of node need each other.
    let packages = directory(&place, "app/node_modules/.bin");
    directory(&place, "app/node_modules/eslint/bin");
    let tools = Tools::of(packages.to_str().unwrap());
    assert_eq!(tools.binds, [place.join("app/node_modules")]);
    // A link out of a directory of programs brings along where it leads.
    let pipx = directory(&place, "pipx/venvs/ruff/bin");
    file(&place, "pipx/venvs/ruff/bin/ruff", "");
    let links = directory(&place, "links");
    symlink(pipx.join("ruff"), links.join("ruff")).unwrap();
    let tools = Tools::of(links.to_str().unwrap());
    assert_eq!(tools.binds, [links, place.join("pipx/venvs/ruff")]);
}

#[test]
fn homes_and_credentials_are_never_bound() {
    let home = std::env::var("HOME").unwrap_or("/root".into());
    let refused = Tools::of(&format!("/:{home}:{home}/..:relative:../x:"));
    assert_eq!(refused.binds, Vec::<PathBuf>::new(), "{refused:?}");
    assert!(
        refused
            .left_out
            .iter()
            .any(|left| left.why.contains("home")),
        "{refused:?}"
    );
    let place = tempfile::tempdir().unwrap();
    for name in [".netrc", "credentials.toml", ".ssh", ".npmrc"] {
        let programs = directory(place.path(), &format!("with{name}/tool/bin"));
        file(programs.parent().unwrap(), name, "secret");
        let tools = Tools::of(programs.to_str().unwrap());
        assert_eq!(tools.binds, Vec::<PathBuf>::new(), "{name}");
        assert!(tools.left_out[0].why.contains("credentials"), "{tools:?}");
    }
    let tools = Tools::of(&std::env::var("PATH").unwrap());
    for bind in &tools.binds {
        assert!(!Path::new(&home).starts_with(bind), "{bind:?} holds a home");
        assert!(!bind.join("credentials.toml").exists(), "{bind:?}");
    }
}

/// What of the machine's accounts is there is made up.
#[test]
fn accounts_inside_are_not_those_of_the_machine() {
    let Some(runner) = working(settings(Tier::Bubblewrap)) else {
        return;
    };
    let script = "cat /etc/passwd; hostname; ls /home; ls /root /root/.cargo 2>/dev/null";
    let ran = run(&runner, &shell(script), &source(&[])).unwrap();
    let told = text(&ran.stdout.text());
    assert!(told.contains("sentinel:x:1000"), "{told}");
    assert!(!told.contains("daemon"), "{told}");
    assert!(!told.contains("registry"), "{told}");
}
