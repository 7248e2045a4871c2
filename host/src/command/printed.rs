//! What a log shows of its commands, as the steps that have them run them.

use std::collections::BTreeMap;

use super::{Command, Derived, Step, only_installs, prepare, recipe};

/// A step that only asks git what changed, together with the steps before it
/// that made something: alone it finds nothing. Steps in other surroundings
/// are another shell's.
fn made_before(step: &Step, all: &[Step]) -> Option<Step> {
    if !tools::only_asks_git(&step.script) {
        return None;
    }
    let alike = |other: &&Step| {
        (&other.job, &other.shell, &other.directory, &other.env)
            == (&step.job, &step.shell, &step.directory, &step.env)
    };
    let before = all.iter().take_while(|other| *other != step).filter(alike);
    let makes =
        |other: &&Step| !other.prepares && prepare::installing(&other.script, None).is_none();
    let mut scripts: Vec<&str> = before
        .filter(makes)
        .map(|other| other.script.trim_end())
        .collect();
    if scripts.is_empty() {
        return None;
    }
    scripts.push(&step.script);
    Some(Step {
        script: scripts.join("\n"),
        origin: format!("log; {}, and the steps before it", step.origin),
        ..step.clone()
    })
}

/// What shells read over several lines: without one of them it is another
/// script.
const OVER_LINES: [&str; 9] = [
    "if ", "for ", "while ", "case ", "{", "(", "<<", "\\\n", "'\n",
];

/// A script without the lines that only install: those ask a network, and what
/// they bring is prepared. None where nothing but one line is left, which is
/// told by itself.
fn offline(script: &str) -> Option<String> {
    let argv = |line: &str| ["bash", "-e", "-c", line].map(str::to_owned).to_vec();
    let installs = |line: &&str| {
        let command = Command::new(argv(line), "", BTreeMap::new(), String::new());
        command.is_ok_and(|command| only_installs(&command))
    };
    let lines: Vec<&str> = script
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    let kept: Vec<&str> = lines
        .iter()
        .copied()
        .filter(|line| !installs(line))
        .collect();
    let cut = kept.len() < lines.len();
    let whole = OVER_LINES.iter().any(|sign| script.contains(sign));
    (kept.len() > 1 && !(cut && whole)).then(|| kept.join("\n"))
}

/// A script of the log: as the step that has it runs it, or by itself.
fn whole(shown: &str, script: &str, all: &[Step]) -> Result<Command, String> {
    let same = |step: &&Step| step.script.trim() == shown.trim() && !step.prepares;
    match all.iter().find(same) {
        Some(step) => {
            let step = Step {
                script: script.to_owned(),
                origin: format!("log; {}", step.origin),
                ..step.clone()
            };
            step.command()
        }
        None => {
            let argv = ["bash", "-e", "-c", script].map(str::to_owned).to_vec();
            Command::new(argv, "", BTreeMap::new(), "log".to_owned())
        }
    }
}

/// All that the step of a line runs, where it is known which step it is and it
/// runs more: what mends one line may break another. A line that only installs
/// is left to itself, without the rest nothing would be prepared for.
fn step_of(line: &str, own: &[&Step]) -> Option<Result<Command, String>> {
    let mut whole = own.iter().filter_map(|step| {
        let script = offline(&step.script)?;
        let has_line = script.lines().any(|own| own.trim() == line);
        has_line.then_some((step, script))
    });
    let (step, script) = whole.next()?;
    // Of two steps nobody knows which one failed.
    if whole.any(|(other, _)| other.script != step.script) {
        return None;
    }
    let step = Step {
        script,
        origin: format!("log; {}", step.origin),
        ..(*step).clone()
    };
    Some(step.command())
}

/// A command of the log: as the steps that have it run it, by way of a target
/// too, or by itself.
pub(super) fn printed(line: &str, all: &[Step], targets: recipe::Files<'_>, derived: &mut Derived) {
    if line.is_empty() {
        return;
    }
    if line.contains('\n') {
        if let Some(script) = offline(line) {
            derived.add(whole(line, &script, all));
        }
        return;
    }
    let steps = all.iter().filter(|step| !step.prepares);
    let own: Vec<&Step> = steps.filter(|step| step.has_line(line)).collect();
    if let Some(whole) = step_of(line, &own) {
        derived.add(whole);
    }
    for step in &own {
        if let Some(whole) = made_before(step, all) {
            derived.add(whole.command());
        }
        derived.add(step.line(line, "log"));
    }
    if own.is_empty() {
        // A target shows what it runs: what failed is the target, with all of it.
        for command in standing_for(line, all, targets) {
            derived.add(Ok(command));
        }
        let argv = ["bash", "-e", "-c", line].map(str::to_owned).to_vec();
        derived.add(Command::new(argv, "", BTreeMap::new(), "log".to_owned()));
    }
}

/// Lines of steps that run what the log shows by way of a target.
fn standing_for(line: &str, all: &[Step], targets: recipe::Files<'_>) -> Vec<Command> {
    /// Lines that are looked at; a job has a few dozen.
    const MOST: usize = 64;
    let wanted = tools::parts(&["bash", "-c", line].map(str::to_owned));
    let steps = all.iter().filter(|step| !step.prepares);
    let lines = steps.flat_map(|step| step.script.lines().map(move |line| (step, line.trim())));
    let plain = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    let commands = plain
        .take(MOST)
        .filter_map(|(step, line)| step.line(line, "log").ok());
    let runs = |command: &Command| {
        let mut recipes = recipe::recipes(command, targets).into_iter();
        recipes.any(|recipe| recipe.runs(&wanted))
    };
    commands.filter(runs).collect()
}
