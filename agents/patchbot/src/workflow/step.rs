//! Steps of a workflow, line by line: what they use, and what they give it.

/// The value of `uses:` or `runs-on:` in a line, and where it stands in it.
pub(super) fn value<'l>(line: &'l str, key: &str) -> Option<(usize, &'l str)> {
    let start = line.len() - line.trim_start().len();
    let rest = &line[start..];
    let dash = rest.strip_prefix("- ").map_or(rest, str::trim_start);
    let rest = dash.strip_prefix(key)?.strip_prefix(':')?;
    let bare = rest.trim_start();
    let quoted = bare.starts_with(['"', '\'']);
    let value = if quoted { &bare[1..] } else { bare };
    let end = value
        .find(|c: char| c.is_whitespace() || matches!(c, '"' | '\''))
        .unwrap_or(value.len());
    let at = line.len() - value.len();
    (end > 0).then(|| (at, &value[..end]))
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// The lines of the step that holds a line.
pub(super) fn around(lines: &[String], at: usize) -> &[String] {
    let is_item = |line: &str| line.trim_start().starts_with("- ");
    let own = indent(&lines[at]);
    let start = (0..=at)
        .rev()
        .find(|row| is_item(&lines[*row]) && (indent(&lines[*row]) < own || *row == at));
    let start = start.unwrap_or(at);
    let item = indent(&lines[start]);
    let end = lines[start + 1..]
        .iter()
        .position(|line| !line.trim().is_empty() && indent(line) <= item);
    &lines[start..end.map_or(lines.len(), |end| start + 1 + end)]
}

/// What a step gives under a name in `with:`; several lines where it is a
/// block. None where it does not.
pub(super) fn given(step: &[String], name: &str) -> Option<Vec<String>> {
    let with = step.iter().position(|line| line.trim() == "with:")?;
    let depth = indent(&step[with]);
    let inside = || {
        (with + 1..step.len())
            .take_while(|row| step[*row].trim().is_empty() || indent(&step[*row]) > depth)
    };
    let mark = format!("{name}:");
    let at = inside().find(|row| step[*row].trim_start().starts_with(&mark))?;
    let own = step[at].trim_start()[mark.len()..].trim();
    if !matches!(own, "|" | ">" | "|-" | ">-" | "") {
        return Some(vec![own.trim_matches(['"', '\'']).to_owned()]);
    }
    let below = inside().skip_while(|row| *row <= at);
    let block = below.take_while(|row| indent(&step[*row]) > indent(&step[at]));
    Some(block.map(|row| step[row].trim().to_owned()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_read_with_what_they_give() {
        let text = "jobs:\n  a:\n    steps:\n      - name: keep\n        uses: actions/upload-artifact@v3 # it\n        with:\n          name: out\n          path: |\n            dist\n            .env\n      - uses: 'a/b@v1'\n";
        let lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
        assert_eq!(
            value(&lines[4], "uses"),
            Some((14, "actions/upload-artifact@v3"))
        );
        assert_eq!(value(&lines[10], "uses"), Some((15, "a/b@v1")));
        let step = around(&lines, 4);
        assert_eq!(step.len(), 7);
        assert_eq!(given(step, "name"), Some(vec!["out".into()]));
        assert_eq!(
            given(step, "path"),
            Some(vec!["dist".into(), ".env".into()])
        );
        assert_eq!(given(step, "key"), None);
        assert_eq!(value("    # uses: a/b@v1", "uses"), None);
    }
}
