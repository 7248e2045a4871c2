//! A GitHub that tests talk to over real HTTP on loopback: its state is
//! described (`dsl`), its answers are derived from that (`routes`), and it can
//! be slow, limited, failing or held (`faults`).
//!
//! It lives on a thread and a runtime of its own, so that a test may block, and
//! a server under test may be killed. A request it has no route for fails the
//! test when the double is dropped.

#![allow(
    dead_code,
    unused_imports,
    reason = "words for stories that are told elsewhere"
)]

pub mod dsl;
pub mod faults;
pub mod objects;
mod routes;
pub mod server;
pub mod state;
mod storage;
pub mod webhook;

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use sentinel::forge::github::{Auth, Secret, Settings, Timeouts};
use serde_json::Value;

pub use dsl::{Repository, Run, RunBuilder};
pub use faults::{Effect, Fault, Held};
use faults::{Faults, Planned};
use state::State;
pub use state::{APP_ID, Log, Pull, Recorded};
pub use webhook::Webhook;

/// Keys of no App: they open nothing but this double.
pub const APP_KEY_PKCS1: &str = include_str!("github/app-key-pkcs1.pem");
pub const APP_KEY_PKCS8: &str = include_str!("github/app-key-pkcs8.pem");

pub const PERSONAL_TOKEN: &str = "ghp_doubleDoubleDoubleDoubleDoubleDouble";
pub const WEBHOOK_SECRET: &str = "a secret of the double's webhooks";
pub const INSTALLATION: u64 = 77;

pub struct Hub {
    state: Mutex<State>,
    faults: Faults,
}

impl Hub {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

pub struct GitHub {
    hub: Arc<Hub>,
    url: String,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
}

impl GitHub {
    pub async fn start() -> GitHub {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.set_nonblocking(true).expect("a socket");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let mut state = State::new(url.clone());
        state.personal.insert(PERSONAL_TOKEN.to_owned(), false);
        let hub = Arc::new(Hub {
            state: Mutex::new(state),
            faults: Faults::default(),
        });
        let stop = server::run(listener, hub.clone());
        GitHub {
            hub,
            url,
            stop: Some(stop),
        }
    }

    /// The API's base address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Settings of an App, with time-outs that tests can wait for.
    pub fn app(&self) -> Settings {
        self.settings(Auth::App {
            id: APP_ID,
            private_key_pem: Secret::new(APP_KEY_PKCS1),
        })
    }

    /// Settings of a personal token that may do all but touch workflow files.
    pub fn token(&self) -> Settings {
        self.settings(Auth::Token(Secret::new(PERSONAL_TOKEN)))
    }

    pub fn settings(&self, auth: Auth) -> Settings {
        let timeouts = Timeouts {
            connect: Duration::from_secs(5),
            read: Duration::from_secs(2),
            answer: Duration::from_secs(4),
            transfer: Duration::from_secs(120),
        };
        Settings {
            timeouts,
            ..Settings::new(auth).at(&self.url)
        }
    }

    /// The adapter under test, signed in as an App.
    pub fn forge(&self) -> sentinel::forge::github::GitHub {
        sentinel::forge::github::GitHub::new(self.app()).expect("settings of the double")
    }

    /// A repository, made where there is none of that name.
    pub fn repository(&self, name: &str) -> Repository {
        self.hub
            .state()
            .repositories
            .entry(name.to_owned())
            .or_default();
        Repository::new(self.hub.clone(), name)
    }

    /// A fault for the next `times` requests of a route, for example
    /// `POST /repos/acme/widget/git/refs` or `GET /repos/*/*/git/**`.
    pub fn fault(&self, route: &str, times: u32, fault: Fault) {
        self.fault_after(route, 0, times, fault);
    }

    /// The same, after `skip` requests of the route have passed.
    pub fn fault_after(&self, route: &str, skip: u32, times: u32, fault: Fault) {
        let route = route.to_owned();
        self.hub.faults.plan(Planned {
            route,
            skip,
            times,
            fault,
        });
    }

    /// Holds the next request of a route until the test says how it ends.
    pub fn hold(&self, route: &str, effect: Effect) -> Held {
        let (held, fault) = Held::new(effect);
        self.fault(route, 1, fault);
        held
    }

    /// What the App's installations are granted; `None` takes it away.
    pub fn grant(&self, permission: &str, level: Option<&str>) {
        let mut state = self.hub.state();
        match level {
            Some(level) => state.granted.insert(permission.into(), level.into()),
            None => state.granted.remove(permission),
        };
    }

    /// A delivery that did not arrive, that many minutes ago.
    pub fn lost(&self, webhook: &Webhook, minutes: i64) {
        self.attempted(webhook, minutes, None);
    }

    /// An attempt to deliver, and what was answered.
    pub fn attempted(&self, webhook: &Webhook, minutes: i64, status: Option<u16>) {
        let at = jiff::Timestamp::now() - jiff::SignedDuration::from_mins(minutes);
        let mut state = self.hub.state();
        let id = state.next();
        state.attempts.push(state::Attempt {
            id,
            webhook: webhook.clone(),
            at: at.to_string(),
            status,
        });
    }

    /// Where what is asked for again is sent.
    pub fn delivers_to(&self, address: std::net::SocketAddr) {
        self.hub.state().hook = Some(address);
    }

    /// How many attempts to deliver there were.
    pub fn attempts(&self) -> usize {
        self.hub.state().attempts.len()
    }

    pub fn suspend(&self) {
        self.hub.state().suspended = true;
    }

    /// How long tokens live that are issued from now on.
    pub fn token_life(&self, seconds: i64) {
        self.hub.state().token_life = seconds;
    }

    /// Makes all issued tokens invalid before their time.
    pub fn revoke_tokens(&self) {
        let mut state = self.hub.state();
        state
            .issued
            .values_mut()
            .for_each(|token| token.revoked = true);
    }

    /// Every token that was issued.
    pub fn issued_tokens(&self) -> Vec<String> {
        self.hub.state().issued.keys().cloned().collect()
    }

    /// What the newest token may do.
    pub fn issued_permissions(&self) -> Vec<Value> {
        let state = self.hub.state();
        let issued = state.issued.values();
        issued
            .map(|token| serde_json::json!({"repositories": token.repositories, "permissions": token.permissions}))
            .collect()
    }

    /// All requests so far, in the order they came.
    pub fn requests(&self) -> Vec<Recorded> {
        self.hub.state().requests.clone()
    }

    /// Requests of a route, `*` standing for one segment.
    pub fn count(&self, route: &str) -> usize {
        let requests = self.requests();
        let hits = requests
            .iter()
            .filter(|request| faults::matches(route, &request.method, &request.path));
        hits.count()
    }

    /// Requests that change something, signing in left out.
    pub fn writes(&self) -> Vec<Recorded> {
        self.requests()
            .into_iter()
            .filter(Recorded::is_write)
            .collect()
    }

    pub fn forget_requests(&self) {
        let forgotten = std::mem::take(&mut self.hub.state().requests);
        super::recorded::record("github", &forgotten);
    }
}

impl Drop for GitHub {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        super::recorded::record("github", &self.hub.state().requests);
        let unexpected = std::mem::take(&mut self.hub.state().unexpected);
        if !unexpected.is_empty() && !std::thread::panicking() {
            panic!("the GitHub double was asked what it does not know: {unexpected:#?}");
        }
    }
}
