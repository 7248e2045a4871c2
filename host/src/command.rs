//! Which commands a task may run: derived from the workflow at the failing
//! commit, the log and the operator's list, each with an id and an origin.
//!
//! The list is no security boundary: a repository's own files execute in every
//! one of them. It is what makes a run mean something: the command that
//! failed, as CI runs it.

pub mod deploys;
mod expression;
mod github;
mod gitlab;
mod matrix;
mod prepare;
mod printed;
pub mod recipe;
mod yaml;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ids::Digest;

pub use prepare::{as_one, copies_sources, is_manifest, only_installs};
pub use yaml::MAX_FILE_BYTES;

/// Commands of one task. A workflow with more is nobody's to choose from.
const MAX_COMMANDS: usize = 64;

/// Bytes of one script: it travels as an argument, and those end at 128 KiB.
const MAX_SCRIPT_BYTES: usize = 32 * 1024;

/// Variables of one command, and bytes of a value.
const MAX_VARIABLES: usize = 128;
const MAX_VALUE_BYTES: usize = 16 * 1024;

/// Refusals that are told of.
const MAX_REFUSED: usize = 32;

/// Hexadecimal digits of an id.
const ID_DIGITS: usize = 12;

/// A command that may be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// Stable: the same command has the same id.
    pub id: String,
    pub argv: Vec<String>,
    /// Relative to the repository's root; empty is the root.
    pub directory: String,
    pub env: BTreeMap<String, String>,
    /// Where it is from, for people.
    pub origin: String,
}

/// `[[repositories."github:owner/name".commands]]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listed {
    pub name: String,
    /// The program and its arguments; no shell reads them.
    pub run: Vec<String>,
    #[serde(default)]
    pub directory: String,
    #[serde(default)]
    pub env: BTreeMap<String, String>,
}

/// What commands are derived from.
#[derive(Debug, Clone, Copy, Default)]
pub struct Situation<'a> {
    /// Files of `.github/workflows` and `.gitlab-ci.yml`, by path.
    pub files: &'a [(String, Vec<u8>)],
    /// The failed job as its CI system shows it, where that is known.
    pub job: Option<&'a str>,
    /// The failed commands as the log shows them.
    pub printed: &'a [String],
    pub listed: &'a [Listed],
    /// What the operator says prepares, if anything.
    pub prepare: Option<&'a [Vec<String>]>,
    /// Paths of the tree that [`is_manifest`] names.
    pub manifests: &'a [String],
    /// Files of the tree that say what targets stand for.
    pub targets: recipe::Files<'a>,
}

/// What came of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Derived {
    /// Likeliest first: what the log blames, then the operator's list, then
    /// the rest of the job.
    pub commands: Vec<Command>,
    /// What mends the findings of those that are checks, by ids of their own.
    pub fixes: Vec<Command>,
    /// The command that failed, by its id: what the log blames or, where it
    /// blames none, the first that the operator lists.
    pub blamed: Option<String>,
    /// What fetches what the job needs, in its order.
    pub prepare: Vec<Command>,
    /// What is in the workflow and cannot be run, and why.
    pub refused: Vec<String>,
}

impl Derived {
    pub fn find(&self, id: &str) -> Option<&Command> {
        let all = self.commands.iter().chain(&self.fixes);
        all.into_iter().find(|command| command.id == id)
    }

    /// The commands that mend what a check complains about.
    pub fn fixes_of<'a>(&'a self, check: &'a Command) -> impl Iterator<Item = &'a Command> {
        let of = move |command: &&Command| {
            tools::split_id(&command.id).is_some_and(|(id, _)| id == check.id)
        };
        self.fixes.iter().filter(of)
    }

    fn add(&mut self, command: Result<Command, String>) {
        match command {
            Ok(command) if self.find(&command.id).is_some() => {}
            Ok(command) if self.commands.len() < MAX_COMMANDS => self.commands.push(command),
            Ok(command) => self.refuse(format!("{}: more than {MAX_COMMANDS}", command.origin)),
            Err(why) => self.refuse(why),
        }
    }

    fn refuse(&mut self, why: String) {
        if self.refused.len() < MAX_REFUSED && !self.refused.contains(&why) {
            self.refused.push(why);
        }
    }
}

/// A step of a workflow: a script and what surrounds it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Step {
    script: String,
    /// The shell, with everything that stands before the script.
    shell: Vec<String>,
    directory: String,
    env: BTreeMap<String, String>,
    origin: String,
    /// Which job it is of: its file and its name.
    job: String,
    /// It comes before the job's own script and is no command of its own.
    prepares: bool,
}

impl Step {
    fn command(&self) -> Result<Command, String> {
        let mut argv = self.shell.clone();
        argv.push(self.script.clone());
        Command::new(argv, &self.directory, self.env.clone(), self.origin.clone())
    }

    /// One line of it, in the same surroundings.
    fn line(&self, line: &str, origin: &str) -> Result<Command, String> {
        let mut argv = self.shell.clone();
        argv.push(line.to_owned());
        let origin = format!("{origin}; {}", self.origin);
        Command::new(argv, &self.directory, self.env.clone(), origin)
    }

    fn has_line(&self, line: &str) -> bool {
        self.script.lines().any(|own| own.trim() == line)
    }
}

impl Command {
    /// A command of this argv, where that is one.
    pub fn new(
        argv: Vec<String>,
        directory: &str,
        env: BTreeMap<String, String>,
        origin: String,
    ) -> Result<Command, String> {
        let bytes: usize = argv.iter().map(String::len).sum();
        let no_program = argv.first().is_none_or(String::is_empty);
        if no_program || argv.iter().any(|word| word.contains('\0')) {
            return Err(format!("{origin}: it names no program"));
        }
        if bytes > MAX_SCRIPT_BYTES {
            return Err(format!("{origin}: longer than {MAX_SCRIPT_BYTES} bytes"));
        }
        let directory = relative(directory)
            .ok_or_else(|| format!("{origin}: its directory is outside of the repository"))?;
        variables(&env).map_err(|why| format!("{origin}: {why}"))?;
        let mut command = Command {
            id: String::new(),
            argv,
            directory,
            env,
            origin,
        };
        command.id = command.digest();
        Ok(command)
    }

    /// As a person would type it: a script by itself, without the shell that
    /// is started for it.
    pub fn shown(&self) -> String {
        const SHELLS: [&str; 4] = ["bash", "sh", "/bin/bash", "/bin/sh"];
        let shell = self
            .argv
            .first()
            .is_some_and(|first| SHELLS.contains(&first.as_str()));
        match self.argv.last() {
            Some(script) if shell => script.clone(),
            Some(_) | None => self.argv.join(" "),
        }
    }

    fn digest(&self) -> String {
        let what = (&self.argv, &self.directory, &self.env);
        let bytes = serde_json::to_vec(&what).expect("lists and maps of text");
        let mut id = Digest::of(&bytes).hex();
        id.truncate(ID_DIGITS);
        id
    }
}

fn variables(env: &BTreeMap<String, String>) -> Result<(), String> {
    if env.len() > MAX_VARIABLES {
        return Err(format!("more than {MAX_VARIABLES} variables"));
    }
    for (name, value) in env {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        let fits = !name.is_empty() && name.bytes().all(plain);
        if !fits || value.contains('\0') || value.len() > MAX_VALUE_BYTES {
            return Err("a variable of it has no proper name or value".to_owned());
        }
    }
    Ok(())
}

/// A directory below the root, made plain; none where it leads out.
fn relative(directory: &str) -> Option<String> {
    let below = directory.strip_prefix(expression::WORKSPACE);
    let directory = below.map_or(directory, |below| below.trim_start_matches('/'));
    if directory.starts_with('/') || directory.contains('\0') {
        return None;
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in directory.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// Derives what may be run.
pub fn derive(situation: &Situation<'_>) -> Derived {
    let mut derived = Derived::default();
    let steps = steps(situation, &mut derived);
    for line in situation.printed {
        printed::printed(line.trim(), &steps, situation.targets, &mut derived);
    }
    for listed in situation.listed {
        let origin = format!("operator: {}", listed.name);
        let env = listed.env.clone();
        let command = Command::new(listed.run.clone(), &listed.directory, env, origin);
        derived.add(command);
    }
    derived.blamed = derived.commands.first().map(|first| first.id.clone());
    for step in steps.iter().filter(|step| !step.prepares) {
        derived.add(step.command());
    }
    match prepare(situation, &steps, &derived) {
        Ok(commands) => derived.prepare = commands,
        Err(why) => derived.refuse(why),
    }
    add_fixes(&mut derived, situation.targets);
    derived
}

/// What prepares: the operator's list, or else what the job itself did, or
/// else what its lock files say.
fn prepare(
    situation: &Situation<'_>,
    steps: &[Step],
    derived: &Derived,
) -> Result<Vec<Command>, String> {
    if let Some(listed) = situation.prepare {
        return prepare::from_operator(listed);
    }
    let printed = situation.printed.iter().map(|line| line.trim());
    let failed = printed.filter(|line| !line.is_empty()).find_map(|line| {
        let own = steps
            .iter()
            .find(|step| step.has_line(line) && !step.prepares)?;
        Some((own, Some(line)))
    });
    let failed = failed.or_else(|| Some((steps.iter().find(|step| !step.prepares)?, None)));
    let of_job = failed.map(|(step, line)| prepare::from_job(steps, step, line));
    let of_job = of_job.unwrap_or_default();
    if !of_job.is_empty() {
        return Ok(of_job);
    }
    let blamed = derived.blamed.as_deref().and_then(|id| derived.find(id));
    let directory = blamed.map(|command| command.directory.clone());
    let directory = directory.or_else(|| relative(&failed?.0.directory));
    let directory = directory.unwrap_or_default();
    let found = prepare::from_locks(situation.manifests, &directory);
    Ok(match found.is_empty() {
        true => prepare::from_locks(situation.manifests, ""),
        false => found,
    })
}

/// Puts beside each check what mends its findings, run the same way.
fn add_fixes(derived: &mut Derived, targets: recipe::Files<'_>) {
    let of = |check| fixes(check, targets);
    let fixes: Vec<Command> = derived.commands.iter().flat_map(of).collect();
    derived.fixes = fixes;
    derived.fixes.truncate(MAX_COMMANDS);
}

/// What mends the findings of a check, and of those that it runs by way of
/// targets.
fn fixes(check: &Command, targets: recipe::Files<'_>) -> Vec<Command> {
    let fix = |twin: &tools::Twin| Command {
        id: twin.id.clone(),
        argv: twin.argv.clone(),
        origin: format!("mends what {} finds", check.id),
        ..check.clone()
    };
    let mut twins = tools::twins(&check.id, &check.argv);
    let mut fixes: Vec<Command> = twins.iter().map(fix).collect();
    let own = twins.len();
    if twins.iter().any(|twin| twin.checker.precedes_git()) {
        return fixes;
    }
    for recipe in recipe::recipes(check, targets) {
        let known = twins.len();
        tools::more_twins(&check.id, &recipe.argv(), &mut twins);
        fixes.extend(twins[known..].iter().map(|twin| Command {
            argv: recipe.around(twin.argv.clone()),
            directory: recipe.directory.clone(),
            ..fix(twin)
        }));
    }
    // Where it is known what a script runs, nobody tries what it might take.
    if twins[own..].iter().any(|twin| !twin.checker.records()) {
        let guessed = |id: &str| tools::split_id(id).is_some_and(|(_, tool)| tool.is_guessed());
        fixes.retain(|fix| !guessed(&fix.id));
    }
    fixes
}

/// The failed job's steps. What cannot be run is told of.
fn steps(situation: &Situation<'_>, derived: &mut Derived) -> Vec<Step> {
    let mut steps = Vec::new();
    for (path, bytes) in situation.files {
        let found = match path.starts_with(".github/") {
            true => github::steps(path, bytes, situation.job),
            false => gitlab::steps(path, bytes, situation.job),
        };
        for step in found {
            match step {
                Ok(step) => steps.push(step),
                Err(why) => derived.refuse(why),
            }
        }
    }
    steps
}
