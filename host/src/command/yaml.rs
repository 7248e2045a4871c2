//! YAML that somebody else wrote, as plain values.

use serde_json::Value;

/// Bytes of one file; GitHub takes 512 KiB at most, people write 10.
pub const MAX_FILE_BYTES: usize = 256 * 1024;

/// What is read of one file: a file of aliases to aliases ends here.
const MAX_NODES: usize = 20_000;
const MAX_EVENTS: usize = 60_000;
const MAX_DEPTH: usize = 32;
const MAX_ALIASES: usize = 500;

/// Reads a file.
pub fn parse(bytes: &[u8]) -> Result<Value, String> {
    if bytes.len() > MAX_FILE_BYTES {
        return Err(format!("larger than {MAX_FILE_BYTES} bytes"));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| "not UTF-8".to_owned())?;
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_nodes: MAX_NODES,
            max_events: MAX_EVENTS,
            max_depth: MAX_DEPTH,
            max_aliases: MAX_ALIASES,
        },
    };
    // Its messages show the text around; the first line says what it is.
    let parsed = serde_saphyr::from_str_with_options::<Value>(text, options);
    parsed.map_err(|error| {
        let message = error.to_string();
        message
            .lines()
            .next()
            .unwrap_or_default()
            .chars()
            .take(200)
            .collect()
    })
}

/// A scalar as GitHub shows it.
pub fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(on) => Some(on.to_string()),
        Value::Null => Some(String::new()),
        Value::Array(_) | Value::Object(_) => None,
    }
}

/// The text at a path of keys.
pub fn text<'a>(value: &'a Value, path: &[&str]) -> Option<&'a str> {
    let found = path.iter().try_fold(value, |value, key| value.get(key));
    found.and_then(Value::as_str)
}
