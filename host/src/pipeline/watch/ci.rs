//! What the forge's own CI says of our commit, as evidence: a draft whose run
//! is green becomes ready for review, by the same decision that published it.

use serde_json::json;

use super::Watch;
use crate::change::text::remark;
use crate::change::{ChangeEdit, Check, CiState, CiVerdict, Outcome, Required, Standing};
use crate::decision::{Decision, PublishFacts, Question, decide};
use crate::evidence::{Evidence, ForgeCi};
use crate::ids::ObjectId;
use crate::pipeline::StageError;
use crate::pipeline::place::place;
use crate::pipeline::publish::{facts, stored};
use crate::pipeline::seen::seen;
use crate::store::delivery;
use crate::store::outcome::EditRow;

impl Watch<'_> {
    pub(super) async fn ci(&self, standing: &Standing) -> Result<(), StageError> {
        let Some(commit) = self.change.commit.clone() else {
            return Ok(());
        };
        let Some(required) = self.required().await? else {
            return Ok(());
        };
        let state: CiState = self.forge.ci_state(&self.task.repository, &commit).await?;
        match state.verdict(&required) {
            CiVerdict::Waiting => Ok(()),
            CiVerdict::Unclear(why) => {
                tracing::info!(why, "CI of the change proves nothing");
                Ok(())
            }
            CiVerdict::Green(check) => self.green(standing, &commit, check).await,
            CiVerdict::Red(red) => self.red(standing, &required, &red).await,
        }
    }

    /// The job that failed; none where its name is not known any more.
    async fn required(&self) -> Result<Option<Required>, StageError> {
        let (run, job) = (self.task.run.clone(), self.task.job.clone());
        let logs = self
            .pipeline
            .store
            .read(move |connection| delivery::logs(connection, &run))
            .await?;
        let log = logs.into_iter().find(|log| log.job == job);
        Ok(log.map(|log| Required {
            source: self.event.run.source.clone(),
            workflow: self.event.workflow.clone(),
            job: log.name,
        }))
    }

    async fn green(
        &self,
        standing: &Standing,
        commit: &ObjectId,
        check: &Check,
    ) -> Result<(), StageError> {
        let run = check.run.as_ref().map(ToString::to_string);
        let evidence = Evidence::ForgeCi(ForgeCi {
            run: run.unwrap_or_default(),
            commit: commit.clone(),
            job: check.name.clone(),
        });
        let decision = match standing.draft {
            true => Some(self.decide(&evidence).await?),
            false => None,
        };
        let why = said(decision.as_ref());
        let more = json!({ "evidence": evidence, "decision": decision });
        if self.became(Outcome::CiPassed, Some(&why), more).await? {
            self.keep(&evidence).await?;
        }
        match decision {
            Some(decision) if decision.allows() => {
                let row = EditRow {
                    edit: ChangeEdit::ReadyForReview {
                        remark: remark::ready(&self.task.id, &evidence),
                    },
                    outcome: Outcome::Ready,
                    why: evidence.sentence(),
                };
                let more = json!({ "evidence": evidence, "decision": decision });
                self.edit(row, more).await
            }
            Some(_) | None => Ok(()),
        }
    }

    /// May it become ready? The same facts as for its publication, as they are
    /// now.
    async fn decide(&self, evidence: &Evidence) -> Result<Decision, StageError> {
        let candidate = stored(self.pipeline, &self.task)?;
        let place = place(self.forge, &self.task, &self.event, evidence).await?;
        let facts = facts(
            self.pipeline,
            self.forge,
            (&self.task, &self.event),
            &place,
            &candidate,
            evidence,
        );
        let facts = PublishFacts {
            seen: seen(self.pipeline, self.forge, &self.task, &self.event)
                .await?
                .sightings,
            ..facts.await?
        };
        let question = Question::Ready(Box::new(facts));
        Ok(decide(&self.pipeline.policy, &question, self.now))
    }

    /// Evidence where there was none; a proof is worth more and stays.
    async fn keep(&self, evidence: &Evidence) -> Result<(), StageError> {
        let (id, now, evidence) = (self.task.id.clone(), self.now, evidence.clone());
        self.pipeline
            .store
            .write(move |tx| {
                tx.amend_task(&id, now, |record| {
                    let proven = record.evidence.as_ref().is_some_and(Evidence::is_proven);
                    if !proven {
                        record.evidence = Some(evidence);
                    }
                })
            })
            .await?;
        Ok(())
    }
}

/// For people: what follows from it.
fn said(decision: Option<&Decision>) -> String {
    match decision {
        None => "CI is green with it".into(),
        Some(decision) if decision.allows() => "CI is green with it: ready for review".into(),
        Some(decision) => format!(
            "CI is green with it; it stays a draft for a person: {}",
            decision.plain_sentences().join("; ")
        ),
    }
}
