//! How much a figure would vary with other projects.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::figures::Case;

/// Resamples of an interval: its ends then move by less than a tenth of its
/// width from seed to seed.
pub const RESAMPLES: usize = 2000;

/// Where the random numbers begin, so that the same cases give the same
/// interval.
const SEED: u64 = 4;

/// A figure and its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Estimate {
    pub value: f64,
    pub low: f64,
    pub high: f64,
}

/// The measure over all cases, and over cases whose projects were drawn with
/// replacement.
pub(crate) fn estimate(cases: &[Case], measure: &dyn Fn(&[&Case]) -> f64) -> Estimate {
    let mut projects: BTreeMap<&str, Vec<&Case>> = BTreeMap::new();
    for case in cases {
        projects.entry(&case.label.project).or_default().push(case);
    }
    let projects: Vec<Vec<&Case>> = projects.into_values().collect();
    let mut random = Random(SEED);
    let mut values: Vec<f64> = (0..RESAMPLES)
        .map(|_| measure(&resample(&projects, &mut random)))
        .collect();
    values.sort_by(f64::total_cmp);
    let all: Vec<&Case> = cases.iter().collect();
    Estimate {
        value: measure(&all),
        low: values[RESAMPLES * 25 / 1000],
        high: values[RESAMPLES * 975 / 1000],
    }
}

fn resample<'a>(projects: &[Vec<&'a Case>], random: &mut Random) -> Vec<&'a Case> {
    let draws = projects.iter().map(|_| random.below(projects.len()));
    draws
        .flat_map(|project| projects[project].iter().copied())
        .collect()
}

/// SplitMix64: small, and the same everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        (z % limit as u64) as usize
    }
}
