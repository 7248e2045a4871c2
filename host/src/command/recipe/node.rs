//! Scripts of `package.json`, and what runs several of them.

use serde_json::Value;

use super::{Files, Recipe, joined};

const MANIFEST: &str = "package.json";

/// How a package manager was told to run a script.
#[derive(Default)]
struct Told<'a> {
    /// Where, from the command's own directory.
    directory: Option<&'a str>,
    /// In one package of several.
    package: Option<&'a str>,
    /// In all of them.
    all: bool,
    /// The script and what it is handed.
    rest: Vec<&'a str>,
}

pub(super) fn recipes(words: &[&str], directory: &str, files: Files<'_>) -> Vec<Recipe> {
    let Some((program, rest)) = words.split_first() else {
        return Vec::new();
    };
    match *program {
        "npm" | "pnpm" | "yarn" | "bun" => managed(rest, directory, files),
        "turbo" | "lerna" | "nx" | "wsrun" => orchestrated(rest, directory, files),
        "run-s" | "run-p" | "npm-run-all" | "npm-run-all2" => {
            let names = rest.iter().filter(|word| !word.starts_with('-'));
            let named = names.flat_map(|name| scripts(directory, name, &[], files));
            named.collect()
        }
        "concurrently" => concurrent(rest, directory, files),
        _ => Vec::new(),
    }
}

/// `npm run lint`, `pnpm --filter web lint`, `yarn workspace web run lint`
fn managed(words: &[&str], directory: &str, files: Files<'_>) -> Vec<Recipe> {
    let mut told = told(words);
    let Some(start) = told
        .directory
        .map_or(Some(directory.to_owned()), |below| joined(directory, below))
    else {
        return Vec::new();
    };
    let mut rest = &told.rest[..];
    match rest {
        ["workspace", package, after @ ..] => {
            told.package = Some(package);
            rest = after;
        }
        ["workspaces", after @ ..] => {
            told.all = true;
            rest = after;
        }
        _ => {}
    }
    let mut rest = rest.iter().copied();
    let words = ["run", "run-script", "foreach"];
    let Some(name) = rest.by_ref().find(|word| !words.contains(word)) else {
        return Vec::new();
    };
    let name = if name == "t" { "test" } else { name };
    let handed: Vec<&str> = rest.collect();
    let places = match (told.package, told.all) {
        (Some(package), _) => packages(package, &start, files),
        (None, true) => below(&start, files),
        (None, false) => vec![start],
    };
    let found = places
        .iter()
        .flat_map(|at| scripts(at, name, &handed, files));
    found.collect()
}

fn told<'a>(words: &[&'a str]) -> Told<'a> {
    let mut told = Told::default();
    let mut words = words.iter().copied();
    while let Some(word) = words.next() {
        let (flag, value) = match word.split_once('=') {
            Some((flag, value)) => (flag, Some(value)),
            None => (word, None),
        };
        // What follows is the script's, flags and all.
        if word == "--" {
            told.rest.extend(words);
            break;
        }
        match flag {
            "--prefix" | "-C" | "--dir" | "--cwd" => told.directory = value.or(words.next()),
            "--workspace" | "-w" | "--filter" | "-F" => told.package = value.or(words.next()),
            "--workspaces" | "-ws" | "-r" | "--recursive" | "-A" | "--all" => told.all = true,
            _ if word.starts_with('-') => {}
            _ => told.rest.push(word),
        }
    }
    told
}

/// `turbo run lint`, `lerna run lint`, `nx run-many -t lint`
fn orchestrated(words: &[&str], directory: &str, files: Files<'_>) -> Vec<Recipe> {
    let targets = words.iter().map(|word| {
        let word = word.strip_prefix("--target=").unwrap_or(word);
        word.strip_prefix("--targets=").unwrap_or(word)
    });
    let plain = |word: &&str| !word.starts_with('-') && !matches!(*word, "run" | "run-many");
    let places = below(directory, files);
    let names = targets.filter(plain).flat_map(|word| word.split(','));
    let found = names.flat_map(|name| {
        let each = places.iter().flat_map(|at| scripts(at, name, &[], files));
        each.collect::<Vec<_>>()
    });
    found.collect()
}

/// `concurrently "npm:lint:*" "tsc --noEmit"`
fn concurrent(words: &[&str], directory: &str, files: Files<'_>) -> Vec<Recipe> {
    let mut found = Vec::new();
    for word in words {
        let named = word.split_once(':').filter(|(manager, _)| {
            matches!(*manager, "npm" | "pnpm" | "yarn" | "bun" | "node" | "deno")
        });
        match named {
            Some((_, name)) => found.extend(scripts(directory, name, &[], files)),
            None if word.contains(' ') => found.push(of_node((*word).to_owned(), directory)),
            None => {}
        }
    }
    found
}

/// The scripts of a package that a name stands for, `*` for any word.
fn scripts(directory: &str, name: &str, handed: &[&str], files: Files<'_>) -> Vec<Recipe> {
    let Some(manifest) = manifest(directory, files) else {
        return Vec::new();
    };
    let Some(scripts) = manifest.get("scripts").and_then(Value::as_object) else {
        return Vec::new();
    };
    let start = name.split('*').next().unwrap_or(name);
    let means = |own: &str| match name.contains('*') {
        true => own.starts_with(start) && own.len() > start.len(),
        false => own == name,
    };
    let found = scripts.iter().filter(|(own, _)| means(own));
    let script = found.filter_map(|(_, script)| script.as_str());
    let whole = |script: &str| [&[script][..], handed].concat().join(" ");
    script
        .map(|script| of_node(whole(script), directory))
        .collect()
}

fn of_node(script: String, directory: &str) -> Recipe {
    Recipe {
        node: true,
        ..Recipe::new(script, directory)
    }
}

fn manifest(directory: &str, files: Files<'_>) -> Option<Value> {
    serde_json::from_str(files.text(directory, MANIFEST)?).ok()
}

/// Packages below a directory.
fn below(directory: &str, files: Files<'_>) -> Vec<String> {
    let all = files.directories(MANIFEST).into_iter();
    let inside = |place: &&str| {
        let rest = place.strip_prefix(directory);
        place.len() > directory.len()
            && rest.is_some_and(|rest| directory.is_empty() || rest.starts_with('/'))
    };
    all.filter(inside).map(str::to_owned).collect()
}

/// Packages of this name, or in this directory.
fn packages(package: &str, directory: &str, files: Files<'_>) -> Vec<String> {
    let wanted = package.trim_start_matches("./");
    let mut all = below(directory, files);
    all.retain(|place| {
        let name = manifest(place, files);
        let name = name.as_ref().and_then(|name| name.get("name")?.as_str());
        joined(directory, wanted).as_deref() == Some(place) || name == Some(package)
    });
    all
}
