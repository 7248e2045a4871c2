//! The text of guests: what their headers say, and their forms
//! (`(func …)`, `(memory …)`, …) as far as it takes to add what is missing.

/// The value of a header line, `;; key: value`.
pub fn header<'a>(source: &'a str, key: &str) -> Option<&'a str> {
    source
        .lines()
        .map_while(|line| line.strip_prefix(";;"))
        .find_map(|line| line.trim().strip_prefix(key)?.strip_prefix(": "))
}

/// The version of the contract a guest needs.
pub fn since(source: &str) -> &str {
    header(source, "since").unwrap_or("0.1.0")
}

/// Writes out `(;repeat N;)text(;end;)`: a guest is a few lines, also where
/// its hostility is in numbers.
pub fn expand(source: &str) -> String {
    const OPEN: &str = "(;repeat ";
    const CLOSE: &str = "(;end;)";
    let mut out = String::new();
    let mut rest = source;
    while let Some((before, after)) = rest.split_once(OPEN) {
        let (count, after) = after.split_once(";)").expect("`(;repeat N;)` is closed");
        let (text, after) = after.split_once(CLOSE).expect("a repeat has an end");
        out.push_str(before);
        out.push_str(&text.repeat(count.parse().expect("a number of repeats")));
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Where a string that begins at `at` ends.
fn string_end(text: &[u8], at: usize) -> usize {
    let mut end = at + 1;
    while end < text.len() && text[end] != b'"' {
        end += if text[end] == b'\\' { 2 } else { 1 };
    }
    end + 1
}

/// The text without comments.
pub fn bare(source: &str) -> String {
    let text = source.as_bytes();
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        let end = match &text[at..] {
            [b'"', ..] => string_end(text, at),
            [b';', b';', ..] => {
                at += source[at..].find('\n').unwrap_or(text.len() - at);
                continue;
            }
            [b'(', b';', ..] => {
                at += source[at..].find(";)").expect("a comment ends") + 2;
                continue;
            }
            _ => at + 1,
        };
        out.extend_from_slice(&text[at..end]);
        at = end;
    }
    String::from_utf8(out).expect("comments are whole characters")
}

/// The parenthesised forms side by side in a bare text.
pub fn split(text: &str) -> Vec<&str> {
    let bytes = text.as_bytes();
    let (mut forms, mut depth, mut start, mut at) = (Vec::new(), 0usize, 0, 0);
    while at < bytes.len() {
        match bytes[at] {
            b'"' => at = string_end(bytes, at) - 1,
            b'(' => {
                if depth == 0 {
                    start = at;
                }
                depth += 1;
            }
            b')' => {
                depth = depth.checked_sub(1).expect("a form closes once");
                if depth == 0 {
                    forms.push(&text[start..=at]);
                }
            }
            _ => {}
        }
        at += 1;
    }
    assert_eq!(depth, 0, "a form is not closed");
    forms
}

/// Every `$name` in a bare text.
pub fn names(text: &str) -> impl Iterator<Item = &str> {
    let of_name = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    text.split('$').skip(1).map(move |after| {
        let end = after.find(|c| !of_name(c)).unwrap_or(after.len());
        &after[..end]
    })
}

/// The names under which a bare text exports something.
pub fn exports(text: &str) -> impl Iterator<Item = &str> {
    text.split("(export \"")
        .skip(1)
        .filter_map(|after| after.split('"').next())
}
