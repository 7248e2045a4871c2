//! Webhook deliveries that did not arrive: GitHub keeps them for days and
//! sends none again by itself.

use std::collections::BTreeMap;

use http::Method;
use serde::Deserialize;

use super::call::{Answer, Call, HOOKS, HOOKS_WRITE};
use super::client::Client;
use crate::event::github::Name;
use crate::forge::Result;
use crate::ids::RepositoryName;
use crate::time::Timestamp;

/// A webhook that sends to us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hook {
    /// The GitHub App's own.
    App,
    /// One that somebody set up in a repository.
    Repository { name: RepositoryName, id: u64 },
}

/// A delivery of which no attempt succeeded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missed {
    /// `X-GitHub-Delivery`: all attempts have the same.
    pub guid: String,
    pub event: Name,
    /// Attempts so far.
    pub attempts: usize,
    /// The newest attempt, which is asked for again.
    newest: u64,
    at: Timestamp,
}

/// Pages of a hundred attempts that are looked at in one round.
const MAX_PAGES: usize = 10;

/// Attempts after which a delivery is left alone: what fails that often fails
/// for another reason than that we were away.
const MAX_ATTEMPTS: usize = 5;

/// An attempt younger than this may still be under way.
const REST_MS: i64 = 60_000;

/// The path that a repository's webhook has where it sends to a Sentinel.
const OUR_PATH: &str = "/webhooks/github";

#[derive(Deserialize)]
struct Listed {
    id: u64,
    guid: String,
    delivered_at: String,
    status_code: Option<u16>,
    event: String,
}

#[derive(Deserialize)]
struct ListedHook {
    id: u64,
    #[serde(default)]
    active: bool,
    config: Option<HookConfig>,
}

#[derive(Deserialize)]
struct HookConfig {
    url: Option<String>,
}

/// The webhooks that send to us: the App's, or with a token those of the
/// repositories that look so.
pub(super) async fn hooks(client: &Client, repositories: &[RepositoryName]) -> Result<Vec<Hook>> {
    if client.is_app() {
        return Ok(vec![Hook::App]);
    }
    let mut hooks = Vec::new();
    for name in repositories {
        const WHAT: &str = "listing the repository's webhooks";
        let path = "/hooks?per_page=100".to_owned();
        let listed: Result<Vec<ListedHook>> = client.json(Call::get(WHAT, name, HOOKS, path)).await;
        let listed = match listed {
            Ok(listed) => listed,
            Err(error) if error.is_transient() => return Err(error),
            // One repository's refusal must not keep the others from theirs.
            Err(error) => {
                tracing::warn!(repository = %name, %error, "its webhooks are left out");
                continue;
            }
        };
        let ours = listed.into_iter().filter(|hook| {
            let url = hook
                .config
                .as_ref()
                .and_then(|config| config.url.as_deref());
            hook.active && url.is_some_and(|url| url.trim_end_matches('/').ends_with(OUR_PATH))
        });
        hooks.extend(ours.map(|hook| Hook::Repository {
            name: name.clone(),
            id: hook.id,
        }));
    }
    Ok(hooks)
}

/// Deliveries since a time of which no attempt succeeded, oldest first.
pub(super) async fn missed(
    client: &Client,
    hook: &Hook,
    since: Timestamp,
    now: Timestamp,
) -> Result<Vec<Missed>> {
    const WHAT: &str = "listing the webhook's deliveries";
    let mut attempts = Vec::new();
    let mut cursor = String::new();
    for _ in 0..MAX_PAGES {
        let query = format!("?per_page=100{cursor}");
        let answer = ask(client, hook, WHAT, Method::GET, &query).await?;
        let listed: Vec<Listed> = answer.parse(WHAT)?;
        let old = listed.iter().any(|one| at(one).is_none_or(|at| at < since));
        attempts.extend(listed);
        match answer.next_cursor().filter(|_| !old) {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    Ok(without_success(attempts, since, now))
}

/// Asks GitHub to send a delivery again.
pub(super) async fn redeliver(client: &Client, hook: &Hook, missed: &Missed) -> Result<()> {
    const WHAT: &str = "asking for a delivery again";
    let path = format!("/{}/attempts", missed.newest);
    ask(client, hook, WHAT, Method::POST, &path).await.map(drop)
}

async fn ask(
    client: &Client,
    hook: &Hook,
    what: &'static str,
    method: Method,
    below: &str,
) -> Result<Answer> {
    match hook {
        Hook::App => {
            let path = format!("/app/hook/deliveries{below}");
            client.as_app(what, method, &path).await
        }
        Hook::Repository { name, id } => {
            let path = format!("/hooks/{id}/deliveries{below}");
            let needs = if method == Method::GET {
                HOOKS
            } else {
                HOOKS_WRITE
            };
            let call = Call {
                method,
                ..Call::get(what, name, needs, path)
            };
            client.send(&call).await?.success(&call)
        }
    }
}

fn at(attempt: &Listed) -> Option<Timestamp> {
    let at: jiff::Timestamp = attempt.delivered_at.parse().ok()?;
    Some(Timestamp(at.as_millisecond()))
}

/// What no attempt brought to us, among events that we take.
fn without_success(attempts: Vec<Listed>, since: Timestamp, now: Timestamp) -> Vec<Missed> {
    let mut by_guid: BTreeMap<String, (Missed, bool)> = BTreeMap::new();
    for attempt in attempts {
        let (Some(event), Some(at)) = (Name::parse(&attempt.event), at(&attempt)) else {
            continue;
        };
        let arrived = matches!(attempt.status_code, Some(200..=299));
        let (known, any) = by_guid.entry(attempt.guid.clone()).or_insert_with(|| {
            let none = Missed {
                guid: attempt.guid,
                event,
                attempts: 0,
                newest: attempt.id,
                at,
            };
            (none, false)
        });
        known.attempts += 1;
        *any |= arrived;
        if at > known.at {
            (known.newest, known.at) = (attempt.id, at);
        }
    }
    let due = |missed: &Missed| {
        missed.event != Name::Ping
            && missed.attempts < MAX_ATTEMPTS
            && missed.at >= since
            && missed.at.plus_ms(REST_MS) <= now
    };
    let missed = by_guid.into_values().filter(|(_, arrived)| !arrived);
    let mut missed: Vec<Missed> = missed.map(|(missed, _)| missed).filter(due).collect();
    missed.sort_by_key(|missed| missed.at);
    missed
}

impl Answer {
    /// The cursor of the next page; only the cursor is taken from the address.
    fn next_cursor(&self) -> Option<String> {
        let links = self.headers.get(http::header::LINK)?.to_str().ok()?;
        let next = links
            .split(',')
            .find(|link| link.contains("rel=\"next\""))?;
        let address = next.split(['<', '>']).nth(1)?;
        let (_, query) = address.split_once('?')?;
        let cursor = query
            .split('&')
            .find_map(|pair| pair.strip_prefix("cursor="))?;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"%-._~".contains(&byte);
        cursor.bytes().all(plain).then(|| cursor.to_owned())
    }
}
