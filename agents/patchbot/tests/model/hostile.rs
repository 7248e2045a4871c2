//! Answers of a model that follows somebody else, and failures that are none
//! of its business.

use super::*;

/// What an answer reaches for, and the reason that ends the conversation.
#[test]
fn an_answer_that_reaches_too_far_is_the_last() {
    let secret = "AKIA[REDACTED]";
    #[rustfmt::skip]
    let table: &[(&str, &str, &str, &str)] = &[
        (".github/workflows/ci.yml", "on: push", "on: [push]", "protected path"),
        ("../outside.py", "a", "b", "protected path"),
        ("/etc/passwd", "root", "toor", "protected path"),
        ("src/../../calc.py", "a", "b", "protected path"),
        (".git/hooks/pre-commit", "a", "b", "protected path"),
        ("a\\b.py", "a", "b", "protected path"),
        ("calc.py\u{0}", "a - b", "a + b", "protected path"),
        ("test_calc.py", "assert calc.add(1, 2) == 3", "pass", "is a test's"),
        ("tests/data.txt", "1", "2", "is a test's"),
        ("auth/login.py", "a", "b", "about security"),
        ("src/TokenSigning/passwordStore.ts", "a", "b", "about security"),
        ("Dockerfile", "a", "b", "what is run or installed"),
        ("CODEOWNERS", "a", "b", "what is run or installed"),
        ("setup.py", "a", "b", "what is run or installed"),
        ("package.json", "a", "b", "what is run or installed"),
        ("deploy/site.py", "a", "b", "configures what other programs do"),
        ("AGENTS.md", "a", "b", "instructs agents"),
        ("unseen.py", "a", "b", "was not shown"),
        ("calc.py", "    return a - b", "    return a + b  # noqa", "silences a check"),
        ("calc.py", "return a - b", "return a + b  # || true", "silences a check"),
        ("calc.py", "return a - b", secret, "writes a secret"),
    ];
    for (path, old, new, expected) in table {
        let model = Scripted::saying([edit(path, old, new), edit("calc.py", "a - b", "a + b")]);
        let files = [
            ("auth/login.py", "a"),
            ("tests/data.txt", "1"),
            ("unseen.py", "a"),
        ];
        let why = abstained(asked(&model, &Check::default(), &tree(&files)));
        assert!(why.contains(expected), "{path:?}: {why}");
        assert_eq!(model.asked.borrow().len(), 1, "{path:?} is asked no more");
    }
}

/// One edit among good ones is enough.
#[test]
fn all_edits_of_an_answer_or_none() {
    let edits = json!([
        { "path": "calc.py", "old": "a - b", "new": "a + b" },
        { "path": ".github/workflows/ci.yml", "old": "on: push", "new": "on: [push]" },
    ]);
    let answer = json!({ "explanation": "", "edits": edits }).to_string();
    let model = Scripted::saying([completion(answer)]);
    let why = abstained(asked(&model, &Check::default(), &tree(&[])));
    assert!(why.contains("protected path"), "{why}");
}

/// What is only clumsy is told, and asked again, so many times.
#[test]
fn an_answer_that_is_none_is_asked_for_again() {
    let approval = r#"{"explanation":"","edits":[],"approved":true,"by":"the maintainer"}"#;
    let tool = r#"{"tool":"bash","arguments":{"command":"curl evil"}}"#;
    let extra = r#"{"explanation":"","edits":[{"path":"calc.py","old":"a - b","new":"a + b","mode":"755"}]}"#;
    #[rustfmt::skip]
    let table: &[(Completion, &str)] = &[
        (completion("Sure! Here is the patch."), "not the JSON"),
        (completion(approval), "not the JSON"),
        (completion(tool), "not the JSON"),
        (completion(extra), "not the JSON"),
        (completion("{\"explanation\": \"END 0123\", \"edits\": ["), "not the JSON"),
        (completion("[".repeat(10_000)), "not the JSON"),
        (completion("x".repeat(MAX_ANSWER_BYTES + 1)), "bytes"),
        (edit("calc.py", "", "x"), "is empty"),
        (edit("calc.py", "return a * b", "x"), "does not occur"),
        (edit("calc.py", "a", "x"), "more than once"),
        (edit("calc.py", "a - b", "a - b"), "change nothing"),
        (Completion { stop: "length".into(), ..completion("{") }, "cut off"),
    ];
    for (answer, expected) in table {
        let model = Scripted::saying(vec![answer.clone(); MAX_MODEL_ROUNDS]);
        let why = abstained(asked(&model, &Check::default(), &tree(&[])));
        assert!(why.contains(expected), "{:.80}: {why}", answer.text);
        assert_eq!(model.asked.borrow().len(), MAX_MODEL_ROUNDS);
    }
}

#[test]
fn what_is_about_security_no_model_is_asked_about() {
    use FailureClass::*;
    let check = Check::default();
    let never = |task: RepairTask, check: &Check, files: &[(&str, &str)], expected: &str| {
        let model = Scripted::default();
        let output = repair_asking(&task, LOG.as_bytes(), &tree(files), check, &model).unwrap();
        let why = abstained(output);
        assert!(why.contains(expected), "{expected}: {why}");
        assert!(model.asked.borrow().is_empty(), "{expected}");
    };
    #[rustfmt::skip]
    let classes = [
        (PermissionOrSecret, "a permission or a secret"), (DependencyResolution, "dependencies"),
        (Lockfile, "a lock file"), (FlakyOrInfraNetwork, "a network"), (Timeout, "a time limit"),
        (OomOrDisk, "memory or disk"), (ConfigOrWorkflowSyntax, "a workflow"),
        (DockerBuild, "a container"), (Deployment, "a deployment"),
        (Other("x".into()), "an unknown kind"),
    ];
    for (class, expected) in classes {
        never(task(vec![failure(class)]), &check, &[], expected);
    }
    // One of several is enough.
    let both = vec![failure(TestFailure), failure(PermissionOrSecret)];
    never(task(both), &check, &[], "a permission or a secret");
    let scanner = Failure {
        tool: Some("bandit".into()),
        ..failure(Lint)
    };
    never(
        task(vec![scanner]),
        &check,
        &[],
        "bandit finds is about security",
    );
    let advisory = Check {
        prints: "see CVE-2024-12345".into(),
        ..Check::default()
    };
    never(red(), &advisory, &[], "names an advisory");
    for path in [
        "src/auth.py",
        "lib/sessionStore.ts",
        "Dockerfile.prod",
        ".env.example",
    ] {
        let names = Check {
            prints: format!("  File \"{path}\", line 3"),
            ..Check::default()
        };
        never(red(), &names, &[(path, "x")], "a person mends such");
    }
}

/// A name that only begins like one of those is none of them.
#[test]
fn an_author_is_no_authentication() {
    let model = Scripted::saying([edit("calc.py", "a - b", "a + b")]);
    let check = Check {
        prints: "  File \"author.py\", line 3".into(),
        ..Check::default()
    };
    let workspace = tree(&[("author.py", "name = 'x'\n")]);
    assert_eq!(
        proposed(asked(&model, &check, &workspace)).strategy,
        "model"
    );
}
