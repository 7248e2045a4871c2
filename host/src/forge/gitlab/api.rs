//! Requests to GitLab's REST API, one value each, and their answers.

use std::time::Instant;

use http::{HeaderMap, HeaderName, Method, Response, StatusCode, Uri};
use hyper::body::Incoming as Body;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::OnceCell;

use super::refusal::{self, Needs};
use super::{Settings, SettingsError};
use crate::forge::pace::{self, Pace};
use crate::forge::quiet::Quiet;
use crate::forge::web::{
    Get, Incoming, Once, Secret, Web, base, encoded, is_https, is_loopback_http, unexpected,
};
use crate::forge::{ForgeError, Result};
use crate::ids::RepositoryName;

/// Bytes of an ordinary answer; a page of a hundred jobs is about 200 kB.
const MAX_ANSWER_BYTES: usize = 16 * 1024 * 1024;

/// Bytes read of a refusal: GitLab's words and no more.
const MAX_REFUSAL_BYTES: usize = 64 * 1024;

/// How GitLab takes a token of any kind but a job's.
const TOKEN_HEADER: HeaderName = HeaderName::from_static("private-token");

pub(super) struct Api {
    web: Web,
    base: String,
    loopback: bool,
    token: Secret,
    quiet: Quiet,
    pace: Pace,
    /// Whose token it is, asked once.
    me: OnceCell<u64>,
}

/// One request below a project.
pub(super) struct Call<'a> {
    pub what: &'static str,
    pub project: &'a RepositoryName,
    pub method: Method,
    /// Below `/projects/:id`.
    pub path: String,
    pub body: Option<Value>,
    pub needs: Needs,
}

impl<'a> Call<'a> {
    pub fn get(what: &'static str, project: &'a RepositoryName, path: &str) -> Call<'a> {
        Call {
            what,
            project,
            method: Method::GET,
            path: path.to_owned(),
            body: None,
            needs: Needs::Read,
        }
    }

    /// A read that answers with headers alone.
    pub fn head(what: &'static str, project: &'a RepositoryName, path: &str) -> Call<'a> {
        Call {
            method: Method::HEAD,
            ..Call::get(what, project, path)
        }
    }

    pub fn post(what: &'static str, project: &'a RepositoryName, path: &str, body: Value) -> Self {
        Call {
            method: Method::POST,
            body: Some(body),
            needs: Needs::Write,
            ..Call::get(what, project, path)
        }
    }

    pub fn put(what: &'static str, project: &'a RepositoryName, path: &str, body: Value) -> Self {
        Call {
            method: Method::PUT,
            ..Call::post(what, project, path, body)
        }
    }

    pub fn delete(what: &'static str, project: &'a RepositoryName, path: &str) -> Call<'a> {
        Call {
            method: Method::DELETE,
            needs: Needs::Write,
            ..Call::get(what, project, path)
        }
    }
}

/// An answer that was read whole, and is no limit.
pub(super) struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    /// GitLab's words, for an error.
    pub fn message(&self) -> String {
        refusal::message(&self.body)
    }

    /// The answer, if it is a success.
    pub fn success(self, call: &Call<'_>) -> Result<Answer> {
        match self.status.is_success() {
            true => Ok(self),
            false => Err(refusal::sort(call, self.status, &self.headers, &self.body)),
        }
    }

    /// A success's JSON.
    pub fn json<T: DeserializeOwned>(&self, what: &'static str) -> Result<T> {
        serde_json::from_slice(&self.body).map_err(|error| unexpected(what, error.to_string()))
    }
}

impl Api {
    pub fn new(settings: Settings) -> std::result::Result<Api, SettingsError> {
        let token = settings.token.expose().trim();
        if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(SettingsError::Token);
        }
        let (base, loopback) = base(&settings.url).map_err(SettingsError::Url)?;
        Ok(Api {
            web: Web::new(settings.timeouts)?,
            base,
            loopback,
            token: Secret::new(token),
            quiet: Quiet::default(),
            pace: Pace::new(pace::GITLAB),
            me: OnceCell::new(),
        })
    }

    pub fn base(&self) -> &str {
        &self.base
    }

    /// Sends, and answers with anything but a limit: the caller says what a 400
    /// or a 404 means to it. Nothing is sent twice.
    pub async fn send(&self, call: &Call<'_>) -> Result<Answer> {
        let writes = !matches!(call.method, Method::GET | Method::HEAD);
        if writes {
            let now = Instant::now();
            self.quiet.check(call.what, "", now)?;
            self.pace.check(call.what, "", now)?;
        }
        let uri = self.uri(call.what, &project_path(call.project, &call.path))?;
        self.once(call.what, &call.method, uri, call.body.as_ref())
            .await
    }

    /// Sends and reads a successful answer's JSON.
    pub async fn json<T: DeserializeOwned>(&self, call: &Call<'_>) -> Result<T> {
        self.send(call).await?.success(call)?.json(call.what)
    }

    /// The pages of a list, `pages` at most. `call` is given the page's part of
    /// the query.
    pub async fn pages<'c, T: DeserializeOwned>(
        &self,
        pages: u32,
        call: impl Fn(String) -> Call<'c>,
    ) -> Result<Vec<T>> {
        let mut all: Vec<T> = Vec::new();
        let mut page = Some(1);
        while let Some(number) = page.filter(|page| *page <= pages) {
            let call = call(format!("per_page=100&page={number}"));
            let answer = self.send(&call).await?.success(&call)?;
            all.append(&mut answer.json(call.what)?);
            page = next_page(&answer.headers).filter(|next| *next > number);
        }
        Ok(all)
    }

    /// The id of the user whose token we have.
    pub async fn me(&self, project: &RepositoryName) -> Result<u64> {
        #[derive(Deserialize)]
        struct User {
            id: u64,
        }
        let ask = async {
            let user: User = self.anywhere("asking who we are", project, "/user").await?;
            Ok(user.id)
        };
        self.me.get_or_try_init(|| ask).await.copied()
    }

    /// Reads what is below no project, for one.
    pub async fn anywhere<T: DeserializeOwned>(
        &self,
        what: &'static str,
        project: &RepositoryName,
        path: &str,
    ) -> Result<T> {
        let call = Call::get(what, project, path);
        let uri = self.uri(what, path)?;
        let answer = self.once(what, &call.method, uri, None).await?;
        answer.success(&call)?.json(what)
    }

    /// Asks for something long, which may lie in GitLab's object storage.
    pub async fn stream(
        &self,
        what: &'static str,
        project: &RepositoryName,
        path: &str,
    ) -> Result<Incoming> {
        self.quiet.check(what, "", Instant::now())?;
        let follow = |uri: &Uri| is_https(uri) || (self.loopback && is_loopback_http(uri));
        let get = Get {
            what,
            uri: self.uri(what, &project_path(project, path))?,
            accept: "*/*",
            credential: Some((TOKEN_HEADER, &self.token)),
            may_follow: &follow,
        };
        let response = self.web.get(&get).await?;
        if response.status().is_success() {
            return Ok(self.web.transfer(what, response));
        }
        let answer = self.read(what, response).await?;
        let call = Call::get(what, project, path);
        answer.success(&call)?;
        Err(unexpected(what, "a success that was none before"))
    }

    async fn once(
        &self,
        what: &'static str,
        method: &Method,
        uri: Uri,
        body: Option<&Value>,
    ) -> Result<Answer> {
        self.quiet.check(what, "", Instant::now())?;
        let once = Once {
            what,
            method: method.clone(),
            uri,
            credential: (TOKEN_HEADER, &self.token),
            body: body.map(Value::to_string),
        };
        let response = self.web.once(once).await?;
        self.read(what, response).await
    }

    /// Reads an answer; a limit is an error, and remembered.
    async fn read(&self, what: &'static str, response: Response<Body>) -> Result<Answer> {
        let (status, headers) = (response.status(), response.headers().clone());
        let unnamed = self.quiet.unnamed("");
        if let Some(limit) = refusal::limit(what, status, &headers, unnamed) {
            self.quiet.note("", &limit, Instant::now());
            return Err(limit);
        }
        self.quiet.passed("", Instant::now());
        let incoming = self.web.answer(what, response);
        let body = match status.is_success() {
            true => incoming.read(MAX_ANSWER_BYTES).await?,
            false => match incoming.read(MAX_REFUSAL_BYTES).await {
                // Some proxy's page: its status says enough.
                Err(ForgeError::TooLarge { .. }) => Vec::new(),
                read => read?,
            },
        };
        if status.is_redirection() {
            return Err(moved(what));
        }
        Ok(Answer {
            status,
            headers,
            body,
        })
    }

    fn uri(&self, what: &'static str, path: &str) -> Result<Uri> {
        let uri = format!("{}/api/v4{path}", self.base);
        uri.parse()
            .map_err(|_| unexpected(what, "no address can be made of it"))
    }
}

fn project_path(project: &RepositoryName, path: &str) -> String {
    format!("/projects/{}{path}", encoded(project.as_str()))
}

/// GitLab redirects reads of a project that was renamed; a token goes nowhere
/// that was not configured, and a write least of all.
fn moved(what: &'static str) -> ForgeError {
    unexpected(
        what,
        "a redirect, where none may lead: the project was renamed or moved, or gitlab.url is not \
         the server's own address",
    )
}

/// The next page's number; none after the last.
pub(super) fn next_page(headers: &HeaderMap) -> Option<u32> {
    headers
        .get("x-next-page")?
        .to_str()
        .ok()?
        .trim()
        .parse()
        .ok()
}

/// The token that names the next page of a listing without page numbers. Only
/// the token is taken from the address: where to ask, we know.
pub(super) fn next_token(headers: &HeaderMap) -> Option<String> {
    let links = headers.get(http::header::LINK)?.to_str().ok()?;
    let next = links
        .split(',')
        .find(|link| link.contains("rel=\"next\""))?;
    let address = next.split(['<', '>']).nth(1)?;
    let (_, query) = address.split_once('?')?;
    let token = query
        .split('&')
        .find_map(|pair| pair.strip_prefix("page_token="))?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"%-._~".contains(&byte);
    token.bytes().all(plain).then(|| token.to_owned())
}

/// Something of a limited length that a listing went beyond.
pub(super) fn too_long(what: &'static str, limit: String) -> ForgeError {
    ForgeError::TooLarge { what, limit }
}
