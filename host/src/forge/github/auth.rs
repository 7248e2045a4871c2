//! Who we are: a token, or an App with one narrowed token for each repository.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use http::{Method, Response, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::client::{
    ACTIONS, CHECKS_WRITE, CONTENTS_WRITE, Call, METADATA, PULLS_WRITE, Permission,
};
use super::refusal;
use super::settings::{Auth, Secret, SettingsError};
use super::wire::{Body, Outgoing, Wire, unexpected};
use crate::forge::{ForgeError, Result};
use crate::ids::RepositoryName;

mod jwt;

/// All that Sentinel does in a repository. Workflow files are left out: an
/// agent's patch never changes what runs with the repository's secrets.
const WANTED: [Permission; 5] = [METADATA, ACTIONS, CONTENTS_WRITE, PULLS_WRITE, CHECKS_WRITE];

/// A token is replaced this long before it expires, so that none expires
/// between a request's start and its arrival.
const EARLY: Duration = Duration::from_secs(5 * 60);

/// Bytes of an installation's or a token's JSON.
const MAX_ANSWER_BYTES: usize = 1024 * 1024;

/// Repositories whose tokens are kept; beyond it expired ones go.
const MAX_HELD: usize = 4096;

const WHAT: &str = "signing in as the GitHub App";

/// A credential as one request uses it.
#[derive(Clone)]
pub(super) struct Bearer(Arc<Token>);

struct Token {
    secret: Secret,
    /// What an App's token was narrowed to; unknown of a personal one.
    permissions: Option<Permissions>,
}

/// Names and levels, as GitHub writes them.
type Permissions = BTreeMap<&'static str, &'static str>;

impl Bearer {
    fn new(secret: Secret, permissions: Option<Permissions>) -> Bearer {
        Bearer(Arc::new(Token {
            secret,
            permissions,
        }))
    }

    pub fn secret(&self) -> &Secret {
        &self.0.secret
    }

    /// Whether GitHub is known to refuse it what is needed.
    pub fn lacks(&self, needed: Permission) -> bool {
        let level = |permissions: &Permissions| permissions.get(needed.name).copied();
        self.0.permissions.as_ref().is_some_and(|permissions| {
            level(permissions).is_none_or(|level| needed.write && level != "write")
        })
    }
}

pub(super) enum Credentials {
    Token(Bearer),
    App(Box<App>),
}

pub(super) struct App {
    signer: jwt::Signer,
    where_to_grant: String,
    /// One slot a repository. Who refreshes a token holds the slot's lock, so
    /// that there is one refresh at a time.
    held: Mutex<HashMap<RepositoryName, Arc<Slot>>>,
}

type Slot = tokio::sync::Mutex<Option<Held>>;

struct Held {
    bearer: Bearer,
    until: Instant,
}

const TOKEN_HINT: &str = "give the token that permission (Settings, Developer settings, Personal \
                          access tokens), or use a GitHub App";

impl Credentials {
    pub fn new(auth: Auth, base: &str) -> std::result::Result<Credentials, SettingsError> {
        match auth {
            Auth::Token(token) => {
                let text = token.expose().trim();
                if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
                    return Err(SettingsError::Token);
                }
                Ok(Credentials::Token(Bearer::new(Secret::new(text), None)))
            }
            Auth::App {
                id,
                private_key_pem,
            } => Ok(Credentials::App(Box::new(App {
                signer: jwt::Signer::new(id, private_key_pem.expose())?,
                where_to_grant: where_to_grant(base),
                held: Mutex::default(),
            }))),
        }
    }

    pub fn is_app(&self) -> bool {
        matches!(self, Credentials::App(_))
    }

    /// The end of a sentence that begins with what is missing.
    pub fn where_to_grant(&self) -> &str {
        match self {
            Credentials::Token(_) => TOKEN_HINT,
            Credentials::App(app) => &app.where_to_grant,
        }
    }

    /// The credential for a repository: kept, or made now.
    pub async fn bearer(
        &self,
        wire: &Wire,
        base: &str,
        repository: &RepositoryName,
    ) -> Result<Bearer> {
        match self {
            Credentials::Token(token) => Ok(token.clone()),
            Credentials::App(app) => app.bearer(wire, base, repository).await,
        }
    }

    /// Drops a token that was refused, unless another has replaced it already.
    pub async fn forget(&self, repository: &RepositoryName, refused: &Bearer) {
        if let Credentials::App(app) = self {
            let slot = app.slot(repository);
            let mut held = slot.lock().await;
            if held
                .as_ref()
                .is_some_and(|held| Arc::ptr_eq(&held.bearer.0, &refused.0))
            {
                *held = None;
            }
        }
    }
}

fn where_to_grant(base: &str) -> String {
    let site = match base {
        "https://api.github.com" => "https://github.com",
        other => other.trim_end_matches("/api/v3"),
    };
    format!(
        "grant it in the App's settings ({site}/settings/apps, \"Permissions & events\") and accept \
         the change where the App is installed ({site}/settings/installations)"
    )
}

impl App {
    fn slot(&self, repository: &RepositoryName) -> Arc<Slot> {
        let mut slots = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if slots.len() >= MAX_HELD {
            slots.retain(|_, slot| Arc::strong_count(slot) > 1 || !is_stale(slot));
        }
        slots.entry(repository.clone()).or_default().clone()
    }

    async fn bearer(&self, wire: &Wire, base: &str, repository: &RepositoryName) -> Result<Bearer> {
        let slot = self.slot(repository);
        let mut held = slot.lock().await;
        if let Some(held) = held.as_ref()
            && Instant::now() < held.until
        {
            return Ok(held.bearer.clone());
        }
        let sign_in = SignIn {
            app: self,
            wire,
            base,
            repository,
        };
        let fresh = sign_in.token().await?;
        let bearer = fresh.bearer.clone();
        *held = Some(fresh);
        Ok(bearer)
    }
}

fn is_stale(slot: &Slot) -> bool {
    slot.try_lock().is_ok_and(|held| {
        held.as_ref()
            .is_none_or(|held| held.until <= Instant::now())
    })
}

/// The two requests that turn the App's key into a repository's token.
struct SignIn<'a> {
    app: &'a App,
    wire: &'a Wire,
    base: &'a str,
    repository: &'a RepositoryName,
}

#[derive(Deserialize)]
struct Installation {
    id: u64,
    permissions: Option<BTreeMap<String, String>>,
    suspended_at: Option<String>,
}

#[derive(Deserialize)]
struct Issued {
    token: String,
    expires_at: String,
}

impl SignIn<'_> {
    async fn token(&self) -> Result<Held> {
        let installation = self.installation().await?;
        let (_, name) = self
            .repository
            .as_str()
            .split_once('/')
            .ok_or_else(|| unexpected(WHAT, "the repository is not `owner/name`"))?;
        let permissions = narrowed(installation.permissions.as_ref());
        let body = json!({"repositories": [name], "permissions": permissions});
        let path = format!("/app/installations/{}/access_tokens", installation.id);
        let issued: Issued = self.ask(Method::POST, &path, Some(&body)).await?;
        Ok(Held {
            until: Instant::now() + usable_for(&issued.expires_at)?,
            bearer: Bearer::new(Secret::new(issued.token), Some(permissions)),
        })
    }

    /// Asked of GitHub with our own key, never read from a payload: a payload's
    /// installation could be another customer's.
    async fn installation(&self) -> Result<Installation> {
        let path = format!("/repos/{}/installation", self.repository);
        let installation: Installation = self.ask(Method::GET, &path, None).await?;
        match installation.suspended_at {
            Some(_) => Err(self.denied("the App's installation is suspended")),
            None => Ok(installation),
        }
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<&serde_json::Value>,
    ) -> Result<T> {
        let uri = format!("{}{path}", self.base);
        let outgoing = Outgoing {
            what: WHAT,
            method,
            uri: uri.parse().map_err(|_| unexpected(WHAT, "no address"))?,
            accept: "application/vnd.github+json",
            body,
        };
        let jwt = self.app.signer.sign()?;
        let response = self.wire.authorised(&outgoing, &jwt).await?;
        if !response.status().is_success() {
            return Err(self.refused(response).await);
        }
        let body = self.wire.read(WHAT, response, MAX_ANSWER_BYTES).await?;
        // A token's JSON must not be quoted in an error.
        serde_json::from_slice(&body).map_err(|_| unexpected(WHAT, "its JSON is of another form"))
    }

    async fn refused(&self, response: Response<Body>) -> ForgeError {
        let (status, headers) = (response.status(), response.headers().clone());
        let body = self.wire.read(WHAT, response, MAX_ANSWER_BYTES).await;
        let body = body.unwrap_or_default();
        let said = refusal::message(&body);
        match status {
            StatusCode::UNAUTHORIZED => self.denied(&format!(
                "GitHub does not accept the App's signature ({said}): check the App's id, its \
                 private key and this machine's clock"
            )),
            StatusCode::NOT_FOUND => self.denied("the App is not installed there"),
            StatusCode::UNPROCESSABLE_ENTITY => self.denied(&said),
            _ => {
                let call = Call::get(WHAT, self.repository, METADATA, String::new());
                refusal::general(&call, &self.app.where_to_grant, status, &headers, &body)
            }
        }
    }

    fn denied(&self, why: &str) -> ForgeError {
        let hint = &self.app.where_to_grant;
        ForgeError::Denied {
            what: WHAT,
            why: format!("{}: {why}; {hint}", self.repository),
        }
    }
}

/// What we want and the installation has. Asking for more would refuse the
/// whole token, and with it the reads that need none of it; what is missing is
/// named by the request that needs it.
fn narrowed(granted: Option<&BTreeMap<String, String>>) -> Permissions {
    let level = |wanted: Permission| match granted {
        None => Some(wanted.level()),
        Some(granted) => match granted.get(wanted.name).map(String::as_str) {
            Some("write" | "admin") => Some(wanted.level()),
            Some("read") => Some("read"),
            _ => None,
        },
    };
    WANTED
        .into_iter()
        .filter_map(|wanted| Some((wanted.name, level(wanted)?)))
        .collect()
}

fn usable_for(expires_at: &str) -> Result<Duration> {
    let expires: jiff::Timestamp = expires_at
        .parse()
        .map_err(|_| unexpected(WHAT, "`expires_at` is no time"))?;
    let left = expires.as_second() - jiff::Timestamp::now().as_second();
    // An hour is what GitHub gives; a clock that is wrong must not make it more.
    let left = Duration::from_secs(left.clamp(0, 60 * 60).unsigned_abs());
    Ok(left.saturating_sub(EARLY))
}
