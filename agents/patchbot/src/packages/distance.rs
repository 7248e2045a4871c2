//! How far one name is from another: letters that are more, less, other, or
//! swapped with their neighbour (optimal string alignment).

/// Longer names are compared with none, in bytes: registries allow 214.
const MAX_NAME: usize = 214;

/// Whether a name is so near another that one may be mistaken for the other.
pub(super) fn near(name: &str, other: &str) -> bool {
    let shorter = name.len().min(other.len());
    let allowed = match shorter {
        // Three letters are near everything.
        0..=3 => 0,
        4..=7 => 1,
        _ => 2,
    };
    name != other
        && name.len().abs_diff(other.len()) <= allowed
        && name.len().max(other.len()) <= MAX_NAME
        && distance(name.as_bytes(), other.as_bytes()) <= allowed
}

fn distance(one: &[u8], two: &[u8]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=two.len()).collect();
    for (row, a) in one.iter().enumerate() {
        let mut next = vec![row + 1];
        for (column, b) in two.iter().enumerate() {
            let replaced = last[column] + usize::from(a != b);
            let mut least = replaced.min(last[column + 1] + 1).min(next[column] + 1);
            let swapped = row > 0 && column > 0 && *a == two[column - 1] && one[row - 1] == *b;
            if swapped {
                least = least.min(before[column - 1] + 1);
            }
            next.push(least);
        }
        before = std::mem::replace(&mut last, next);
    }
    last.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_those_of_the_textbook() {
        for (one, two, far) in [
            ("", "", 0),
            ("requests", "requests", 0),
            ("reqeusts", "requests", 1),
            ("request", "requests", 1),
            ("python-dateutil", "python_dateutil", 1),
            ("kitten", "sitting", 3),
            ("ca", "abc", 3),
        ] {
            assert_eq!(distance(one.as_bytes(), two.as_bytes()), far, "{one} {two}");
            assert_eq!(distance(two.as_bytes(), one.as_bytes()), far, "{two} {one}");
        }
    }

    #[test]
    fn short_names_are_near_only_what_differs_by_little() {
        assert!(near("colourama", "colorama"));
        assert!(near("lodahs", "lodash"));
        assert!(!near("six", "sip"));
        assert!(!near("pandas", "panels"));
        assert!(!near(&"a".repeat(MAX_NAME + 1), &"a".repeat(MAX_NAME)));
    }
}
