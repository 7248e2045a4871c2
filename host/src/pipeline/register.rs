//! Component → registered agent: inspected, compared with the one of its name
//! that is active, taken or held.

use serde_json::json;

use crate::ids::Digest;
use crate::ledger::{Entry, Kind};
use crate::manifest::Manifest;
use crate::sandbox::Inspection;
use crate::store::{AgentRow, Registration, Store, StoreError, agent};
use crate::time::Timestamp;

/// What became of a component.
#[derive(Debug, Clone, PartialEq)]
pub enum Registered {
    /// It is the active one, now or already.
    Active,
    /// It asks for more than the active one: what, and which one goes on.
    Held {
        asks: Vec<String>,
        active: Box<AgentRow>,
    },
}

/// Registers a component under its manifest's name. The first of a name is
/// active: the operator's configuration names it. A later one is too, unless
/// it asks for more; then it waits for [`approve`].
pub async fn register(
    store: &Store,
    inspection: &Inspection,
    component: &[u8],
    now: Timestamp,
) -> Result<Registered, StoreError> {
    let name = inspection.agent.name.clone();
    let active = store
        .read(move |connection| agent::find(connection, &name, Registration::Active))
        .await?;
    if let Some(active) = &active
        && active.agent == inspection.agent
    {
        return Ok(Registered::Active);
    }
    // The bytes are there before the row that names them.
    store.blobs().put(component)?;
    let asks = match &active {
        Some(active) => inspection.manifest.asks_more_than(&active.manifest),
        None => Vec::new(),
    };
    let held = !asks.is_empty();
    let (kind, state) = match held {
        true => (Kind::AgentHeld, Registration::Held),
        false => (Kind::AgentRegistered, Registration::Active),
    };
    let facts = json!({ "digest": inspection.agent.digest, "asks": asks,
        "requests": reasons(&inspection.manifest) });
    let entry = Entry {
        at: now,
        kind,
        subject: inspection.agent.to_string(),
        facts,
    };
    let (agent, manifest) = (inspection.agent.clone(), inspection.manifest.clone());
    store
        .write(move |tx| {
            tx.register(&agent, &manifest, state, now)?;
            tx.record(&entry)
        })
        .await?;
    Ok(match active {
        Some(active) if held => Registered::Held {
            asks,
            active: Box::new(active),
        },
        Some(_) | None => Registered::Active,
    })
}

/// What an agent asks for, with its reasons.
pub fn reasons(manifest: &Manifest) -> Vec<String> {
    let request =
        |(capability, request): (&crate::grant::Capability, &crate::manifest::Request)| {
            format!("{capability}: {}", request.reason)
        };
    manifest.capabilities.iter().map(request).collect()
}

/// Makes the held component of a name the active one.
pub async fn approve(
    store: &Store,
    name: &str,
    digest: Option<&Digest>,
    by: &str,
    now: Timestamp,
) -> Result<AgentRow, StoreError> {
    let wanted = name.to_owned();
    let held = store
        .read(move |connection| agent::find(connection, &wanted, Registration::Held))
        .await?;
    let Some(held) = held else {
        return Err(StoreError::Missing {
            what: "held agent",
            id: name.to_owned(),
        });
    };
    if digest.is_some_and(|digest| *digest != held.agent.digest) {
        return Err(StoreError::Refused(format!(
            "what is held of {name} is {}, not the one you named",
            held.agent.digest
        )));
    }
    let entry = Entry {
        at: now,
        kind: Kind::AgentApproved,
        subject: held.agent.to_string(),
        facts: json!({ "by": by, "digest": held.agent.digest }),
    };
    let row = held.clone();
    store
        .write(move |tx| {
            tx.register(&row.agent, &row.manifest, Registration::Active, now)?;
            tx.record(&entry)
        })
        .await?;
    Ok(held)
}
