//! Requests to GitLab's REST API and what its answers mean.

use http::{HeaderMap, HeaderName, Response, StatusCode, Uri};
use hyper::body::Incoming as Body;
use serde::de::DeserializeOwned;

use super::{Settings, SettingsError};
use crate::forge::web::{
    Get, Incoming, Secret, Service, Web, base, encoded, is_https, is_loopback_http, unexpected,
};
use crate::forge::{ForgeError, Result};
use crate::ids::RepositoryName;

/// Bytes of an ordinary answer; a page of a hundred jobs is about 200 kB.
const MAX_ANSWER_BYTES: usize = 16 * 1024 * 1024;

const GITLAB: Service = Service {
    name: "GitLab",
    where_to_grant: "gitlab.token needs the scope read_api and the role Reporter in the project \
                     (Settings, Access tokens)",
};

/// How GitLab takes a token of any kind but a job's.
const TOKEN_HEADER: HeaderName = HeaderName::from_static("private-token");

pub(super) struct Api {
    web: Web,
    base: String,
    loopback: bool,
    token: Secret,
}

/// An answer that was read whole.
pub(super) struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    /// The answer's JSON, if it is a success.
    pub fn parse<T: DeserializeOwned>(&self, what: &'static str) -> Result<T> {
        if !self.status.is_success() {
            return Err(GITLAB.refusal(what, self.status, &self.headers));
        }
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
        })
    }

    pub fn base(&self) -> &str {
        &self.base
    }

    /// Asks below a project and reads the whole answer.
    pub async fn ask(
        &self,
        what: &'static str,
        project: &RepositoryName,
        path: &str,
    ) -> Result<Answer> {
        let nowhere = |_: &Uri| false;
        let response = self.send(what, project, path, &nowhere).await?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = self
            .web
            .answer(what, response)
            .read(MAX_ANSWER_BYTES)
            .await?;
        Ok(Answer {
            status,
            headers,
            body,
        })
    }

    pub async fn json<T: DeserializeOwned>(
        &self,
        what: &'static str,
        project: &RepositoryName,
        path: &str,
    ) -> Result<T> {
        self.ask(what, project, path).await?.parse(what)
    }

    /// Asks for something long, which may lie in GitLab's object storage.
    pub async fn stream(
        &self,
        what: &'static str,
        project: &RepositoryName,
        path: &str,
    ) -> Result<Incoming> {
        let follow = |uri: &Uri| is_https(uri) || (self.loopback && is_loopback_http(uri));
        let response = self.send(what, project, path, &follow).await?;
        match response.status().is_success() {
            true => Ok(self.web.transfer(what, response)),
            false => Err(GITLAB.refusal(what, response.status(), response.headers())),
        }
    }

    async fn send(
        &self,
        what: &'static str,
        project: &RepositoryName,
        path: &str,
        may_follow: &(dyn Fn(&Uri) -> bool + Sync),
    ) -> Result<Response<Body>> {
        let project = encoded(project.as_str());
        let uri = format!("{}/api/v4/projects/{project}{path}", self.base);
        let get = Get {
            what,
            uri: uri
                .parse()
                .map_err(|_| unexpected(what, "no address can be made of it"))?,
            accept: "*/*",
            credential: Some((TOKEN_HEADER, &self.token)),
            may_follow,
        };
        self.web.get(&get).await
    }
}

/// A page's number, and after it the next one's; none after the last.
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
