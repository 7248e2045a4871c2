//! What a target stands for, as the repository's own files say: `npm run lint`
//! is what `package.json` has under that name, `make lint` the lines below the
//! target, `tox -e lint` the commands of that environment.
//!
//! It is read for two things: which command of a step printed what failed, and
//! which tools could mend it. Neither is believed: the step's own command is
//! what runs, and what a tool makes of the tree is judged by it. So what is
//! not understood here is left out, and costs a fix and never more.

mod make;
mod node;
mod python;
mod tasks;
mod tox;

use std::collections::VecDeque;

use super::Command;

/// Recipes that are followed from one command; a target has a few.
const MAX_RECIPES: usize = 32;

/// Simple commands that are looked at for one command.
const MAX_PARTS: usize = 400;

/// How many targets stand behind each other.
const MAX_DEPTH: usize = 4;

/// Bytes of one recipe: it is read like a script of a workflow.
const MAX_SCRIPT_BYTES: usize = 16 * 1024;

/// A script that a command runs on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipe {
    pub script: String,
    /// Where it runs, from the repository's root.
    pub directory: String,
    /// Whether programs of `node_modules` go by their bare names in it.
    pub node: bool,
}

impl Recipe {
    fn new(script: String, directory: &str) -> Self {
        Recipe {
            script,
            directory: directory.to_owned(),
            node: false,
        }
    }

    /// As a shell gets it.
    pub fn argv(&self) -> Vec<String> {
        ["bash", "-c", &self.script].map(str::to_owned).to_vec()
    }

    /// Whether it has these simple commands.
    pub fn runs(&self, parts: &[tools::Part]) -> bool {
        let own = tools::parts(&self.argv());
        let has = |part: &tools::Part| own.iter().any(|own| own.words == part.words);
        !parts.is_empty() && parts.iter().all(has)
    }

    /// A command as it runs within this recipe: the programs of packages go by
    /// their bare names there.
    pub fn around(&self, argv: Vec<String>) -> Vec<String> {
        if !self.node {
            return argv;
        }
        let script = match &argv[..] {
            [_, flag, script] if flag == "-c" => script.clone(),
            words => {
                let words = words.iter().map(|word| tools::quoted(word));
                words.collect::<Vec<_>>().join(" ")
            }
        };
        let above = match self.directory.as_str() {
            "" => 0,
            directory => directory.split('/').count(),
        };
        let bins = (0..=above).map(|up| format!("$PWD/{}node_modules/.bin", "../".repeat(up)));
        let bins = bins.collect::<Vec<_>>().join(":");
        let script = format!("PATH=\"{bins}:$PATH\"\n{script}");
        ["bash", "-c", &script].map(str::to_owned).to_vec()
    }
}

/// Files of the tree that say what targets stand for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Files<'a>(pub &'a [(String, Vec<u8>)]);

impl<'a> Files<'a> {
    /// The text of a file below a directory, where it is one of them.
    fn text(&self, directory: &str, name: &str) -> Option<&'a str> {
        let path = joined(directory, name)?;
        let (_, bytes) = self.0.iter().find(|(own, _)| *own == path)?;
        std::str::from_utf8(bytes).ok()
    }

    /// The directories that have a file of this name.
    fn directories(&self, name: &str) -> Vec<&'a str> {
        let of = |path: &'a str| match path.rsplit_once('/') {
            Some((directory, last)) => (last == name).then_some(directory),
            None => (path == name).then_some(""),
        };
        let mut all: Vec<&str> = self.0.iter().filter_map(|(path, _)| of(path)).collect();
        all.sort_unstable();
        all
    }
}

/// Whether a file of this path may say what a target stands for.
pub fn is_told_by(path: &str) -> bool {
    const NAMES: [&str; 20] = [
        "package.json",
        "Makefile",
        "makefile",
        "GNUmakefile",
        "tox.ini",
        "setup.cfg",
        "pyproject.toml",
        "hatch.toml",
        "pixi.toml",
        "noxfile.py",
        "justfile",
        "Justfile",
        ".justfile",
        "Taskfile.yml",
        "Taskfile.yaml",
        "taskfile.yml",
        "composer.json",
        "deno.json",
        "deno.jsonc",
        "lerna.json",
    ];
    let name = path.rsplit('/').next().unwrap_or(path);
    let vendored = |part: &str| matches!(part, "node_modules" | "vendor" | "third_party");
    let script = [".sh", ".bash", ".mk"]
        .iter()
        .any(|end| name.ends_with(end));
    (script || NAMES.contains(&name)) && !path.split('/').any(vendored)
}

/// All that a command runs by way of targets, nearest first.
pub fn recipes(command: &Command, files: Files<'_>) -> Vec<Recipe> {
    let mut found: Vec<Recipe> = Vec::new();
    let mut waiting = VecDeque::from([(command.argv.clone(), command.directory.clone(), 0, false)]);
    let mut parts = 0;
    while let Some((argv, directory, depth, node)) = waiting.pop_front() {
        for part in tools::parts(&argv) {
            parts += 1;
            if parts > MAX_PARTS {
                return found;
            }
            let Some(directory) = joined(&directory, &part.directory) else {
                continue;
            };
            for mut recipe in direct(&part.words, &directory, files) {
                recipe.node |= node;
                let fits = recipe.script.len() <= MAX_SCRIPT_BYTES && !recipe.script.is_empty();
                if !fits || found.contains(&recipe) || found.len() == MAX_RECIPES {
                    continue;
                }
                if depth + 1 < MAX_DEPTH {
                    let (argv, node) = (recipe.argv(), recipe.node);
                    waiting.push_back((argv, recipe.directory.clone(), depth + 1, node));
                }
                found.push(recipe);
            }
        }
    }
    found
}

/// What one kind of targets stands for: the words of a simple command, and
/// where it runs.
type Reader = fn(&[&str], &str, Files<'_>) -> Vec<Recipe>;

/// What a simple command stands for. What only starts another may have
/// targets of its own (`hatch run lint`), and is asked first.
fn direct(words: &[String], directory: &str, files: Files<'_>) -> Vec<Recipe> {
    const READERS: [Reader; 6] = [
        node::recipes,
        make::recipes,
        tox::recipes,
        python::recipes,
        tasks::recipes,
        shell_script,
    ];
    let program = tools::program_at(words);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let mut starts = (0..=program).filter_map(|at| words.get(at..));
    let read = |words: &[&str]| {
        let mut all = READERS.iter().map(|read| read(words, directory, files));
        all.find(|found| !found.is_empty())
    };
    starts.find_map(read).unwrap_or_default()
}

/// `./scripts/lint.sh`, `bash ci/check.sh`
fn shell_script(words: &[&str], directory: &str, files: Files<'_>) -> Vec<Recipe> {
    let mut words = words.iter();
    let Some(first) = words.next() else {
        return Vec::new();
    };
    let path = match *first {
        "bash" | "sh" | "zsh" | "dash" => words.find(|word| !word.starts_with('-')),
        _ => Some(first),
    };
    let text = path.and_then(|path| files.text(directory, path));
    let script = text.filter(|_| path.is_some_and(|path| path.ends_with("sh")));
    let recipe = |script: &str| Recipe::new(script.to_owned(), directory);
    script.map(recipe).into_iter().collect()
}

/// A path from the root; none where it leads out.
fn joined(directory: &str, path: &str) -> Option<String> {
    if path.starts_with('/') {
        return None;
    }
    let path = format!("{directory}/{path}");
    super::relative(path.trim_start_matches('/'))
}
