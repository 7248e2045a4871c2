//! Who we are: a token, or an App with one narrowed token for each repository.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use super::call::{Permission, WORKFLOWS_WRITE};
use super::settings::{Auth, Secret, SettingsError};
use super::wire::Wire;
use crate::forge::Result;
use crate::ids::RepositoryName;
use sign_in::SignIn;

mod jwt;
mod sign_in;

/// Repositories whose tokens are kept; beyond it expired ones go.
const MAX_HELD: usize = 4096;

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
    /// One slot a repository, and one more where workflow files are changed:
    /// no other token may do that. Who refreshes a token holds the slot's lock,
    /// so that there is one refresh at a time.
    held: Mutex<HashMap<(RepositoryName, bool), Arc<Slot>>>,
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

    /// The App's own signature, for what concerns no repository; none where a
    /// token is used.
    pub fn signature(&self) -> Option<Result<Secret>> {
        match self {
            Credentials::Token(_) => None,
            Credentials::App(app) => Some(app.signer.sign()),
        }
    }

    /// The end of a sentence that begins with what is missing.
    pub fn where_to_grant(&self) -> &str {
        match self {
            Credentials::Token(_) => TOKEN_HINT,
            Credentials::App(app) => &app.where_to_grant,
        }
    }

    /// The credential for a repository and what is needed there: kept, or made
    /// now.
    pub async fn bearer(
        &self,
        wire: &Wire,
        base: &str,
        (repository, needs): (&RepositoryName, Permission),
    ) -> Result<Bearer> {
        match self {
            Credentials::Token(token) => Ok(token.clone()),
            Credentials::App(app) => {
                let workflows = needs == WORKFLOWS_WRITE;
                app.bearer(wire, base, (repository, workflows)).await
            }
        }
    }

    /// Drops a token that was refused, unless another has replaced it already.
    pub async fn forget(
        &self,
        (repository, needs): (&RepositoryName, Permission),
        refused: &Bearer,
    ) {
        if let Credentials::App(app) = self {
            let slot = app.slot(repository, needs == WORKFLOWS_WRITE);
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
    fn slot(&self, repository: &RepositoryName, workflows: bool) -> Arc<Slot> {
        let mut slots = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if slots.len() >= MAX_HELD {
            slots.retain(|_, slot| Arc::strong_count(slot) > 1 || !is_stale(slot));
        }
        let key = (repository.clone(), workflows);
        slots.entry(key).or_default().clone()
    }

    async fn bearer(
        &self,
        wire: &Wire,
        base: &str,
        (repository, workflows): (&RepositoryName, bool),
    ) -> Result<Bearer> {
        let slot = self.slot(repository, workflows);
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
            workflows,
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
