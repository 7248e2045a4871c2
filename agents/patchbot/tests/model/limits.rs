//! How much a model is shown and may answer.

use super::*;

#[test]
fn edits_of_one_answer_are_counted() {
    let one = json!({ "path": "calc.py", "old": "a - b", "new": "a + b" });
    let answer = |count: usize| {
        let edits = vec![one.clone(); count];
        completion(json!({ "explanation": "", "edits": edits }).to_string())
    };
    let model = Scripted::saying(vec![answer(MAX_ANSWER_EDITS + 1); MAX_MODEL_ROUNDS]);
    let why = abstained(asked(&model, &Check::default(), &tree(&[])));
    assert!(
        why.contains(&format!("more than {MAX_ANSWER_EDITS} edits")),
        "{why}"
    );
    // As many as are allowed are looked at: the second finds nothing any more.
    let model = Scripted::saying(vec![answer(MAX_ANSWER_EDITS); MAX_MODEL_ROUNDS]);
    let why = abstained(asked(&model, &Check::default(), &tree(&[])));
    assert!(why.contains("does not occur"), "{why}");
}

#[test]
fn what_is_shown_is_bounded() {
    let names: Vec<String> = (0..20).map(|number| format!("part{number}.py")).collect();
    let files: Vec<(&str, &str)> = names
        .iter()
        .map(|name| (name.as_str(), "x = 1\n"))
        .collect();
    let check = Check {
        prints: format!("{}\n{}", names.join(" "), "y".repeat(10 * MAX_SHOWN_OUTPUT)),
        ..Check::default()
    };
    let model = Scripted::saying([completion(r#"{"explanation":"","edits":[]}"#)]);
    abstained(asked(&model, &check, &tree(&files)));
    let asked = model.asked.borrow();
    let text = &asked[0][1].content;
    assert_eq!(text.matches(" file \"").count(), MAX_SHOWN_FILES);
    assert!(text.len() < MAX_SHOWN_OUTPUT + 4096, "{}", text.len());
    assert!(text.contains("[…]"));
}

/// A file is shown whole or not at all.
#[test]
fn a_long_file_is_not_shown() {
    let long = format!("{WRONG}#{}\n", "x".repeat(MAX_SHOWN_FILE_BYTES));
    let model = Scripted::default();
    let workspace = InMemory::new([("calc.py".to_owned(), Some(long.into_bytes()))]);
    let why = abstained(asked(&model, &Check::default(), &workspace));
    assert!(why.contains("no file that a model could edit"), "{why}");
    assert!(model.asked.borrow().is_empty());
}

#[test]
fn an_explanation_is_cut() {
    let edits = json!([{ "path": "calc.py", "old": "a - b", "new": "a + b" }]);
    let answer = json!({ "explanation": "word ".repeat(2_000), "edits": edits });
    let model = Scripted::saying([completion(answer.to_string())]);
    let proposal = proposed(asked(&model, &Check::default(), &tree(&[])));
    assert!(
        proposal.rationale.len() < 1_000,
        "{}",
        proposal.rationale.len()
    );
}
