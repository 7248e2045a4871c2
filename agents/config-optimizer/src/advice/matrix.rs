//! Cells of a matrix that never told anything of their own, where all that they
//! stand for is run by other cells.

use std::collections::BTreeMap;

use super::{Advice, name};
use crate::edit::{Edit, indent};
use crate::history::{History, Job as Ran, Run};
use crate::workflow_file::{Job, WorkflowFile};
use crate::yaml::At;

/// Runs in which a cell never failed alone, before that says something.
const ENOUGH: usize = 50;

/// Cells that have to be left.
const LEAST_CELLS: usize = 3;

/// Cells of one matrix that are looked at: GitHub runs no more.
const MAX_CELLS: usize = 256;

/// The one cell of a workflow that costs most of those that never failed alone,
/// left out.
pub fn advise(file: &WorkflowFile, history: &History) -> Option<Advice> {
    let runs: Vec<&Run> = history.of(file.path).collect();
    let jobs = file.jobs();
    let found = jobs.iter().filter_map(|job| {
        let matrix = Matrix::of(job)?;
        let idle = matrix.idle(job, &runs)?;
        Some((job, matrix, idle))
    });
    let (job, matrix, idle) = found.max_by_key(|(_, _, idle)| idle.seconds)?;
    let place = matrix.last_line;
    let inside = indent(file.text, matrix.first_line);
    let mut lines = vec![format!("{inside}exclude:")];
    let mut wanted = Vec::new();
    for (at, (key, value)) in idle.cell.iter().enumerate() {
        let before = if at == 0 { "- " } else { "  " };
        lines.push(format!("{inside}  {before}{key}: {value}"));
        let path = format!("/jobs/{}/strategy/matrix/exclude/0/{key}", job.key);
        wanted.push((path, (*value).to_owned()));
    }
    let minutes = idle.seconds as f64 / 60.0;
    let saves = history.a_month(minutes);
    let shown = idle.shown(job);
    Some(Advice {
        strategy: "matrix-pruning",
        title: format!("Leave {shown} out of the matrix of {}", name(file.path)),
        evidence: format!(
            "In {} runs of the last {} days `{shown}` failed {} times, and each time another cell \
             of its matrix failed as well: it told nothing of its own. Each of its values is still \
             run by other cells, of which {} are left. It took {minutes:.0} minutes of runners, \
             about {saves:.0} a month. What only this combination shows would no longer be seen: \
             where that matters more than the minutes, say no.",
            idle.ran,
            history.days,
            idle.together,
            matrix.cells().len() - 1
        ),
        saves: Some(saves),
        path: file.path.to_owned(),
        before: file.text.to_owned(),
        after: Edit::default()
            .insert(place, lines)
            .checked(file.text, &wanted)?,
    })
}

/// A matrix of plain words alone.
struct Matrix<'a> {
    axes: Vec<(&'a str, Vec<&'a str>)>,
    /// The lines of its first and of its last key.
    first_line: u32,
    last_line: u32,
}

/// A value for each axis.
type Cell<'a> = Vec<(&'a str, &'a str)>;

impl<'a> Matrix<'a> {
    /// None where it is said in any other form than a line for each axis, or
    /// has cells added or left out already.
    fn of(job: &Job<'a>) -> Option<Matrix<'a>> {
        let matrix = job.body.get("strategy")?.get("matrix")?;
        // A name of its own says nothing of which cell it is.
        if job.body.get("name").is_some() {
            return None;
        }
        let mut axes = Vec::new();
        let (mut first_line, mut last_line) = (u32::MAX, 0);
        for (key, values) in matrix.pairs() {
            let values: Vec<&str> = values.items().map(At::text).collect::<Option<_>>()?;
            let lines = matrix.get(key.text()?)?.items().map(At::line);
            let one_line = lines.into_iter().all(|line| line == key.line());
            let plain = !values.is_empty() && values.iter().all(|value| is_word(value));
            if !one_line || !plain || !is_word(key.text()?) {
                return None;
            }
            first_line = first_line.min(key.line());
            last_line = last_line.max(key.line());
            axes.push((key.text()?, values));
        }
        let matrix = Matrix {
            axes,
            first_line,
            last_line,
        };
        (LEAST_CELLS + 1..=MAX_CELLS)
            .contains(&matrix.count())
            .then_some(matrix)
    }

    fn count(&self) -> usize {
        let sizes = self.axes.iter().map(|(_, values)| values.len());
        sizes.fold(1, |all, size| all.saturating_mul(size))
    }

    fn cells(&self) -> Vec<Cell<'a>> {
        let mut cells: Vec<Cell<'a>> = vec![Vec::new()];
        for (key, values) in &self.axes {
            let longer = cells.iter().flat_map(|cell| {
                values.iter().map(|value| {
                    let mut cell = cell.clone();
                    cell.push((key, value));
                    cell
                })
            });
            cells = longer.collect();
        }
        cells
    }

    /// The cell that costs most of those that never failed alone. Each of its
    /// values has to be run by another cell, so two axes have more than one:
    /// with one alone nothing else runs what a cell stands for.
    fn idle(&self, job: &Job, runs: &[&Run]) -> Option<Idle<'a>> {
        let covered = self
            .axes
            .iter()
            .filter(|(_, values)| values.len() > 1)
            .count()
            >= 2;
        if !covered {
            return None;
        }
        let all = told(job, runs);
        let idle = self.cells().into_iter().filter_map(|cell| {
            let mut idle = Idle {
                cell,
                ran: 0,
                together: 0,
                seconds: 0,
            };
            let counted = all.get(&idle.shown(job))?;
            (idle.ran, idle.together, idle.seconds) =
                (counted.ran, counted.together, counted.seconds);
            (counted.ran >= ENOUGH && counted.alone == 0).then_some(idle)
        });
        idle.max_by_key(|idle| idle.seconds)
    }
}

/// A cell that never failed alone.
struct Idle<'a> {
    cell: Cell<'a>,
    ran: usize,
    together: usize,
    seconds: u64,
}

impl Idle<'_> {
    /// As GitHub calls it.
    fn shown(&self, job: &Job) -> String {
        let values: Vec<&str> = self.cell.iter().map(|(_, value)| *value).collect();
        format!("{} ({})", job.key, values.join(", "))
    }
}

#[derive(Default)]
struct Counted {
    ran: usize,
    alone: usize,
    together: usize,
    seconds: u64,
}

/// What each cell of a job told, by the name it is shown with.
fn told(job: &Job, runs: &[&Run]) -> BTreeMap<String, Counted> {
    let family = format!("{} (", job.key);
    let mut all: BTreeMap<String, Counted> = BTreeMap::new();
    for run in runs {
        let cells: Vec<&Ran> = run
            .jobs
            .iter()
            .filter(|ran| ran.name.starts_with(&family))
            .collect();
        let failed = cells.iter().filter(|cell| cell.failed()).count();
        for cell in &cells {
            let counted = all.entry(cell.name.clone()).or_default();
            counted.ran += usize::from(cell.passed() || cell.failed());
            counted.alone += usize::from(cell.failed() && failed == 1);
            counted.together += usize::from(cell.failed() && failed > 1);
            counted.seconds += u64::from(cell.seconds);
        }
    }
    all
}

/// A value that YAML reads as the same word wherever it stands, and as no
/// number: `exclude` takes only what is the same to it.
fn is_word(text: &str) -> bool {
    let good = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let first = text
        .bytes()
        .next()
        .is_some_and(|byte| byte.is_ascii_alphabetic());
    let other = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    first
        && text.len() <= 60
        && text.bytes().all(good)
        && !other.contains(&text.to_ascii_lowercase().as_str())
}
