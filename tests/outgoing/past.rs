//! History: what became of this repository's failures before.

use sentinel::effect::{Answer, Call, Fate, Past};
use sentinel::event::{Conclusion, PipelineFailed, Trigger};
use sentinel::failure::{Failure, FailureClass, Severity};
use sentinel::grant::AgentRef;
use sentinel::ids::{Digest, Fingerprint, IncidentId, Repository, RunKey, Source, TaskId};
use sentinel::proposal::{Action, Edit, EditContent, Proposal};
use sentinel::store::{Store, StoredFailure, TaskRecord, TaskRow};
use sentinel::task::{TaskKind, TaskState};
use sentinel::time::Timestamp;

use super::{INSIDE, NOW, Web, job, said};

/// A repair as it lies in the store.
struct Repair {
    repository: &'static str,
    fingerprint: char,
    state: TaskState,
    /// Minutes before now.
    ago: i64,
    generation: u32,
    subject: &'static str,
}

const PUBLISHED: Repair = Repair {
    repository: "widget",
    fingerprint: 'a',
    state: TaskState::Published,
    ago: 10,
    generation: 0,
    subject: "rustfmt",
};

fn repository(name: &str) -> Repository {
    let name = name.parse().unwrap();
    Repository::new(sentinel::ids::ForgeKind::Local, name)
}

fn fingerprint(of: char) -> Fingerprint {
    of.to_string().repeat(64).parse().unwrap()
}

fn failure(of: char) -> Failure {
    Failure {
        class: FailureClass::Format,
        severity: Severity::Low,
        confidence: 0.9,
        key_lines: Vec::new(),
        command: None,
        tool: None,
        location: None,
        fingerprint: fingerprint(of),
        attributes: Vec::new(),
    }
}

fn event(repair: &Repair, run: u64) -> PipelineFailed {
    PipelineFailed {
        run: RunKey {
            repository: repository(repair.repository),
            source: Source::Forge,
            run,
            attempt: 1,
        },
        conclusion: Conclusion::Failure,
        commit: "a".repeat(40).parse().unwrap(),
        branch: "main".parse().unwrap(),
        base: None,
        trigger: Trigger::Push,
        fork: false,
        by_bot: false,
        workflow: "ci".into(),
        url: None,
        installation: None,
        command: None,
        log_format: None,
    }
}

fn proposal(repair: &Repair) -> Vec<u8> {
    let edit = Edit {
        path: format!("src/{}.rs", repair.fingerprint),
        base: None,
        content: EditContent::Write(b"new".to_vec()),
    };
    let proposal = Proposal {
        strategy: "printed-diff".into(),
        title: "t".into(),
        rationale: "r".into(),
        confidence: 0.9,
        actions: vec![Action::Change { edits: vec![edit] }],
        provenance: Vec::new(),
        attributes: Vec::new(),
    };
    serde_json::to_vec(&proposal).unwrap()
}

/// Stores repairs, the last one as the task that asks; answers with its id.
async fn stored(store: &Store, repairs: &[Repair]) -> TaskId {
    let mut last = TaskId::derive(&["none"]);
    for (run, repair) in (1u64..).zip(repairs) {
        let event = event(repair, run);
        let at = NOW.plus_ms(-repair.ago * 60_000);
        let agent = AgentRef {
            name: "a".into(),
            version: "1.0.0".into(),
            digest: Digest::of(b"a"),
        };
        let mut record = TaskRecord::new(agent, &event, repair.subject.into());
        record.generation = repair.generation;
        record.proposal = Some(store.blobs().put(&proposal(repair)).unwrap());
        let task = task(repair, &event, record, at);
        last = task.id.clone();
        let failure = StoredFailure {
            job: "j".into(),
            incident: task.incident.clone().unwrap(),
            failure: failure(repair.fingerprint),
        };
        store
            .write(move |tx| {
                tx.insert_run(&event, None, at)?;
                tx.insert_failure(&task.repository, &task.run, 0, &failure, at)?;
                tx.insert_task(&task)
            })
            .await
            .unwrap();
    }
    last
}

fn task(repair: &Repair, event: &PipelineFailed, record: TaskRecord, at: Timestamp) -> TaskRow {
    let repository = repository(repair.repository);
    TaskRow {
        id: TaskId::derive(&[&event.run.to_string()]),
        kind: TaskKind::Repair,
        state: repair.state,
        incident: Some(IncidentId::derive(
            &repository,
            &fingerprint(repair.fingerprint),
        )),
        repository,
        run: event.run.to_string(),
        job: "j".into(),
        record,
        created_at: at,
        updated_at: at,
    }
}

/// What the last of these repairs is told.
async fn told(repairs: &[Repair], limit: u32) -> Vec<Past> {
    told_after(repairs, limit, None).await
}

/// The same after the forge told what became of every change of theirs.
async fn told_after(repairs: &[Repair], limit: u32, outcome: Option<&str>) -> Vec<Past> {
    let web = Web::granting(INSIDE);
    let store = Store::open(web.place.path()).unwrap();
    let task = stored(&store, repairs).await;
    if let Some(outcome) = outcome {
        let file = rusqlite::Connection::open(web.place.path().join("sentinel.db")).unwrap();
        let told = "INSERT INTO change (repository, branch, task, intended_at, outcome, ended_at)
                    SELECT repository, 'sentinel/i', id, 1, ?, 2 FROM task";
        file.execute(told, [outcome]).unwrap();
    }
    let mut grant = web.grant();
    grant.repository = Some(repository("widget"));
    grant.task = task;
    let permit = grant.authorise(sentinel::grant::Effect::History).unwrap();
    let call = Call::History { limit };
    match web.effects(&grant).perform(&permit, &call).await {
        Answer::Past(entries) => entries,
        other => panic!("{other:?}"),
    }
}

fn asking(fingerprint: char) -> Repair {
    Repair {
        fingerprint,
        state: TaskState::Queued,
        ago: 0,
        ..PUBLISHED
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_failure_first_then_the_newest() {
    let repairs = [
        Repair {
            ago: 50,
            subject: "old, the same",
            ..PUBLISHED
        },
        Repair {
            ago: 40,
            fingerprint: 'b',
            subject: "other",
            ..PUBLISHED
        },
        Repair {
            ago: 30,
            fingerprint: 'c',
            subject: "newer other",
            ..PUBLISHED
        },
        Repair {
            ago: 20,
            repository: "elsewhere",
            subject: "not ours",
            ..PUBLISHED
        },
        asking('a'),
    ];
    let entries = told(&repairs, 10).await;
    let subjects: Vec<&str> = entries.iter().map(|past| past.summary.as_str()).collect();
    assert_eq!(subjects, ["old, the same", "newer other", "other"]);
    let first = Past {
        fingerprint: "a".repeat(64),
        class: FailureClass::Format,
        summary: "old, the same".into(),
        strategy: Some("printed-diff".into()),
        fate: Fate::Open,
        paths: vec!["src/a.rs".into()],
    };
    assert_eq!(entries[0], first);
    assert_eq!(told(&repairs, 1).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_state_has_its_fate() {
    use TaskState::*;
    for (state, expected) in [
        (Published, Some(Fate::Open)),
        (Refused, Some(Fate::Refused)),
        (Rejected, Some(Fate::Refused)),
        (Abstained, Some(Fate::Abstained)),
        (Reported, Some(Fate::Abstained)),
        (Queued, None),
        (Proposed, None),
        (Held, None),
        (Approved, None),
        (Publishing, None),
        (Analyzed, None),
        (Cancelled, None),
        (Failed, None),
    ] {
        let repairs = [Repair { state, ..PUBLISHED }, asking('a')];
        let fates: Vec<Fate> = told(&repairs, 10)
            .await
            .iter()
            .map(|past| past.fate)
            .collect();
        assert_eq!(fates, Vec::from_iter(expected), "{}", state.as_str());
    }
    // A later task counted the change among the merged ones.
    let again = Repair {
        generation: 1,
        ..asking('a')
    };
    assert_eq!(told(&[PUBLISHED, again], 10).await[0].fate, Fate::Merged);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_told_is_one_clean_line() {
    let subject = "token = ghp_a1B2a1B2a1B2a1B2a1B2a1B2a1B2a1B2\nignore\u{202e} all";
    let entries = told(
        &[
            Repair {
                subject,
                ..PUBLISHED
            },
            asking('a'),
        ],
        10,
    )
    .await;
    let summary = &entries[0].summary;
    assert!(
        summary.contains("[REDACTED]") && !summary.contains("ghp_"),
        "{summary}"
    );
    assert!(!summary.contains(['\n', '\u{202e}']), "{summary:?}");
}

/// Through the guest, as it sees it.
#[tokio::test(flavor = "multi_thread")]
async fn a_guest_is_told() {
    let web = Web::granting(INSIDE);
    let store = Store::open(web.place.path()).unwrap();
    let task = stored(&store, &[PUBLISHED, asking('a')]).await;
    drop(store);
    let mut grant = web.grant();
    grant.repository = Some(repository("widget"));
    grant.task = task;
    let effects = web.effects(&grant);
    let report = super::SANDBOX.0.run(job(grant, "history 5", effects)).await;
    let told = said(&report);
    assert!(
        told.contains("rustfmt") && told.contains("printed-diff"),
        "{told}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_forge_told_of_a_changes_end_is_its_fate() {
    let repairs = [PUBLISHED, asking('a')];
    for (outcome, fate) in [
        (None, Fate::Open),
        (Some("merged"), Fate::Merged),
        (Some("closed"), Fate::Closed),
    ] {
        assert_eq!(told_after(&repairs, 1, outcome).await[0].fate, fate);
    }
}
