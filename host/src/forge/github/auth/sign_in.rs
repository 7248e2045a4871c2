//! The App's key turned into a token for one repository.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use http::{Method, Response, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::super::call::{
    ACTIONS_WRITE, CHECKS_WRITE, CONTENTS_WRITE, Call, METADATA, PULLS_WRITE, Permission, STATUSES,
    WORKFLOWS_WRITE,
};
use super::super::refusal;
use super::super::settings::Secret;
use super::super::wire::{Body, Outgoing, Wire, unexpected};
use super::{App, Bearer, Held, Permissions};
use crate::forge::quiet::A_MINUTE;
use crate::forge::{ForgeError, Result};
use crate::ids::RepositoryName;

/// All that Sentinel does in a repository. Workflow files are left out: what
/// runs with the repository's secrets is changed by a token of its own, made
/// when a person has approved such a change.
const WANTED: [Permission; 6] = [
    METADATA,
    ACTIONS_WRITE,
    CONTENTS_WRITE,
    PULLS_WRITE,
    CHECKS_WRITE,
    STATUSES,
];

/// A token is replaced this long before it expires, so that none expires
/// between a request's start and its arrival.
const EARLY: Duration = Duration::from_secs(5 * 60);

/// Bytes of an installation's or a token's JSON.
const MAX_ANSWER_BYTES: usize = 1024 * 1024;

pub(super) const WHAT: &str = "signing in as the GitHub App";

/// The two requests that turn the App's key into a repository's token.
pub(super) struct SignIn<'a> {
    pub app: &'a App,
    pub wire: &'a Wire,
    pub base: &'a str,
    pub repository: &'a RepositoryName,
    /// The token is to change workflow files.
    pub workflows: bool,
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
    pub async fn token(&self) -> Result<Held> {
        let installation = self.installation().await?;
        let (_, name) = self
            .repository
            .as_str()
            .split_once('/')
            .ok_or_else(|| unexpected(WHAT, "the repository is not `owner/name`"))?;
        let permissions = narrowed(installation.permissions.as_ref(), self.workflows);
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
            StatusCode::UNAUTHORIZED => ForgeError::Denied {
                what: WHAT,
                why: format!(
                    "GitHub does not accept the App's signature ({said}): check the App's id, its \
                     private key and this machine's clock"
                ),
            },
            StatusCode::NOT_FOUND => self.denied("the App is not installed there"),
            StatusCode::UNPROCESSABLE_ENTITY => self.denied(&said),
            _ => {
                let call = Call::get(WHAT, self.repository, METADATA, String::new());
                refusal::general(
                    &call,
                    &self.app.where_to_grant,
                    status,
                    &headers,
                    &body,
                    A_MINUTE,
                )
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
fn narrowed(granted: Option<&BTreeMap<String, String>>, workflows: bool) -> Permissions {
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
        .chain(workflows.then_some(WORKFLOWS_WRITE))
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
