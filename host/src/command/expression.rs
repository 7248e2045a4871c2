//! `${{ … }}`: names that are known, and nothing else. What depends on a
//! secret, an event or a function is refused, because a guess would run
//! another command than the one that failed.

use std::collections::BTreeMap;

use serde_json::Value;

use super::yaml::scalar;

/// What stands for the repository's root.
pub const WORKSPACE: &str = ".workspace";

/// Names known without a context. Runs are on Linux.
const KNOWN: [(&str, &str); 5] = [
    ("github.workspace", WORKSPACE),
    ("runner.os", "Linux"),
    ("runner.temp", "/tmp"),
    ("runner.tool_cache", "/nonexistent"),
    ("runner.workspace", WORKSPACE),
];

/// What expressions may name.
#[derive(Debug, Clone, Default)]
pub struct Context {
    /// One combination of the matrix.
    pub matrix: Option<Value>,
    pub env: BTreeMap<String, String>,
}

impl Context {
    /// A text with its expressions in place.
    pub fn fill(&self, text: &str) -> Result<String, String> {
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, from)) = rest.split_once("${{") {
            let (inside, after) = from.split_once("}}").ok_or("an expression does not end")?;
            filled.push_str(before);
            filled.push_str(&self.value(inside.trim())?);
            rest = after;
        }
        filled.push_str(rest);
        Ok(filled)
    }

    fn value(&self, name: &str) -> Result<String, String> {
        let unknown = || {
            let name: String = name.chars().take(80).collect();
            format!("`{name}` is not known outside of CI")
        };
        if let Some(text) = name
            .strip_prefix('\'')
            .and_then(|rest| rest.strip_suffix('\''))
        {
            return match text.contains('\'') {
                true => Err(unknown()),
                false => Ok(text.to_owned()),
            };
        }
        if let Some((_, value)) = KNOWN.iter().find(|(known, _)| *known == name) {
            return Ok((*value).to_owned());
        }
        let mut parts = name.split('.');
        let first = parts.next();
        let found = match first {
            Some("matrix") => {
                let matrix = self.matrix.as_ref();
                let found = parts.try_fold(matrix, |value, key| Some(value?.get(key)));
                // A combination that lacks a key has nothing there.
                match (matrix, found.flatten()) {
                    (Some(_), None) => Some(String::new()),
                    (_, found) => found.and_then(scalar),
                }
            }
            Some("env") => {
                let key = parts.next().filter(|_| parts.next().is_none());
                key.and_then(|key| self.env.get(key).cloned())
            }
            _ => None,
        };
        found.ok_or_else(unknown)
    }
}
