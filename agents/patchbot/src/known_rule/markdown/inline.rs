//! Rules about what stands inside of a line.

use super::super::{Finding, misfit, offset};
use super::{Rule, expected};
use crate::text_edit::{Edits, Source};

type Mended = Result<(), String>;

#[rustfmt::skip]
pub(super) fn rule(code: &str) -> Option<Rule> {
    Some(match code {
        "MD010" => no_tabs,
        "MD011" => reversed,
        "MD014" => no_prompts,
        "MD035" => rule_of_one_kind,
        "MD037" | "MD038" | "MD039" => tight,
        "MD044" => proper_name,
        "MD049" | "MD050" => emphasis,
        _ => return None,
    })
}

/// A tab as one blank, as the tool's own fix has it.
fn no_tabs(finding: &Finding, source: &Source<'_>, edits: &mut Edits) -> Mended {
    let line = source.line(finding.line)?;
    let at = offset(finding, source)?;
    let tabs = line[at..].len() - line[at..].trim_start_matches('\t').len();
    if tabs == 0 {
        return misfit("a tab");
    }
    edits.replace(finding.line, at, at + tabs, " ".repeat(tabs));
    Ok(())
}

/// `(text)[address]` as `[text](address)`.
fn reversed(finding: &Finding, source: &Source<'_>, edits: &mut Edits) -> Mended {
    let line = source.line(finding.line)?;
    let at = offset(finding, source)?;
    let parts = line[at..].strip_prefix('(').and_then(|rest| {
        let (text, rest) = rest.split_once(")[")?;
        let (address, _) = rest.split_once(']')?;
        Some((text, address))
    });
    match parts {
        Some((text, address)) if !text.contains(['(', '[']) && !address.contains(['(', '[']) => {
            let end = at + text.len() + address.len() + 4;
            edits.replace(finding.line, at, end, format!("[{text}]({address})"));
            Ok(())
        }
        _ => misfit("a link the wrong way round"),
    }
}

/// `$ ls` as `ls`, where no output is shown.
fn no_prompts(finding: &Finding, source: &Source<'_>, edits: &mut Edits) -> Mended {
    let line = source.line(finding.line)?;
    let indent = line.len() - line.trim_start().len();
    match line[indent..].strip_prefix("$ ") {
        Some(command) => {
            let from = indent + 2 + (command.len() - command.trim_start().len());
            edits.replace(finding.line, indent, from, "");
            Ok(())
        }
        None => misfit("a command with its prompt"),
    }
}

/// `***` as `---`.
fn rule_of_one_kind(finding: &Finding, source: &Source<'_>, edits: &mut Edits) -> Mended {
    let line = source.line(finding.line)?;
    let (new, old) = expected(finding).ok_or("the message names no rules")?;
    let plain = new.chars().all(|letter| "-*_ ".contains(letter)) && new.len() >= 3;
    if line.trim_end() != old || !plain {
        return misfit("such a rule");
    }
    edits.replace(finding.line, 0, line.len(), new);
    Ok(())
}

/// Without the blanks inside of emphasis, code and links: what is named in the
/// context, which stands in the line once.
fn tight(finding: &Finding, source: &Source<'_>, edits: &mut Edits) -> Mended {
    let line = source.line(finding.line)?;
    let context = finding.message.rsplit_once("[Context: \"");
    let context = context.and_then(|(_, rest)| rest.strip_suffix("\"]"));
    let context = context.filter(|text| !text.contains("...") && text.len() > 2);
    let context = context.ok_or("the message shows no whole text")?;
    let signs = |letter: char| "*_`[]".contains(letter);
    let body = context.trim_matches(signs).trim();
    let places: Vec<usize> = line.match_indices(context).map(|(at, _)| at).collect();
    let head = context.len() - context.trim_start_matches(signs).len();
    let tail = context.len() - context.trim_end_matches(signs).len();
    let [at] = places[..] else {
        return misfit("a line that has the text once");
    };
    if body.is_empty() || head + tail >= context.len() {
        return misfit("a text in signs");
    }
    let new = format!(
        "{}{body}{}",
        &context[..head],
        &context[context.len() - tail..]
    );
    edits.replace(finding.line, at, at + context.len(), new);
    Ok(())
}

/// A name as it is spelled.
fn proper_name(finding: &Finding, source: &Source<'_>, edits: &mut Edits) -> Mended {
    let line = source.line(finding.line)?;
    let at = offset(finding, source)?;
    let (new, old) = expected(finding).ok_or("the message names no names")?;
    if !line[at..].starts_with(old) || !new.eq_ignore_ascii_case(old) {
        return misfit("that name");
    }
    edits.replace(finding.line, at, at + old.len(), new);
    Ok(())
}

/// `_a_` as `*a*`: the sign that is named and the one that goes with it are
/// reported each.
fn emphasis(finding: &Finding, source: &Source<'_>, edits: &mut Edits) -> Mended {
    let sign = |name: &str| match name {
        "asterisk" => Some("*"),
        "underscore" => Some("_"),
        _ => None,
    };
    let line = source.line(finding.line)?;
    let at = offset(finding, source)?;
    let signs = expected(finding).and_then(|(new, old)| Some((sign(new)?, sign(old)?)));
    let (new, old) = signs.ok_or("the message names no signs")?;
    let count = if finding.code == "MD050" { 2 } else { 1 };
    if !line[at..].starts_with(&old.repeat(count)) {
        return misfit("such a sign");
    }
    edits.replace(finding.line, at, at + count, new.repeat(count));
    Ok(())
}
