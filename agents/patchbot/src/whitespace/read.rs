//! How tools say that white space is wrong.

use super::wish::{Reading, Wish};
use crate::tool::Tool;
use crate::transcript::Output;

mod concise;
mod grouped;
mod hooks;
mod snippet;

/// What each family of tools says in this output.
pub(super) fn all(output: &Output) -> Vec<(&'static [Tool], Reading)> {
    vec![
        (
            &[Tool::Flake8, Tool::Pycodestyle, Tool::RuffCheck],
            concise::python(output),
        ),
        (&[Tool::RuffCheck], snippet::ruff(output)),
        (&[Tool::Yamllint], concise::yamllint(output)),
        (&[Tool::Yamllint], grouped::yamllint(output)),
        (&[Tool::Eslint], grouped::eslint(output)),
        (&[Tool::Markdownlint], concise::markdownlint(output)),
        (&[Tool::Rubocop], concise::rubocop(output)),
        (&[Tool::EditorconfigChecker], grouped::editorconfig(output)),
        (&[Tool::GitCheck], concise::git_check(output)),
        (&[Tool::PreCommit], hooks::read(output)),
    ]
}

/// What a rule's code demands, where it is about white space.
pub(crate) fn wish(code: &str, line: u64) -> Option<Wish> {
    Some(match code {
        "W291"
        | "W293"
        | "trailing-spaces"
        | "no-trailing-spaces"
        | "MD009"
        | "@stylistic/no-trailing-spaces"
        | "Layout/TrailingWhitespace" => Wish::NoBlanksAt(line),
        "W292" | "new-line-at-end-of-file" | "eol-last" | "@stylistic/eol-last" | "MD047" => {
            Wish::FinalNewline
        }
        "W391" => Wish::NoBlankEnd,
        _ => return None,
    })
}

/// Adds what a rule says to a reading.
fn record(reading: &mut Reading, path: &str, code: &str, line: u64, log_line: u64) {
    match wish(code, line) {
        Some(wish) => reading.push(path, wish, log_line),
        None => reading.other(code, log_line),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(log: &str) -> Vec<(&'static [Tool], Reading)> {
        let output = Output::within(1, log.lines().map(str::as_bytes));
        let readings = all(&output).into_iter();
        readings
            .filter(|(_, reading)| *reading != Reading::default())
            .collect()
    }

    fn wishes(log: &str) -> Vec<(String, Wish)> {
        let readings = read(log)
            .into_iter()
            .flat_map(|(_, reading)| reading.findings);
        readings
            .map(|finding| (finding.path, finding.wish))
            .collect()
    }

    #[test]
    fn rubocop_is_read() {
        let log = "\
lib/a.rb:3:5: C: [Correctable] Layout/TrailingWhitespace: Trailing whitespace detected.
lib/a.rb:9:1: C: [Correctable] Layout/TrailingEmptyLines: 2 trailing blank lines detected.
lib/b.rb:4:4: C: [Correctable] Layout/TrailingEmptyLines: Final newline missing.
";
        let expected = [
            ("lib/a.rb".to_owned(), Wish::NoBlanksAt(3)),
            ("lib/a.rb".to_owned(), Wish::NoBlankEnd),
            ("lib/b.rb".to_owned(), Wish::FinalNewline),
        ];
        assert_eq!(wishes(log), expected);
        let more = "lib/a.rb:3:5: W: Lint/UselessAssignment: Useless assignment.";
        assert!(read(more)[0].1.other.is_some());
    }

    #[test]
    fn editorconfig_checker_is_read() {
        let log =
            "notes.txt:\n\t3: Trailing whitespace\n\tWrong line endings or no final newline\n";
        let expected = [
            ("notes.txt".to_owned(), Wish::NoBlanksAt(3)),
            ("notes.txt".to_owned(), Wish::FinalNewline),
        ];
        assert_eq!(wishes(log), expected);
        let more = "a.c:\n\t7: Wrong indentation type(spaces instead of tabs)\n";
        assert!(read(more)[0].1.other.is_some());
    }

    #[test]
    fn a_warning_of_yamllint_fails_nothing() {
        let log = "a.yml\n  1:1  warning  missing document start \"---\"  (document-start)\n  \
                   2:9  error    trailing spaces  (trailing-spaces)\n";
        assert_eq!(wishes(log), [("a.yml".to_owned(), Wish::NoBlanksAt(2))]);
        assert!(read(log)[0].1.other.is_none());
    }
}
