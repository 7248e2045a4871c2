//! The branch of a pull request that we closed goes, if it is as we made it.
//!
//! GitHub compares and deletes in one step (`updateRefs`, which REST has not):
//! what a person pushed there a moment ago stays.

use serde::Deserialize;
use serde_json::{Value, json};

use super::call::{CONTENTS_WRITE, Call, Root};
use super::client::Client;
use super::refusal::plain;
use crate::change::Change;
use crate::forge::Result;
use crate::ids::RepositoryName;

const WHAT: &str = "taking the closed branch away";

const REPOSITORY: &str =
    "query($owner: String!, $name: String!) { repository(owner: $owner, name: $name) { id } }";

const DELETE: &str = "mutation($input: UpdateRefsInput!) { updateRefs(input: $input) { \
                      clientMutationId } }";

/// What a ref is updated to that is to be no more.
const NOWHERE: &str = "0000000000000000000000000000000000000000";

#[derive(Deserialize)]
struct Said {
    #[serde(default)]
    data: Value,
    #[serde(default)]
    errors: Vec<Refused>,
}

#[derive(Deserialize)]
struct Refused {
    #[serde(default)]
    message: String,
}

/// Takes the branch of a closed change away. That it stays, because somebody
/// pushed to it, a rule keeps it or it is gone already, is no reason to fail.
pub(super) async fn branch(
    client: &Client,
    repository: &RepositoryName,
    change: &Change,
) -> Result<()> {
    match taken(client, repository, change).await {
        Err(error) if !error.is_transient() => {
            tracing::warn!(%repository, branch = %change.branch, %error, "a closed branch stays");
            Ok(())
        }
        done => done,
    }
}

async fn taken(client: &Client, repository: &RepositoryName, change: &Change) -> Result<()> {
    let Some(commit) = &change.commit else {
        return Ok(());
    };
    let (owner, name) = repository.as_str().split_once('/').unwrap_or_default();
    let variables = json!({"owner": owner, "name": name});
    let found = ask(client, repository, REPOSITORY, variables).await?;
    let Some(id) = found.data["repository"]["id"].as_str() else {
        left(repository, change, &found);
        return Ok(());
    };
    let update = json!({
        "name": format!("refs/heads/{}", change.branch),
        "beforeOid": commit.as_str(),
        "afterOid": NOWHERE,
    });
    let variables = json!({"input": {"repositoryId": id, "refUpdates": [update]}});
    let done = ask(client, repository, DELETE, variables).await?;
    if !done.errors.is_empty() {
        left(repository, change, &done);
    }
    Ok(())
}

async fn ask(
    client: &Client,
    repository: &RepositoryName,
    query: &str,
    variables: Value,
) -> Result<Said> {
    let body = json!({"query": query, "variables": variables});
    let call = Call::post(WHAT, repository, CONTENTS_WRITE, String::new(), body);
    client.json(call.at(Root::GraphQl)).await
}

fn left(repository: &RepositoryName, change: &Change, said: &Said) {
    let why = said.errors.first().map(|error| plain(&error.message));
    let why = why.unwrap_or_default();
    tracing::info!(%repository, branch = %change.branch, why, "a closed change keeps its branch");
}
