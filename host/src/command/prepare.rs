//! What comes before the commands: the steps that fetch what the job needs.
//!
//! From the failing job's own earlier steps, line by line: what installs is
//! kept, what builds, logs in or uploads is not. Where the job has none (an
//! action did it), from the lock files that are there.

use std::collections::BTreeMap;

use super::{Command, Step};

/// Steps of one job that prepare, at most.
const MAX_STEPS: usize = 16;

/// Names of files that say what a repository depends on, or where from. What
/// they hold decides what a prepare step leaves.
const MANIFESTS: [&str; 44] = [
    ".bundle/config",
    ".cargo/config.toml",
    ".npmrc",
    ".node-version",
    ".nvmrc",
    ".pnpmfile.cjs",
    ".python-version",
    ".ruby-version",
    ".tool-versions",
    ".yarnrc",
    ".yarnrc.yml",
    "Cargo.lock",
    "Cargo.toml",
    "Gemfile",
    "Gemfile.lock",
    "MANIFEST.in",
    "Pipfile",
    "Pipfile.lock",
    "bun.lock",
    "bun.lockb",
    "composer.json",
    "composer.lock",
    "environment.yml",
    "go.mod",
    "go.sum",
    "go.work",
    "go.work.sum",
    "mise.toml",
    "npm-shrinkwrap.json",
    "package-lock.json",
    "package.json",
    "pdm.lock",
    "pip.conf",
    "pnpm-lock.yaml",
    "pnpm-workspace.yaml",
    "poetry.lock",
    "pyproject.toml",
    "rust-toolchain",
    "rust-toolchain.toml",
    "setup.cfg",
    "setup.py",
    "tox.ini",
    "uv.lock",
    "yarn.lock",
];

/// Whether what a file holds decides what a prepare step leaves.
pub fn is_manifest(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let requirements = name.ends_with(".txt") || name.ends_with(".in");
    let listed = ["requirement", "constraint", "dev-", "test-"];
    MANIFESTS.contains(&name)
        || MANIFESTS
            .iter()
            .any(|listed| listed.contains('/') && path.ends_with(listed))
        || (requirements && listed.iter().any(|word| name.contains(word)))
        || (requirements && path.split('/').any(|part| part == "requirements"))
        || name.ends_with(".gemspec")
        || name.ends_with(".csproj")
}

/// What begins a line that installs.
const INSTALLS: &[&[&str]] = &[
    &["npm", "ci"],
    &["npm", "i"],
    &["npm", "install"],
    &["npm", "clean-install"],
    &["pnpm", "i"],
    &["pnpm", "install"],
    &["yarn"],
    &["yarn", "install"],
    &["bun", "install"],
    &["corepack", "enable"],
    &["pip", "install"],
    &["pip3", "install"],
    &["python", "-m", "pip", "install"],
    &["python3", "-m", "pip", "install"],
    &["python", "-m", "venv"],
    &["python3", "-m", "venv"],
    &["virtualenv"],
    &["pipx", "install"],
    &["uv", "sync"],
    &["uv", "venv"],
    &["uv", "pip", "install"],
    &["uv", "pip", "sync"],
    &["uv", "tool", "install"],
    &["poetry", "install"],
    &["poetry", "config"],
    &["pdm", "install"],
    &["pdm", "sync"],
    &["pipenv", "install"],
    &["pipenv", "sync"],
    &["hatch", "env", "create"],
    &["pre-commit", "install-hooks"],
    &["cargo", "fetch"],
    &["cargo", "install"],
    &["go", "mod", "download"],
    &["go", "install"],
    &["go", "get"],
    &["gem", "install"],
    &["bundle", "install"],
    &["bundle", "config"],
    &["composer", "install"],
    &["mix", "deps.get"],
    &["dotnet", "restore"],
];

/// What a line around them may be about: places, variables, environments.
const AROUND: &[&str] = &["cd", "export", "set", "source", ".", "mkdir"];

/// Whether a line installs something.
fn installs(line: &str) -> bool {
    let words: Vec<&str> = line.split_whitespace().collect();
    let at = words.iter().take_while(|word| is_before(word)).count();
    let words = &words[at..];
    INSTALLS.iter().any(|begins| match begins {
        // Alone it installs; with a word behind it, it runs a script.
        ["yarn"] => {
            words.first() == Some(&"yarn") && words[1..].iter().all(|word| word.starts_with('-'))
        }
        begins => words.starts_with(begins),
    })
}

/// `sudo`, `VARIABLE=value`.
fn is_before(word: &str) -> bool {
    let assigned = word.split_once('=').is_some_and(|(name, _)| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        !name.is_empty() && name.bytes().all(plain)
    });
    word == "sudo" || assigned
}

fn is_around(line: &str) -> bool {
    let first = line.split_whitespace().next().unwrap_or_default();
    AROUND.contains(&first)
}

/// A script with only those of its lines that install, and what is around
/// them; none where nothing installs. `until` is the line that failed: what
/// comes after it was never run.
pub fn installing(script: &str, until: Option<&str>) -> Option<String> {
    let joined = script.replace("\\\n", " ");
    let mut kept = String::new();
    let mut any = false;
    for line in joined.lines().map(str::trim) {
        let parts = line.split(" && ").map(str::trim);
        for part in parts {
            if Some(line) == until || Some(part) == until {
                return any.then_some(kept);
            }
            let installs = installs(part);
            any |= installs;
            if installs || is_around(part) {
                // There is nobody to become inside, and no need to.
                kept.push_str(part.strip_prefix("sudo ").unwrap_or(part));
                kept.push('\n');
            }
        }
    }
    any.then_some(kept)
}

/// What prepares for a job whose failing step is `failed`, with the line of it
/// that failed.
pub fn from_job(steps: &[Step], failed: &Step, line: Option<&str>) -> Vec<Command> {
    let before = steps.iter().take_while(|step| *step != failed);
    let before = before.filter(|step| step.job == failed.job);
    let own = before.map(|step| (step, None)).chain([(failed, line)]);
    let commands = own.filter_map(|(step, until)| {
        let script = installing(&step.script, until)?;
        let step = Step {
            script,
            origin: format!("prepares: {}", step.origin),
            ..step.clone()
        };
        step.command().ok()
    });
    let mut commands: Vec<Command> = commands.take(MAX_STEPS).collect();
    commands.dedup_by(|one, other| one.id == other.id);
    commands
}

/// Lock file, and what fetches by it. The first of a language counts.
const LOCKED: &[(&str, &str, &[&str])] = &[
    (
        "node",
        "package-lock.json",
        &["npm", "ci", "--no-audit", "--no-fund"],
    ),
    (
        "node",
        "npm-shrinkwrap.json",
        &["npm", "ci", "--no-audit", "--no-fund"],
    ),
    (
        "node",
        "pnpm-lock.yaml",
        &["pnpm", "install", "--frozen-lockfile"],
    ),
    ("node", "bun.lock", &["bun", "install", "--frozen-lockfile"]),
    (
        "node",
        "yarn.lock",
        &["yarn", "install", "--frozen-lockfile"],
    ),
    ("python", "uv.lock", &["uv", "sync", "--frozen"]),
    ("python", "poetry.lock", &["poetry", "install"]),
    ("python", "pdm.lock", &["pdm", "sync"]),
    (
        "python",
        "requirements.txt",
        &["python3", "-m", "pip", "install", "-r", "requirements.txt"],
    ),
    ("rust", "Cargo.lock", &["cargo", "fetch", "--locked"]),
    ("rust", "Cargo.toml", &["cargo", "fetch"]),
    ("go", "go.mod", &["go", "mod", "download"]),
    ("ruby", "Gemfile.lock", &["bundle", "install"]),
    (
        "php",
        "composer.lock",
        &["composer", "install", "--no-interaction"],
    ),
];

/// What prepares a directory (empty: the root) by the lock files in it.
pub fn from_locks(manifests: &[String], directory: &str) -> Vec<Command> {
    let prefix = match directory {
        "" => String::new(),
        directory => format!("{directory}/"),
    };
    let there = |name: &str| manifests.contains(&format!("{prefix}{name}"));
    let mut commands = Vec::new();
    let mut known: Vec<&str> = Vec::new();
    for (language, lock, argv) in LOCKED {
        if known.contains(language) || !there(lock) {
            continue;
        }
        known.push(language);
        let mut argv: Vec<String> = argv.iter().map(|word| (*word).to_owned()).collect();
        // Yarn from its second version on calls it otherwise.
        if *lock == "yarn.lock" && there(".yarnrc.yml") {
            argv[2] = "--immutable".to_owned();
        }
        let origin = format!("prepares: {prefix}{lock}");
        commands.extend(Command::new(argv, directory, BTreeMap::new(), origin));
    }
    commands
}

/// What the operator lists.
pub fn from_operator(listed: &[Vec<String>]) -> Result<Vec<Command>, String> {
    let one = |argv: &Vec<String>| {
        let origin = "prepares: operator".to_owned();
        Command::new(argv.clone(), "", BTreeMap::new(), origin)
    };
    listed.iter().map(one).collect()
}

/// Whether what a step leaves depends on more of the tree than its manifests:
/// it copies the repository's own sources to where programs look for packages.
pub fn copies_sources(command: &Command) -> bool {
    let script = command.argv.join(" ");
    let mut lines = script
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>());
    lines.any(|words| {
        let pip = words
            .windows(2)
            .any(|two| two[0].starts_with("pip") && two[1] == "install");
        let path =
            |word: &&str| word.starts_with('.') || word.starts_with('/') || word.starts_with("\".");
        let editable = words
            .iter()
            .any(|word| *word == "-e" || *word == "--editable");
        pip && !editable && words.iter().any(path)
    })
}

/// Bytes of all steps together: they travel as one argument.
const MAX_BYTES: usize = 100 * 1024;

/// All steps as one command for a shell, each in its own place and with its own
/// variables; the first that fails ends it. What pip installs goes to an
/// environment in the home: the machine's own is not to be written to.
pub fn as_one(commands: &[Command]) -> Result<Vec<String>, String> {
    let pip = commands
        .iter()
        .any(|one| one.argv.join(" ").contains("pip"));
    let mut script = match pip {
        true => ENVIRONMENT.to_owned(),
        false => String::new(),
    };
    for command in commands {
        let directory = match command.directory.as_str() {
            "" => ".",
            directory => directory,
        };
        script.push_str(&format!("(cd -- {} && exec env", quoted(directory)));
        for (name, value) in &command.env {
            script.push_str(&format!(" {}", quoted(&format!("{name}={value}"))));
        }
        for word in &command.argv {
            script.push_str(&format!(" {}", quoted(word)));
        }
        script.push_str(")\n");
    }
    match script.len() > MAX_BYTES {
        true => Err(format!("what prepares is longer than {MAX_BYTES} bytes")),
        false => Ok(["/bin/sh", "-e", "-c", &script].map(str::to_owned).to_vec()),
    }
}

/// Where the interpreter brings no environments along, the user's own place.
const ENVIRONMENT: &str = "python3 -m venv --system-site-packages \"$HOME/.venv\" >/dev/null 2>&1 || \
                           export PIP_USER=1 PIP_BREAK_SYSTEM_PACKAGES=1\n";

/// A word that a shell takes as it is.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', "'\\''"))
}

/// What brings a lock file up to date or looks whether it is: it asks
/// registries like whatever installs.
const LOCKS: &[&[&str]] = &[
    &["cargo", "update"],
    &["cargo", "generate-lockfile"],
    &["go", "mod", "tidy"],
    &["go", "mod", "verify"],
    &["uv", "lock"],
    &["poetry", "lock"],
    &["poetry", "check"],
    &["pdm", "lock"],
    &["bundle", "lock"],
    &["composer", "update", "--lock"],
    &["composer", "validate"],
];

/// Whether a command does nothing but install or look after lock files, so
/// that it means nothing without registries. One that also builds or tests
/// runs on what was prepared.
pub fn only_installs(command: &Command) -> bool {
    let script = match command.shown() {
        script if script.is_empty() => return false,
        script => script.replace("\\\n", " "),
    };
    let lines = script
        .lines()
        .flat_map(|line| line.split(" && "))
        .map(str::trim);
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    let (mut any, mut only) = (false, true);
    for line in lines {
        let words: Vec<&str> = line.split_whitespace().collect();
        let one = installs(line) || LOCKS.iter().any(|begins| words.starts_with(begins));
        // Behind a sign of the shell anything may follow.
        let clever = line.contains([';', '|', '&', '`', '$']);
        any |= one;
        only &= (one || is_around(line)) && !clever;
    }
    any && only
}
