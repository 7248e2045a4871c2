//! Figures as people and programs read them.

use std::fmt;

use serde::Serialize;

use crate::bootstrap::Estimate;
use crate::figures::{BINS, ENOUGH, Figures, Row};

/// What was said about logs in which nothing failed.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Passing {
    pub logs: usize,
    /// Names of those in which a failure was told, and what it was.
    pub alarms: Vec<(String, String)>,
}

/// Everything `eval` says.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    pub failing: Figures,
    pub passing: Passing,
    /// Of all logs that were read.
    pub bytes: u64,
    pub seconds: f64,
}

impl Report {
    /// Megabytes (of 10^6 bytes) a second, starting and stopping included.
    pub fn speed(&self) -> f64 {
        self.bytes as f64 / 1e6 / self.seconds.max(1e-9)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.failing)?;
        let Passing { logs, alarms } = &self.passing;
        let silent = logs - alarms.len();
        writeln!(out, "\npassing logs without a failure: {silent} of {logs}")?;
        for (log, told) in alarms {
            writeln!(out, "  false alarm: {log}: {told}")?;
        }
        let megabytes = self.bytes as f64 / 1e6;
        writeln!(
            out,
            "{megabytes:.1} MB in {:.2} s: {:.0} MB/s, each log's start included",
            self.seconds,
            self.speed()
        )
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Figures { logs, projects, .. } = self;
        writeln!(
            out,
            "{logs} failing logs of {projects} projects; 95 % intervals from resampled projects\n"
        )?;
        percent(out, "key line within the first line", &self.within_1)?;
        percent(out, "… the first 5 lines", &self.within_5)?;
        percent(out, "… the first 60 lines", &self.within_60)?;
        percent(out, "class right", &self.accuracy)?;
        number(
            out,
            &format!("macro-F1, classes of {ENOUGH} logs or more"),
            &self.macro_f1,
        )?;
        number(
            out,
            &format!("expected calibration error, {BINS} bins"),
            &self.calibration_error,
        )?;
        writeln!(
            out,
            "{:<44}{:.2} failures, {:.1} lines",
            "told of a log", self.failures_a_log, self.lines_a_log
        )?;
        self.tables(out)?;
        self.mistakes(out)
    }
}

impl Figures {
    fn tables(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (title, rows) in [("provider", &self.providers), ("class", &self.classes)] {
            writeln!(
                out,
                "\n{title:<28}{:>5}{:>7}{:>7}{:>7}{:>8}{:>7}",
                "logs", "in 1", "in 5", "in 60", "class", "F1"
            )?;
            for (name, row) in rows {
                let f1 = self.f1.get(name).filter(|_| title == "class");
                table_row(out, name, row, f1)?;
            }
        }
        Ok(())
    }

    fn mistakes(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "\nconfidence: logs, claimed, right")?;
        for bin in self.calibration.iter().filter(|bin| bin.logs > 0) {
            writeln!(
                out,
                "{:>6} {:>8.2} {:>6.2}",
                bin.logs, bin.confidence, bin.right
            )?;
        }
        writeln!(out, "\nlabelled → told")?;
        for confusion in &self.confusions {
            writeln!(
                out,
                "{:>4}  {} → {}",
                confusion.logs, confusion.labelled, confusion.told
            )?;
        }
        Ok(())
    }
}

fn percent(out: &mut fmt::Formatter<'_>, name: &str, estimate: &Estimate) -> fmt::Result {
    let Estimate { value, low, high } = estimate;
    let [value, low, high] = [value, low, high].map(|share| share * 100.0);
    writeln!(out, "{name:<44}{value:>5.1} %  [{low:.1}, {high:.1}]")
}

fn number(out: &mut fmt::Formatter<'_>, name: &str, estimate: &Estimate) -> fmt::Result {
    let Estimate { value, low, high } = estimate;
    writeln!(out, "{name:<44}{value:>5.3}    [{low:.3}, {high:.3}]")
}

fn table_row(out: &mut fmt::Formatter<'_>, name: &str, row: &Row, f1: Option<&f64>) -> fmt::Result {
    let percent = |share: f64| format!("{:.1}", share * 100.0);
    let f1 = f1.map_or(String::new(), |f1| format!("{f1:.3}"));
    writeln!(
        out,
        "{name:<28}{:>5}{:>7}{:>7}{:>7}{:>8}{f1:>7}",
        row.logs,
        percent(row.within_1),
        percent(row.within_5),
        percent(row.within_60),
        percent(row.accuracy)
    )
}
