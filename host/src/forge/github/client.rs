//! Requests to the API: the credential put on, refusals sorted, bodies limited.

use std::time::Instant;

use http::{Method, Response, StatusCode, Uri};
use serde::de::DeserializeOwned;

use super::auth::{Bearer, Credentials};
use super::call::{Answer, Call, Root};
use super::refusal;
use super::settings::{Settings, SettingsError};
use super::wire::{Body, Outgoing, Wire, is_https, is_loopback_http, unexpected};
use crate::forge::pace::{self, Pace};
use crate::forge::quiet::Quiet;
use crate::forge::web::base;
use crate::forge::{ForgeError, Result};

/// Bytes read of a refusal: GitHub's words and no more.
const MAX_REFUSAL_BYTES: usize = 64 * 1024;

/// Bytes of an answer about the App; a page of a hundred deliveries is 50 kB.
const MAX_APP_ANSWER_BYTES: usize = 4 * 1024 * 1024;

pub(super) struct Client {
    pub wire: Wire,
    base: String,
    loopback: bool,
    credentials: Credentials,
    quiet: Quiet,
    pace: Pace,
    /// Who we are on this GitHub, once somebody asked.
    pub own_login: tokio::sync::OnceCell<String>,
}

impl Client {
    pub fn new(settings: Settings) -> std::result::Result<Client, SettingsError> {
        let (base, loopback) = base(&settings.api).map_err(SettingsError::Api)?;
        Ok(Client {
            credentials: Credentials::new(settings.auth, &base)?,
            wire: Wire::new(settings.timeouts)?,
            quiet: Quiet::default(),
            pace: Pace::new(pace::GITHUB),
            own_login: tokio::sync::OnceCell::new(),
            base,
            loopback,
        })
    }

    pub fn base(&self) -> &str {
        &self.base
    }

    pub fn is_app(&self) -> bool {
        self.credentials.is_app()
    }

    /// Whether a download may go there: https, and plain http only where the
    /// API itself is a loopback test.
    pub fn may_follow(&self, uri: &Uri) -> bool {
        is_https(uri) || (self.loopback && is_loopback_http(uri))
    }

    /// Sends, and answers with anything but a general refusal: the caller says
    /// what a 404 or a 422 means to it.
    pub async fn send(&self, call: &Call<'_>) -> Result<Answer> {
        let response = self.open(call).await?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = self.wire.read(call.what, response, call.limit).await?;
        Ok(Answer {
            status,
            headers,
            body,
        })
    }

    /// Sends and reads a successful answer's JSON.
    pub async fn json<T: DeserializeOwned>(&self, call: Call<'_>) -> Result<T> {
        self.send(&call).await?.success(&call)?.parse(call.what)
    }

    /// The pages of a list, `pages` at most. `call` is given the page's part of
    /// the query.
    pub async fn pages<'c, T: DeserializeOwned>(
        &self,
        pages: u32,
        call: impl Fn(String) -> Call<'c>,
    ) -> Result<Vec<T>> {
        let mut all = Vec::new();
        for page in 1..=pages {
            let call = call(format!("per_page=100&page={page}"));
            let answer = self.send(&call).await?.success(&call)?;
            all.push(answer.parse(call.what)?);
            if !answer.has_next() {
                break;
            }
        }
        Ok(all)
    }

    /// Sends and answers before the body is read. While GitHub wants silence,
    /// nothing is sent.
    pub async fn open(&self, call: &Call<'_>) -> Result<Response<Body>> {
        let whose = self.whose_limit(call);
        let now = Instant::now();
        self.quiet.check(call.what, whose, now)?;
        if call.method != Method::GET {
            self.pace.check(call.what, whose, now)?;
        }
        let answer = self.exchange(call).await;
        match &answer {
            Ok(_) => self.quiet.passed(whose, Instant::now()),
            Err(error) => self.quiet.note(whose, error, Instant::now()),
        }
        answer
    }

    /// Sends what concerns the App itself, signed with its key, and reads a
    /// successful answer.
    pub async fn as_app(&self, what: &'static str, method: Method, path: &str) -> Result<Answer> {
        let signature = self.credentials.signature().ok_or_else(|| {
            unexpected(
                what,
                "only a GitHub App has this, and a token is configured",
            )
        })??;
        self.quiet.check(what, "", Instant::now())?;
        let outgoing = Outgoing {
            what,
            method,
            uri: format!("{}{path}", self.base)
                .parse()
                .map_err(|_| unexpected(what, "no address can be made of it"))?,
            accept: "application/vnd.github+json",
            body: None,
        };
        let response = self.wire.authorised(&outgoing, &signature).await?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = self.wire.read(what, response, MAX_APP_ANSWER_BYTES).await?;
        if status.is_success() {
            return Ok(Answer {
                status,
                headers,
                body,
            });
        }
        let unnamed = self.quiet.unnamed("");
        let error = refusal::of_app(what, status, &headers, &body, unnamed);
        self.quiet.note("", &error, Instant::now());
        Err(error)
    }

    fn whose_limit<'c>(&self, call: &'c Call<'_>) -> &'c str {
        let owner = call.repository.as_str().split('/').next();
        owner.filter(|_| self.is_app()).unwrap_or_default()
    }

    async fn exchange(&self, call: &Call<'_>) -> Result<Response<Body>> {
        let outgoing = self.outgoing(call)?;
        let mut bearer = self.bearer(call).await?;
        // Made before the permission was granted, perhaps: GitHub decides anew.
        if bearer.lacks(call.needs) {
            bearer = self.fresh(call, &bearer).await?;
        }
        let mut response = self.wire.authorised(&outgoing, bearer.secret()).await?;
        // A token may be revoked before it expires; nothing was done, so even a
        // write may be sent again, once.
        if response.status() == StatusCode::UNAUTHORIZED && self.is_app() {
            bearer = self.fresh(call, &bearer).await?;
            response = self.wire.authorised(&outgoing, bearer.secret()).await?;
        }
        match refusal::is_general(response.status()) {
            false => Ok(response),
            true => {
                let error = self.refused(call, response).await;
                // What was taken away may be given back before the token's end.
                if matches!(error, ForgeError::Denied { .. }) {
                    self.credentials
                        .forget((call.repository, call.needs), &bearer)
                        .await;
                }
                Err(error)
            }
        }
    }

    async fn bearer(&self, call: &Call<'_>) -> Result<Bearer> {
        self.credentials
            .bearer(&self.wire, &self.base, (call.repository, call.needs))
            .await
    }

    async fn fresh(&self, call: &Call<'_>, old: &Bearer) -> Result<Bearer> {
        self.credentials
            .forget((call.repository, call.needs), old)
            .await;
        self.bearer(call).await
    }

    fn outgoing<'c>(&self, call: &'c Call<'_>) -> Result<Outgoing<'c>> {
        if !call.repository.as_str().contains('/') {
            let why = format!("{:?} is not `owner/name`", call.repository.as_str());
            return Err(unexpected(call.what, why));
        }
        let root = match call.root {
            Root::Repository => format!("{}/repos/{}", self.base, call.repository),
            Root::GraphQl => self.graphql(),
            Root::User => format!("{}/user", self.base),
        };
        let uri = format!("{root}{}", call.path);
        Ok(Outgoing {
            what: call.what,
            method: call.method.clone(),
            uri: uri
                .parse()
                .map_err(|_| unexpected(call.what, "no address can be made of it"))?,
            accept: call.accept,
            body: call.body.as_ref(),
        })
    }

    /// Beside the REST API: on an Enterprise server that is below `/api/v3`.
    fn graphql(&self) -> String {
        let base = self.base.strip_suffix("/v3").unwrap_or(&self.base);
        format!("{base}/graphql")
    }

    async fn refused(&self, call: &Call<'_>, response: Response<Body>) -> ForgeError {
        let (status, headers) = (response.status(), response.headers().clone());
        let read = self.wire.read(call.what, response, MAX_REFUSAL_BYTES).await;
        let where_to_grant = self.credentials.where_to_grant();
        let body = read.unwrap_or_default();
        let unnamed = self.quiet.unnamed(self.whose_limit(call));
        refusal::general(call, where_to_grant, status, &headers, &body, unnamed)
    }
}
