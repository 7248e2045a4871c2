//! Whether a workflow may put something into the world: such a workflow is not
//! run again by a program.
//!
//! The whole file is looked at and not only the job that failed: GitHub runs
//! what depends on a job again with it.

use serde_json::Value;

use super::yaml::parse;

/// What starts a run that tests code. Other occasions (a release, a
/// deployment, a person at a button) are somebody's intention at that moment,
/// and `pull_request_target` runs another file than the one at the commit.
const TESTS: [&str; 4] = ["push", "pull_request", "schedule", "merge_group"];

/// Words of a job's name or id that say it deploys, in lower case.
const WORDS: [&str; 4] = ["deploy", "release", "publish", "rollout"];

/// Why a workflow is not run again; none where nothing speaks against it.
pub fn why_protected(trigger: &str, definition: &[u8]) -> Option<String> {
    if !TESTS.contains(&trigger) {
        return Some(format!("its run was started by `{}`", plain(trigger)));
    }
    let workflow = match parse(definition) {
        Ok(workflow) => workflow,
        Err(why) => return Some(format!("its workflow cannot be read: {why}")),
    };
    let Some(jobs) = workflow.get("jobs").and_then(Value::as_object) else {
        return Some("its workflow has no jobs".to_owned());
    };
    let mut jobs = jobs.iter();
    jobs.find_map(|(id, job)| of_job(id, job))
}

fn of_job(id: &str, job: &Value) -> Option<String> {
    let shown = plain(id);
    if job.get("environment").is_some() {
        return Some(format!("the job `{shown}` has an environment"));
    }
    if job.get("uses").is_some() {
        return Some(format!(
            "the job `{shown}` calls a workflow that is not looked into"
        ));
    }
    let name = job.get("name").and_then(Value::as_str).unwrap_or_default();
    let said = format!("{id} {name}").to_lowercase();
    let word = WORDS.iter().find(|word| said.contains(**word))?;
    Some(format!("the job `{shown}` is called as if to {word}"))
}

/// A name of the workflow's for a sentence: one short line without marks.
fn plain(text: &str) -> String {
    const CHARS: usize = 60;
    let good = |c: &char| c.is_ascii_alphanumeric() || "._-".contains(*c);
    text.chars().filter(good).take(CHARS).collect()
}
