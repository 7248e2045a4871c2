//! A job's log, streamed to a file.

use std::path::Path;
use std::time::Duration;

use http::header::LOCATION;
use http::{Response, StatusCode, Uri};

use super::call::{ACTIONS, Call};
use super::client::Client;
use super::runs::job_number;
use super::wire::{Body, transient, unexpected};
use crate::forge::web::to_file;
use crate::forge::{Downloaded, ForgeError, Job, Result};
use crate::ids::RepositoryName;

const WHAT: &str = "downloading the job's log";

/// GitHub answers one redirect; a second would be its storage's.
const MAX_REDIRECTS: usize = 3;

/// A log is there a few seconds after its job ended, seldom later.
const NOT_YET: Duration = Duration::from_secs(5);

pub(super) async fn download(
    client: &Client,
    repository: &RepositoryName,
    job: &Job,
    into: &Path,
    limit: u64,
) -> Result<Downloaded> {
    let path = format!("/actions/jobs/{}/logs", job_number(WHAT, job)?);
    let call = Call::get(WHAT, repository, ACTIONS, path);
    let response = redirected(client, &call).await?;
    match response.status() {
        StatusCode::OK => {}
        StatusCode::NOT_FOUND => return Err(not_yet()),
        StatusCode::GONE => {
            let what = format!("the log of job {} (GitHub keeps logs for a time)", job.id);
            return Err(ForgeError::NotFound { what });
        }
        // The storage's own refusal: an address that ran out, or trouble there.
        status => {
            return Err(transient(
                WHAT,
                format!("GitHub's storage answered {status}"),
            ));
        }
    }
    let incoming = client.wire.stream(WHAT, response);
    to_file(incoming, into, limit).await
}

fn not_yet() -> ForgeError {
    ForgeError::Transient {
        what: WHAT,
        why: "there is no log (yet)".into(),
        retry_after: Some(NOT_YET),
    }
}

/// Asks the API and follows where it points, by hand: the credential stays
/// with the API, and no address is logged (each carries a key to the data).
pub(super) async fn redirected(client: &Client, call: &Call<'_>) -> Result<Response<Body>> {
    let mut response = client.open(call).await?;
    for _ in 0..MAX_REDIRECTS {
        let Some(location) = location(client, call, &response)? else {
            return encoding_checked(call, response);
        };
        response = client.wire.anonymous(call.what, location).await?;
    }
    match response.status().is_redirection() {
        true => Err(unexpected(
            call.what,
            format!("more than {MAX_REDIRECTS} redirects"),
        )),
        false => encoding_checked(call, response),
    }
}

/// Where an answer points; none where it is no redirect.
fn location(client: &Client, call: &Call<'_>, response: &Response<Body>) -> Result<Option<Uri>> {
    if !response.status().is_redirection() {
        return Ok(None);
    }
    let uri = response
        .headers()
        .get(LOCATION)
        .and_then(|value| Uri::try_from(value.as_bytes()).ok())
        .filter(|uri| uri.authority().is_some());
    match uri {
        Some(uri) if client.may_follow(&uri) => Ok(Some(uri)),
        Some(_) => Err(unexpected(call.what, "a redirect that is not https")),
        None => Err(unexpected(call.what, "a redirect to no address")),
    }
}

/// We ask for no compression; bytes that have one anyway would be read as text.
fn encoding_checked(call: &Call<'_>, response: Response<Body>) -> Result<Response<Body>> {
    let encoding = response.headers().get(http::header::CONTENT_ENCODING);
    match encoding.map(|value| value.as_bytes()) {
        None | Some(b"identity" | b"") => Ok(response),
        Some(_) => Err(unexpected(call.what, "a compressed answer, unasked")),
    }
}
