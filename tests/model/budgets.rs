//! What a model may cost: looked at before anything is asked, kept in the
//! store, and written down without a word of what was said.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use sentinel::effect::{Answer, Call, Completion, Failed, Role};
use sentinel::grant::{AgentRef, Effect, Given, Grant};
use sentinel::ids::{Digest, TaskId};
use sentinel::model::{Model, Provider, Settings};
use sentinel::pipeline::{Models, Priced, Scene, World, close_abandoned};
use sentinel::spending::{Amount, Budget, DAY_MS, Price, Spent, Tokens};
use sentinel::store::{LedgerEntry, ServerLock, Store, spending, verify_chain};
use sentinel::task::TaskKind;
use sentinel::time::Timestamp;
use serde_json::Value;

use super::{KEY, message, settings};
use crate::doubles::model::{Said, saying};
use crate::doubles::web::{Reply, Server};

fn now() -> Timestamp {
    Timestamp(1_000_000_000_000)
}

/// The clock of one test, which a day passes on.
static DAYS: AtomicI64 = AtomicI64::new(0);

fn passing() -> Timestamp {
    now().plus_ms(DAYS.load(Ordering::SeqCst) * (DAY_MS + 1))
}

/// Everything is allowed; a test takes away one thing.
fn plenty() -> Budget {
    let much = Amount {
        tokens: 1_000_000,
        micros: 1_000_000,
    };
    Budget {
        task: much,
        repository_day: much,
        day: much,
    }
}

/// A host with one model, and a store that outlives it.
struct Host {
    store: Store,
    models: std::sync::Arc<Models>,
}

impl Host {
    fn new(place: &Path, settings: Settings, budget: Budget) -> Host {
        Host::with(place, settings, budget, now)
    }

    fn with(place: &Path, settings: Settings, budget: Budget, clock: fn() -> Timestamp) -> Host {
        let store = Store::open(place).unwrap();
        let priced = Priced {
            model: Model::new(settings).unwrap(),
            // Three and fifteen a million: 100 and 20 tokens are 600 millionths.
            price: Price::per_million(3.0, 15.0).unwrap(),
            budget,
        };
        let models = Models {
            store: store.clone(),
            all: BTreeMap::from([("default".to_owned(), priced)]),
            of_agent: BTreeMap::new(),
            clock,
        };
        Host {
            store,
            models: std::sync::Arc::new(models),
        }
    }

    async fn ask(&self, task: &str, repository: &str) -> Answer {
        self.ask_as("mender", "model = true", task, repository)
            .await
    }

    async fn ask_as(&self, agent: &str, given: &str, task: &str, repository: &str) -> Answer {
        let grant = grant(agent, given, task, repository);
        let permit = grant
            .authorise(Effect::Complete)
            .expect("a model is granted");
        let world = World {
            store: Some(self.store.clone()),
            web: None,
            sites: BTreeMap::new(),
            commands: None,
            models: Some(self.models.clone()),
            clock: now,
        };
        let call = Call::Complete {
            messages: vec![message(
                Role::User,
                "Say something of AKIAIOSFODNN7EXAMPLE.",
            )],
            options: Vec::new(),
        };
        let mut effects = world.outside()(&grant, Scene::default());
        effects.perform(&permit, &call).await
    }

    async fn ledger(&self) -> Vec<(String, Value)> {
        let entries = self
            .store
            .read(|connection| LedgerEntry::list(connection, None))
            .await
            .unwrap();
        verify_chain(&entries).unwrap();
        let entry = |entry: LedgerEntry| {
            let body: Value = serde_json::from_str(&entry.body).unwrap();
            (entry.kind, body["facts"].clone())
        };
        entries.into_iter().map(entry).collect()
    }

    async fn totals(&self) -> Vec<spending::Total> {
        self.store.read(spending::totals).await.unwrap()
    }
}

fn grant(agent: &str, given: &str, task: &str, repository: &str) -> Grant {
    Grant {
        task: TaskId::derive(&["model", task]),
        kind: TaskKind::Repair,
        agent: AgentRef {
            name: agent.into(),
            version: "1.2.3".into(),
            digest: Digest::of(b""),
        },
        repository: Some(repository.parse().unwrap()),
        commit: None,
        permissions: toml::from_str::<Given>(given).unwrap().permissions(),
        limits: Default::default(),
        issued: Timestamp(0),
        expires: Timestamp(i64::MAX),
    }
}

fn completed(answer: Answer) -> Completion {
    match answer {
        Answer::Completed(done) => done,
        other => panic!("{other:?}"),
    }
}

fn over(answer: Answer) -> String {
    match answer {
        Answer::Failed(Failed::OutOfBudget(why)) => why,
        other => panic!("{other:?}"),
    }
}

fn unavailable(answer: Answer) -> String {
    match answer {
        Answer::Failed(Failed::Unavailable(why)) => why,
        other => panic!("{other:?}"),
    }
}

async fn chatty() -> Server {
    saying(vec![Said::text("Something."); 20]).await
}

const HERE: &str = "github:acme/widget";

#[tokio::test]
async fn a_request_is_counted_as_what_it_cost() {
    let server = chatty().await;
    let place = tempfile::tempdir().unwrap();
    let host = Host::new(place.path(), settings(Provider::OpenAi, &server), plenty());
    let done = completed(host.ask("counted", HERE).await);
    assert_eq!((done.input_tokens, done.output_tokens), (100, 20));
    assert_eq!(done.stop, "stop");
    let totals = host.totals().await;
    let [total] = &totals[..] else {
        panic!("{totals:?}")
    };
    assert_eq!((total.outcome.as_str(), total.micros), ("answered", 600));

    // Who asked what, what it cost, and no word of it; the texts are blobs.
    let ledger = host.ledger().await;
    let [(asked, before), (answered, after)] = &ledger[..] else {
        panic!("{ledger:?}")
    };
    assert_eq!(
        [asked.as_str(), answered.as_str()],
        ["model.asked", "model.answered"]
    );
    assert_eq!(before["prompt"], after["prompt"]);
    assert_eq!(after["served"], "small-1");
    assert_eq!(after["micros"], 600);
    assert_eq!(after["tokens"]["output"], 20);
    let blob = |digest: &Value| {
        let digest: Digest = serde_json::from_value(digest.clone()).unwrap();
        String::from_utf8(host.store.blobs().get(&digest).unwrap()).unwrap()
    };
    assert!(blob(&after["prompt"]).contains("Say something of [REDACTED]."));
    assert!(blob(&after["completion"]).contains("Something."));
    let sent = server.seen().remove(0).body;
    assert!(sent.contains("Say something of [REDACTED]."), "{sent}");
}

#[tokio::test]
async fn each_budget_refuses_before_anything_is_asked() {
    // The worst of one request: some 200 tokens of prompt, 256 of an answer.
    type Limit = fn(&mut Budget);
    #[rustfmt::skip]
    let table: &[(Limit, &str)] = &[
        (|b| b.task.tokens = 500, "task_tokens"),
        (|b| b.task.micros = 5_000, "task_money"),
        (|b| b.repository_day.tokens = 500, "repository_day_tokens"),
        (|b| b.repository_day.micros = 5_000, "repository_day_money"),
        (|b| b.day.tokens = 500, "day_tokens"),
        (|b| b.day.micros = 5_000, "day_money"),
    ];
    for (limit, key) in table {
        let server = chatty().await;
        let place = tempfile::tempdir().unwrap();
        let mut budget = plenty();
        limit(&mut budget);
        let host = Host::new(place.path(), settings(Provider::Anthropic, &server), budget);
        let mut asked = 0;
        let why = loop {
            match host.ask("budget", HERE).await {
                Answer::Completed(_) => asked += 1,
                refused => break over(refused),
            }
            assert!(asked < 19, "{key} holds nothing");
        };
        assert!(
            why.contains(&format!("models.default.budget.{key} allows")),
            "{why}"
        );
        assert_eq!(server.seen().len(), asked, "{key}");
        let ledger = host.ledger().await;
        let (kind, facts) = ledger.last().unwrap();
        assert_eq!(kind, "model.refused");
        assert_eq!(facts["budget"], *key);

        // Another task has a budget of its own, another repository too.
        let task = host.ask("another", HERE).await;
        let elsewhere = host.ask("third", "github:acme/gadget").await;
        let admitted = |answer: &Answer| matches!(answer, Answer::Completed(_));
        assert_eq!(admitted(&task), key.starts_with("task"), "{key}");
        assert_eq!(admitted(&elsewhere), !key.starts_with("day"), "{key}");
    }
}

/// The agent's grant is a budget too, and counts at worst.
#[tokio::test]
async fn a_grant_bounds_tokens_as_well() {
    let server = chatty().await;
    let place = tempfile::tempdir().unwrap();
    let host = Host::new(place.path(), settings(Provider::OpenAi, &server), plenty());
    let given = "model = { tokens = 300 }";
    let why = over(host.ask_as("mender", given, "granted", HERE).await);
    assert!(why.contains("allows 300 tokens"), "{why}");
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn a_restart_forgets_nothing_and_a_day_does() {
    let server = chatty().await;
    let place = tempfile::tempdir().unwrap();
    let mut budget = plenty();
    budget.day.tokens = 500;
    let settings = || settings(Provider::OpenAi, &server);
    let host = Host::with(place.path(), settings(), budget, passing);
    completed(host.ask("one", HERE).await);
    over(host.ask("two", HERE).await);
    drop(host);
    let host = Host::with(place.path(), settings(), budget, passing);
    over(host.ask("three", "github:acme/gadget").await);
    DAYS.fetch_add(1, Ordering::SeqCst);
    completed(host.ask("four", HERE).await);
}

/// What was sent and not heard of is paid for; what was refused is not.
#[tokio::test]
async fn what_nobody_knows_counts_at_its_worst() {
    let place = tempfile::tempdir().unwrap();
    let refusing = Server::start(|_| Reply::with(400, &[], "{}")).await;
    let host = Host::new(
        place.path(),
        settings(Provider::OpenAi, &refusing),
        plenty(),
    );
    let why = unavailable(host.ask("refused", HERE).await);
    assert!(why.contains("status 400"), "{why}");
    let totals = host.totals().await;
    let [total] = &totals[..] else {
        panic!("{totals:?}")
    };
    assert_eq!((total.outcome.as_str(), total.micros), ("failed", 0));
    drop(host);

    let breaking = Server::start(|_| crate::doubles::model::events("")).await;
    let host = Host::new(
        place.path(),
        settings(Provider::OpenAi, &breaking),
        plenty(),
    );
    unavailable(host.ask("broken", HERE).await);
    let worst = host.totals().await[0].micros;
    assert!(worst > 256 * 15, "{worst}");
    drop(host);

    // Killed while it waits: what was reserved stays.
    let silent = Server::start(|_| Reply::Silence).await;
    let host = Host::new(place.path(), settings(Provider::OpenAi, &silent), plenty());
    let gone = tokio::time::timeout(Duration::from_secs(2), host.ask("killed", HERE)).await;
    assert!(gone.is_err());
    drop(host);
    let mut budget = plenty();
    budget.task.tokens = 600;
    let chatty = chatty().await;
    let host = Host::new(place.path(), settings(Provider::OpenAi, &chatty), budget);
    let why = over(host.ask("killed", HERE).await);
    assert!(why.contains("task_tokens"), "{why}");
    let open = |totals: &[spending::Total]| totals.iter().any(|one| one.outcome == "reserved");
    assert!(open(&host.totals().await));

    // The next server writes down how it ended, and it stays paid for.
    let lock = ServerLock::take(place.path()).unwrap();
    let close = || close_abandoned(&host.store, &lock, now());
    assert_eq!(close().await.unwrap(), 1);
    assert_eq!(close().await.unwrap(), 0);
    assert!(!open(&host.totals().await));
    let (kind, facts) = host.ledger().await.pop().unwrap();
    assert_eq!(kind, "model.answered");
    let why = facts["error"].as_str().unwrap();
    assert!(why.contains("the host stopped"), "{why}");
    over(host.ask("killed", HERE).await);
}

/// Two at once do not both get what is left for one.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_left_is_given_once() {
    let server = chatty().await;
    let place = tempfile::tempdir().unwrap();
    let mut budget = plenty();
    budget.day.tokens = 500;
    let host = Host::new(place.path(), settings(Provider::OpenAi, &server), budget);
    let (one, two) = tokio::join!(host.ask("one", HERE), host.ask("two", HERE));
    let admitted = [one, two]
        .into_iter()
        .filter(|a| matches!(a, Answer::Completed(_)));
    assert_eq!(admitted.count(), 1);
    assert_eq!(server.seen().len(), 1);
}

/// A server that does not count has counted all that it could.
#[tokio::test]
async fn uncounted_tokens_are_the_worst() {
    let said = Said {
        tokens: None,
        ..Said::text("x")
    };
    let server = saying(vec![said]).await;
    let place = tempfile::tempdir().unwrap();
    let host = Host::new(place.path(), settings(Provider::OpenAi, &server), plenty());
    let done = completed(host.ask("uncounted", HERE).await);
    assert_eq!(done.output_tokens, 256);
}

#[tokio::test]
async fn an_agent_without_a_model_is_told_which_line_is_missing() {
    let server = chatty().await;
    let place = tempfile::tempdir().unwrap();
    let mut host = Host::new(place.path(), settings(Provider::OpenAi, &server), plenty());
    let models = std::sync::Arc::get_mut(&mut host.models).unwrap();
    models.of_agent.insert("other".into(), "missing".into());
    let why = unavailable(host.ask_as("other", "model = true", "x", HERE).await);
    assert!(why.contains("[models.missing]"), "{why}");
    let denied = grant("other", "input = true", "x", HERE).authorise(Effect::Complete);
    let remedy = denied.unwrap_err().remedy;
    assert!(
        remedy.contains("[agents.other.grant] model = true"),
        "{remedy}"
    );
}

/// The key is in the request's header and nowhere that is kept.
#[tokio::test]
async fn the_key_is_kept_nowhere() {
    let echo = Server::start(|seen| {
        let key = seen.header("authorization").unwrap_or_default();
        Said::text(format!("you said {key}")).to(seen)
    });
    let echo = echo.await;
    let place = tempfile::tempdir().unwrap();
    let host = Host::new(place.path(), settings(Provider::OpenAi, &echo), plenty());
    let done = completed(host.ask("echo", HERE).await);
    assert!(!done.text.contains(KEY), "{}", done.text);
    assert!(!format!("{:?}", host.models.all["default"].model.settings()).contains(KEY));
    drop(host);
    let mut waiting = vec![place.path().to_owned()];
    let mut files = 0;
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            waiting.extend(
                std::fs::read_dir(&path)
                    .unwrap()
                    .map(|entry| entry.unwrap().path()),
            );
            continue;
        }
        files += 1;
        let bytes = std::fs::read(&path).unwrap();
        assert!(
            memchr::memmem::find(&bytes, KEY.as_bytes()).is_none(),
            "{}",
            path.display()
        );
    }
    assert!(files >= 3, "the database and two blobs");
}

/// What was counted is what a scraper reads, from any process.
#[tokio::test]
async fn metrics_are_what_was_counted() {
    let server = chatty().await;
    let place = tempfile::tempdir().unwrap();
    let host = Host::new(place.path(), settings(Provider::OpenAi, &server), plenty());
    completed(host.ask("metrics", HERE).await);
    let totals = host.totals().await;
    let row = |total: &spending::Total| sentinel::metrics::ModelUse {
        model: "default",
        outcome: "answered",
        requests: total.requests,
        input_tokens: total.tokens.input,
        output_tokens: total.tokens.output,
        micros: total.micros,
    };
    let text = sentinel::metrics::render_models(&[row(&totals[0])], &[]);
    let line = "sentinel_model_cost_micros_total{model=\"default\",outcome=\"answered\"} 600\n";
    assert!(text.contains(line), "{text}");
    assert!(
        text.contains("# TYPE sentinel_model_requests_open gauge\n"),
        "{text}"
    );
}

#[test]
fn prices_are_exact_and_never_less() {
    let cost = |input: f64, output: f64, tokens: Tokens| {
        Price::per_million(input, output).unwrap().of(tokens).micros
    };
    let of = |input, output| Tokens { input, output };
    assert_eq!(cost(0.15, 0.6, of(1_000_000, 1_000_000)), 750_000);
    assert_eq!(cost(0.15, 0.6, of(1, 0)), 1, "a part is counted as a whole");
    assert_eq!(cost(3.0, 15.0, of(100, 20)), 600);
    assert!(cost(100_000.0, 100_000.0, of(u64::MAX, u64::MAX)) > 1_000_000);
    for none in [-0.1, f64::NAN, f64::INFINITY, 100_001.0] {
        assert!(Price::per_million(none, 0.0).is_err(), "{none}");
    }
}

/// What a lying server claims stays a number.
#[test]
fn no_claim_overflows() {
    let claim = Amount {
        tokens: u64::MAX,
        micros: u64::MAX,
    };
    let spent = Spent {
        task: claim,
        repository_day: claim,
        day: claim,
    };
    assert!(plenty().admits("default", &spent, claim).is_err());
}
