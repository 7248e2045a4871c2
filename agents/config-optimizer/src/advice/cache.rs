//! Downloads that a set-up action could keep.

use super::{Advice, Files, name};
use crate::edit::{Edit, indent};
use crate::history::{History, percentile, spoken};
use crate::workflow_file::{Job, WorkflowFile};
use crate::yaml::At;

/// Steps that are needed before their time says something.
const ENOUGH: usize = 10;

/// An installation as quick as this is hardly worth a cache, in seconds.
const QUICK: u32 = 10;

/// What of an installation a cache of downloads is taken to save. The rest is
/// unpacking and building; what a cache itself takes is in it.
const SHARE: f64 = 0.4;

/// A set-up action, the value of its `cache`, the file that must be there, and
/// the words of the command that installs.
struct Kept {
    action: &'static str,
    value: &'static str,
    lock: &'static [&'static str],
    /// Files that would mean another package manager.
    but_not: &'static [&'static str],
    installs: &'static [&'static str],
}

const KEPT: &[Kept] = &[
    Kept {
        action: "actions/setup-node",
        value: "npm",
        lock: &["package-lock.json", "npm-shrinkwrap.json"],
        but_not: &["yarn.lock", "pnpm-lock.yaml"],
        installs: &["npm ci", "npm install", "npm i"],
    },
    Kept {
        action: "actions/setup-node",
        value: "yarn",
        lock: &["yarn.lock"],
        but_not: &["package-lock.json", "pnpm-lock.yaml"],
        installs: &["yarn", "yarn install"],
    },
    Kept {
        action: "actions/setup-python",
        value: "pip",
        lock: &["requirements.txt", "pyproject.toml"],
        but_not: &["poetry.lock", "Pipfile.lock", "uv.lock"],
        installs: &["pip install", "python -m pip install"],
    },
    Kept {
        action: "actions/setup-java",
        value: "maven",
        lock: &["pom.xml"],
        but_not: &["build.gradle", "build.gradle.kts"],
        installs: &["mvn", "./mvnw"],
    },
    Kept {
        action: "actions/setup-java",
        value: "gradle",
        lock: &["build.gradle", "build.gradle.kts"],
        but_not: &["pom.xml"],
        installs: &["gradle", "./gradlew"],
    },
];

pub fn advise(file: &WorkflowFile, history: &History, files: Files) -> Option<Advice> {
    let mut edit = Edit::default();
    let (mut wanted, mut lines, mut saves) = (Vec::new(), Vec::new(), 0.0);
    for job in file.jobs() {
        let Some((kept, step, index)) = uncached(&job, files) else {
            continue;
        };
        let Some(measured) = measured(&job, kept, file.path, history) else {
            continue;
        };
        let Some((after, text)) = place(file.text, step, kept.value) else {
            continue;
        };
        edit = edit.insert(after, text);
        let path = format!("/jobs/{}/steps/{index}/with/cache", job.key);
        wanted.push((path, kept.value.to_owned()));
        saves += measured.saves;
        lines.push(measured.sentence(job.key, kept.value));
    }
    if wanted.is_empty() {
        return None;
    }
    let saves = history.a_month(saves);
    Some(Advice {
        strategy: "dependency-cache",
        title: format!(
            "Keep downloaded dependencies between runs of {}",
            name(file.path)
        ),
        evidence: format!(
            "From the last {} days: {} With {:.0} % of that saved by a cache (an estimate), about \
             {saves:.0} minutes of runners a month.",
            history.days,
            lines.join(" "),
            SHARE * 100.0
        ),
        saves: Some(saves),
        path: file.path.to_owned(),
        before: file.text.to_owned(),
        after: edit.checked(file.text, &wanted)?,
    })
}

/// The set-up step of a job that keeps nothing, and its index. Jobs that use
/// `actions/cache` have made their own arrangements.
fn uncached<'a>(job: &Job<'a>, files: Files) -> Option<(&'static Kept, At<'a>, usize)> {
    if job.actions().any(|(name, _, _)| name.contains("cache")) {
        return None;
    }
    // Only at the root: elsewhere `cache-dependency-path` would be needed.
    let is_there = |names: &[&str]| {
        names
            .iter()
            .any(|name| files.iter().any(|file| file == name))
    };
    job.steps().enumerate().find_map(|(index, step)| {
        let (action, _) = step.get("uses")?.text()?.split_once('@')?;
        let given = step.get("with");
        if given.is_some_and(|with| with.get("cache").is_some()) {
            return None;
        }
        let kept = KEPT
            .iter()
            .find(|kept| kept.action == action && is_there(kept.lock) && !is_there(kept.but_not))?;
        Some((kept, step, index))
    })
}

struct Measured {
    count: usize,
    half: u32,
    /// Minutes of the whole history.
    saves: f64,
}

impl Measured {
    fn sentence(&self, job: &str, what: &str) -> String {
        format!(
            "`{job}` installed with {what} {} times, half of them in {} or more.",
            self.count,
            spoken(self.half.into())
        )
    }
}

/// How long the installing step of a job took. A step is shown by its name, or
/// as `Run ` and the first line of its command.
fn measured(job: &Job, kept: &Kept, path: &str, history: &History) -> Option<Measured> {
    let step = job.steps().find(|step| {
        let command = step.get("run").and_then(At::text).unwrap_or_default();
        let lines = || command.lines().map(str::trim);
        lines().any(|line| kept.installs.iter().any(|words| begins(line, words)))
    })?;
    let first = step.get("run")?.text()?.lines().next()?.trim();
    let shown = match step.get("name").and_then(At::text) {
        Some(name) => name.to_owned(),
        None => format!("Run {first}"),
    };
    let jobs = history.of(path).flat_map(|run| &run.jobs);
    let steps = jobs
        .filter(|ran| job.is_shown_as(&ran.name))
        .flat_map(|ran| &ran.steps);
    let seconds: Vec<u32> = steps
        .filter(|step| step.name == shown)
        .map(|step| step.seconds)
        .collect();
    let half = percentile(&seconds, 50)?;
    let total: f64 = seconds.iter().map(|seconds| f64::from(*seconds)).sum();
    (seconds.len() >= ENOUGH && half >= QUICK).then(|| Measured {
        count: seconds.len(),
        half,
        saves: total / 60.0 * SHARE,
    })
}

/// Whether a command line begins with these words.
fn begins(line: &str, words: &str) -> bool {
    let rest = line.strip_prefix(words);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
}

/// Where `cache:` goes: below the step's `with`, or below its `uses` with one.
fn place(text: &str, step: At, value: &str) -> Option<(u32, Vec<String>)> {
    let with = step.pairs().find(|(key, _)| key.text() == Some("with"));
    if let Some((with, inputs)) = with {
        let first = inputs.pairs().next()?.0.line();
        let inside = indent(text, first);
        return (first > with.line())
            .then(|| (with.line(), vec![format!("{inside}cache: {value}")]));
    }
    let uses = step.pairs().find(|(key, _)| key.text() == Some("uses"))?.0;
    // Behind a dash the keys of the step stand two further in.
    let line = text.lines().nth(uses.line() as usize - 1)?;
    let column = line.find("uses")?;
    let plain = line[..column].trim().is_empty() || line[..column].trim() == "-";
    let inside = " ".repeat(column);
    plain.then(|| {
        let lines = vec![
            format!("{inside}with:"),
            format!("{inside}  cache: {value}"),
        ];
        (uses.line(), lines)
    })
}
