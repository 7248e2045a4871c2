//! What a CI system's log looks like around the output of a step.

use super::case::Frame;

/// When the job of a log ran, and no two of its lines at the same moment.
const DAY: &str = "2026-01-02T03:04";

/// A step's output in the frame of its CI system, as that stores it.
pub fn framed(frame: Frame, script: &str, output: &[u8], exit: i32) -> Vec<u8> {
    match frame {
        Frame::Github => github(script, output, exit),
        Frame::Gitlab => gitlab(script, output, exit),
        Frame::Plain => output.to_vec(),
    }
}

fn github(script: &str, output: &[u8], exit: i32) -> Vec<u8> {
    let script: Vec<&str> = script.trim().lines().collect();
    let mut lines: Vec<Vec<u8>> = [
        "##[group]Run actions/checkout@v4",
        "with:",
        "  repository: acme/shop",
        "##[endgroup]",
        "Syncing repository: acme/shop",
    ]
    .map(|line| line.as_bytes().to_vec())
    .to_vec();
    let first = script.first().copied().unwrap_or_default();
    lines.push(format!("##[group]Run {first}").into_bytes());
    let shown = script.iter().map(|line| format!("\x1b[36;1m{line}\x1b[0m"));
    lines.extend(shown.map(String::into_bytes));
    lines.push(b"shell: /usr/bin/bash -e {0}".to_vec());
    lines.push(b"##[endgroup]".to_vec());
    lines.extend(printed(output).map(annotated));
    lines.push(format!("##[error]Process completed with exit code {exit}.").into_bytes());
    lines.push(b"Post job cleanup.".to_vec());
    let mut log = Vec::new();
    for (number, line) in lines.iter().enumerate() {
        let (second, part) = (5 + number / 1_000 % 50, number * 4_211 % 10_000_000);
        log.extend_from_slice(format!("{DAY}:{second:02}.{part:07}Z ").as_bytes());
        log.extend_from_slice(line);
        log.push(b'\n');
    }
    log
}

/// GitHub ends a line at each carriage return.
fn printed(output: &[u8]) -> impl Iterator<Item = &[u8]> {
    let output = output.strip_suffix(b"\n").unwrap_or(output);
    let lines = output.split(|byte| *byte == b'\n').flat_map(|line| {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        line.split(|byte| *byte == b'\r')
    });
    let empty = output.is_empty();
    lines.filter(move |_| !empty)
}

/// Workflow commands, as the runner rewrites them for the log.
fn annotated(line: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(line);
    for name in ["group", "endgroup"] {
        if let Some(rest) = text.strip_prefix(&format!("::{name}::")) {
            return format!("##[{name}]{rest}").into_bytes();
        }
    }
    for name in ["error", "warning", "notice"] {
        let rest = text.strip_prefix(&format!("::{name}"));
        let rest = rest.filter(|rest| rest.starts_with([' ', ':']));
        if let Some((_, message)) = rest.and_then(|rest| rest.split_once("::")) {
            return format!("##[{name}]{message}").into_bytes();
        }
    }
    line.to_vec()
}

fn gitlab(script: &str, output: &[u8], exit: i32) -> Vec<u8> {
    let mut log = b"\x1b[0KRunning with gitlab-runner 17.5.0 (abc)\x1b[0;m\n\
        section_start:1767323045:step_script\r\x1b[0K\x1b[0K\x1b[36;1mExecuting \
        \"step_script\" stage of the job script\x1b[0;m\n"
        .to_vec();
    for line in script.trim().lines() {
        log.extend_from_slice(format!("\x1b[32;1m$ {line}\x1b[0;m\n").as_bytes());
    }
    log.extend_from_slice(output);
    if !output.ends_with(b"\n") {
        log.push(b'\n');
    }
    let end = format!(
        "section_end:1767323046:step_script\r\x1b[0K\n\
         \x1b[31;1mERROR: Job failed: exit code {exit}\x1b[0;m\n"
    );
    log.extend_from_slice(end.as_bytes());
    log
}
