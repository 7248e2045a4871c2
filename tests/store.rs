//! What survives an update of the program.

use rusqlite::Connection;
use sentinel::event::Conclusion;
use sentinel::store::{Store, delivery, ended};
use sentinel::time::Timestamp;

/// The schema as version 1 had it.
const VERSION_1: &str = include_str!("../host/src/store/schema.sql");

/// What made each later version out of the one before it.
const LATER: [&str; 8] = [
    include_str!("../host/src/store/migrations/2.sql"),
    include_str!("../host/src/store/migrations/3.sql"),
    include_str!("../host/src/store/migrations/4.sql"),
    include_str!("../host/src/store/migrations/5.sql"),
    include_str!("../host/src/store/migrations/6.sql"),
    include_str!("../host/src/store/migrations/7.sql"),
    include_str!("../host/src/store/migrations/8.sql"),
    include_str!("../host/src/store/migrations/9.sql"),
];

const RUN: &str = r#"{"run":{"repository":{"forge":"github","name":"acme/widget"},"run":7,"attempt":2},
    "conclusion":"timed_out","commit":"1111111111111111111111111111111111111111","branch":"main",
    "trigger":{"kind":"push"},"fork":false,"by_bot":false,"workflow":"CI","url":null,
    "installation":77}"#;

const KEY: &str = "github:acme/widget run 7 attempt 2";

/// A store as version 1 left it, with a run, its log and work under way.
fn version_1(place: &std::path::Path) {
    let file = Connection::open(place.join("sentinel.db")).unwrap();
    file.execute_batch(VERSION_1).unwrap();
    file.pragma_update(None, "user_version", 1).unwrap();
    file.execute(
        "INSERT INTO delivery VALUES (1, 'github', 'd', 5, x'7b7d')",
        [],
    )
    .unwrap();
    file.execute(
        "INSERT INTO run VALUES (?, 'github:acme/widget', ?, 1, 5)",
        [KEY, RUN],
    )
    .unwrap();
    file.execute(
        "INSERT INTO job_log VALUES (?, '1', 'test', ?, 3, 0)",
        [KEY, &"a".repeat(64)],
    )
    .unwrap();
    file.execute(
        "INSERT INTO work (stage, subject, not_before) VALUES ('fetch', ?, 5)",
        [KEY],
    )
    .unwrap();
}

#[tokio::test]
async fn what_version_1_stored_is_read() {
    let place = tempfile::tempdir().unwrap();
    version_1(place.path());
    let store = Store::open(place.path()).unwrap();
    let (run, logs, body) = store
        .read(|connection| {
            Ok((
                delivery::run(connection, KEY)?,
                delivery::logs(connection, KEY)?,
                delivery::run_body(connection, KEY)?,
            ))
        })
        .await
        .unwrap();
    assert_eq!(run.run.to_string(), KEY, "keys of old runs stay");
    assert_eq!(logs[0].failure_reason, None);
    assert_eq!(body.unwrap(), ("github".into(), b"{}".to_vec()));
    let (repository, commit) = (run.run.repository.clone(), run.commit.clone());
    let ended = store
        .read(move |connection| ended::at(connection, &repository, &commit))
        .await
        .unwrap();
    assert_eq!(ended[0].conclusion, Some(Conclusion::TimedOut));
    assert_eq!(ended[0].workflow, "CI");
    // A redelivery of it is one, and its work is still there.
    assert!(
        store
            .write(move |tx| tx.knows_run(&run.run, Timestamp(9)))
            .await
            .unwrap()
    );
    let work = store.write(|tx| tx.claim(Timestamp(9))).await.unwrap();
    assert_eq!(work.unwrap().subject, KEY);
    // Opened once more, nothing is done twice.
    drop(store);
    Store::open(place.path()).unwrap();
}

/// Which version a file is of, and every table and index in it.
fn schema(place: &std::path::Path) -> (i64, Vec<String>) {
    let file = Connection::open(place.join("sentinel.db")).unwrap();
    let version = file.pragma_query_value(None, "user_version", |row| row.get(0));
    let mut query = file
        .prepare("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name")
        .unwrap();
    let tables = query.query_map([], |row| row.get(0)).unwrap();
    (version.unwrap(), tables.collect::<Result<_, _>>().unwrap())
}

#[test]
fn a_file_of_any_version_becomes_what_a_new_one_is() {
    let new = tempfile::tempdir().unwrap();
    drop(Store::open(new.path()).unwrap());
    let expected = schema(new.path());
    assert_eq!(expected.0, 1 + LATER.len() as i64);
    for steps in 0..=LATER.len() {
        let place = tempfile::tempdir().unwrap();
        version_1(place.path());
        let file = Connection::open(place.path().join("sentinel.db")).unwrap();
        for step in &LATER[..steps] {
            file.execute_batch(step).unwrap();
        }
        let version = 1 + steps as i64;
        file.pragma_update(None, "user_version", version).unwrap();
        drop(file);
        drop(Store::open(place.path()).unwrap());
        assert_eq!(schema(place.path()), expected, "from version {version}");
    }
}

#[test]
fn what_a_newer_version_wrote_is_left_alone() {
    let place = tempfile::tempdir().unwrap();
    drop(Store::open(place.path()).unwrap());
    let file = Connection::open(place.path().join("sentinel.db")).unwrap();
    file.pragma_update(None, "user_version", 99).unwrap();
    let refused = Store::open(place.path()).err().unwrap().to_string();
    assert!(refused.contains("newer Sentinel"), "{refused}");
}
