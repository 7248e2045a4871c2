//! Text fitted into what GitLab takes, and made harmless there.

/// Longest title GitLab takes, in characters.
pub(super) const MAX_TITLE_CHARS: usize = 255;

/// Longest note GitLab takes is 1,000,000 characters, a description a little
/// more; in bytes a text is never shorter.
pub(super) const MAX_TEXT_BYTES: usize = 1_000_000;

/// A title of at most so many characters.
pub(super) fn titled(title: &str, limit: usize) -> String {
    title.chars().take(limit).collect()
}

/// Markdown as a description or a note. A line that begins with a slash is a
/// quick action (`/merge`, `/approve`), carried out as us; GitLab passes over
/// those in a code block, but takes the first line of three backticks for its
/// end, however long the fence is. So no line begins with a slash.
pub(super) fn described(markdown: &str) -> String {
    let mut out = String::with_capacity(markdown.len());
    for line in markdown.split_inclusive(['\n', '\r']) {
        if line.starts_with('/') {
            out.push(' ');
        }
        out += line;
    }
    // Our own words are far shorter, and a patch is measured before.
    out.truncate(out.floor_char_boundary(MAX_TEXT_BYTES));
    out
}
