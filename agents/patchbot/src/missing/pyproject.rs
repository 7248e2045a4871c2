//! Lists of requirements in `pyproject.toml`, edited as text and read again.

use toml::{Table, Value};

use super::manner::{Manner, name_of, place};

/// The requirements of a list, by the way to it.
pub(super) fn list<'t>(table: &'t Table, way: &[&str]) -> Option<Vec<&'t str>> {
    let (last, above) = way.split_last()?;
    let mut table = table;
    for key in above {
        table = table.get(*key)?.as_table()?;
    }
    table
        .get(*last)?
        .as_array()?
        .iter()
        .map(Value::as_str)
        .collect()
}

/// The file with one more requirement in the list at `way`.
pub(super) fn with(
    text: &str,
    way: &[&str],
    package: &str,
    version: &str,
) -> Result<String, String> {
    let table: Table = text.parse().map_err(|_| "it is no TOML")?;
    let shown = way.join(".");
    let entries = list(&table, way).ok_or_else(|| format!("it has no plain list {shown}"))?;
    let names: Vec<String> = entries.iter().map(|entry| name_of(entry)).collect();
    if names.contains(&name_of(package)) {
        return Err(format!(
            "it names {package} already; the job did not install it"
        ));
    }
    let new = Manner::of(entries.iter().copied()).write(package, version);
    let at = place(&names, &name_of(package));
    let after = inserted(text, way, &entries, at, &new)
        .ok_or_else(|| format!("its list {shown} is written in a way that is not edited here"))?;
    // What was meant is what is there now, and nothing else.
    let mut expected: Vec<&str> = entries.clone();
    expected.insert(at, &new);
    let again: Table = after.parse().map_err(|_| "the edit would break it")?;
    match list(&again, way) == Some(expected) && others(&again, way) == others(&table, way) {
        true => Ok(after),
        false => Err("the edit would change more than the list".into()),
    }
}

/// Everything but the list.
fn others(table: &Table, way: &[&str]) -> Option<Table> {
    let mut copy = table.clone();
    let (last, above) = way.split_last()?;
    let mut inner = &mut copy;
    for key in above {
        inner = inner.get_mut(*key)?.as_table_mut()?;
    }
    inner.remove(*last);
    Some(copy)
}

/// The text with an element more. Lists stand on one line, or have an element
/// a line.
fn inserted(text: &str, way: &[&str], entries: &[&str], at: usize, new: &str) -> Option<String> {
    let (key, section) = way.split_last()?;
    let header = format!("[{}]", section.join("."));
    let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
    let start = lines.iter().position(|line| line.trim() == header)? + 1;
    let end = lines[start..].iter().position(|line| line.starts_with('['));
    let end = end.map_or(lines.len(), |end| start + end);
    let first = (start..end).find(|line| {
        let line = lines[*line].trim_start();
        let rest = line.strip_prefix(*key).map(str::trim_start);
        rest.is_some_and(|rest| rest.starts_with('='))
    })?;
    let quote = if lines[first..end].iter().any(|line| line.contains('\''))
        && !lines[first..end].iter().any(|line| line.contains('"'))
    {
        '\''
    } else {
        '"'
    };
    let element = format!("{quote}{new}{quote}");
    if lines[first].trim_end().ends_with(']') {
        let line = &lines[first];
        let (open, close) = (line.find('[')?, line.rfind(']')?);
        let mut all: Vec<String> = entries
            .iter()
            .map(|entry| format!("{quote}{entry}{quote}"))
            .collect();
        // Only a list that is written plainly is written anew.
        if line[open + 1..close] != all.join(", ") {
            return None;
        }
        all.insert(at, element);
        lines[first] = format!("{}[{}]", &line[..open], all.join(", "));
        return Some(lines.join("\n"));
    }
    let close = (first + 1..end).find(|line| lines[*line].trim() == "]")?;
    let rows: Vec<usize> = (first + 1..close)
        .filter(|row| lines[*row].trim_start().starts_with(['"', '\'']))
        .collect();
    if rows.len() != entries.len() {
        return None;
    }
    let sample = rows.first().map_or("    ", |row| {
        let line = &lines[*row];
        &line[..line.len() - line.trim_start().len()]
    });
    let new_line = format!("{sample}{element},");
    if let Some(last) = rows.last().filter(|_| at == rows.len()) {
        let line = lines[*last].trim_end();
        if !line.ends_with(',') {
            // A comment behind it hides whether there is a comma.
            if line.contains('#') {
                return None;
            }
            lines[*last] = format!("{line},");
        }
        lines.insert(last + 1, new_line);
    } else {
        lines.insert(rows.get(at).copied().unwrap_or(close), new_line);
    }
    Some(lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::with;

    const WAY: &[&str] = &["project", "dependencies"];

    #[test]
    fn lists_keep_their_form() {
        for (before, after) in [
            (
                "dependencies = [\"attrs\", \"six\"]",
                "dependencies = [\"attrs\", \"requests\", \"six\"]",
            ),
            ("dependencies = []", "dependencies = [\"requests\"]"),
            (
                "dependencies = [\n  \"attrs>=1\",\n  \"six>=1\",\n]",
                "dependencies = [\n  \"attrs>=1\",\n  \"requests>=2.31\",\n  \"six>=1\",\n]",
            ),
            (
                "dependencies = [\n    'six==1'\n]",
                "dependencies = [\n    'six==1',\n    'requests==2.31.0',\n]",
            ),
        ] {
            let frame = |list: &str| {
                format!("[project]\nname = \"a\"\n{list}\n\n[tool.x]\ndependencies = []\n")
            };
            let made = with(&frame(before), WAY, "requests", "2.31.0");
            assert_eq!(made, Ok(frame(after)));
        }
    }

    #[test]
    fn what_is_not_understood_is_left_alone() {
        for text in [
            "[project]\nname = \"a\"\n",
            "[project]\ndependencies = [\"requests>=1\"]\n",
            "[project]\ndependencies = [ \"six\" ]\n",
            "project = { dependencies = [\"six\"] }\n",
            "[project]\ndependencies = [\n  \"six\", \"attrs\",\n]\n",
            "[project\n",
        ] {
            assert!(with(text, WAY, "requests", "2.31.0").is_err(), "{text}");
        }
    }
}
