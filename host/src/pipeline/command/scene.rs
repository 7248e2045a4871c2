//! What a command stands under, and what it could be carried out on.

use std::collections::BTreeMap;

use crate::change::talk::PullSeen;
use crate::change::text::answer::{Answer, Told};
use crate::decision::{Approval, Patches};
use crate::event::command::{Order, TreeName};
use crate::event::{CommandIssued, OWN_BRANCH_PREFIX, PipelineFailed, Trigger};
use crate::ids::{Branch, Repository, TaskId};
use crate::pipeline::people::{Wish, can_be_retried, opened_a_pull_request};
use crate::pipeline::{Pipeline, StageError};
use crate::policy::Policy;
use crate::store::{LedgerEntry, TaskRow, command, delivery, look};
use crate::task::TaskState;

/// Repairs of one branch that are looked at, the newest.
const MAX_TASKS: u32 = 50;

/// Tasks whose story is told; older ones are in `sentinel task list`.
const MAX_TOLD: usize = 3;

/// A pull request and what Sentinel has to do with it.
pub(super) struct Scene {
    pub repository: Repository,
    /// The failing branch: the pull request's, or for one of ours the one that
    /// it is proposed to.
    pub branch: Branch,
    pull: PullSeen,
    /// It is one of ours.
    own: bool,
    /// Newest first.
    tasks: Vec<TaskRow>,
    /// Changes of the CI configuration that wait in the repository. They have
    /// no pull request of their own yet, so they are named under any.
    advised: Vec<TaskRow>,
    events: BTreeMap<String, PipelineFailed>,
    /// The newest failing run of the branch, and whether it was read.
    newest: Option<(PipelineFailed, bool)>,
}

/// What an order is to be carried out on.
#[derive(Default)]
pub(super) struct Chosen {
    pub patches: Patches,
    pub tasks: Vec<TaskRow>,
    /// A run that was never read.
    pub unread: Option<String>,
    /// It comes to a commit on the pull request's branch.
    pub lands: bool,
}

impl Chosen {
    fn nothing(patches: Patches) -> Chosen {
        Chosen {
            patches,
            ..Chosen::default()
        }
    }

    fn found(tasks: Vec<TaskRow>) -> Chosen {
        Chosen {
            patches: Patches::Found,
            tasks,
            ..Chosen::default()
        }
    }

    pub fn ids(&self) -> Vec<TaskId> {
        self.tasks.iter().map(|task| task.id.clone()).collect()
    }
}

impl Scene {
    pub async fn of(
        pipeline: &Pipeline,
        issued: &CommandIssued,
        pull: PullSeen,
    ) -> Result<Scene, StageError> {
        let own = pull.here && pull.branch.as_str().starts_with(OWN_BRANCH_PREFIX);
        let repository = issued.repository.clone();
        let scene = pipeline.store.read(move |connection| {
            let tasks = match (own, pull.here) {
                (true, _) => command::made_from(connection, &repository, &pull.branch, MAX_TASKS),
                (false, true) => {
                    command::repairs_of_branch(connection, &repository, &pull.branch, MAX_TASKS)
                }
                (false, false) => {
                    command::repairs_of_commit(connection, &repository, &pull.head, MAX_TASKS)
                }
            }?;
            let branch = match (own, tasks.first()) {
                (true, Some(task)) => task.record.target.clone(),
                _ => pull.branch.clone(),
            };
            let advised = look::waiting(connection, &repository)?;
            let mut events = BTreeMap::new();
            for task in tasks.iter().chain(&advised) {
                if !events.contains_key(&task.run) {
                    events.insert(task.run.clone(), delivery::run(connection, &task.run)?);
                }
            }
            Ok(Scene {
                newest: command::newest_failure(connection, &repository, &branch)?,
                repository,
                branch,
                own,
                tasks,
                advised,
                events,
                pull,
            })
        });
        Ok(scene.await?)
    }

    /// The run that a task is about.
    pub fn event_of(&self, task: &TaskRow) -> Option<&PipelineFailed> {
        self.events.get(&task.run)
    }

    pub fn choose(&self, order: Order, rest: &str) -> Chosen {
        match order {
            Order::Apply => self.of_head(self.waiting(), Patches::None),
            Order::Approve => self.named(rest),
            Order::Reject => self.rejectable(rest),
            Order::Retry => self.retriable(),
            Order::Stop | Order::Explain => Chosen::found(Vec::new()),
        }
    }

    /// Tasks with a patch that waits for a person.
    fn waiting(&self) -> Vec<&TaskRow> {
        let waits = |task: &&TaskRow| {
            let state = matches!(task.state, TaskState::Held | TaskState::Offered);
            state && !task.waits_for_an_outage() && task.record.result_tree.is_some()
        };
        self.tasks.iter().filter(waits).collect()
    }

    /// Of some tasks the one whose patch is for what the branch holds now.
    /// Several causes may be mended by one and the same tree.
    fn of_head(&self, tasks: Vec<&TaskRow>, otherwise: Patches) -> Chosen {
        let current: Vec<&TaskRow> = tasks
            .iter()
            .copied()
            .filter(|task| task.record.head == self.pull.head)
            .collect();
        let Some(first) = current.first() else {
            let patches = match tasks.is_empty() {
                true => otherwise,
                false => Patches::Moved,
            };
            return Chosen::nothing(patches);
        };
        let tree = &first.record.result_tree;
        if current.iter().any(|task| task.record.result_tree != *tree) {
            return Chosen::nothing(Patches::Several);
        }
        let event = self.event_of(first);
        let lands = event.is_some_and(|event| matches!(event.trigger, Trigger::PullRequest { .. }));
        Chosen {
            lands,
            ..Chosen::found(vec![(*first).clone()])
        }
    }

    /// A change of the CI configuration that waits, by its tree.
    fn advised(&self, rest: &str) -> Option<Chosen> {
        let name = TreeName::parse(rest)?;
        let named = having(self.advised.iter().collect(), &name);
        let [task] = named.as_slice() else {
            return None;
        };
        Some(Chosen::found(vec![(*task).clone()]))
    }

    fn named(&self, rest: &str) -> Chosen {
        if let Some(advised) = self.advised(rest) {
            return advised;
        }
        let waiting = self.waiting();
        if waiting.is_empty() {
            return Chosen::nothing(Patches::None);
        }
        let Some(name) = TreeName::parse(rest) else {
            return Chosen::nothing(Patches::OtherTree);
        };
        self.of_head(having(waiting, &name), Patches::OtherTree)
    }

    /// What waits, or for a pull request of ours what it shows.
    fn rejectable(&self, rest: &str) -> Chosen {
        if let Some(advised) = self.advised(rest) {
            return advised;
        }
        let tasks: Vec<&TaskRow> = match self.own {
            true => self
                .tasks
                .iter()
                .filter(|task| opened_a_pull_request(task))
                .collect(),
            false => self.waiting(),
        };
        let tasks = match TreeName::parse(rest) {
            Some(name) => having(tasks, &name),
            None => tasks,
        };
        match tasks.is_empty() {
            true => Chosen::nothing(Patches::None),
            false => Chosen::found(tasks.into_iter().cloned().collect()),
        }
    }

    fn retriable(&self) -> Chosen {
        if self.own {
            // There is a change already; only what was stopped can go on.
            return Chosen::found(Vec::new());
        }
        let Some((newest, was_read)) = &self.newest else {
            return Chosen::nothing(Patches::None);
        };
        if newest.commit != self.pull.head {
            return Chosen::nothing(Patches::Moved);
        }
        let run = newest.run.to_string();
        if !was_read {
            return Chosen {
                unread: Some(run),
                ..Chosen::found(Vec::new())
            };
        }
        let of_run = self.tasks.iter().filter(|task| task.run == run);
        let tasks: Vec<TaskRow> = of_run
            .filter(|task| can_be_retried(task) && !is_superseded(task, &self.tasks))
            .cloned()
            .collect();
        match tasks.is_empty() {
            true => Chosen::nothing(Patches::None),
            false => Chosen::found(tasks),
        }
    }

    /// What the ledger knows of the newest tasks, in the host's words.
    pub async fn story(&self, pipeline: &Pipeline) -> Result<String, StageError> {
        let tasks: Vec<TaskRow> = self.tasks.iter().take(MAX_TOLD).cloned().collect();
        let told = pipeline
            .store
            .read(move |connection| {
                let tell = |task: TaskRow| {
                    let way = LedgerEntry::list(connection, Some(task.id.as_str()))?;
                    Ok(tell(task, &way))
                };
                tasks.into_iter().map(tell).collect::<Result<Vec<_>, _>>()
            })
            .await?;
        Ok(Answer::Story { tasks: &told }.compose())
    }
}

/// Whether a newer task is about the same incident: that one is tried again.
fn is_superseded(task: &TaskRow, newest_first: &[TaskRow]) -> bool {
    let same = newest_first
        .iter()
        .find(|other| other.incident == task.incident && other.run == task.run);
    same.is_some_and(|newest| newest.id != task.id)
}

fn having<'t>(tasks: Vec<&'t TaskRow>, name: &TreeName) -> Vec<&'t TaskRow> {
    let names = |task: &&TaskRow| {
        let tree = task.record.result_tree.as_ref();
        tree.is_some_and(|tree| name.names(tree))
    };
    tasks.into_iter().filter(names).collect()
}

/// The task as it would be with a person's approval.
pub(super) fn approved(task: &TaskRow, policy: &Policy, wish: &Wish) -> TaskRow {
    let mut task = task.clone();
    if let (Some(tree), Some(base)) = (&task.record.result_tree, &task.record.base_tree) {
        task.record.approval = Some(Approval {
            by: wish.by.clone(),
            tree: tree.clone(),
            base: base.clone(),
            head: task.record.head.clone(),
            policy: policy.digest(),
            expires: policy.approval_ends(wish.at),
        });
    }
    task
}

fn tell(task: TaskRow, way: &[LedgerEntry]) -> Told {
    let record = task.record;
    let decision = record.decision.as_ref();
    let reasons = decision.map_or_else(Vec::new, |decision| {
        let codes = decision.reason_codes.iter();
        codes
            .map(|reason| (reason.code(), reason.sentence()))
            .collect()
    });
    Told {
        task: task.id,
        state: task.state.as_str(),
        subject: record.subject,
        agent: format!("{} ({})", record.agent, record.agent.digest.hex()),
        evidence: record.evidence.map(|evidence| evidence.sentence()),
        context: decision.map(|decision| decision.context_hash.hex()),
        reasons,
        note: record.note,
        tree: record.result_tree,
        way: way
            .iter()
            .map(|entry| (entry.index, entry.kind.clone()))
            .collect(),
    }
}
