//! Logs larger than any memory they are read in.

use std::fs::File;
use std::io::{Read, Write as _};

use sentinel::failure::{Failure, FailureClass};
use sentinel::grant::Limits;
use sentinel::ids::TaskId;
use sentinel::pipeline::{Agents, LogInput, RedactedLog};
use sentinel::sandbox::{Input, Output};

use crate::log_generator::LogGenerator;

/// What a log of any size may take, in bytes.
const MEMORY: usize = 64 << 20;

async fn read(mut log: impl Read) -> Vec<Failure> {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("job.log");
    std::io::copy(&mut log, &mut File::create(&path).unwrap()).unwrap();
    let limits = Limits {
        memory_bytes: MEMORY,
        ..Limits::default()
    };
    let agents = Agents::new(&limits, sentinel::cli::compose::now).unwrap();
    let input = LogInput::of(&RedactedLog::read(&path).unwrap()).unwrap();
    let task = TaskId::derive(&["large"]);
    let report = agents.read_log(task, &input, Input::Auto).await;
    match report.outcome {
        Ok(Output::Failures(failures)) => failures,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_log_larger_than_the_memory_is_read_to_its_end() {
    const BYTES: u64 = 160 << 20;
    let mut lines = 0;
    let mut block = vec![0; 1 << 20];
    let mut log = LogGenerator::new(3, BYTES);
    loop {
        let read = log.read(&mut block).unwrap();
        if read == 0 {
            break;
        }
        lines += block[..read].iter().filter(|byte| **byte == b'\n').count() as u64;
    }
    let failures = read(LogGenerator::new(3, BYTES)).await;
    assert_eq!(failures[0].class, FailureClass::Format);
    // The generator's end is fixed: 16 lines behind the diff's first.
    assert_eq!(failures[0].key_lines[0].number, lines - 15);
}

/// What a line of a hostile log says, by its number.
type Shape = fn(usize) -> String;

#[tokio::test]
async fn hostile_shapes_stay_in_the_same_memory() {
    let distinct: Shape = |line| format!("error {line:x}{line:b}: failed x{line}\n");
    // Letters only, so that no two lines are alike but for numbers.
    let worded: Shape = |line| {
        let name: String = format!("{line:07}")
            .bytes()
            .map(|digit| char::from(digit + 49))
            .collect();
        format!("error {name}: failed to build {name}, cannot open {name}\n")
    };
    let shapes: [(&str, Shape); 10] = [
        ("nothing but ends of lines", |_| "\n".repeat(64)),
        ("nothing but carriage returns", |_| "\r".repeat(64)),
        ("nothing but colours", |_| "\x1b[31m\x1b[0m".repeat(8)),
        ("colours around every letter", |_| {
            "\x1b[31me\x1b[0mr\x1b[1mror\x08\x08: x\r\n".to_owned()
        }),
        ("lines just too long", |line| {
            format!("error {line:x}{}\n", "x".repeat(4095))
        }),
        ("a line without an end", |_| "error: x ".repeat(8)),
        ("every line another error", distinct),
        ("every line like many rules' lines", worded),
        ("nothing but steps", |line| {
            format!("##[group]Run {line}\n##[error]{line}\n")
        }),
        ("columns of jobs", |line| {
            format!("job{line}\tstep{line}\t2031-01-01T00:00:00.0000000Z error: x\n")
        }),
    ];
    for (what, shape) in shapes {
        let mut log = Vec::new();
        let mut line = 0;
        while log.len() < 8 << 20 {
            log.write_all(shape(line).as_bytes()).unwrap();
            line += 1;
        }
        let failures = read(&log[..]).await;
        assert!(failures.len() <= 50, "{what}");
    }
}
