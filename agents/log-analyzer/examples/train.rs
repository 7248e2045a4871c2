//! Trains what the analyser has learned: `cargo run --release --example train
//! -- DIR FILE`, DIR as for `eval`, FILE `src/learned/weights.bin`. The same
//! logs give the same bytes.

use std::fs;
use std::path::Path;

use log_analyzer::training::{calibrate, set_calibration};
use study::Study;

#[path = "training/study.rs"]
mod study;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [dir, file] = arguments.as_slice() else {
        panic!("usage: train DIR FILE");
    };
    let study = Study::open(Path::new(dir));
    let mut learned = study.train(None);
    let claims = study.claims(&study.unseen()).into_iter();
    let calibration = calibrate(&claims.map(|(_, claim)| claim).collect::<Vec<_>>());
    set_calibration(&mut learned, calibration);
    println!("{} logs, {calibration:?}", study.logs.len());
    fs::write(file, &learned[..]).expect("a writable file");
}
