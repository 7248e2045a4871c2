//! The combinations of a job's matrix.

use serde_json::{Map, Value};

use super::yaml::scalar;

/// Combinations of one job; GitHub's own limit.
const MAX_COMBINATIONS: usize = 256;

/// All combinations, in the workflow's order of values: the product of the
/// lists without what is excluded, with what is included. One that is made by
/// an expression is not known here.
pub fn combinations(strategy: Option<&Value>) -> Result<Vec<Value>, String> {
    let Some(matrix) = strategy.and_then(|strategy| strategy.get("matrix")) else {
        return Ok(Vec::new());
    };
    let Value::Object(matrix) = matrix else {
        return Err("its matrix is made by an expression".to_owned());
    };
    let mut all = vec![Map::new()];
    let lists = matrix.iter().filter(|(key, _)| !is_special(key));
    for (key, values) in lists {
        let Value::Array(values) = values else {
            return Err("its matrix is made by an expression".to_owned());
        };
        if all.len().saturating_mul(values.len()) > MAX_COMBINATIONS {
            return Err(format!(
                "its matrix has more than {MAX_COMBINATIONS} combinations"
            ));
        }
        all = product(&all, key, values);
    }
    if matrix.keys().all(|key| is_special(key)) {
        all.clear();
    }
    for excluded in listed(matrix, "exclude")? {
        all.retain(|combination| !agrees(excluded, combination));
    }
    include(&mut all, &listed(matrix, "include")?);
    match all.len() > MAX_COMBINATIONS {
        true => Err(format!(
            "its matrix has more than {MAX_COMBINATIONS} combinations"
        )),
        false => Ok(all.into_iter().map(Value::Object).collect()),
    }
}

fn is_special(key: &str) -> bool {
    key == "include" || key == "exclude"
}

fn product(all: &[Map<String, Value>], key: &str, values: &[Value]) -> Vec<Map<String, Value>> {
    let with = |combination: &Map<String, Value>, value: &Value| {
        let mut combination = combination.clone();
        combination.insert(key.to_owned(), value.clone());
        combination
    };
    all.iter()
        .flat_map(|combination| values.iter().map(move |value| with(combination, value)))
        .collect()
}

fn listed<'a>(
    matrix: &'a Map<String, Value>,
    key: &str,
) -> Result<Vec<&'a Map<String, Value>>, String> {
    let unknown = || format!("the {key} of its matrix is made by an expression");
    let Some(list) = matrix.get(key) else {
        return Ok(Vec::new());
    };
    let list = list.as_array().ok_or_else(unknown)?;
    let maps = list.iter().map(|one| one.as_object().ok_or_else(unknown));
    maps.take(MAX_COMBINATIONS).collect()
}

/// Whether everything that is said of both is the same.
fn agrees(some: &Map<String, Value>, combination: &Map<String, Value>) -> bool {
    some.iter()
        .all(|(key, value)| combination.get(key) == Some(value))
}

/// What is included is added to every combination of which it changes nothing
/// that was there; where there is none, it is one of its own.
fn include(all: &mut Vec<Map<String, Value>>, included: &[&Map<String, Value>]) {
    let originals = all.clone();
    let mut more = Vec::new();
    for addition in included {
        let mut added = false;
        for (combination, original) in all.iter_mut().zip(&originals) {
            let fits = |(key, value): (&String, &Value)| {
                original.get(key).is_none_or(|there| there == value)
            };
            let shares = addition.keys().any(|key| original.contains_key(key));
            let fits = addition.iter().all(fits) && (shares || !original.is_empty());
            if fits {
                combination.extend((*addition).clone());
                added = true;
            }
        }
        if !added {
            more.push((*addition).clone());
        }
    }
    all.extend(more);
}

/// The values of a combination as they stand behind a job's name, in any
/// order: `test (3.12, linux)`.
pub fn shown(combination: &Value) -> Vec<String> {
    let mut values = Vec::new();
    flatten(combination, &mut values);
    values.sort();
    values
}

fn flatten(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::Object(map) => map.values().for_each(|value| flatten(value, into)),
        Value::Array(list) => list.iter().for_each(|value| flatten(value, into)),
        value => into.extend(scalar(value)),
    }
}
