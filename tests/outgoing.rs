//! Guests that ask the web, through the whole host: their own `wasi:http`, the
//! grant, the resolver, the socket, the operator's credentials.

mod addresses;
mod answers;
mod budgets;
mod cost;
mod credentials;
mod hosts;
mod kinds;
mod past;
mod recorded;
mod requests;
mod section;
mod served;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::LazyLock;
use std::time::Duration;

use sentinel::effect::{Answer, Call};
use sentinel::failure::Attribute;
use sentinel::grant::{Budgets, Capability, Given, Grant, HostPattern, Limits, Permit};
use sentinel::ids::TaskId;
use sentinel::pipeline::{Asked, Scene, World, grant};
use sentinel::sandbox::{Component, Effects, Job, Mounts, Output, Report, Sandbox, TaskInput};
use sentinel::store::Store;
use sentinel::task::TaskKind;
use sentinel::time::Timestamp;
use sentinel::web::{Credential, Outgoing, Resolve, Site, Times};

use crate::doubles::web::{Reply, Server, roots};
use crate::http_guest::GUEST;

/// One sandbox and the guest, compiled once.
static SANDBOX: LazyLock<(Sandbox, Component)> = LazyLock::new(|| {
    let sandbox = Sandbox::new(&Limits::default()).expect("the sandbox starts");
    let component = sandbox.load(&GUEST).expect("the guest loads");
    (sandbox, component)
});

/// When every test's task begins.
const NOW: Timestamp = Timestamp(1_700_000_000_000);

fn now() -> Timestamp {
    NOW
}

/// What the operator set up, and where names lead.
struct Web {
    /// `[agents.http-probe.grant]`, in TOML.
    granted: String,
    credentials: Vec<Credential>,
    /// Name → what the resolver answers, one answer a look-up, the last one
    /// for ever.
    names: BTreeMap<&'static str, Vec<Vec<SocketAddr>>>,
    times: Times,
    clock: fn() -> Timestamp,
    wall_ms: u64,
    place: tempfile::TempDir,
}

impl Web {
    /// A grant for these hosts.
    fn granting(http: &str) -> Web {
        Web {
            granted: format!("history = true\nhttp = {http}"),
            credentials: Vec::new(),
            names: BTreeMap::new(),
            times: Times {
                connect: Duration::from_secs(5),
                request: Duration::from_secs(10),
            },
            clock: now,
            wall_ms: 30_000,
            place: tempfile::tempdir().expect("a directory"),
        }
    }

    /// A name that leads to a server, whatever its port.
    fn name(self, name: &'static str, server: &Server) -> Web {
        self.resolving(name, vec![vec![server.address]])
    }

    fn resolving(mut self, name: &'static str, answers: Vec<Vec<SocketAddr>>) -> Web {
        self.names.insert(name, answers);
        self
    }

    fn credential(mut self, host: &str, header: &str, scheme: Option<&str>, secret: &str) -> Web {
        let host = HostPattern::parse(host).unwrap();
        let credential = Credential::new(host, header, scheme, secret.as_bytes()).unwrap();
        self.credentials.push(credential);
        self
    }

    fn given(&self) -> Given {
        toml::from_str(&self.granted).expect("a grant")
    }

    fn grant(&self) -> Grant {
        let limits = Limits {
            wall_ms: self.wall_ms,
            ..Limits::default()
        };
        grant(&Asked {
            inspection: SANDBOX.1.inspection(),
            granted: &self.given().permissions(),
            kind: TaskKind::Repair,
            ceiling: &limits,
            task: TaskId::derive(&["outgoing"]),
            repository: None,
            commit: None,
            now: NOW,
        })
    }

    fn resolver(&self) -> Resolve {
        let names = self.names.clone();
        let asked = std::sync::Mutex::new(BTreeMap::<String, usize>::new());
        Box::new(move |name, _| {
            let mut asked = asked.lock().unwrap();
            let count = asked.entry(name.clone()).or_default();
            *count += 1;
            let answers = names.get(name.as_str());
            let answer = answers
                .and_then(|all| all.get(*count - 1).or(all.last()))
                .cloned();
            let missing = || std::io::Error::from(std::io::ErrorKind::NotFound);
            Box::pin(async move { answer.ok_or_else(missing) })
        })
    }

    fn effects(&self, grant: &Grant) -> Box<dyn Effects> {
        let site = Site {
            inside: self.given().inside().to_vec(),
            credentials: self.credentials.clone(),
        };
        let world = World {
            store: Some(Store::open(self.place.path()).expect("a store")),
            web: Some(Outgoing::with(self.resolver(), roots(), self.times).expect("TLS")),
            sites: BTreeMap::from([("http-probe".to_owned(), site)]),
            commands: None,
            models: None,
            clock: self.clock,
        };
        world.outside()(grant, Scene::default())
    }

    fn job(&self, orders: &str) -> Job {
        let grant = self.grant();
        let effects = self.effects(&grant);
        job(grant, orders, effects)
    }

    async fn run(&self, orders: &str) -> Report {
        SANDBOX.0.run(self.job(orders)).await
    }

    /// What the guest says after doing what it was told.
    async fn says(&self, orders: &str) -> String {
        said(&self.run(orders).await)
    }

    /// One request at the web's own door, without a guest.
    async fn ask(&self, call: &Call) -> Answer {
        let grant = self.grant();
        let effect = sentinel::grant::Effect::History;
        let permit: Permit = grant.authorise(effect).expect("history is granted");
        self.effects(&grant).perform(&permit, call).await
    }
}

fn job(grant: Grant, orders: &str, effects: Box<dyn Effects>) -> Job {
    let settings = vec![Attribute {
        key: "execute".into(),
        value: orders.into(),
    }];
    let task = TaskInput::Repair {
        failures: Vec::new(),
        provider: sentinel::sandbox::Input::Auto,
        log: "job.log".into(),
        commit: String::new(),
        command: None,
    };
    Job {
        settings,
        effects,
        ..Job::new(SANDBOX.1.clone(), grant, Mounts::default(), task)
    }
}

fn said(report: &Report) -> String {
    match &report.outcome {
        Ok(Output::Abstained(said)) => said.clone(),
        other => panic!("{other:?}"),
    }
}

/// `api.example.com` over http, in the operator's own network.
const INSIDE: &str = r#"{ inside = ["http://api.example.com"] }"#;

#[tokio::test(flavor = "multi_thread")]
async fn an_allowed_request_goes_through_with_bodies_both_ways() {
    let server =
        Server::start(|seen| Reply::with(201, &[("X-Echo", "yes")], &format!("got {}", seen.body)))
            .await;
    let web = Web::granting(INSIDE).name("api.example.com", &server);
    let said = web
        .says("header X-Mine 7\nsend POST http://api.example.com/a/b?c=d hello\nheaders")
        .await;
    assert_eq!(said, "201 got hello\nx-echo: yes\ncontent-length: 9");
    let seen = &server.seen()[0];
    assert!(
        seen.head.starts_with("POST /a/b?c=d HTTP/1.1\r\n"),
        "{}",
        seen.head
    );
    assert_eq!(seen.header("host").as_deref(), Some("api.example.com"));
    assert_eq!(seen.header("x-mine").as_deref(), Some("7"));
    assert_eq!(seen.header("content-length").as_deref(), Some("5"));
}

#[tokio::test(flavor = "multi_thread")]
async fn https_is_the_host_with_that_name() {
    let server = Server::encrypted(|_| Reply::ok("secret")).await;
    let web = Web::granting(r#"{ inside = ["api.example.com"] }"#);
    let web = web.name("api.example.com", &server);
    assert_eq!(
        web.says("send GET https://api.example.com/").await,
        "200 secret"
    );
    // The same server by a name that its certificate does not have.
    let mut other = Web::granting(r#"{ inside = ["https://127.0.0.1:8443"] }"#);
    other.granted = other
        .granted
        .replace("8443", &server.address.port().to_string());
    let mut grant = other.grant();
    grant.permissions.hosts = other.given().permissions().hosts;
    let url = format!("https://127.0.0.1:{}/", server.address.port());
    let report = SANDBOX.0.run(job(
        grant.clone(),
        &format!("send GET {url}"),
        other.effects(&grant),
    ));
    assert_eq!(
        said(&report.await),
        "200 secret",
        "the certificate has the address too"
    );
    let wrong = Web::granting(r#"{ inside = ["other.example.com"] }"#);
    let wrong = wrong.name("other.example.com", &server);
    let mut grant = wrong.grant();
    grant.permissions.hosts = wrong.given().permissions().hosts;
    let orders = "send GET https://other.example.com/";
    let report = SANDBOX
        .0
        .run(job(grant.clone(), orders, wrong.effects(&grant)))
        .await;
    let told = said(&report);
    assert!(
        told.contains("TLS") && told.contains("certificate"),
        "{told}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_is_not_listed_is_denied_and_told() {
    let server = Server::start(|_| Reply::ok("")).await;
    let web = Web::granting(INSIDE).name("other.example.com", &server);
    for url in [
        "http://other.example.com/",
        "http://api.example.com:8080/",
        "https://api.example.com/",
        "http://xapi.example.com/",
        "http://api.example.com.evil.test/",
    ] {
        let report = web.run(&format!("send GET {url}")).await;
        assert_eq!(said(&report), "error ErrorCode::HttpRequestDenied", "{url}");
        let [denial] = report.denials.as_slice() else {
            panic!("{url}: {:?}", report.denials);
        };
        assert_eq!(denial.capability, Capability::Http);
        assert!(
            denial.rule.contains("is not on this task's list of hosts"),
            "{denial:?}"
        );
        assert!(
            denial.remedy.contains("[agents.http-probe.grant] http"),
            "{denial:?}"
        );
    }
    assert!(server.seen().is_empty(), "nothing was sent");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_capability_everything_is_denied() {
    let mut web = Web::granting("false");
    web.granted = "history = true".into();
    let report = web.run("send GET http://api.example.com/").await;
    assert_eq!(said(&report), "error ErrorCode::HttpRequestDenied");
    assert!(
        report.denials[0]
            .rule
            .contains("does not have the capability `http`")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_is_an_answer_and_following_it_is_asked_again() {
    let server = Server::start(|seen| match seen.target() {
        "/away" => {
            let to = [("location", "http://other.example.com/stolen")];
            Reply::with(302, &to, "")
        }
        "/here" => {
            let to = [("location", "http://api.example.com/there")];
            Reply::with(307, &to, "")
        }
        _ => Reply::ok("arrived"),
    })
    .await;
    let web = Web::granting(INSIDE)
        .name("api.example.com", &server)
        .name("other.example.com", &server);
    assert_eq!(
        web.says("follow http://api.example.com/here").await,
        "307 then 200 arrived"
    );
    let report = web.run("follow http://api.example.com/away").await;
    assert_eq!(said(&report), "302 then error ErrorCode::HttpRequestDenied");
    assert!(report.denials[0].rule.contains("other.example.com"));
    let targets: Vec<String> = server
        .seen()
        .iter()
        .map(|seen| seen.target().to_owned())
        .collect();
    assert_eq!(
        targets,
        ["/here", "/there", "/away"],
        "nobody else followed"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_that_has_expired_counts_no_more() {
    fn later() -> Timestamp {
        NOW.plus_ms(sentinel::grant::GRANT_MS)
    }
    let server = Server::start(|_| Reply::ok("")).await;
    let mut web = Web::granting(INSIDE).name("api.example.com", &server);
    web.clock = later;
    let report = web.run("send GET http://api.example.com/").await;
    assert_eq!(said(&report), "error ErrorCode::HttpRequestDenied");
    assert!(
        report.denials[0].rule.contains("expired"),
        "{:?}",
        report.denials
    );
    assert!(server.seen().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_nothing_behind_it_says_so() {
    let web = Web::granting(INSIDE);
    for (call, what) in [
        (Call::Commands, "runner"),
        (
            Call::Complete {
                messages: Vec::new(),
                options: Vec::new(),
            },
            "model",
        ),
    ] {
        let answer = web.ask(&call).await;
        let told = format!("{answer:?}");
        assert!(
            told.contains("Unavailable") && told.contains(what),
            "{told}"
        );
    }
    assert_eq!(
        web.ask(&Call::History { limit: 10 }).await,
        Answer::Past(Vec::new())
    );
}

/// What the grant says may be used, as the tests' configurations write it.
fn budgets(web: &Web) -> Budgets {
    web.grant().permissions.capabilities[&Capability::Http]
}
