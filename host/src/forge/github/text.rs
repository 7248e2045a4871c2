//! Text fitted into what GitHub takes.

pub(super) use crate::forge::web::encoded;

/// The text, cut to at most `limit` bytes at a line's end where there is one,
/// with a last line that says so.
pub fn cut(text: &str, limit: usize) -> String {
    const NOTE: &str = "\n\n(cut: GitHub takes no more)\n";
    if text.len() <= limit {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(limit.saturating_sub(NOTE.len()));
    let kept = &text[..end];
    let kept = kept.rfind('\n').map_or(kept, |line| &kept[..line]);
    match limit < NOTE.len() {
        true => text[..text.floor_char_boundary(limit)].to_owned(),
        false => format!("{kept}{NOTE}"),
    }
}

/// Text in a Markdown fence that nothing in it can close.
pub(super) fn fenced(language: &str, text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    let end = if text.ends_with('\n') { "" } else { "\n" };
    format!("{fence}{language}\n{text}{end}{fence}\n")
}

/// A branch in a URL's path: its slashes stay.
pub(super) fn encoded_path(text: &str) -> String {
    let parts: Vec<String> = text.split('/').map(encoded).collect();
    parts.join("/")
}

/// Foreign text on one line.
pub(super) fn fold(text: &str) -> String {
    const CHARS: usize = 2_000;
    let one = |char: char| if char.is_control() { ' ' } else { char };
    text.trim().chars().map(one).take(CHARS).collect()
}
