//! Text as the rules compare it.

use super::{CheatKind, Finding};

/// In lower case, continued lines joined, runs of blanks as one: `|| \⏎ TRUE`
/// is `|| true`. Line ends stay.
pub(super) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let continued = c == '\\' && rest.next_if(|next| matches!(next, '\n' | '\r')).is_some();
        if continued {
            rest.next_if_eq(&'\n');
        }
        match continued || (c.is_whitespace() && c != '\n') {
            true if !out.ends_with([' ', '\n']) && !out.is_empty() => out.push(' '),
            true => {}
            false => out.extend(c.to_lowercase()),
        }
    }
    out
}

/// What is left when form is taken away: no blanks, no kind of quote, no comma,
/// semicolon or round bracket, which formatters add and remove.
pub(super) fn formless(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, ',' | ';' | '(' | ')'))
        .map(|c| if matches!(c, '\'' | '`') { '"' } else { c })
        .collect()
}

/// Characters that no formatter writes and no reviewer sees.
pub(super) fn hidden(before: &str, after: &str) -> Option<Finding> {
    let count = |text: &str| text.chars().filter(|c| is_hidden(*c)).count();
    (count(after) > count(before)).then(|| {
        let what = "bidirectional controls, zero-width or tag characters";
        (CheatKind::HiddenText, what.to_owned())
    })
}

fn is_hidden(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2064}'
            | '\u{2066}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}
