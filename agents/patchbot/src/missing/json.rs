//! JSON that a package manager writes, edited as text: one member more, and
//! every other byte as it was.

use serde_json::Value;

/// Nesting that is followed; manifests have two or three levels.
const MAX_DEPTH: usize = 64;

/// A member of an object: its key, and where it stands.
struct Member<'t> {
    key: &'t str,
    from: usize,
    value: usize,
    to: usize,
}

/// The text with `key` in the object at `way`, at its place in the alphabet,
/// as npm sorts them.
pub(super) fn with(text: &str, way: &[&str], key: &str, value: &str) -> Result<String, String> {
    let before: Value = serde_json::from_str(text).map_err(|_| "it is no JSON")?;
    let after =
        inserted(text, way, key, value).ok_or("it is written in a way that is not edited here")?;
    let again: Value = serde_json::from_str(&after).map_err(|_| "the edit would break it")?;
    let mut expected = before;
    let mut object = &mut expected;
    for part in way {
        object = &mut object[*part];
    }
    object[key] = Value::String(value.to_owned());
    match again == expected {
        true => Ok(after),
        false => Err("the edit would change more than one entry".into()),
    }
}

fn inserted(text: &str, way: &[&str], key: &str, value: &str) -> Option<String> {
    let mut at = text.find('{')?;
    for part in way {
        let found = members(text, at)?
            .into_iter()
            .find(|member| member.key == *part)?;
        at = found.value;
    }
    let all = members(text, at)?;
    // An empty object has no form to follow.
    let first = all.first()?;
    let indent = &text[text[..first.from].rfind('\n')?..first.from];
    let entry = format!("{}: {}", Value::from(key), Value::from(value));
    let next = all.iter().find(|member| member.key > key);
    let (place, new) = match next {
        Some(next) => (next.from, format!("{entry},{indent}")),
        None => (all.last()?.to, format!(",{indent}{entry}")),
    };
    Some(format!("{}{new}{}", &text[..place], &text[place..]))
}

/// The members of the object that opens at `open`.
fn members(text: &str, open: usize) -> Option<Vec<Member<'_>>> {
    let bytes = text.as_bytes();
    let mut all = Vec::new();
    let mut at = open + 1;
    if bytes.get(open) != Some(&b'{') {
        return None;
    }
    loop {
        at = blank(bytes, at);
        match bytes.get(at)? {
            b'}' => return Some(all),
            b',' => at += 1,
            b'"' => {
                let key_end = string(bytes, at)?;
                let colon = blank(bytes, key_end);
                if bytes.get(colon) != Some(&b':') {
                    return None;
                }
                let value = blank(bytes, colon + 1);
                let to = past(bytes, value)?;
                all.push(Member {
                    key: &text[at + 1..key_end - 1],
                    from: at,
                    value,
                    to,
                });
                at = to;
            }
            _ => return None,
        }
    }
}

fn blank(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    from + rest
        .iter()
        .take_while(|byte| byte.is_ascii_whitespace())
        .count()
}

/// Behind the string that opens at `at`.
fn string(bytes: &[u8], at: usize) -> Option<usize> {
    let mut end = at + 1;
    loop {
        match bytes.get(end)? {
            b'"' => return Some(end + 1),
            b'\\' => end += 2,
            _ => end += 1,
        }
    }
}

/// Behind the value that begins at `at`.
fn past(bytes: &[u8], at: usize) -> Option<usize> {
    let (mut end, mut depth) = (at, 0);
    loop {
        match bytes.get(end)? {
            b'"' => end = string(bytes, end)?,
            b'{' | b'[' => {
                depth += 1;
                end += 1;
            }
            b'}' | b']' if depth > 0 => {
                depth -= 1;
                end += 1;
            }
            b'}' | b']' | b',' if depth == 0 => return Some(trimmed(bytes, at, end)),
            _ => end += 1,
        }
        if depth > MAX_DEPTH {
            return None;
        }
    }
}

fn trimmed(bytes: &[u8], from: usize, end: usize) -> usize {
    let value = &bytes[from..end];
    end - value
        .iter()
        .rev()
        .take_while(|byte| byte.is_ascii_whitespace())
        .count()
}

#[cfg(test)]
mod tests {
    use super::with;

    #[test]
    fn one_entry_more_and_every_other_byte_as_it_was() {
        let before = "{\n  \"files\": [\"a\", \"b\"],\n  \"dependencies\": {\n    \"a\": \"1\",\n    \"m\": \"{\\\"\"\n  },\n  \"x\": {\"y\": {}}\n}\n";
        let last = before.replace("\"{\\\"\"", "\"{\\\"\",\n    \"zod\": \"^4.0.0\"");
        assert_eq!(with(before, &["dependencies"], "zod", "^4.0.0"), Ok(last));
        let middle = before.replace("    \"m\"", "    \"b\": \"1\",\n    \"m\"");
        assert_eq!(with(before, &["dependencies"], "b", "1"), Ok(middle));
    }

    #[test]
    fn what_has_no_such_object_is_left_alone() {
        for text in [
            "{}",
            "{\"dependencies\": {}}",
            "[]",
            "{\"dependencies\": 1}",
            "{\"a",
            "{\"dependencies\": {\"a\": \"1\"}",
        ] {
            assert!(with(text, &["dependencies"], "b", "1").is_err(), "{text}");
        }
    }
}
