//! Labelled logs, and models that have not seen the projects they are tested
//! on.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::Path;

use log_analyzer::training::{
    self, Example, LENGTH, Learned, Log, Signatures, calibrate, classify,
};
use log_eval::{Corpus, Labelled};

/// Parts of the cross-validation.
pub const FOLDS: usize = 10;

pub struct Study {
    pub corpus: Corpus,
    pub signatures: Signatures,
    pub logs: Vec<Log>,
    /// Of each log the rules that may have been written from its project:
    /// those that recognise lines of no other.
    pub own_rules: Vec<BTreeSet<usize>>,
    /// Of each log the fold it is tested in.
    pub folds: Vec<usize>,
}

/// A file of what was learned.
pub type Weights = Box<[u8; LENGTH]>;

impl Study {
    pub fn open(dir: &Path) -> Study {
        let corpus = Corpus::open(dir).unwrap_or_else(|error| panic!("{error}"));
        let signatures = Signatures::default();
        let read = |label: &Labelled| Log::read(open(&label.log), &signatures).expect("a log");
        let logs: Vec<Log> = corpus.failing.iter().map(read).collect();
        let own_rules = own_rules(&corpus, &logs);
        let folds = folds(&corpus);
        Study {
            corpus,
            signatures,
            logs,
            own_rules,
            folds,
        }
    }

    /// What is learned from all logs but those of a fold. The rules of a log's
    /// own project are off: they would teach the model to trust rules more
    /// than a log of another project bears out.
    pub fn train(&self, without: Option<usize>) -> Weights {
        let classes = training::classes();
        let kept = (0..self.logs.len()).filter(|log| Some(self.folds[*log]) != without);
        let examples: Vec<Example> = kept.map(|log| self.example(log, &classes)).collect();
        let left_out = (0..self.logs.len()).filter(|log| Some(self.folds[*log]) == without);
        let unknown = left_out.flat_map(|log| self.own_rules[log].iter().copied());
        training::train(&self.signatures, &examples, &unknown.collect())
    }

    fn example<'a>(&'a self, log: usize, classes: &[&str]) -> Example<'a> {
        let label = &self.corpus.failing[log];
        let class = classes.iter().position(|class| *class == label.class);
        Example {
            log: &self.logs[log],
            off: &self.own_rules[log],
            lines: &label.lines,
            class: class.unwrap_or_else(|| panic!("{}: no class {}", label.id, label.class)),
        }
    }

    /// What was learned for each log without its fold, with a calibration from
    /// the other folds' claims.
    pub fn unseen(&self) -> Vec<Weights> {
        let mut files: Vec<Weights> = (0..FOLDS).map(|fold| self.train(Some(fold))).collect();
        let claims = self.claims(&files);
        for (fold, file) in files.iter_mut().enumerate() {
            let others = claims.iter().filter(|(other, _)| *other != fold);
            let others: Vec<(f64, bool)> = others.map(|(_, claim)| *claim).collect();
            training::set_calibration(file, calibrate(&others));
        }
        files
    }

    /// Of each log its fold, and what the model that has not seen it claims
    /// and whether that is right.
    pub fn claims(&self, files: &[Weights]) -> Vec<(usize, (f64, bool))> {
        let classes = training::classes();
        let none = BTreeSet::new();
        let claim = |log: usize| {
            let example = self.example(log, &classes);
            let learned = Learned::read(&files[self.folds[log]]);
            // Logs of other projects lie between the two.
            [&self.own_rules[log], &none].map(|off| {
                let example = Example { off, ..example };
                let (class, probability) = classify(&self.signatures, &example, &learned);
                (self.folds[log], (probability, class == example.class))
            })
        };
        (0..self.logs.len()).flat_map(claim).collect()
    }
}

pub fn open(path: &Path) -> File {
    File::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn own_rules(corpus: &Corpus, logs: &[Log]) -> Vec<BTreeSet<usize>> {
    let mut projects: BTreeMap<usize, BTreeSet<&str>> = BTreeMap::new();
    for (label, log) in corpus.failing.iter().zip(logs) {
        for rule in log.rules() {
            projects.entry(rule).or_default().insert(&label.project);
        }
    }
    let own = |log: &Log| {
        let rules = log.rules().into_iter();
        rules.filter(|rule| projects[rule].len() == 1).collect()
    };
    logs.iter().map(own).collect()
}

/// The fold of each log: whole projects, spread evenly.
fn folds(corpus: &Corpus) -> Vec<usize> {
    let projects: BTreeSet<&str> = corpus.failing.iter().map(|label| &*label.project).collect();
    let places: BTreeMap<&str, usize> = projects.into_iter().zip(0..).collect();
    let fold = |label: &Labelled| places[&*label.project] % FOLDS;
    corpus.failing.iter().map(fold).collect()
}
