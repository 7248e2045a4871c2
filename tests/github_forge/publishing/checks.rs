//! The patch as a check run, for a pull request that is its author's.

use super::*;

fn check_of(repository: &Repository) -> sentinel::change::Publication {
    let wanted = Wanted {
        repository,
        target: "main",
        form: Form::CheckRun,
        edits: &[
            ("src/lib.rs", Some("pub fn one() -> u8 {\n    1\n}\n")),
            ("new.txt", Some("new\n")),
        ],
    };
    wanted.authorised()
}

#[tokio::test]
async fn a_check_run_shows_the_patch_and_touches_nothing() {
    let github = GitHub::start().await;
    let repository = widget(&github);
    let publication = check_of(&repository);
    let change = github
        .forge()
        .publish(&publication)
        .await
        .expect("a check run");
    let checks = repository.checks();
    assert_eq!(checks.len(), 1);
    let check = &checks[0];
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    assert_eq!(text(&check["name"]), CHECK_NAME);
    assert_eq!(text(&check["head_sha"]), publication.head().as_str());
    assert_eq!(text(&check["conclusion"]), "neutral");
    assert_eq!(text(&check["output"]["summary"]), publication.text().body);
    let patch = text(&check["output"]["text"]);
    assert!(
        patch.contains("+pub fn one() -> u8 {") && patch.starts_with("```diff\n"),
        "{patch}"
    );
    let annotations = check["output"]["annotations"].as_array().expect("a list");
    assert_eq!(annotations.len(), 1, "a new file has no lines yet");
    assert_eq!(
        (&annotations[0]["path"], &annotations[0]["start_line"]),
        (&"src/lib.rs".into(), &1.into())
    );
    assert_eq!(
        (change.number, change.commit.as_ref()),
        (check["id"].as_u64(), None)
    );
    nothing(&repository);

    let again = github
        .forge()
        .publish(&publication)
        .await
        .expect("the same");
    assert_eq!(
        again,
        Change {
            found: true,
            ..change
        }
    );
    assert_eq!(repository.checks().len(), 1);
}

#[tokio::test]
async fn a_check_run_cut_off_and_tried_again_is_one() {
    for fault in [
        Fault::Reset,
        Fault::ResetAfter,
        Fault::LostAnswer,
        Fault::Truncated,
    ] {
        let github = GitHub::start().await;
        let repository = widget(&github);
        let publication = check_of(&repository);
        github.fault("POST /repos/*/*/check-runs", 1, fault);
        github
            .forge()
            .publish(&publication)
            .await
            .expect_err("cut off");
        github
            .forge()
            .publish(&publication)
            .await
            .expect("the second try");
        assert_eq!(repository.checks().len(), 1);
    }
}

#[tokio::test]
async fn what_failed_beside_it_is_in_the_same_check_run() {
    let github = GitHub::start().await;
    let repository = widget(&github);
    let publication = check_of(&repository);
    let first = github.forge().publish(&publication).await;
    let other = Wanted {
        repository: &repository,
        target: "main",
        form: Form::CheckRun,
        edits: &[("README.md", Some("# A widget\n"))],
    };
    let other = other.authorised().beside(vec![publication.patch().clone()]);
    let second = github.forge().publish(&other).await.expect("a check run");
    assert_eq!(second.number, first.expect("a check run").number);
    let [check] = repository.checks().try_into().expect("one check run");
    let text = check["output"]["text"].as_str().expect("text");
    assert!(text.contains("+pub fn one() -> u8 {") && text.contains("+# A widget"));
    // Annotations are only ever added: none is there twice.
    let annotations = check["output"]["annotations"].as_array().expect("a list");
    let paths: Vec<&Value> = annotations.iter().map(|one| &one["path"]).collect();
    assert_eq!(paths, ["src/lib.rs", "README.md"]);
}

#[tokio::test]
async fn why_there_is_no_patch_leaves_the_patches_that_are_there() {
    let github = GitHub::start().await;
    let repository = widget(&github);
    let notice = sentinel::change::Notice {
        repository: repository.id(),
        head: repository.head("main").expect("a branch"),
        title: "No patch".into(),
        summary: "Nothing sure.".into(),
        offered: vec![check_of(&repository).patch().result().clone()],
    };
    github.forge().show(&notice).await.expect("a check run");
    github.forge().show(&notice).await.expect("the same");
    assert_eq!(repository.checks()[0]["output"]["title"], "No patch");
    let publication = check_of(&repository);
    github.forge().publish(&publication).await.expect("a patch");
    github.forge().show(&notice).await.expect("the same");
    let [check] = repository.checks().try_into().expect("one check run");
    let output = &check["output"];
    assert_eq!(output["summary"], "Nothing sure.");
    assert_eq!(output["title"], publication.text().title.as_str());
    assert!(
        output["text"]
            .as_str()
            .expect("text")
            .contains("+pub fn one")
    );
    assert_eq!(output["annotations"].as_array().expect("a list").len(), 1);
    // The button stays with its patch.
    let tree = publication.patch().result().as_str();
    assert_eq!(
        check["actions"],
        serde_json::json!([{
            "label": "Apply fix", "description": format!("Land the tree {}", &tree[..12]),
            "identifier": format!("apply-{}", &tree[..12]),
        }])
    );
}

/// Several causes may be mended by one and the same tree.
#[tokio::test]
async fn each_tree_has_one_button() {
    let github = GitHub::start().await;
    let repository = widget(&github);
    let tree = |digit: &str| digit.repeat(40).parse().expect("a tree");
    let notice = |trees: &[&str]| sentinel::change::Notice {
        repository: repository.id(),
        head: repository.head("main").expect("a branch"),
        title: "Looked at five".into(),
        summary: "Several patches.".into(),
        offered: trees.iter().copied().map(tree).collect(),
    };
    let buttons = async |trees: &[&str]| {
        github
            .forge()
            .show(&notice(trees))
            .await
            .expect("a check run");
        let checks = repository.checks();
        let actions = checks[0]["actions"].as_array().expect("buttons").clone();
        let said = |action: &Value| format!("{} {}", action["label"], action["identifier"]);
        actions.iter().map(said).collect::<Vec<_>>()
    };
    let named = |label: &str, digit: &str| format!("\"{label}\" \"apply-{}\"", digit.repeat(12));
    assert_eq!(
        buttons(&["a", "b", "a"]).await,
        [named("Apply fix 1", "a"), named("Apply fix 2", "b")]
    );
}

#[tokio::test]
async fn a_person_cannot_make_check_runs_and_is_told_so() {
    let github = GitHub::start().await;
    let repository = widget(&github);
    let person = Adapter::new(github.token()).expect("settings");
    let error = person
        .publish(&check_of(&repository))
        .await
        .expect_err("refused");
    assert!(error.to_string().contains("GitHub App"), "{error}");
    person
        .publish(&fix(&repository))
        .await
        .expect("a pull request is fine");
    exactly_one(&repository);
}

#[tokio::test]
async fn a_patch_with_more_than_fits_a_check_run_is_bounded() {
    let github = GitHub::start().await;
    let repository = widget(&github);
    let (mut before, mut after) = (String::new(), String::new());
    for at in 0..2_000 {
        let _ = writeln!(before, "same {at}\nold {at} {}", "x".repeat(40));
        let _ = writeln!(after, "same {at}\nnew {at} {}", "y".repeat(40));
    }
    repository.file("long.txt", &before).commit("feat: long");
    let wanted = Wanted {
        repository: &repository,
        target: "main",
        form: Form::CheckRun,
        edits: &[("long.txt", Some(&after))],
    };
    github
        .forge()
        .publish(&wanted.authorised())
        .await
        .expect("within GitHub's limits");
    let output = repository.checks()[0]["output"].clone();
    // Fifty a request, and no more than anybody reads.
    assert_eq!(output["annotations"].as_array().expect("a list").len(), 200);
    assert_eq!(github.count("PATCH /repos/*/*/check-runs/*"), 3);
    assert!(
        output["text"]
            .as_str()
            .expect("text")
            .contains("sentinel task show")
    );
}

#[tokio::test]
async fn a_patch_that_cannot_be_shown_honestly_is_not_shown() {
    let secret = format!("token = \"ghp_{}\"\n", "a1B2".repeat(9));
    let cases = [
        (secret.as_str(), "looks like a secret"),
        ("access = \u{202e}resu\u{2066}\n", "nobody sees"),
    ];
    for (line, why) in cases {
        let github = GitHub::start().await;
        let repository = widget(&github);
        repository
            .file("config.txt", format!("{line}x  =  1\n"))
            .commit("feat: configure");
        let fixed = format!("{line}x = 1\n");
        let wanted = Wanted {
            repository: &repository,
            target: "main",
            form: Form::CheckRun,
            edits: &[("config.txt", Some(&fixed))],
        };
        let publication = wanted.authorised();
        github
            .forge()
            .publish(&publication)
            .await
            .expect("a check run");
        let text = repository.checks()[0]["output"]["text"].to_string();
        assert!(text.contains(why), "{text}");
        assert!(!text.contains("config.txt"), "{text}");
    }
}
