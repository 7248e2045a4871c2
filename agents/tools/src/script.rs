//! Scripts: what a shell is told to run, and what `npm run` hands on.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use crate::shell::{Part, parts};
use crate::table::{Checker, SCRIPT_FIX, SCRIPT_WRITE};
use crate::twin::Shell;

/// Bytes of a script that are looked at; workflows have a few hundred.
const MAX_SCRIPT: usize = 16 * 1024;

/// A command that may be a check, and how it was started.
pub(crate) struct Simple {
    pub shell: Shell,
    pub words: Vec<String>,
    /// Where `cd` went before it; empty where it went nowhere.
    pub directory: String,
}

/// The simple commands of an argv: itself, or those of the script it hands to
/// a shell, also those in `$(…)`. One whose failure the script shrugs off is
/// no check.
pub(crate) fn simple(argv: &[String]) -> Vec<Simple> {
    let Some((shell, script)) = shell(argv) else {
        let shell = Shell::None;
        return vec![Simple {
            shell,
            words: argv.to_vec(),
            directory: String::new(),
        }];
    };
    if script.len() > MAX_SCRIPT {
        return Vec::new();
    }
    let parts = parts(script).into_iter();
    parts.map(|part| of_part(shell, part)).collect()
}

/// Where a word is only what a shell makes of it, a shell has to run it.
fn of_part(shell: &str, part: Part) -> Simple {
    let moved = !part.directory.is_empty();
    let clever = moved || part.fed.is_some() || part.words.iter().any(|word| word.clever);
    let words = part.words.iter().map(|word| word.text.clone()).collect();
    let directory = part.directory.clone();
    let shell = if clever {
        let kept = part.words.into_iter().filter(|word| word.clever);
        Shell::Of {
            program: shell.to_owned(),
            fed: part.fed,
            directory: part.directory,
            clever: kept.map(|word| word.text).collect(),
        }
    } else {
        Shell::None
    };
    Simple {
        shell,
        words,
        directory,
    }
}

/// `bash -e -o pipefail -c SCRIPT`
pub(crate) fn shell(argv: &[String]) -> Option<(&str, &str)> {
    let (program, rest) = argv.split_first()?;
    let name = program.rsplit('/').next()?;
    let (script, options) = rest.split_last()?;
    let told = options
        .last()
        .is_some_and(|option| option.starts_with('-') && option.ends_with('c'));
    (matches!(name, "sh" | "bash" | "dash" | "zsh") && told).then_some((program, script))
}

/// What the arguments behind a script's name may do.
pub(crate) struct Passed {
    pub checkers: [&'static Checker; 2],
    /// What stands between the script and its arguments.
    pub end: Option<&'static str>,
}

/// `npm run lint`, `yarn lint`, `pnpm run format:check`: a script named like a
/// check is taken to run one, and is handed the flag that makes it write. A
/// program that does not know the flag fails, and nothing comes of it.
pub(crate) fn handed_on(command: &[String]) -> Option<Passed> {
    const NAMES: &[&str] = &[
        "lint", "format", "fmt", "style", "prettier", "eslint", "biome", "check",
    ];
    // `npm run --silent lint`; what takes a value of its own is another command.
    const QUIET: &[&str] = &["--silent", "-s", "--if-present", "--no-progress"];
    let words = command.iter().map(String::as_str);
    let words: Vec<&str> = words.filter(|word| !QUIET.contains(word)).collect();
    let (name, end) = match words[..] {
        ["npm", "run" | "run-script", name] => (name, Some("--")),
        ["pnpm" | "yarn" | "bun", "run", name] => (name, None),
        ["yarn" | "pnpm", name] => (name, None),
        _ => return None,
    };
    let named = name
        .split([':', '-', '_'])
        .any(|part| NAMES.contains(&part));
    named.then_some(Passed {
        checkers: [&SCRIPT_FIX, &SCRIPT_WRITE],
        end,
    })
}
