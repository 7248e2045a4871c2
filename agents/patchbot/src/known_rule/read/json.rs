//! Tools that were told to write JSON.

use serde_json::Value;

use super::super::Finding;
use crate::transcript::Step;

/// Places where a document is looked for: programs print brackets, too.
const MAX_TRIES: usize = 8;

/// The first document of an output that is a list or a map, and its line.
fn document(step: &Step) -> Option<(Value, u64)> {
    let mut text = String::new();
    let mut starts: Vec<(usize, u64)> = Vec::new();
    for line in step.output.lines() {
        if line.cut {
            return None;
        }
        let line_text = std::str::from_utf8(line.text).ok()?;
        if line_text.starts_with(['[', '{']) && starts.len() < MAX_TRIES {
            starts.push((text.len(), line.number));
        }
        text.push_str(line_text);
        text.push('\n');
    }
    starts.into_iter().find_map(|(at, line)| {
        let mut values = serde_json::Deserializer::from_str(&text[at..]).into_iter::<Value>();
        Some((values.next()?.ok()?, line))
    })
}

fn text<'a>(value: &'a Value, keys: &[&str]) -> Option<&'a str> {
    keys.iter().find_map(|key| value.get(*key)?.as_str())
}

fn number(value: &Value, key: &str) -> Option<u64> {
    value.get(key)?.as_u64()
}

/// `[{"path": "a.py", "line": 3, "column": 0, "symbol": "unused-import", …}]`,
/// or such a list as `messages`; columns begin at 0.
pub(super) fn pylint(step: &Step) -> Vec<Finding> {
    let Some((document, log_line)) = document(step) else {
        return Vec::new();
    };
    let list = document.get("messages").unwrap_or(&document).as_array();
    let read = list.into_iter().flatten().filter_map(|one| {
        text(one, &["message-id", "messageId"])?;
        Some(Finding {
            path: text(one, &["path"])?.to_owned(),
            line: number(one, "line")?,
            column: number(one, "column").map(|column| column + 1),
            code: text(one, &["symbol"])?.to_owned(),
            message: text(one, &["message"])?.to_owned(),
            shown: None,
            log_line,
        })
    });
    read.collect()
}

/// `[{"file": "Dockerfile", "line": 3, "code": "DL3020", "message": "…"}]`
pub(super) fn hadolint(step: &Step) -> Vec<Finding> {
    let Some((document, log_line)) = document(step) else {
        return Vec::new();
    };
    let read = document.as_array().into_iter().flatten().filter_map(|one| {
        let code = text(one, &["code"])?;
        let known = code.starts_with("DL") || code.starts_with("SC");
        Some(Finding {
            path: text(one, &["file"])?.to_owned(),
            line: number(one, "line").filter(|_| known)?,
            column: None,
            code: code.to_owned(),
            message: text(one, &["message"])?.to_owned(),
            shown: None,
            log_line,
        })
    });
    read.collect()
}

/// `[{"filePath": "/w/a.js", "messages": [{"ruleId": "semi", "severity": 2, …}]}]`
pub(super) fn eslint(step: &Step) -> Vec<Finding> {
    let Some((document, log_line)) = document(step) else {
        return Vec::new();
    };
    let strict = super::fails_by_warnings(step);
    let mut findings = Vec::new();
    for file in document.as_array().into_iter().flatten() {
        let Some(path) = text(file, &["filePath"]) else {
            continue;
        };
        let messages = file.get("messages").and_then(Value::as_array);
        let failing = |one: &&Value| strict || number(one, "severity") == Some(2);
        let read = messages.into_iter().flatten().filter(failing);
        findings.extend(read.filter_map(|one| {
            Some(Finding {
                path: path.to_owned(),
                line: number(one, "line")?,
                column: number(one, "column"),
                code: text(one, &["ruleId"]).unwrap_or_default().to_owned(),
                message: text(one, &["message"])?.to_owned(),
                shown: None,
                log_line,
            })
        }));
    }
    findings
}
