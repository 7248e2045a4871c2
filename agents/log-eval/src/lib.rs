//! Scores what a reader of CI logs says against what people labelled.
//!
//! [`Corpus`] finds labels and logs in a folder (README.md has the format),
//! [`Case`] holds a label beside an answer, [`figures`](figures::Figures) are
//! computed from cases, and each comes with the interval that resampling the
//! *projects* gives: logs of one project fail alike, so logs are no
//! independent draws. Nothing here reads a log: `sentinel eval logs` asks the
//! sandboxed component, the examples of LogAnalyzer the same code natively.

mod bootstrap;
mod corpus;
mod figures;
mod report;

pub use bootstrap::{Estimate, RESAMPLES};
pub use corpus::{Corpus, CorpusError, Labelled};
pub use figures::{BINS, Bin, Case, Confusion, ENOUGH, Figures, NONE, Row, Told};
pub use report::{Passing, Report};
