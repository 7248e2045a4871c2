//! From a check to its fix.

use alloc::borrow::ToOwned;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use alloc::{format, vec};

use crate::generated::maker;
use crate::launch::program_at;
use crate::record::recorders;
use crate::script::{self, Passed, Simple};
use crate::table::{CARGO_LOCK, CHECKERS, Checker, GENERATOR};

/// Between a check's id and its twin's.
const JOINT: &str = "+fix:";

/// Twins of one command; scripts have a few lines that check something.
const MAX_TWINS: usize = 12;

/// A command that mends what a check complains about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Twin {
    /// The check's id, and the fix's name: `lint-3+fix:rustfmt`.
    pub id: String,
    pub argv: Vec<String>,
    pub checker: &'static Checker,
}

/// The twins of the command `argv` that is known as `id`; none for a command
/// that is no known check. A script (`bash -c …`) has one for each of its
/// lines that is a plain check.
pub fn twins(id: &str, argv: &[String]) -> Vec<Twin> {
    let mut twins: Vec<Twin> = Vec::new();
    if let Some(argv) = maker(argv) {
        // Its parts alone would be other commands than the one that failed.
        return vec![Twin {
            id: format!("{id}{JOINT}{}", GENERATOR.name),
            argv,
            checker: &GENERATOR,
        }];
    }
    more_twins(id, argv, &mut twins);
    twins
}

/// Adds the twins of a command that `id` runs on its way: of a recipe's line,
/// of a script that a target stands for.
pub fn more_twins(id: &str, argv: &[String], twins: &mut Vec<Twin>) {
    for Simple { shell, words, .. } in script::simple(argv) {
        let room = MAX_TWINS.saturating_sub(twins.len());
        for (checker, fix) in fixes(&words).into_iter().take(room) {
            let argv = shell.run(fix);
            let same = || twins.iter().filter(|twin| twin.checker == checker);
            if same().any(|twin| twin.argv == argv) {
                continue;
            }
            let number = match same().count() {
                0 => String::new(),
                others => format!(".{}", others + 1),
            };
            twins.push(Twin {
                id: format!("{id}{JOINT}{}{number}", checker.name),
                argv,
                checker,
            });
        }
    }
}

/// A simple command of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    pub words: Vec<String>,
    /// Where `cd` went before it; empty where it went nowhere.
    pub directory: String,
}

/// The simple commands of an argv, as far as they are understood.
pub fn parts(argv: &[String]) -> Vec<Part> {
    let parts = script::simple(argv).into_iter();
    let part = |simple: Simple| Part {
        words: simple.words,
        directory: simple.directory,
    };
    parts.map(part).collect()
}

/// The check that a twin's id belongs to, and how it fixes; none for an id
/// that is no twin's.
pub fn split_id(id: &str) -> Option<(&str, &'static Checker)> {
    let (check, name) = id.rsplit_once(JOINT)?;
    let (name, number) = name.split_once('.').unwrap_or((name, "1"));
    number.parse::<u8>().ok()?;
    Some((check, Checker::named(name)?))
}

/// What fixes the findings of one simple command.
fn fixes(words: &[String]) -> Vec<(&'static Checker, Vec<String>)> {
    let at = program_at(words);
    let (launcher, command) = words.split_at(at);
    // Without a shell a variable in front is no program.
    let sets = |word: &String| word.contains('=') && !word.starts_with('-');
    let env = launcher.first().is_some_and(sets).then(|| "env".to_owned());
    let launcher: Vec<String> = env.into_iter().chain(launcher.iter().cloned()).collect();
    let launcher = &launcher[..];
    let with = |fix: Vec<String>| [launcher, &fix[..]].concat();
    if let Some(Passed { checkers, end }) = script::handed_on(command) {
        let fix = |checker: &'static Checker| {
            let mut words = with(command.to_vec());
            words.extend(end.map(str::to_owned));
            words.extend(checker.with.iter().map(ToString::to_string));
            (checker, words)
        };
        let mut fixes: Vec<_> = checkers.into_iter().map(fix).collect();
        fixes.extend(recorders(launcher, command));
        return fixes;
    }
    let found = CHECKERS.iter().find_map(|checker| {
        let length = checker.begins(command)?;
        Some((checker, with(checker.fix(command, length))))
    });
    let mut fixes: Vec<_> = found.into_iter().collect();
    let locked = command.iter().any(|word| word == "--locked");
    if locked && command.first().is_some_and(|word| word == "cargo") {
        fixes.push((&CARGO_LOCK, with(owned(CARGO_LOCK.instead))));
    }
    fixes.extend(recorders(launcher, command));
    fixes
}

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

impl Checker {
    /// How many words of the command are program, subcommand and the options
    /// between; none where it is another command.
    fn begins(&self, command: &[String]) -> Option<usize> {
        self.commands
            .iter()
            .find_map(|words| begins(words, command))
    }

    fn fix(&self, command: &[String], length: usize) -> Vec<String> {
        if !self.instead.is_empty() {
            return owned(self.instead);
        }
        let (head, rest) = command.split_at(length);
        let mut fix = self.kept(head);
        if let (Some(program), Some(first)) = (self.program, fix.first_mut()) {
            let directory = first.rfind('/').map_or(0, |at| at + 1);
            first.replace_range(directory.., program);
        }
        fix.extend(owned(self.with));
        fix.extend(self.kept(rest));
        fix
    }

    /// The words without those that make it a check.
    fn kept(&self, words: &[String]) -> Vec<String> {
        let mut kept = Vec::new();
        let mut rest = words;
        while let Some((word, after)) = rest.split_first() {
            let dropped = self
                .without
                .iter()
                .find_map(|drop| match drop.split_once(' ') {
                    Some((first, second)) => (word == first
                        && after.first().is_some_and(|word| word == second))
                    .then_some(2),
                    None if drop.ends_with('=') => word.starts_with(drop).then_some(1),
                    None => (word == drop).then_some(1),
                });
            match dropped {
                Some(count) => rest = &rest[count..],
                None => {
                    kept.push(word.clone());
                    rest = after;
                }
            }
        }
        kept
    }
}

pub(crate) fn begins(words: &[&str], command: &[String]) -> Option<usize> {
    let (program, subcommands) = words.split_first()?;
    let first = command.first()?.rsplit(['/', '\\']).next()?;
    if first.strip_suffix(".exe").unwrap_or(first) != *program {
        return None;
    }
    let mut at = 1;
    for subcommand in subcommands {
        let options = command[at..]
            .iter()
            .take_while(|word| word.starts_with(['-', '+']));
        at += options.count();
        if command.get(at)? != subcommand {
            return None;
        }
        at += 1;
    }
    Some(at)
}

/// How a simple command was started, and how its twin is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Shell {
    None,
    /// By this shell, because it has words that only a shell knows, or reads
    /// what others print.
    Of {
        program: String,
        fed: Option<String>,
        /// Where it goes first; empty where it stays.
        directory: String,
        clever: Vec<String>,
    },
}

impl Shell {
    fn run(&self, mut words: Vec<String>) -> Vec<String> {
        // Without a shell nobody takes `A=b` for anything but a program, and in
        // quotes a shell does not either.
        if words.first().is_some_and(|word| is_assignment(word)) {
            words.insert(0, "env".to_owned());
        }
        let (program, fed, directory, clever) = match self {
            Shell::None => return words,
            Shell::Of {
                program,
                fed,
                directory,
                clever,
            } => (program, fed, directory, clever),
        };
        let said = words.iter().map(|word| match clever.contains(word) {
            true => word.clone(),
            false => quoted(word),
        });
        let said = said.collect::<Vec<_>>().join(" ");
        let script = match fed {
            Some(fed) => format!("{fed} | {said}"),
            None => said,
        };
        let script = match directory.as_str() {
            "" => script,
            directory => format!("cd {} && {script}", quoted(directory)),
        };
        vec![program.clone(), "-c".to_owned(), script]
    }
}

/// `NAME=value` in front of a command.
fn is_assignment(word: &str) -> bool {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let name = word.split_once('=').map_or("", |(name, _)| name);
    !name.is_empty() && name.chars().all(plain)
}

/// A word that a shell takes as it is.
pub fn quoted(word: &str) -> String {
    let plain = |letter: char| letter.is_alphanumeric() || "-_./=:@+,%".contains(letter);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}
