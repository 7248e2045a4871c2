//! One request to the API and its answer, as values.

use std::fmt;

use http::{HeaderMap, Method, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::refusal;
use super::wire::unexpected;
use crate::forge::{ForgeError, Result};
use crate::ids::RepositoryName;

/// A permission of GitHub Apps and fine-grained tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Permission {
    pub name: &'static str,
    pub write: bool,
}

impl Permission {
    pub const fn read(name: &'static str) -> Permission {
        Permission { name, write: false }
    }

    pub const fn write(name: &'static str) -> Permission {
        Permission { name, write: true }
    }

    pub fn level(self) -> &'static str {
        if self.write { "write" } else { "read" }
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.level())
    }
}

pub(super) const METADATA: Permission = Permission::read("metadata");
pub(super) const ACTIONS: Permission = Permission::read("actions");
pub(super) const ACTIONS_WRITE: Permission = Permission::write("actions");
pub(super) const CONTENTS: Permission = Permission::read("contents");
pub(super) const CONTENTS_WRITE: Permission = Permission::write("contents");
pub(super) const PULLS: Permission = Permission::read("pull_requests");
pub(super) const PULLS_WRITE: Permission = Permission::write("pull_requests");
pub(super) const CHECKS: Permission = Permission::read("checks");
pub(super) const HOOKS: Permission = Permission::read("repository_hooks");
pub(super) const HOOKS_WRITE: Permission = Permission::write("repository_hooks");
pub(super) const STATUSES: Permission = Permission::read("statuses");
pub(super) const CHECKS_WRITE: Permission = Permission::write("checks");
/// What changing a file under `.github/workflows` takes. No other request's
/// token has it.
pub(super) const WORKFLOWS_WRITE: Permission = Permission::write("workflows");

const JSON: &str = "application/vnd.github+json";

/// Bytes of an ordinary answer. A page of a hundred pull requests is about 2 MB.
const MAX_ANSWER_BYTES: usize = 16 * 1024 * 1024;

/// Where a request's path begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Root {
    /// Below `/repos/{owner}/{name}`.
    Repository,
    /// GraphQL's only address.
    GraphQl,
    /// What concerns the credential's user.
    User,
}

/// One request to the API.
pub(super) struct Call<'a> {
    pub what: &'static str,
    /// Whose credential and limits it uses.
    pub repository: &'a RepositoryName,
    pub root: Root,
    /// What the credential must have; named when GitHub says no.
    pub needs: Permission,
    pub accept: &'static str,
    pub method: Method,
    /// Below the root.
    pub path: String,
    pub body: Option<Value>,
    pub limit: usize,
}

impl<'a> Call<'a> {
    pub fn get(
        what: &'static str,
        repository: &'a RepositoryName,
        needs: Permission,
        path: String,
    ) -> Call<'a> {
        Call {
            what,
            repository,
            root: Root::Repository,
            needs,
            accept: JSON,
            method: Method::GET,
            path,
            body: None,
            limit: MAX_ANSWER_BYTES,
        }
    }

    pub fn post(
        what: &'static str,
        repository: &'a RepositoryName,
        needs: Permission,
        path: String,
        body: Value,
    ) -> Call<'a> {
        Call {
            method: Method::POST,
            body: Some(body),
            ..Call::get(what, repository, needs, path)
        }
    }

    pub fn patch(self) -> Call<'a> {
        Call {
            method: Method::PATCH,
            ..self
        }
    }

    pub fn at(self, root: Root) -> Call<'a> {
        Call { root, ..self }
    }

    pub fn delete(self) -> Call<'a> {
        Call {
            method: Method::DELETE,
            ..self
        }
    }

    /// The file's bytes, not JSON around them.
    pub fn raw(self) -> Call<'a> {
        let accept = "application/vnd.github.raw+json";
        Call { accept, ..self }
    }

    pub fn limit(self, limit: usize) -> Call<'a> {
        Call { limit, ..self }
    }
}

/// An answer that is no general refusal.
pub(super) struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    /// GitHub's words, for an error.
    pub fn message(&self) -> String {
        refusal::message(&self.body)
    }

    /// The answer, if it is a success.
    pub fn success(self, call: &Call<'_>) -> Result<Answer> {
        let what = call.what;
        match self.status.as_u16() {
            200..=299 => Ok(self),
            // What we have just read is there: GitHub hides what may not be written.
            404 if call.method != Method::GET => Err(ForgeError::Denied {
                what,
                why: format!(
                    "the credential seems to lack `{}` on {} (GitHub answers 404 for that)",
                    call.needs, call.repository
                ),
            }),
            404 | 410 => Err(ForgeError::NotFound {
                what: format!(
                    "{what} in {} (or the credential may not see it)",
                    call.repository
                ),
            }),
            301 | 307 | 308 => Err(ForgeError::NotFound {
                what: format!(
                    "{what}: {} was renamed or transferred; under its old name it is",
                    call.repository
                ),
            }),
            _ => Err(unexpected(
                what,
                format!("{}: {}", self.status, self.message()),
            )),
        }
    }

    pub fn parse<T: DeserializeOwned>(&self, what: &'static str) -> Result<T> {
        serde_json::from_slice(&self.body).map_err(|error| unexpected(what, error.to_string()))
    }

    /// Whether a further page follows.
    pub fn has_next(&self) -> bool {
        let links = self.headers.get_all(http::header::LINK);
        links
            .iter()
            .filter_map(|value| value.to_str().ok())
            .any(|value| value.contains("rel=\"next\""))
    }
}
