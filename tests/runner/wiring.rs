//! What an agent with the capability `runner` gets: commands of its task by
//! id, on the tree that it may read, within its budgets, and journalled.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sentinel::command::Listed;
use sentinel::effect::{Answer, Call, Command, Failed, Journalled, RunResult};
use sentinel::failure::{Attribute, Failure, FailureClass, Severity};
use sentinel::grant::{AgentRef, Effect, Given, Grant, Permit};
use sentinel::ids::{Digest, Repository, TaskId};
use sentinel::pipeline::{Commands, Scene, World};
use sentinel::proposal::{Edit, EditContent};
use sentinel::runner::{Settings, Source, Tier};
use sentinel::sandbox::{Effects, Replay, Workspace};
use sentinel::store::Store;
use sentinel::task::TaskKind;
use sentinel::time::Timestamp;
use sentinel::web::Outgoing;

use super::{settings, source, text, working};

const WORKFLOW: &str = "
jobs:
  test: { steps: [{ run: ./check.sh }] }
  other: { steps: [{ run: 'true' }] }
";

/// Fails until `a.txt` says `right`; tells what else it sees.
const CHECK: &str = "cat a.txt; ls; grep -q right a.txt && echo fixed > b.txt\n";

struct Task {
    effects: Box<dyn Effects>,
    permit: Permit,
    _place: tempfile::TempDir,
}

fn grant(given: &str) -> Grant {
    Grant {
        task: TaskId::derive(&["runner"]),
        kind: TaskKind::Repair,
        agent: AgentRef {
            name: "mender".into(),
            version: "1.2.3".into(),
            digest: Digest::of(b""),
        },
        repository: Some(repository()),
        commit: None,
        permissions: toml::from_str::<Given>(given).unwrap().permissions(),
        limits: Default::default(),
        issued: Timestamp(0),
        expires: Timestamp(i64::MAX),
    }
}

fn repository() -> Repository {
    "github:acme/widget".parse().unwrap()
}

fn failure(command: &str) -> Failure {
    Failure {
        class: FailureClass::TestFailure,
        severity: Severity::High,
        confidence: 0.9,
        key_lines: Vec::new(),
        command: Some(command.into()),
        tool: None,
        location: None,
        fingerprint: serde_json::from_value("ab".repeat(32).into()).unwrap(),
        attributes: vec![Attribute {
            key: "job".into(),
            value: "test".into(),
        }],
    }
}

/// A task that was granted this; none where no tier works here.
fn task(given: &str, settings: Settings) -> Option<Task> {
    let runner = working(settings.clone())?;
    let Source { tree, files } = source(&[
        (".github/workflows/ci.yml", WORKFLOW),
        ("check.sh", CHECK),
        ("a.txt", "wrong\n"),
        ("secret/.env", "TOKEN=1\n"),
    ]);
    let listed = Listed {
        name: "slow".into(),
        run: vec!["sleep".into(), "61".into()],
        directory: String::new(),
        env: BTreeMap::new(),
    };
    let secret = Listed {
        name: "secret".into(),
        run: vec!["cat".into(), "secret/.env".into()],
        ..listed.clone()
    };
    let listed = BTreeMap::from([(repository(), vec![listed, secret])]);
    let place = tempfile::tempdir().unwrap();
    let world = World {
        store: Some(Store::open(place.path()).unwrap()),
        web: Some(Outgoing::new().unwrap()),
        sites: BTreeMap::new(),
        commands: Some(Arc::new(Commands::new(Arc::new(runner), &settings, listed))),
        models: None,
        clock: || Timestamp(1),
    };
    let grant = grant(given);
    let permit = grant
        .authorise(Effect::Run(""))
        .expect("the runner is granted");
    let scene = Scene {
        workspace: Some(Workspace { tree, files }),
        failures: vec![failure("sh check.sh")],
        stated: None,
        trusted: false,
    };
    Some(Task {
        effects: world.outside()(&grant, scene),
        permit,
        _place: place,
    })
}

impl Task {
    async fn commands(&mut self) -> Vec<Command> {
        match self.effects.perform(&self.permit, &Call::Commands).await {
            Answer::Commands(commands) => commands,
            other => panic!("{other:?}"),
        }
    }

    /// The id of the command with these last words.
    async fn id(&mut self, last: &str) -> String {
        let commands = self.commands().await;
        let found = commands
            .iter()
            .find(|command| command.argv.last().unwrap() == last);
        found.unwrap_or_else(|| panic!("{commands:?}")).id.clone()
    }

    async fn run(&mut self, command: String, edits: Vec<Edit>) -> Answer {
        let call = Call::Run { command, edits };
        self.effects.perform(&self.permit, &call).await
    }

    async fn ran(&mut self, last: &str, edits: Vec<Edit>) -> RunResult {
        let id = self.id(last).await;
        match self.run(id, edits).await {
            Answer::Ran(result) => result,
            other => panic!("{other:?}"),
        }
    }
}

fn edit() -> Edit {
    Edit {
        path: "a.txt".into(),
        base: Some(Digest::of(b"wrong\n").hex()),
        content: EditContent::Write(b"right\n".to_vec()),
    }
}

const ALL: &str = "workspace = true\nrunner = true";

#[tokio::test(flavor = "multi_thread")]
async fn the_failed_command_fails_before_and_passes_after() {
    for tier in Tier::ALL {
        let Some(mut task) = task(ALL, settings(tier)) else {
            continue;
        };
        let commands = task.commands().await;
        let origins: Vec<&str> = commands
            .iter()
            .map(|command| command.origin.as_str())
            .collect();
        let job = ".github/workflows/ci.yml: job test, step 1 (./check.sh)";
        assert_eq!(origins, ["log", "operator: slow", "operator: secret", job]);
        let before = task.ran("sh check.sh", Vec::new()).await;
        assert_eq!(before.exit, Some(1), "{before:?}");
        assert_eq!(before.edits, []);
        let after = task.ran("sh check.sh", vec![edit()]).await;
        assert_eq!(after.exit, Some(0), "{after:?}");
        assert_eq!(text(&after.stdout), "right\na.txt\ncheck.sh\nsecret\n");
        assert_eq!(after.edits.len(), 1);
        assert_eq!(after.edits[0].path, "b.txt");
        let recorded = after
            .attributes
            .iter()
            .find(|one| one.key == "tier")
            .unwrap();
        assert_eq!(recorded.value, tier.as_str());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_sees_no_more_of_the_tree_than_the_agent() {
    let given = "workspace = { deny = [\"secret/**\"] }\nrunner = true";
    let Some(mut task) = task(given, settings(Tier::Bubblewrap)) else {
        return;
    };
    let told = task.ran("secret/.env", Vec::new()).await;
    assert_ne!(told.exit, Some(0));
    assert_eq!(text(&told.stdout), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_ids_of_the_task_are_run_and_the_budget_bounds_what_they_print() {
    let given = "workspace = true\nrunner = { bytes = 8 }";
    let Some(mut task) = task(given, settings(Tier::Bubblewrap)) else {
        return;
    };
    let unknown = task.run("rm -rf /".into(), Vec::new()).await;
    assert!(
        matches!(&unknown, Answer::Failed(Failed::NotFound(why)) if why.contains("rm -rf /")),
        "{unknown:?}"
    );
    let told = task.ran("sh check.sh", Vec::new()).await;
    assert_eq!(text(&told.stdout), "ret\n", "the end of it");
    let stale = Edit {
        base: Some(Digest::of(b"other").hex()),
        ..edit()
    };
    let id = task.id("sh check.sh").await;
    let refused = task.run(id, vec![stale]).await;
    assert!(
        matches!(&refused, Answer::Failed(Failed::Unavailable(why)) if why.contains("base digest")),
        "{refused:?}"
    );
}

/// A task that is over does not leave its command running.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_stops_waiting_ends_the_command() {
    let Some(mut task) = task(
        ALL,
        Settings {
            at_once: 1,
            ..settings(Tier::Bubblewrap)
        },
    ) else {
        return;
    };
    let slow = task.id("61").await;
    let waited = tokio::time::timeout(Duration::from_millis(500), task.run(slow, Vec::new())).await;
    assert!(waited.is_err());
    let started = Instant::now();
    let next = task.ran("sh check.sh", vec![edit()]).await;
    assert_eq!(next.exit, Some(0));
    assert!(
        started.elapsed() < Duration::from_secs(15),
        "{:?}",
        started.elapsed()
    );
    // A length of its own: others sleep at the same time.
    let asleep = || {
        let found = std::process::Command::new("pgrep")
            .args(["-xf", "sleep 61"])
            .output();
        found.map_or(String::new(), |found| text(&found.stdout))
    };
    // Whoever waits is not kept until the last process is gone.
    let patience = Instant::now() + Duration::from_secs(20);
    while !asleep().is_empty() && Instant::now() < patience {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(asleep(), "");
}

/// What a command did is repeated from the journal, without running it.
#[tokio::test(flavor = "multi_thread")]
async fn a_run_replays_from_the_journal() {
    let Some(mut task) = task(ALL, settings(Tier::Landlock)) else {
        return;
    };
    let command = task.id("sh check.sh").await;
    let call = Call::Run {
        command,
        edits: vec![edit()],
    };
    let answer = task.effects.perform(&task.permit, &call).await;
    let entry = Journalled {
        call: call.digest(),
        answer: answer.clone(),
    };
    let stored = serde_json::to_vec(&entry).unwrap();
    let entry: Journalled = serde_json::from_slice(&stored).unwrap();
    let mut replay = Replay::of(vec![entry]);
    assert_eq!(replay.perform(&task.permit, &call).await, answer);
}

/// A host without any tier says so, and runs nothing.
#[tokio::test(flavor = "multi_thread")]
async fn without_a_sandbox_it_is_not_validated() {
    let none = Settings {
        tiers: Vec::new(),
        ..Settings::default()
    };
    let place = tempfile::tempdir().unwrap();
    let runner = Arc::new(super::runner(none.clone()));
    let world = World {
        store: Some(Store::open(place.path()).unwrap()),
        web: Some(Outgoing::new().unwrap()),
        sites: BTreeMap::new(),
        commands: Some(Arc::new(Commands::new(runner, &none, BTreeMap::new()))),
        models: None,
        clock: || Timestamp(1),
    };
    let Source { tree, files } = source(&[("a.txt", "wrong\n")]);
    let scene = Scene {
        workspace: Some(Workspace { tree, files }),
        failures: vec![failure("true")],
        stated: None,
        trusted: false,
    };
    let grant = grant(ALL);
    let permit = grant.authorise(Effect::Run("")).unwrap();
    let mut task = Task {
        effects: world.outside()(&grant, scene),
        permit,
        _place: place,
    };
    let id = task.id("true").await;
    let answer = task.run(id, Vec::new()).await;
    assert!(
        matches!(&answer, Answer::Failed(Failed::Unavailable(why)) if why.starts_with("not validated")),
        "{answer:?}"
    );
}
