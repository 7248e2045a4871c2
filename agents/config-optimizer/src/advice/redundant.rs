//! Two runs of one commit: a push to a branch that a pull request is open for
//! starts a workflow twice.

use std::collections::BTreeSet;

use super::{Advice, name};
use crate::edit::{Edit, indent};
use crate::history::{History, Run};
use crate::workflow_file::WorkflowFile;
use crate::yaml::At;

/// Commits that ran twice, before that is a habit.
const ENOUGH: usize = 5;

/// Words by which a workflow means something by what was pushed: it would not
/// start for a tag any more.
const ABOUT_PUSHES: &[&str] = &[
    "tags",
    "refs/tags",
    "ref_type",
    "release",
    "deploy",
    "publish",
];

pub fn advise(file: &WorkflowFile, history: &History) -> Option<Advice> {
    let main = history.default_branch.as_deref()?;
    let text = file.text.to_ascii_lowercase();
    if ABOUT_PUSHES.iter().any(|word| text.contains(word)) || !is_plain(main) {
        return None;
    }
    let (on_line, on) = file.key("on")?;
    let runs: Vec<&Run> = history.of(file.path).collect();
    let twice = told_twice(&runs, main)?;
    let edit = Rewritten::of(file.text, (on_line, on), main)?;
    let minutes: f64 = twice.iter().map(|run| run.minutes()).sum();
    let saves = history.a_month(minutes);
    Some(Advice {
        strategy: "redundant-runs",
        title: format!("Run {} once for each commit", name(file.path)),
        evidence: format!(
            "In the last {} days {} commits of branches with an open pull request were run twice, \
             once for the push and once for the pull request: {minutes:.0} minutes of runners, \
             about {saves:.0} a month. Pushes to {main} go on as before; what is pushed to another \
             branch runs as soon as a pull request is open for it. Every push that was seen was \
             one or the other.",
            history.days,
            twice.len()
        ),
        saves: Some(saves),
        path: file.path.to_owned(),
        before: file.text.to_owned(),
        after: edit
            .edit
            .checked_without(file.text, &edit.wanted, &edit.gone)?,
    })
}

/// Runs of pushes whose commit a pull request ran as well; none where they are
/// few, or where some push would have run nowhere else.
fn told_twice<'a>(runs: &[&'a Run], main: &str) -> Option<Vec<&'a Run>> {
    let of = |event: &'static str| runs.iter().filter(move |run| run.event == event);
    let pulls: BTreeSet<&str> = of("pull_request").map(|run| run.commit.as_str()).collect();
    let (twice, alone): (Vec<&Run>, Vec<&Run>) = of("push")
        .filter(|run| run.branch != main)
        .partition(|run| pulls.contains(run.commit.as_str()));
    let commits: BTreeSet<&str> = twice.iter().map(|run| run.commit.as_str()).collect();
    (commits.len() >= ENOUGH && alone.is_empty()).then_some(twice)
}

/// A branch's name that means itself where GitHub takes patterns.
fn is_plain(branch: &str) -> bool {
    let good = |byte: u8| byte.is_ascii_alphanumeric() || b"-_/.".contains(&byte);
    let first = branch
        .bytes()
        .next()
        .is_some_and(|byte| byte.is_ascii_alphabetic());
    let word = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    first && branch.bytes().all(good) && !word.contains(&branch.to_ascii_lowercase().as_str())
}

/// How `on` is to be said, in the form that stands there.
struct Rewritten {
    edit: Edit,
    wanted: Vec<(String, String)>,
    gone: Vec<String>,
}

impl Rewritten {
    fn of(text: &str, (on_line, on): (u32, At), main: &str) -> Option<Rewritten> {
        match on.pairs().next() {
            Some(_) => Rewritten::filtered(text, on, main),
            None => Rewritten::spelt_out(text, on_line, on, main),
        }
    }

    /// `push:` with nothing below it gets its branches.
    fn filtered(text: &str, on: At, main: &str) -> Option<Rewritten> {
        let (key, value) = on.pairs().find(|(key, _)| key.text() == Some("push"))?;
        on.get("pull_request")?;
        let line = text.lines().nth(key.line().checked_sub(1)? as usize)?;
        let empty = value
            .text()
            .is_some_and(|text| matches!(text, "" | "~" | "null"));
        if !empty || line.trim() != "push:" {
            return None;
        }
        let inside = format!("{}  ", indent(text, key.line()));
        Some(Rewritten {
            edit: Edit::default().insert(key.line(), vec![format!("{inside}branches: [{main}]")]),
            wanted: vec![("/on/push/branches/0".into(), main.into())],
            gone: Vec::new(),
        })
    }

    /// `on: [push, pull_request]` becomes a mapping.
    fn spelt_out(text: &str, on_line: u32, on: At, main: &str) -> Option<Rewritten> {
        let events: Vec<&str> = on.items().map(At::text).collect::<Option<_>>()?;
        let mut both = events.clone();
        both.sort_unstable();
        let line = text.lines().nth(on_line.checked_sub(1)? as usize)?;
        if both != ["pull_request", "push"] || !line.starts_with("on:") || line.contains('#') {
            return None;
        }
        // Anything but one line in brackets is somebody's own way to say it.
        if !line.trim_end().ends_with(']') {
            return None;
        }
        let lines = [
            "  push:".to_owned(),
            format!("    branches: [{main}]"),
            "  pull_request:".to_owned(),
        ];
        Some(Rewritten {
            edit: Edit::default()
                .replace(on_line, "on:".into())
                .insert(on_line, lines.to_vec()),
            wanted: vec![
                ("/on/push/branches/0".into(), main.into()),
                ("/on/pull_request".into(), String::new()),
            ],
            gone: vec!["/on/0".into(), "/on/1".into()],
        })
    }
}
