//! Scoring, on answers that are known.

use std::fs;
use std::path::{Path, PathBuf};

use log_eval::{Case, Corpus, Figures, Labelled, NONE, Passing, Report, Told};

fn case(project: &str, class: &str, lines: &[u64], told: &str, shown: &[u64], sure: f64) -> Case {
    Case {
        label: Labelled {
            id: format!("{project}-{class}"),
            provider: "github".into(),
            class: class.into(),
            project: project.into(),
            lines: lines.to_vec(),
            log: PathBuf::new(),
        },
        told: Told {
            class: (told != NONE).then(|| told.to_owned()),
            confidence: sure,
            lines: shown.to_vec(),
            failures: usize::from(told != NONE),
        },
    }
}

#[test]
fn a_line_beside_the_labelled_one_counts_and_one_further_does_not() {
    let rank = |shown: &[u64]| case("a", "lint", &[10, 50], "lint", shown, 1.0).rank();
    assert_eq!(rank(&[11]), Some(1));
    assert_eq!(rank(&[3, 9]), Some(2));
    assert_eq!(rank(&[12, 8, 51]), Some(3));
    assert_eq!(rank(&[12, 8]), None);
}

#[test]
fn figures_are_what_one_computes_by_hand() {
    let cases = [
        case("a", "lint", &[10], "lint", &[10], 0.95),
        case("a", "lint", &[10], "format", &[1, 2, 3, 4, 5, 10], 0.95),
        case("b", "format", &[10], "format", &[1, 10], 0.55),
        case("c", "format", &[10], NONE, &[], 0.0),
    ];
    let figures = Figures::of(&cases);
    assert_eq!(figures.projects, 3);
    assert_eq!(figures.within_1.value, 0.25);
    assert_eq!(figures.within_5.value, 0.5);
    assert_eq!(figures.within_60.value, 0.75);
    assert_eq!(figures.accuracy.value, 0.5);
    assert_eq!(figures.f1["lint"], 2.0 / 3.0);
    assert_eq!(figures.f1["format"], 0.5);
    // No class has enough logs.
    assert_eq!(figures.macro_f1.value, 0.0);
    // Two at 0.95 of which one is right, one right at 0.55, one wrong at 0.
    let expected = (2.0 * 0.45 + 0.45) / 4.0;
    assert!((figures.calibration_error.value - expected).abs() < 1e-9);
    assert_eq!(figures.confusions.len(), 2);
    assert_eq!(figures.classes["lint"].logs, 2);
}

#[test]
fn intervals_hold_the_figure_and_repeat() {
    let cases: Vec<Case> = (0..40)
        .map(|log| {
            let told = if log % 4 == 0 { "format" } else { "lint" };
            case(&format!("p{}", log % 13), "lint", &[1], told, &[1], 0.7)
        })
        .collect();
    let (one, two) = (Figures::of(&cases), Figures::of(&cases));
    assert_eq!(one.accuracy, two.accuracy);
    assert!(one.accuracy.low < 0.75 && 0.75 < one.accuracy.high);
    assert!(one.accuracy.high <= 1.0 && one.accuracy.low > 0.4);
    assert_eq!(one.within_1.low, 1.0);
}

fn corpus(labels: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let log = |path: &str| {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "x\n").unwrap();
    };
    log("failing/one/log.txt");
    log("elsewhere/two.log");
    log("passing/quiet.log");
    fs::write(dir.path().join("labels.jsonl"), labels).unwrap();
    dir
}

#[test]
fn a_corpus_is_found_where_it_lies() {
    let dir = corpus(concat!(
        r#"{"id": "one", "failure_class": "lint", "key_line_numbers": [1], "else": {}}"#,
        "\n\n",
        r#"{"id": "two", "failure_class": null, "log": "elsewhere/two.log"}"#,
        "\n",
    ));
    let corpus = Corpus::open(dir.path()).unwrap();
    assert_eq!(corpus.failing.len(), 1);
    assert_eq!(corpus.failing[0].provider, "unknown");
    assert_eq!(corpus.passing.len(), 2);
}

#[test]
fn what_is_wrong_with_a_label_is_told() {
    let rows = [
        ("{", "line 1"),
        ("{\"id\": \"one\", \"failure_class\": \"lint\"}", "1-based"),
        (
            "{\"id\": \"one\", \"failure_class\": \"lint\", \"key_line_numbers\": [0]}",
            "1-based",
        ),
        (
            "{\"id\": \"three\", \"failure_class\": \"lint\", \"key_line_numbers\": [1]}",
            "three",
        ),
    ];
    for (labels, expected) in rows {
        let error = Corpus::open(corpus(labels).path()).unwrap_err().to_string();
        assert!(error.contains(expected), "{labels}: {error}");
    }
    let error = Corpus::open(Path::new("no such folder")).unwrap_err();
    assert!(error.to_string().contains("labels.jsonl"), "{error}");
}

#[test]
fn a_report_names_false_alarms() {
    let report = Report {
        failing: Figures::of(&[case("a", "lint", &[1], "lint", &[1], 0.9)]),
        passing: Passing {
            logs: 2,
            alarms: vec![("quiet.log".into(), "lint (eslint)".into())],
        },
        bytes: 3_000_000,
        seconds: 1.5,
    };
    let text = report.to_string();
    assert!(text.contains("passing logs without a failure: 1 of 2"));
    assert!(text.contains("false alarm: quiet.log: lint (eslint)"));
    assert!(text.contains("2 MB/s"), "{text}");
}
