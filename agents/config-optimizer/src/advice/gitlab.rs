//! What is advised about `.gitlab-ci.yml`.

use super::Advice;
use super::timeout::{MARGIN, Measured};
use crate::edit::{Edit, indent};
use crate::history::History;
use crate::yaml::{At, Document};

/// Where GitLab reads a pipeline from.
pub const FILE: &str = ".gitlab-ci.yml";

/// What GitLab does without one, in minutes, unless the project says otherwise.
const DEFAULT: u32 = 60;

/// Keys at the top that are no jobs.
const NO_JOBS: &[&str] = &[
    "after_script",
    "before_script",
    "cache",
    "default",
    "image",
    "include",
    "pages",
    "services",
    "spec",
    "stages",
    "variables",
    "workflow",
];

/// Time-outs for jobs that have none.
pub fn advise(text: &str, history: &History) -> Option<Advice> {
    let document = Document::parse(text).ok()?;
    let root = document.root()?;
    // A default, or a template that a job extends, may say one already.
    if root
        .get("default")
        .is_some_and(|all| all.get("timeout").is_some())
    {
        return None;
    }
    let mut edit = Edit::default();
    let (mut wanted, mut lines, mut hung) = (Vec::new(), Vec::new(), 0.0);
    for (key, body) in root.pairs() {
        let Some((name, line, measured)) = timeout(key, body, history) else {
            continue;
        };
        let inside = indent(text, line);
        let value = format!("{} minutes", measured.minutes);
        edit = edit.insert(key.line(), vec![format!("{inside}timeout: {value}")]);
        wanted.push((format!("/{name}/timeout"), value));
        lines.push(measured.sentence(name));
        hung += measured.hung;
    }
    if wanted.is_empty() {
        return None;
    }
    Some(Advice {
        strategy: "job-timeout",
        title: "Give the jobs of .gitlab-ci.yml a time-out".to_owned(),
        evidence: format!(
            "A job without `timeout` that hangs holds its runner for as long as the project \
             allows, {DEFAULT} minutes by default. From the last {} days: {} The time-out is \
             {MARGIN} times the 99th percentile.",
            history.days,
            lines.join(" ")
        ),
        saves: (hung > 0.0).then(|| history.a_month(hung)),
        path: FILE.to_owned(),
        before: text.to_owned(),
        after: edit.checked(text, &wanted)?,
    })
}

/// A job without a time-out, the line of its first key, and what was measured.
fn timeout<'a>(key: At<'a>, body: At<'a>, history: &History) -> Option<(&'a str, u32, Measured)> {
    let name = key.text()?;
    let first = body.pairs().next()?.0.line();
    let said = ["timeout", "extends", "trigger"];
    let is_job = body.get("script").is_some()
        && !name.starts_with('.')
        && !NO_JOBS.contains(&name)
        && !said.iter().any(|key| body.get(key).is_some());
    if !is_job || first <= key.line() {
        return None;
    }
    // `test 1/3` and `test: [ruby]` are cells of `test`.
    let shown = |shown: &str| {
        shown
            .strip_prefix(name)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(": [") || is_share(rest))
    };
    let measured = Measured::of(history, FILE, shown, DEFAULT)?;
    Some((name, first, measured))
}

/// ` 1/3`, as GitLab counts parallel jobs.
fn is_share(rest: &str) -> bool {
    let parts = rest.strip_prefix(' ').and_then(|rest| rest.split_once('/'));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    parts.is_some_and(|(part, whole)| digits(part) && digits(whole))
}
