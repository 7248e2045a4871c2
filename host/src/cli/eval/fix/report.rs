//! What came of the cases: by class, by tool, and in sum.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::Serialize;

use super::case::{Case, Outcome};
use crate::failure::FailureClass;

/// What became of a case, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "verdict", content = "why")]
pub enum Verdict {
    /// A right patch, and its proof.
    Proven(String),
    /// A right patch that was not proven.
    Unproven(String),
    Abstained(String),
    /// A patch that is not right, or where there is none to be.
    Wrong(String),
    /// The case does not fail as it says, or its own answer is not right.
    Dishonest(String),
    /// The case could not be tried; the files or the machine are at fault.
    Unusable(String),
    /// A tool or a package is not to be had here.
    Skipped(String),
    /// It is as it says; nothing was repaired.
    Honest,
}

impl Verdict {
    fn told(&self) -> (&'static str, &str) {
        match self {
            Verdict::Proven(why) => ("fixed and proven", why),
            Verdict::Unproven(why) => ("fixed, not proven", why),
            Verdict::Abstained(why) => ("abstained", why),
            Verdict::Wrong(why) => ("WRONG", why),
            Verdict::Dishonest(why) => ("DISHONEST", why),
            Verdict::Unusable(why) => ("UNUSABLE", why),
            Verdict::Skipped(why) => ("skipped", why),
            Verdict::Honest => ("honest", ""),
        }
    }
}

/// A case and its verdict.
#[derive(Debug, Serialize)]
pub struct Row {
    pub name: String,
    pub class: FailureClass,
    pub tool: String,
    pub outcome: Outcome,
    #[serde(flatten)]
    pub verdict: Verdict,
    pub seconds: f64,
}

impl Row {
    pub fn of(case: &Case, verdict: Verdict, took: Duration) -> Row {
        Row {
            name: case.name.clone(),
            class: case.written.class,
            tool: case.written.tool.clone(),
            outcome: case.written.outcome,
            verdict,
            seconds: took.as_secs_f64(),
        }
    }

    /// In one line, for a person who waits.
    pub fn line(&self) -> String {
        /// Characters of a reason; `--keep` and `--json` have all of it.
        const TOLD: usize = 160;
        let (word, why) = self.verdict.told();
        let why: String = why.replace('\n', " ").chars().take(TOLD).collect();
        let joint = if why.is_empty() { "" } else { ": " };
        format!("{} ({:.0} s): {word}{joint}{why}", self.name, self.seconds)
    }

    fn to_fix(&self) -> bool {
        self.outcome == Outcome::Fixed
    }
}

/// Cases with something in common.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Count {
    pub cases: usize,
    /// Those that can be fixed.
    pub to_fix: usize,
    pub proven: usize,
    pub unproven: usize,
    /// Of those that can be fixed.
    pub abstained: usize,
    /// Of those that have to be left alone.
    pub left_alone: usize,
    pub wrong: usize,
}

impl Count {
    fn add(&mut self, row: &Row) {
        let into = match &row.verdict {
            Verdict::Proven(_) => &mut self.proven,
            Verdict::Unproven(_) => &mut self.unproven,
            Verdict::Abstained(_) if row.to_fix() => &mut self.abstained,
            Verdict::Abstained(_) => &mut self.left_alone,
            Verdict::Wrong(_) => &mut self.wrong,
            Verdict::Dishonest(_)
            | Verdict::Unusable(_)
            | Verdict::Skipped(_)
            | Verdict::Honest => return,
        };
        *into += 1;
        self.cases += 1;
        self.to_fix += usize::from(row.to_fix());
    }

    /// Of a hundred that can be fixed.
    fn fixed(&self) -> Option<f64> {
        let fixed = (self.proven + self.unproven) as f64;
        (self.to_fix > 0).then(|| 100.0 * fixed / self.to_fix as f64)
    }
}

/// What `--json` prints.
#[derive(Debug, Serialize)]
pub struct Report {
    pub total: Count,
    pub classes: BTreeMap<&'static str, Count>,
    pub tools: BTreeMap<String, Count>,
    pub cases: Vec<Row>,
}

impl Report {
    pub fn of(cases: Vec<Row>) -> Report {
        let mut report = Report {
            total: Count::default(),
            classes: BTreeMap::new(),
            tools: BTreeMap::new(),
            cases: Vec::new(),
        };
        for row in &cases {
            report.total.add(row);
            report
                .classes
                .entry(row.class.as_str())
                .or_default()
                .add(row);
            report.tools.entry(row.tool.clone()).or_default().add(row);
        }
        report.cases = cases;
        report
    }

    /// Nothing is wrong, and every case is what it says.
    pub fn is_clean(&self) -> bool {
        self.cases.iter().all(|row| match row.verdict {
            Verdict::Wrong(_) | Verdict::Dishonest(_) | Verdict::Unusable(_) => false,
            Verdict::Proven(_)
            | Verdict::Unproven(_)
            | Verdict::Abstained(_)
            | Verdict::Skipped(_)
            | Verdict::Honest => true,
        })
    }

    /// Those that a person has to know of.
    fn notable(&self) -> impl Iterator<Item = &Row> {
        self.cases.iter().filter(|row| match row.verdict {
            Verdict::Proven(_) | Verdict::Unproven(_) | Verdict::Honest => false,
            Verdict::Abstained(_) => row.to_fix(),
            Verdict::Wrong(_)
            | Verdict::Dishonest(_)
            | Verdict::Unusable(_)
            | Verdict::Skipped(_) => true,
        })
    }
}

const HEAD: [&str; 8] = [
    "cases",
    "to fix",
    "proven",
    "unproven",
    "abstained",
    "left alone",
    "wrong",
    "fixed",
];

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for row in self.notable() {
            writeln!(f, "{}", row.line())?;
        }
        let classes = self.classes.iter().map(|(class, count)| (*class, count));
        table(f, "class", classes)?;
        let tools = self
            .tools
            .iter()
            .map(|(tool, count)| (tool.as_str(), count));
        table(f, "tool", tools)?;
        table(f, "all", [("", &self.total)].into_iter())
    }
}

fn table<'a>(
    f: &mut fmt::Formatter<'_>,
    of: &str,
    rows: impl Iterator<Item = (&'a str, &'a Count)>,
) -> fmt::Result {
    write!(f, "\n{of:<26}")?;
    for word in HEAD {
        write!(f, "{word:>11}")?;
    }
    writeln!(f)?;
    for (name, count) in rows {
        write!(f, "{name:<26}")?;
        let Count {
            cases,
            to_fix,
            proven,
            unproven,
            abstained,
            left_alone,
            wrong,
        } = count;
        for number in [
            cases, to_fix, proven, unproven, abstained, left_alone, wrong,
        ] {
            write!(f, "{number:>11}")?;
        }
        match count.fixed() {
            Some(part) => writeln!(f, "{part:>9.1} %")?,
            None => writeln!(f, "{:>11}", "–")?,
        }
    }
    Ok(())
}
