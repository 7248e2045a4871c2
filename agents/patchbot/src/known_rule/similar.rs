//! Whether a name that a tool offers is the one that was meant.

/// Whether `offered` differs from `written` by so little that nothing else can
/// be meant: case and underscores, or one slip of the keyboard in a name of
/// some length. A tool's own "did you mean" is far more generous, and a wrong
/// name that compiles is the worst of repairs.
pub(crate) fn is_slip(written: &str, offered: &str) -> bool {
    /// Letters a name has to have before one slip in it is no other word.
    const MIN_LENGTH: usize = 4;
    let name = |letter: char| letter.is_alphanumeric() || "_$-".contains(letter);
    if written == offered || offered.is_empty() || !offered.chars().all(name) {
        return false;
    }
    let plain = |name: &str| name.replace('_', "").to_lowercase();
    if plain(written) == plain(offered) {
        return true;
    }
    let letters = |name: &str| -> Vec<char> { plain(name).chars().collect() };
    let (one, two) = (letters(written), letters(offered));
    // Digits tell names apart: `part1` is not a slip for `part2`.
    let digits = |name: &[char]| name.iter().filter(|c| c.is_numeric()).count();
    digits(&one) == 0
        && digits(&two) == 0
        && one.len().min(two.len()) >= MIN_LENGTH
        && one_slip(&one, &two)
        && !is_number_of(&plain(written), &plain(offered))
}

/// `item` and `items` are both names people have.
fn is_number_of(one: &str, two: &str) -> bool {
    one.strip_suffix('s') == Some(two) || two.strip_suffix('s') == Some(one)
}

/// One letter more, less, other, or two swapped.
fn one_slip(one: &[char], two: &[char]) -> bool {
    let same = one.iter().zip(two).take_while(|(a, b)| a == b).count();
    let (one, two) = (&one[same..], &two[same..]);
    match one.len().abs_diff(two.len()) {
        0 => {
            let swapped =
                one.len() > 1 && one[0] == two[1] && one[1] == two[0] && one[2..] == two[2..];
            swapped || one.get(1..) == two.get(1..)
        }
        1 if one.len() > two.len() => one[1..] == *two,
        1 => *one == two[1..],
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::is_slip;

    #[test]
    fn slips_are_told_from_other_names() {
        for (written, offered) in [
            ("lenght", "length"),
            ("getUserID", "getUserId"),
            ("user_name", "userName"),
            ("recieve", "receive"),
            ("totall", "total"),
            ("toUpercase", "toUpperCase"),
        ] {
            assert!(is_slip(written, offered), "{written} {offered}");
        }
        for (written, offered) in [
            ("foo", "bar"),
            ("min", "max"),
            ("part1", "part2"),
            ("item", "items"),
            ("read", "write"),
            ("get", "set"),
            ("total", "total"),
            ("encode", "decode"),
            ("counter", "count;er"),
        ] {
            assert!(!is_slip(written, offered), "{written} {offered}");
        }
    }
}
