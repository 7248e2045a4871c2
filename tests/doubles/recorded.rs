//! What the doubles were asked, written down for an independent judge
//! (`tests/judge`) where `RECORD_REQUESTS` names a directory.

use std::io::Write as _;

use serde_json::json;

use super::github::state::Recorded;

/// Appends the requests to this process's file, one a line.
pub fn record(forge: &str, requests: &[Recorded]) {
    let Some(place) = std::env::var_os("RECORD_REQUESTS") else {
        return;
    };
    let lines: String = requests
        .iter()
        .filter(|request| !request.path.starts_with("/storage/"))
        .map(|request| {
            let Recorded {
                method,
                path,
                query,
                body,
                ..
            } = request;
            let line = json!({"forge": forge, "method": method, "path": path, "query": query,
                              "body": body});
            format!("{line}\n")
        })
        .collect();
    let file = std::path::Path::new(&place).join(format!("{}.jsonl", std::process::id()));
    let opened = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(&file);
    let written = opened.and_then(|mut file| file.write_all(lines.as_bytes()));
    written.unwrap_or_else(|error| panic!("{}: {error}", file.display()));
}
