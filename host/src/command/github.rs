//! GitHub's workflows: the `run` steps of the job that failed.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Step;
use super::expression::Context;
use super::matrix::{combinations, shown};
use super::yaml::{parse, scalar, text};

/// Jobs and steps that are looked at, of one workflow.
const MAX_JOBS: usize = 256;
const MAX_STEPS: usize = 256;

type Found = Vec<Result<Step, String>>;

/// The steps of the job with this name; of every job where none is named.
pub fn steps(path: &str, bytes: &[u8], job: Option<&str>) -> Found {
    let workflow = match parse(bytes) {
        Ok(workflow) => workflow,
        Err(why) => return vec![Err(format!("{path}: {why}"))],
    };
    let Some(jobs) = workflow.get("jobs").and_then(Value::as_object) else {
        return Vec::new();
    };
    let jobs = jobs.iter().take(MAX_JOBS);
    jobs.flat_map(|(id, body)| {
        let one = Job {
            path,
            id,
            body,
            workflow: &workflow,
        };
        one.steps(job)
    })
    .collect()
}

struct Job<'a> {
    path: &'a str,
    id: &'a str,
    body: &'a Value,
    workflow: &'a Value,
}

impl Job<'_> {
    fn origin(&self) -> String {
        format!("{}: job {}", self.path, self.id)
    }

    fn steps(&self, wanted: Option<&str>) -> Found {
        let combinations = match combinations(self.body.get("strategy")) {
            Ok(all) if all.is_empty() => vec![None],
            Ok(all) => all.into_iter().map(Some).collect(),
            Err(why) => {
                // Without the matrix nobody knows what the job is called.
                let could_be = wanted.is_none_or(|wanted| self.could_be(wanted));
                return match could_be {
                    true => vec![Err(format!("{}: {why}", self.origin()))],
                    false => Vec::new(),
                };
            }
        };
        let mut found = Vec::new();
        for matrix in combinations {
            let context = Context {
                matrix,
                env: BTreeMap::new(),
            };
            if wanted.is_none_or(|wanted| self.is_called(wanted, &context)) {
                found.extend(self.of(&context));
            }
        }
        found
    }

    /// By its name or its id, whatever stands behind it.
    fn could_be(&self, wanted: &str) -> bool {
        let name = text(self.body, &["name"]).unwrap_or(self.id);
        let stem = name.split("${{").next().unwrap_or_default().trim();
        wanted.starts_with(self.id) || (!stem.is_empty() && wanted.starts_with(stem))
    }

    /// Whether GitHub shows it by this name: its own or its id, with the
    /// matrix behind it where the name does not say it, and with the caller's
    /// before it where a workflow was called.
    fn is_called(&self, wanted: &str, context: &Context) -> bool {
        let wanted = wanted.rsplit(" / ").next().unwrap_or(wanted);
        let name = text(self.body, &["name"]).unwrap_or(self.id);
        let Ok(name) = context.fill(name) else {
            return self.could_be(wanted);
        };
        if wanted == name || wanted == self.id {
            return true;
        }
        let values = wanted
            .strip_prefix(name.as_str())
            .and_then(|rest| rest.strip_prefix(" ("))
            .and_then(|rest| rest.strip_suffix(')'));
        let (Some(values), Some(matrix)) = (values, &context.matrix) else {
            return false;
        };
        let mut values: Vec<&str> = values.split(", ").collect();
        values.sort_unstable();
        shown(matrix) == values
    }

    fn of(&self, context: &Context) -> Found {
        let steps = self.body.get("steps").and_then(Value::as_array);
        let Some(steps) = steps else {
            return match self.body.get("uses") {
                Some(_) => vec![Err(format!("{}: it calls another workflow", self.origin()))],
                None => Vec::new(),
            };
        };
        let mut context = context.clone();
        let mut left_out = Vec::new();
        for level in [self.workflow, self.body] {
            extend(&mut context, level.get("env"), &mut left_out);
        }
        let runs = steps.iter().take(MAX_STEPS).enumerate();
        let runs = runs.filter_map(|(number, step)| {
            let script = step.get("run").and_then(Value::as_str)?;
            Some(self.step(number + 1, step, script, &context, &left_out))
        });
        runs.collect()
    }

    fn step(
        &self,
        number: usize,
        step: &Value,
        script: &str,
        context: &Context,
        left_out: &[String],
    ) -> Result<Step, String> {
        let name = text(step, &["name"]).or(script.lines().next());
        let name: String = name.unwrap_or_default().chars().take(80).collect();
        let mut origin = format!("{}, step {number} ({name})", self.origin());
        let mut context = context.clone();
        let mut left_out = left_out.to_vec();
        extend(&mut context, step.get("env"), &mut left_out);
        let fill = |text: &str| {
            let filled = context.fill(text);
            filled.map_err(|why| format!("{origin}: {why}"))
        };
        let directory = self.setting(step, "working-directory").unwrap_or_default();
        let directory = fill(directory)?;
        let script = fill(script)?;
        let shell = self.setting(step, "shell");
        let shell = shell_of(shell).map_err(|why| format!("{origin}: {why}"))?;
        if !left_out.is_empty() {
            origin = format!("{origin} without {}", left_out.join(", "));
        }
        Ok(Step {
            script,
            shell,
            directory,
            env: context.env,
            origin,
            job: self.origin(),
            prepares: false,
        })
    }

    /// A setting of a step: its own, its job's or its workflow's default.
    fn setting<'b>(&'b self, step: &'b Value, key: &str) -> Option<&'b str> {
        text(step, &[key])
            .or_else(|| text(self.body, &["defaults", "run", key]))
            .or_else(|| text(self.workflow, &["defaults", "run", key]))
    }
}

/// Adds variables. One that cannot be known (a secret) is left out by name,
/// as it is for a fork.
fn extend(context: &mut Context, env: Option<&Value>, left_out: &mut Vec<String>) {
    let Some(env) = env.and_then(Value::as_object) else {
        return;
    };
    let known = context.clone();
    for (name, value) in env {
        let filled = scalar(value).and_then(|text| known.fill(&text).ok());
        match filled {
            Some(value) => {
                context.env.insert(name.clone(), value);
            }
            None => left_out.push(name.clone()),
        }
    }
}

/// What GitHub runs a script with on Linux.
fn shell_of(shell: Option<&str>) -> Result<Vec<String>, String> {
    let words: &[&str] = match shell {
        None => &["bash", "-e", "-c"],
        Some("bash") => &["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c"],
        Some("sh") => &["sh", "-e", "-c"],
        Some("python") => &["python3", "-c"],
        Some(other) => {
            let other: String = other.chars().take(40).collect();
            return Err(format!("the shell `{other}` is not run here"));
        }
    };
    Ok(words.iter().map(|word| (*word).to_owned()).collect())
}
