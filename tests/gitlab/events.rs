//! What each hook means.

use sentinel::delivery::gitlab::{Headers, Secrets, verify};
use sentinel::event::gitlab::normalise;
use sentinel::event::{Event, Malformed, Normalised, NotForUs, Trigger};
use sentinel::time::Timestamp;
use serde_json::{Value, json};

fn project() -> Value {
    json!({"id": 7, "path_with_namespace": "Acme/Tools/widget",
           "web_url": "https://gitlab.example/acme/tools/widget"})
}

pub fn pipeline() -> Value {
    json!({
        "object_kind": "pipeline",
        "object_attributes": {"id": 31, "ref": "main", "tag": false, "sha": "1".repeat(40),
                              "source": "push", "status": "failed"},
        "user": {"username": "dana"},
        "project": project(),
        "builds": [{"id": 380, "status": "failed"}, {"id": 377, "status": "success"}],
    })
}

pub fn job() -> Value {
    json!({
        "object_kind": "build", "ref": "main", "sha": "1".repeat(40), "build_id": 1977,
        "build_name": "test", "build_stage": "test", "build_status": "failed",
        "build_allow_failure": false, "build_failure_reason": "script_failure",
        "pipeline_id": 31, "project_id": 7, "project_name": "Acme / Tools / widget",
        "repository": {"homepage": "https://gitlab.example/acme/tools/widget"},
    })
}

pub fn merge_request() -> Value {
    json!({
        "object_kind": "merge_request", "user": {"username": "dana"}, "project": project(),
        "object_attributes": {"iid": 4, "source_branch": "sentinel/i0123456789ab-abcdef",
            "target_branch": "main", "source_project_id": 7, "target_project_id": 7,
            "action": "merge", "state": "merged", "updated_at": "2026-01-02 03:04:05 UTC"},
    })
}

pub fn note() -> Value {
    json!({
        "object_kind": "note", "user": {"username": "dana"}, "project": project(),
        "object_attributes": {"id": 1244, "note": "/sentinel approve 1234\nplease",
            "noteable_type": "MergeRequest", "system": false, "action": "create"},
        "merge_request": {"iid": 4},
    })
}

fn read(event: &str, body: &Value) -> Result<Normalised, Malformed> {
    let secrets = Secrets {
        token: Some(b"t".to_vec()),
        signing: None,
    };
    let headers = Headers {
        token: Some(b"t"),
        event: Some(event),
        ..Headers::default()
    };
    let bytes = body.to_string().into_bytes();
    normalise(&verify(&secrets, headers, bytes, Timestamp(0)).unwrap())
}

fn event(header: &str, body: &Value) -> Event {
    match read(header, body) {
        Ok(Normalised::Event(event)) => *event,
        other => panic!("{other:?}"),
    }
}

fn edited(mut body: Value, edits: &[(&str, Value)]) -> Value {
    for (place, value) in edits {
        let (parent, key) = place.rsplit_once('/').unwrap();
        body.pointer_mut(parent).unwrap()[key] = value.clone();
    }
    body
}

#[test]
fn a_pipeline_that_failed() {
    let Event::PipelineFailed(run) = event("Pipeline Hook", &pipeline()) else {
        panic!();
    };
    assert_eq!(
        run.run.to_string(),
        "gitlab:acme/tools/widget run 31 attempt 380"
    );
    assert_eq!(
        (run.trigger, run.fork, run.by_bot),
        (Trigger::Push, false, false)
    );
    assert_eq!(
        run.url.unwrap(),
        "https://gitlab.example/acme/tools/widget/-/pipelines/31"
    );
    let passed = edited(
        pipeline(),
        &[("/object_attributes/status", json!("success"))],
    );
    assert!(matches!(
        event("System Hook", &passed),
        Event::PipelinePassed(_)
    ));
}

#[test]
fn whose_pipeline_it_is() {
    let of = |edits: &[(&str, Value)]| match event("Pipeline Hook", &edited(pipeline(), edits)) {
        Event::PipelineFailed(run) => run,
        other => panic!("{other:?}"),
    };
    let request = json!({"iid": 9, "source_project_id": 7});
    let own = of(&[("/merge_request", request)]);
    assert_eq!(own.trigger, Trigger::PullRequest { number: Some(9) });
    assert!(!own.fork);
    // Another project's, and one that is not named.
    for source in [json!(8), json!(null)] {
        let run = of(&[(
            "/merge_request",
            json!({"iid": 9, "source_project_id": source}),
        )]);
        assert!(run.fork, "{run:?}");
    }
    for name in ["project_7_bot_1a2b", "group_3_bot", "renovate-bot"] {
        assert!(of(&[("/user/username", json!(name))]).by_bot, "{name}");
    }
    // A stranger may call their branch as ours are called.
    let run = of(&[
        ("/merge_request", json!({"iid": 9, "source_project_id": 8})),
        ("/object_attributes/ref", json!("sentinel/mine")),
    ]);
    assert!(run.fork);
}

#[test]
fn other_hooks() {
    let Event::JobFailed(failed) = event("Job Hook", &job()) else {
        panic!();
    };
    assert_eq!(failed.repository.to_string(), "gitlab:acme/tools/widget");
    assert_eq!((failed.run, failed.job), (31, 1977));
    assert_eq!(failed.reason.as_deref(), Some("script_failure"));

    let Event::ChangeMerged(merged) = event("Merge Request Hook", &merge_request()) else {
        panic!();
    };
    assert_eq!(merged.number, 4);
    let closed = edited(
        merge_request(),
        &[("/object_attributes/action", json!("close"))],
    );
    assert!(matches!(
        event("Merge Request Hook", &closed),
        Event::ChangeClosed(_)
    ));

    let Event::CommandIssued(command) = event("Note Hook", &note()) else {
        panic!();
    };
    assert_eq!(
        (command.word.as_str(), command.rest.as_str()),
        ("approve", "1234")
    );
    assert_eq!(
        (command.change, command.claimed_author.as_str()),
        (4, "dana")
    );
    // Servers before 16 say nothing of the action.
    let old = edited(
        note(),
        &[
            ("/object_attributes/action", json!(null)),
            ("/object_attributes/created_at", json!("then")),
            ("/object_attributes/updated_at", json!("then")),
        ],
    );
    assert!(matches!(event("Note Hook", &old), Event::CommandIssued(_)));
}

#[test]
fn large_hooks_are_read_in_time() {
    let started = std::time::Instant::now();
    let long = |unit: &str| json!(unit.repeat(8_000_000 / unit.len()));
    let _ = read(
        "Note Hook",
        &edited(note(), &[("/object_attributes/note", long("/sentinel "))]),
    );
    let _ = read(
        "Note Hook",
        &edited(note(), &[("/user/username", long("_bot"))]),
    );
    let _ = read(
        "Pipeline Hook",
        &edited(pipeline(), &[("/object_attributes/ref", long("a/"))]),
    );
    let _ = read(
        "Job Hook",
        &edited(job(), &[("/repository/homepage", long("://"))]),
    );
    let builds: Vec<Value> = (0..200_000).map(|id| json!({"id": id})).collect();
    let _ = read(
        "Pipeline Hook",
        &edited(pipeline(), &[("/builds", json!(builds))]),
    );
    let took = started.elapsed();
    assert!(took < std::time::Duration::from_secs(20), "{took:?}");
}

#[test]
fn what_is_not_for_us_has_a_name() {
    let status = "/object_attributes/status";
    let text = "/object_attributes/note";
    let action = "/object_attributes/action";
    let cases = [
        (
            "Pipeline Hook",
            edited(pipeline(), &[(status, json!("running"))]),
            NotForUs::NotCompleted,
        ),
        (
            "Pipeline Hook",
            edited(pipeline(), &[(status, json!("canceled"))]),
            NotForUs::NotFailed,
        ),
        (
            "Pipeline Hook",
            edited(pipeline(), &[("/object_attributes/tag", json!(true))]),
            NotForUs::Tag,
        ),
        (
            "Pipeline Hook",
            edited(
                pipeline(),
                &[("/object_attributes/ref", json!("sentinel/i1"))],
            ),
            NotForUs::OwnBranch,
        ),
        (
            "Job Hook",
            edited(job(), &[("/build_status", json!("running"))]),
            NotForUs::NotCompleted,
        ),
        (
            "Job Hook",
            edited(job(), &[("/build_status", json!("success"))]),
            NotForUs::NotFailed,
        ),
        (
            "Job Hook",
            edited(job(), &[("/build_allow_failure", json!(true))]),
            NotForUs::AllowedToFail,
        ),
        (
            "Merge Request Hook",
            edited(merge_request(), &[(action, json!("open"))]),
            NotForUs::ChangeGoesOn,
        ),
        (
            "Merge Request Hook",
            edited(
                merge_request(),
                &[("/object_attributes/source_branch", json!("main"))],
            ),
            NotForUs::NotOurChange,
        ),
        (
            "Merge Request Hook",
            edited(
                merge_request(),
                &[("/object_attributes/source_project_id", json!(8))],
            ),
            NotForUs::NotOurChange,
        ),
        (
            "Note Hook",
            edited(note(), &[(text, json!("> /sentinel approve"))]),
            NotForUs::NoCommand,
        ),
        (
            "Note Hook",
            edited(note(), &[(text, json!("see\n/sentinel approve"))]),
            NotForUs::NoCommand,
        ),
        (
            "Note Hook",
            edited(note(), &[(text, json!("/sentinelapprove"))]),
            NotForUs::NoCommand,
        ),
        (
            "Note Hook",
            edited(note(), &[(text, json!(" /sentinel approve"))]),
            NotForUs::NoCommand,
        ),
        (
            "Note Hook",
            edited(note(), &[(action, json!("update"))]),
            NotForUs::NotNewComment,
        ),
        (
            "Note Hook",
            edited(
                note(),
                &[("/object_attributes/noteable_type", json!("Issue"))],
            ),
            NotForUs::NotOnChange,
        ),
        (
            "Note Hook",
            edited(note(), &[("/object_attributes/system", json!(true))]),
            NotForUs::ByBot,
        ),
        (
            "Note Hook",
            edited(note(), &[("/user/username", json!("project_7_bot_1"))]),
            NotForUs::ByBot,
        ),
        (
            "Push Hook",
            json!({"object_kind": "push"}),
            NotForUs::UnknownEvent,
        ),
        (
            "System Hook",
            json!({"event_name": "user_create"}),
            NotForUs::UnknownEvent,
        ),
    ];
    for (header, body, why) in cases {
        assert_eq!(read(header, &body), Ok(Normalised::NotForUs(why)), "{body}");
    }
}
