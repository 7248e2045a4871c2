//! An independent tool as the judge: secretlint with the rules it recommends.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use sentinel::redact::{MARK, redact};

use super::keys;
use super::samples::{PLACES, SAME, tokens};

/// Where `tests/run` puts it.
fn secretlint() -> Option<PathBuf> {
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/test-data/secretlint");
    let is_there = place.join("node_modules/@secretlint/core").is_dir();
    let missing = format!("{} is missing; tests/run installs it", place.display());
    match is_there {
        true => Some(place.canonicalize().unwrap()),
        false if std::env::var_os("CI").is_some() => panic!("{missing}"),
        false => {
            eprintln!("skipped: {missing}");
            None
        }
    }
}

/// The rules of secretlint that find something, and what, for each text.
fn asked(place: &Path, texts: &[String]) -> Vec<Vec<(String, String)>> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/redaction/peer.mjs");
    let mut child = Command::new("node")
        .arg(script)
        .arg(place)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node runs");
    let input = serde_json::to_vec(texts).unwrap();
    child.stdin.take().unwrap().write_all(&input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Forms that secretlint is known to look for: if it finds none of them, it was
/// not asked rightly.
const KNOWN: [&str; 8] = [
    "github",
    "slack",
    "npm",
    "sendgrid",
    "shopify",
    "anthropic",
    "linear",
    "openai",
];

#[test]
fn what_an_independent_tool_finds_is_gone() {
    let Some(place) = secretlint() else {
        return;
    };
    let mut texts: Vec<String> = tokens()
        .into_iter()
        .map(|(_, token)| format!("value {token} end"))
        .collect();
    texts.extend(PLACES.iter().map(|(text, _)| (*text).to_owned()));
    texts.extend(SAME.iter().map(|text| (*text).to_owned()));
    texts.extend(keys::all().into_iter().map(|(text, _)| text));
    texts.extend(its_own());
    let redacted: Vec<String> = texts.iter().map(|text| redact(text).into_owned()).collect();
    let before = asked(&place, &texts);
    let after = asked(&place, &redacted);
    let all: Vec<&String> = before.iter().flatten().map(|(rule, _)| rule).collect();
    for known in KNOWN {
        let finds = |rule: &&&String| rule.contains(known);
        assert!(
            all.iter().any(|rule| finds(&rule)),
            "secretlint finds no {known}: {all:?}"
        );
    }
    for (text, left) in redacted.iter().zip(&after) {
        // It takes our mark for a password too.
        let left = left.iter().filter(|(_, found)| !found.contains(MARK));
        let left: Vec<_> = left.collect();
        assert!(left.is_empty(), "{left:?} in {text}");
    }
}

/// Texts made for its rules, in the forms that its documentation describes.
fn its_own() -> Vec<String> {
    let base62 = "q7ZpX2vK9sLw4TbN8mRdC1yHf6JgAeU3oViQ5xSk";
    let hex = "3f9a1b7c5d2e8f604a6b9c1d3e5f7a803f9a1b7c5d2e8f604a6b9c1d3e5f7a80";
    vec![
        format!("AWS_ACCESS_KEY_ID=AKIAIOSFODNN7Q2W3E4R AWS_SECRET_ACCESS_KEY={base62}"),
        format!("aws_secret_access_key = \"{base62}\""),
        format!("SecretAccessKey: '{base62}'"),
        format!("//registry.npmjs.org/:_authToken={}", &hex[..36]),
        format!("npm_{}", &base62[..36]),
        "mongodb+srv://bob:hunter22secret@cluster0.example.mongodb.net/db".into(),
        "mysql://root:hunter22secret@db.example.org:3306/app".into(),
        "postgresql://bob:hunter22secret@db.example.org:5432/app".into(),
        "https://bob:hunter22secret@example.org".into(),
        format!("sk-ant-api03-{}-{}AA", &hex, &hex[..28]),
        format!("sk-proj-{base62}T3BlbkFJ{base62}"),
        format!("sk-{}T3BlbkFJ{}", &base62[..20], &base62[20..]),
        format!("SG.{}.{}{}", &base62[..22], base62, &base62[..3]),
        format!(
            "xoxb-{}-{}-{}",
            &hex[..12].replace(char::is_alphabetic, "1"),
            "123456789012",
            &base62[..24]
        ),
        format!(
            "https://hooks.slack.com/services/T0AB1CD2E/B0AB1CD2E/{}",
            &base62[..24]
        ),
        format!("shpat_{}", &hex[..32]),
        format!("lin_api_{base62}"),
        format!("ghs_{}", &base62[..36]),
        format!("github_pat_{}_{}{}", &base62[..22], base62, &base62[..19]),
    ]
}
