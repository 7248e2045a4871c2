//! How a run ended, and what two runs of one job say about each other.

use crate::event::{Conclusion, PipelineFailed, PipelinePassed, Trigger};
use crate::ids::{Branch, ObjectId, RunKey};

/// A run that is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    pub run: RunKey,
    pub commit: ObjectId,
    pub branch: Branch,
    /// What started it; unknown for some that were stored long ago.
    pub trigger: Option<Trigger>,
    pub fork: bool,
    pub workflow: String,
    /// None where it passed.
    pub conclusion: Option<Conclusion>,
}

impl Ended {
    pub fn passed(&self) -> bool {
        self.conclusion.is_none()
    }

    /// Whether it is another try of the same work: one CI system, one workflow.
    pub fn is_of(&self, other: &Ended) -> bool {
        self.run.source == other.run.source
            && self.workflow == other.workflow
            && self.fork == other.fork
    }

    /// Whether it was started after another. CI systems number runs in the
    /// order they begin; when we heard of them says nothing.
    pub fn is_after(&self, other: &Ended) -> bool {
        (self.run.run, self.run.attempt) > (other.run.run, other.run.attempt)
    }

    /// Whether both tested the same files. An attempt always does. Another run
    /// at the commit does, unless what was tested is the commit merged into
    /// another branch, which may have moved.
    pub fn tested_the_same(&self, other: &Ended) -> bool {
        let whole = |ended: &Ended| match &ended.trigger {
            Some(Trigger::Push | Trigger::Other { .. }) => true,
            Some(Trigger::PullRequest { .. } | Trigger::MergeQueue | Trigger::Timetable) | None => {
                false
            }
        };
        let attempt = self.run.run == other.run.run;
        self.is_of(other)
            && self.commit == other.commit
            && (attempt || (whole(self) && whole(other)))
    }

    /// Whether it tested the same branch for the same occasion, later.
    pub fn supersedes(&self, other: &Ended) -> bool {
        let occasion = |ended: &Ended| ended.trigger.as_ref().map(std::mem::discriminant);
        self.is_of(other)
            && self.branch == other.branch
            && !self.fork
            && self.is_after(other)
            && occasion(self).is_some()
            && occasion(self) == occasion(other)
    }
}

impl From<&PipelineFailed> for Ended {
    fn from(failed: &PipelineFailed) -> Ended {
        Ended {
            run: failed.run.clone(),
            commit: failed.commit.clone(),
            branch: failed.branch.clone(),
            trigger: Some(failed.trigger.clone()),
            fork: failed.fork,
            workflow: failed.workflow.clone(),
            conclusion: Some(failed.conclusion),
        }
    }
}

impl From<&PipelinePassed> for Ended {
    fn from(passed: &PipelinePassed) -> Ended {
        Ended {
            run: passed.run.clone(),
            commit: passed.commit.clone(),
            branch: passed.branch.clone(),
            trigger: passed.trigger.clone(),
            fork: passed.fork,
            workflow: passed.workflow.clone(),
            conclusion: None,
        }
    }
}
