//! `[repositories."github:owner/name"]`: what holds for one repository.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::ConfigError;
use crate::command::{Listed, Situation, derive};
use crate::ids::{ForgeKind, Repository};
use crate::runner::Image;
use crate::timetable::Plan;

/// One repository's section.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PerRepository {
    /// Commands that agents may have run, beside those of the workflow.
    pub commands: Vec<Listed>,
    /// What prepares for its commands, in the place of what its workflow and
    /// its lock files say; an empty list prepares nothing.
    pub prepare: Option<Vec<Vec<String>>>,
    /// The image that its commands run in, by its digest.
    pub image: Option<Image>,
    /// How often ConfigOptimizer looks at its CI configuration; without it
    /// never.
    pub optimize: Option<Plan>,
}

/// The sections, by the repository as it is written everywhere.
pub type Repositories = BTreeMap<String, PerRepository>;

/// Refuses names of nothing and commands that could never be run.
pub(super) fn validate(repositories: &Repositories) -> Result<(), ConfigError> {
    for (name, section) in repositories {
        let parsed: Result<Repository, _> = name.parse();
        let repository =
            parsed.map_err(|error| ConfigError(format!("repositories.{name:?}: {error}")))?;
        if let Some(plan) = &section.optimize {
            looked_at(&repository, plan)
                .map_err(|why| ConfigError(format!("repositories.{name:?}.optimize{why}")))?;
        }
        let derived = derive(&Situation {
            listed: &section.commands,
            prepare: section.prepare.as_deref(),
            ..Situation::default()
        });
        if let Some(why) = derived.refused.first() {
            let key = format!("repositories.{name:?}");
            return Err(ConfigError(format!("{key}: {why}")));
        }
    }
    Ok(())
}

/// Refuses a timetable that means nothing.
fn looked_at(repository: &Repository, plan: &Plan) -> Result<(), String> {
    plan.validate().map_err(|why| format!(".{why}"))?;
    match repository.forge {
        ForgeKind::GitHub | ForgeKind::GitLab => Ok(()),
        ForgeKind::Local => Err(": a local repository has no past runs to look at".into()),
    }
}
