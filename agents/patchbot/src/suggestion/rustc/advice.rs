//! Which advice of the compiler is taken.
//!
//! It prints no word on whether a suggestion is certain. So each kind that is
//! taken is listed: imports with one candidate, marks without which the line
//! has no meaning (`mut`, `&`, `;`), derives, and the rewrites of lints that
//! clippy applies by itself. Advice that guesses (`unwrap`, `clone`, `todo!`)
//! is never taken.

use super::rows::{Block, Row, place};
use super::{Change, Kind};
use crate::share::Share;

/// The edits that one error's advice comes to, or why there are none.
pub(super) fn of(block: &Block<'_>, share: Share) -> Result<Vec<Change>, String> {
    let (path, line, _) = block.place().ok_or("names no place")?;
    if block.rows.iter().any(|row| {
        row.contains("this error originates in") || row.contains("in this macro invocation")
    }) {
        return Err("is in a macro".into());
    }
    if let Some(names) = unused(block.message) {
        return Ok(names
            .into_iter()
            .map(|name| Change {
                path: path.to_owned(),
                kind: Kind::Import { number: line, name },
            })
            .collect());
    }
    let helps = helps(block);
    let mut advised = helps.iter().filter(|help| !help.rows.is_empty());
    match (advised.next(), advised.next()) {
        (Some(help), None) => {
            let path = help.path.unwrap_or(path);
            let changes = changes(help, path)?;
            if taken(help.text, block, &changes, share) {
                Ok(changes)
            } else {
                Err("has advice that may mean something else".into())
            }
        }
        (Some(_), Some(_)) => Err("has more than one piece of advice".into()),
        (None, _) => inline(block, path)
            .or_else(|| derived(block, path))
            .ok_or_else(|| "has no advice with an edit".into()),
    }
}

/// A method of one of the traits that can be derived, on a type whose
/// definition is shown.
fn derived(block: &Block<'_>, path: &str) -> Option<Vec<Change>> {
    const TRAITS: &[&str] = &["Clone", "Default", "Hash", "PartialEq", "PartialOrd", "Ord"];
    let mut candidates = block
        .rows
        .iter()
        .filter_map(|row| row.split_once("candidate #")?.1.split('`').nth(1));
    let name = candidates.next().filter(|name| TRAITS.contains(name))?;
    let wanted = block
        .rows
        .iter()
        .any(|row| row.contains("perhaps you need to implement it"));
    if !wanted || candidates.next().is_some() {
        return None;
    }
    let number = block.rows.windows(2).find_map(|rows| {
        let (Some(Row::Same(number, text)), Some(Row::Marks(marks))) =
            (Row::parse(rows[0]), Row::parse(rows[1]))
        else {
            return None;
        };
        let text = text.trim_start_matches("pub ");
        let defines = text.starts_with("struct ") || text.starts_with("enum ");
        (defines && marks.contains(" not found for this ")).then_some(number)
    })?;
    let kind = Kind::Above {
        number,
        lines: vec![format!("#[derive({name})]")],
    };
    let path = path.to_owned();
    Some(vec![Change { path, kind }])
}

/// `unused import: `std::fmt``, `unused imports: `A` and `B``
fn unused(message: &str) -> Option<Vec<String>> {
    let names = message
        .strip_prefix("unused import: ")
        .or_else(|| message.strip_prefix("unused imports: "))?;
    let quoted = names.split('`').skip(1).step_by(2);
    Some(quoted.map(str::to_owned).collect())
}

/// A `help:` with the rows below it.
struct Help<'a> {
    text: &'a str,
    /// Where it is in another file than the error.
    path: Option<&'a str>,
    rows: Vec<Row<'a>>,
}

fn helps<'a>(block: &Block<'a>) -> Vec<Help<'a>> {
    let mut helps: Vec<Help> = Vec::new();
    let mut open = false;
    for row in &block.rows {
        if let Some(text) = row.strip_prefix("help: ") {
            helps.push(Help {
                text,
                path: None,
                rows: Vec::new(),
            });
            open = true;
        } else if row.starts_with("note: ") {
            open = false;
        } else if let (true, Some(help)) = (open, helps.last_mut()) {
            match (place(row), Row::parse(row)) {
                (Some((path, ..)), _) => help.path = Some(path),
                (None, Some(parsed)) => help.rows.push(parsed),
                (None, None) => {}
            }
        }
    }
    // Rows without an edit only show a place.
    for help in &mut helps {
        let edits = help.rows.iter().any(|row| match row {
            Row::Old(..) | Row::New(..) | Row::Changed(..) => true,
            Row::Marks(marks) => marks.contains('+') || marks.contains('~'),
            Row::Same(..) | Row::Gap => false,
        });
        if !edits {
            help.rows.clear();
        }
    }
    helps
}

/// The edits of a piece of advice.
fn changes(help: &Help<'_>, path: &str) -> Result<Vec<Change>, String> {
    let mut changes = Vec::new();
    let mut rows = help.rows.iter().copied().peekable();
    // Numbers of new lines count those above them that are new, too.
    let mut grown = 0;
    while let Some(row) = rows.next() {
        let kind = match row {
            Row::Old(number, old) => match rows.peek() {
                Some(Row::New(same, new)) if *same == number => {
                    let new = (*new).to_owned();
                    rows.next();
                    let old = vec![old.to_owned()];
                    Kind::Line { number, old, new }
                }
                _ => Kind::Gone {
                    number,
                    old: old.to_owned(),
                },
            },
            Row::New(number, line) => {
                let mut lines = vec![line.to_owned()];
                while let Some(Row::New(_, line)) = rows.peek() {
                    lines.push((*line).to_owned());
                    rows.next();
                }
                let number = number.checked_sub(grown).ok_or("has advice out of order")?;
                grown += lines.len() as u64;
                Kind::Above { number, lines }
            }
            Row::Same(number, new) => match rows.peek() {
                Some(Row::Marks(marks)) if marks.contains('~') => {
                    return Err("has advice that does not show the old text".into());
                }
                Some(Row::Marks(marks)) if marks.contains('+') => {
                    let old = without(new, marks).ok_or("has advice in an unknown form")?;
                    let (new, number) = (new.to_owned(), number - grown.min(number));
                    Kind::Line { number, old, new }
                }
                _ => continue,
            },
            Row::Changed(number, new) => {
                let number = number.checked_sub(grown).ok_or("has advice out of order")?;
                let new = new.to_owned();
                Kind::Grown { number, new }
            }
            Row::Marks(_) | Row::Gap => continue,
        };
        changes.push(Change {
            path: path.to_owned(),
            kind,
        });
    }
    Ok(changes)
}

/// The line without what the marks below call new, in all ways to read them.
fn without(line: &str, marks: &str) -> Option<Vec<String>> {
    let is_new = |index: usize| marks.as_bytes().get(index) == Some(&b'+');
    let plain = marks.bytes().all(|byte| matches!(byte, b'+' | b' '));
    let wide = |letter: char| !letter.is_ascii();
    // Marks count columns; a wide letter before one would shift it.
    let last = marks.rfind('+')?;
    if !plain || line.chars().take(last + 1).any(wide) || line.len() <= last {
        return None;
    }
    let left = |gone: &dyn Fn(usize) -> bool| -> String {
        let kept = line.char_indices().filter(|(index, _)| !gone(*index));
        kept.map(|(_, letter)| letter).collect()
    };
    let blank =
        |index: usize| index > 0 && is_new(index - 1) && line.as_bytes().get(index) == Some(&b' ');
    let plain = left(&is_new);
    let wider = left(&|index| is_new(index) || blank(index));
    Some(vec![plain, wider])
}

/// Advice that stands beside the marks: `^ help: add `;` here`,
/// `^^ help: change this to: `x``.
fn inline(block: &Block<'_>, path: &str) -> Option<Vec<Change>> {
    let mut source: Option<(u64, &str)> = None;
    for (index, row) in block.rows.iter().enumerate() {
        match Row::parse(row) {
            Some(Row::Same(line, text)) => source = Some((line, text)),
            Some(Row::Marks(marks)) => {
                let Some((before, help)) = marks.split_once("help: ") else {
                    continue;
                };
                let (line, old) = source.filter(|(_, text)| text.is_ascii())?;
                let (from, to) = marked(before, &block.rows[..index])?;
                // A place behind the line's end is its end.
                let (from, to) = (from.min(old.len()), to.min(old.len()));
                let new = advised(help, block, old.get(from..to)?)?;
                let text = format!("{}{new}{}", &old[..from], &old[to..]);
                let (old, new) = (vec![old.to_owned()], text);
                let kind = Kind::Line {
                    number: line,
                    old,
                    new,
                };
                let path = path.to_owned();
                return Some(vec![Change { path, kind }]);
            }
            _ => {}
        }
    }
    None
}

/// The columns that a label belongs to: marks in front of it, or a row of
/// marks above that begins where the label does.
fn marked(before: &str, rows: &[&str]) -> Option<(usize, usize)> {
    let own = before.trim_end();
    if let Some(sign) = own.chars().last().filter(|sign| matches!(sign, '^' | '-')) {
        let from = own.trim_end_matches(sign).len();
        return Some((from, own.len()));
    }
    let column = before.len();
    let above = rows.iter().rev().find_map(|row| match Row::parse(row) {
        Some(Row::Marks(marks)) if marks.contains(['^', '-']) => Some(marks),
        _ => None,
    })?;
    let run = above.get(column..)?;
    let sign = run
        .chars()
        .next()
        .filter(|sign| matches!(sign, '^' | '-'))?;
    let length = run.chars().take_while(|letter| *letter == sign).count();
    let begins = !above[..column].ends_with(sign);
    begins.then_some((column, column + length))
}

/// What the marked text becomes.
fn advised(help: &str, block: &Block<'_>, old: &str) -> Option<String> {
    const REMOVE: &[&str] = &[
        "remove this `mut`",
        "remove these parentheses",
        "remove this semicolon",
        "remove extra semicolon",
        "remove the extra semicolon",
    ];
    const REPLACE: &[&str] = &[
        "if this is intentional, prefix it with an underscore",
        "use `..=` instead",
        "consider using",
    ];
    if let Some(rest) = help.strip_prefix("add `") {
        // `^ help: add `;` here`, behind the marked place's beginning.
        let (new, _) = rest.strip_suffix(" here")?.rsplit_once('`')?;
        return matches!(new, ";" | "," | "{" | "}" | ")" | "=").then(|| format!("{new}{old}"));
    }
    if REMOVE.iter().any(|start| help.starts_with(start)) {
        return Some(String::new());
    }
    let (text, new) = help.split_once(": `")?;
    let new = new.strip_suffix('`')?;
    if text.contains("with a similar name") {
        let (one, two) = (old.trim_matches('"'), new.trim_matches('"'));
        return crate::known_rule::is_slip(one, two).then(|| new.to_owned());
    }
    let known =
        REPLACE.iter().any(|start| text.starts_with(start)) || super::advice::safe_lint(block);
    known.then(|| new.to_owned())
}

/// Whether this advice is taken.
fn taken(text: &str, block: &Block<'_>, changes: &[Change], share: Share) -> bool {
    const TAKEN: &[&str] = &[
        "consider importing this ",
        "consider importing this",
        "consider annotating `",
        "consider changing this to be mutable",
        "consider making this binding mutable",
        "consider changing this to be a mutable reference",
        "consider borrowing here",
        "consider mutably borrowing here",
        "add `dyn` keyword before this trait",
        "you can add the `dyn` keyword if you want a trait object",
        "to force the closure to take ownership of ",
        "to force the async block to take ownership of ",
        "if this is intentional, prefix it with an underscore",
        "consider introducing a named lifetime parameter",
        "consider restricting type parameter",
        "consider further restricting type parameter",
        "remove this `mut`",
        "remove these parentheses",
        "remove these braces",
        "remove this semicolon",
        "remove the extra semicolon",
        "add a semicolon",
        "consider adding semicolon",
        "use `..=` for an inclusive range",
        "to return the value",
        "use a colon",
        "try comparing with",
    ];
    const SIMILAR: &[&str] = &[
        "with a similar name",
        "with a similar spelling",
        "similarly named",
        "a similar name exists",
    ];
    if changes.is_empty() {
        return false;
    }
    if SIMILAR.iter().any(|word| text.contains(word)) {
        return changes.iter().all(|change| is_slip(change, share));
    }
    if text == "try using a conversion method" || text.starts_with("try using a conversion method")
    {
        // None of them can fail, and each gives what the types ask for.
        const CONVERSIONS: &[&str] =
            &[".to_string()", ".to_owned()", ".to_vec()", ".to_path_buf()"];
        let converts = |change| CONVERSIONS.iter().any(|text| adds(change, text));
        return changes.iter().all(converts);
    }
    if text.starts_with("you can convert ") {
        return changes.iter().all(|change| adds(change, ".into()"));
    }
    // `trait `Write` which provides `flush` is implemented but not in scope`
    let scope = text.contains("is implemented but not in scope; perhaps you want to import it");
    scope || TAKEN.iter().any(|start| text.starts_with(start)) || safe_lint(block)
}

fn adds(change: &Change, text: &str) -> bool {
    match &change.kind {
        Kind::Line { old, new, .. } => old.iter().any(|old| {
            let differences = super::differences(old, new);
            let added: String = differences.iter().map(|(_, _, added)| *added).collect();
            added.trim() == text && differences.iter().all(|(from, to, _)| from == to)
        }),
        Kind::Above { .. } | Kind::Gone { .. } | Kind::Grown { .. } | Kind::Import { .. } => false,
    }
}

/// Whether one name becomes another that differs by a slip.
fn is_slip(change: &Change, share: Share) -> bool {
    let Kind::Line { old, new, .. } = &change.kind else {
        return false;
    };
    let words = |text: &str| -> Vec<String> {
        let words = text.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
        words
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let Some(old) = old.first() else {
        return false;
    };
    // Other uses of an imported name are not shown.
    if share == Share::All && old.trim_start().starts_with("use ") {
        return false;
    }
    let (old, new) = (words(old), words(new));
    let mut other = old.iter().zip(&new).filter(|(a, b)| a != b);
    let (first, second) = (other.next(), other.next());
    let slip = first.is_some_and(|(a, b)| crate::known_rule::is_slip(a, b));
    old.len() == new.len() && second.is_none() && slip
}

/// Whether the error is a lint whose suggestion clippy applies by itself.
fn safe_lint(block: &Block<'_>) -> bool {
    let name = block.rows.iter().find_map(|row| {
        let (_, anchor) = row.split_once("rust-clippy/")?.1.split_once("#")?;
        Some(anchor.trim())
    });
    name.is_some_and(|name| LINTS.contains(&name))
}

/// Lints of clippy whose suggestions are machine-applicable.
#[rustfmt::skip]
const LINTS: &[&str] = &[
    "assign_op_pattern", "bool_comparison", "borrow_deref_ref", "bytes_nth", "chars_next_cmp",
    "clone_on_copy", "cmp_owned", "collapsible_else_if", "collapsible_if", "collapsible_str_replace",
    "comparison_to_empty", "deref_addrof", "derivable_impls", "double_neg", "duration_subsec",
    "explicit_auto_deref", "explicit_counter_loop", "explicit_write", "extra_unused_lifetimes",
    "filter_map_identity", "filter_next", "flat_map_identity", "get_first", "identity_op",
    "implicit_saturating_sub", "inherent_to_string", "int_plus_one", "into_iter_on_ref",
    "is_digit_ascii_radix", "iter_cloned_collect", "iter_count", "iter_kv_map", "iter_next_slice",
    "iter_nth", "iter_nth_zero", "iter_skip_next", "len_zero", "let_and_return",
    "let_unit_value", "lines_filter_map_ok", "manual_bits", "manual_filter_map", "manual_find_map",
    "manual_is_ascii_check", "manual_map", "manual_next_back", "manual_pattern_char_comparison",
    "manual_range_contains", "manual_rem_euclid", "manual_repeat_n", "manual_strip", "manual_swap",
    "manual_unwrap_or_default", "map_clone", "map_flatten", "map_identity",
    "match_like_matches_macro", "match_ref_pats", "match_result_ok", "mem_replace_option_with_none",
    "mem_replace_with_default", "needless_bool", "needless_bool_assign", "needless_borrow",
    "needless_borrowed_reference", "needless_borrows_for_generic_args", "needless_else",
    "needless_late_init", "needless_lifetimes", "needless_match", "needless_option_as_deref",
    "needless_option_take", "needless_question_mark", "needless_return", "needless_splitn",
    "neg_multiply", "nonminimal_bool", "obfuscated_if_else", "op_ref", "option_as_ref_deref",
    "option_map_or_none", "partialeq_to_none", "print_with_newline", "println_empty_string",
    "ptr_eq", "question_mark", "redundant_as_str", "redundant_at_rest_pattern", "redundant_closure",
    "redundant_closure_call", "redundant_field_names", "redundant_guards", "redundant_locals",
    "redundant_pattern", "redundant_pattern_matching", "redundant_slicing",
    "redundant_static_lifetimes", "search_is_some", "single_char_add_str",
    "single_component_path_imports", "single_element_loop", "skip_while_next",
    "string_from_utf8_as_bytes", "tabs_in_doc_comments", "to_string_in_format_args",
    "toplevel_ref_arg", "trim_split_whitespace", "unit_arg", "unnecessary_cast",
    "unnecessary_fold", "unnecessary_get_then_check", "unnecessary_lazy_evaluations",
    "unnecessary_map_or", "unnecessary_min_or_max", "unnecessary_mut_passed",
    "unnecessary_operation", "unnecessary_sort_by", "unnecessary_to_owned", "unneeded_struct_pattern",
    "unused_unit", "unwrap_or_default", "useless_asref", "useless_conversion", "useless_format",
    "useless_vec", "while_let_on_iterator", "write_with_newline", "writeln_empty_string",
    "zero_prefixed_literal", "uninlined_format_args", "legacy_numeric_constants", "manual_div_ceil",
    "manual_inspect", "needless_as_bytes", "byte_char_slices", "io_other_error", "manual_abs_diff",
    "manual_contains", "manual_is_multiple_of", "manual_slice_fill", "ptr_offset_by_literal",
    "redundant_comparisons", "doc_lazy_continuation", "empty_line_after_doc_comments",
    "needless_update",
];
