//! The parts without any network.

use proptest::prelude::*;
use sentinel::forge::github::{MAX_ANNOTATIONS, annotated_lines, cut};

use super::patch;
use crate::doubles::github::GitHub;

proptest! {
    #[test]
    fn cut_text_fits_and_begins_the_same(text in "(\\PC|\n){0,300}", limit in 0_usize..200) {
        let short = cut(&text, limit);
        prop_assert!(short.len() <= limit);
        if text.len() <= limit {
            prop_assert_eq!(&short, &text);
        }
        let kept = short.strip_suffix("\n\n(cut: GitHub takes no more)\n").unwrap_or(&short);
        prop_assert!(text.starts_with(kept));
    }
}

/// Every annotation lies in the file as it is at the failing commit.
#[test]
fn annotations_point_at_lines_that_are_there() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let github = runtime.block_on(GitHub::start());
    let lines = || prop::collection::vec("[ab]{0,2}", 0..12);
    let mut runner = proptest::test_runner::TestRunner::default();
    let outcome = runner.run(
        &(lines(), lines(), any::<bool>()),
        |(before, after, newline)| {
            let text = |lines: &[String]| lines.join("\n") + if newline { "\n" } else { "" };
            let (old, new) = (text(&before), text(&after));
            prop_assume!(old != new);
            let repository = github.repository("acme/lines");
            repository.file("a.txt", &old).commit("feat: lines");
            let patch = patch(&repository, "main", &[("a.txt", Some(&new))]);
            let count = old.split_inclusive('\n').count();
            let found: Vec<_> = annotated_lines(&patch).collect();
            prop_assert!(found.len() <= MAX_ANNOTATIONS);
            prop_assert_eq!(found.is_empty(), count == 0);
            for (path, lines) in found {
                prop_assert_eq!(path, "a.txt");
                prop_assert!(
                    *lines.start() >= 1 && lines.start() <= lines.end() && *lines.end() <= count
                );
            }
            Ok(())
        },
    );
    outcome.expect("every pair");
}
