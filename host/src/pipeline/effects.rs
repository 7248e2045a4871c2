//! What is behind the capabilities that leave the sandbox: here adapters meet.

mod caches;
mod commands;
mod models;
mod prepare;
mod targets;

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;

pub use commands::{Bench, Commands};
pub use models::{Models, Priced, close_abandoned};
pub use prepare::Preparing;

use super::{Outside, Scene, history};
use crate::effect::{Answer, Call, Failed, RunResult};
use crate::grant::{Grant, Permit, Refusal};
use crate::proposal::Edit;
use crate::sandbox::Effects;
use crate::store::Store;
use crate::time::Timestamp;
use crate::web::{Outgoing, Site};

/// What a server has for its agents.
pub struct World {
    /// None without a server: nothing has a past then.
    pub store: Option<Store>,
    /// None where no agent reaches the network.
    pub web: Option<Outgoing>,
    /// What the operator said about each agent's hosts, by the agent's name.
    pub sites: BTreeMap<String, Site>,
    /// How commands are run; none where nothing was set up to run them.
    pub commands: Option<Arc<Commands>>,
    /// The language models; none where none is set up.
    pub models: Option<Arc<Models>>,
    pub clock: fn() -> Timestamp,
}

impl World {
    /// As agents reach it, one grant at a time.
    pub fn outside(self) -> Outside {
        let world = Arc::new(self);
        Box::new(move |grant, scene| {
            Box::new(Live {
                world: world.clone(),
                grant: grant.clone(),
                scene,
                bench: None,
            })
        })
    }

    fn site(&self, agent: &str) -> Site {
        self.sites.get(agent).cloned().unwrap_or_default()
    }
}

/// The world under one grant.
struct Live {
    world: Arc<World>,
    grant: Grant,
    scene: Scene,
    /// What commands are run on, once one was asked for.
    bench: Option<Arc<Bench>>,
}

#[async_trait]
impl Effects for Live {
    async fn perform(&mut self, permit: &Permit, call: &Call) -> Answer {
        if !self.grant.valid_at((self.world.clock)()) {
            return Answer::Failed(Failed::Denied(expired(permit)));
        }
        let done = match call {
            Call::Commands => self
                .bench()
                .await
                .map(|bench| Answer::Commands(bench.shown())),
            Call::Run { command, edits } => self.run(permit, command, edits).await.map(Answer::Ran),
            Call::Complete { messages, options } => match &self.world.models {
                Some(models) => {
                    let asked = models.complete(&self.grant, permit, messages, options);
                    asked.await.map(Answer::Completed)
                }
                None => Err(absent("model")),
            },
            Call::History { limit } => self.history(*limit).await.map(Answer::Past),
            Call::Fetch(request) => {
                let (world, grant) = (&self.world, &self.grant);
                let site = world.site(&grant.agent.name);
                match &world.web {
                    Some(web) => {
                        let answer = web.fetch(request, grant, permit, &site).await;
                        answer.map(Answer::Fetched)
                    }
                    None => Err(absent("http")),
                }
            }
        };
        done.unwrap_or_else(Answer::Failed)
    }
}

impl Live {
    async fn bench(&mut self) -> Result<Arc<Bench>, Failed> {
        if let Some(bench) = &self.bench {
            return Ok(bench.clone());
        }
        let commands = self.world.commands.as_ref();
        let commands = commands.ok_or_else(|| absent("runner"))?;
        let bench = Arc::new(commands.bench(&self.grant, &self.scene).await?);
        self.bench = Some(bench.clone());
        Ok(bench)
    }

    async fn run(
        &mut self,
        permit: &Permit,
        command: &str,
        edits: &[Edit],
    ) -> Result<RunResult, Failed> {
        let bench = self.bench().await?;
        let commands = self.world.commands.as_ref();
        let commands = commands.ok_or_else(|| absent("runner"))?;
        commands.run(&bench, permit, command, edits).await
    }

    async fn history(&self, limit: u32) -> Result<Vec<crate::effect::Past>, Failed> {
        // A run without a repository has no past.
        let Some(repository) = self.grant.repository.clone() else {
            return Ok(Vec::new());
        };
        let Some(store) = &self.world.store else {
            return Ok(Vec::new());
        };
        let task = self.grant.task.clone();
        let entries = history::entries(store, repository, task, limit).await;
        entries.map_err(|error| {
            tracing::warn!(%error, "an agent's look at the history failed");
            Failed::Unavailable("the history cannot be read now".to_owned())
        })
    }
}

fn expired(permit: &Permit) -> Refusal {
    Refusal {
        capability: permit.capability(),
        rule: "the task's grant has expired".to_owned(),
        remedy: "queue the task again: a new grant is made for it".to_owned(),
    }
}

fn absent(capability: &str) -> Failed {
    Failed::Unavailable(format!(
        "this host has no {capability} set up; the capability `{capability}` is granted and there \
         is nothing behind it"
    ))
}
