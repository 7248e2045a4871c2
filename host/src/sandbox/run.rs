//! One run of one agent under one grant.

use std::time::{Duration, Instant};

use serde::Serialize;
use wasmtime::{CallHook, Error, Store, UpdateDeadline};

use super::bindings::Agent;
use super::bindings::exports::sentinel::agent::lifecycle::AgentError;
use super::component::Component;
use super::convert;
use super::error::{DeadlineReached, LoadError, Phase, TaskError};
use super::state::{Denial, GuestEvent, Mounts, State};
use super::{EPOCH, Sandbox};
use crate::failure::{Attribute, Failure};
use crate::grant::{Grant, Limits};
use crate::proposal::Proposal;

/// What the task is, in the contract's words.
#[derive(Debug, Clone)]
pub enum TaskInput {
    /// Read the log at this path below `/input`.
    Analyze {
        provider: Input,
        log: String,
    },
    Repair {
        failures: Vec<Failure>,
        provider: Input,
        log: String,
        commit: String,
        command: Option<String>,
    },
    Optimize {
        commit: String,
    },
}

/// Which CI system wrote a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Input {
    GitHub,
    GitLab,
    Jenkins,
    Auto,
}

/// What an agent answered, checked for form.
#[derive(Debug, Clone, PartialEq)]
pub enum Output {
    Failures(Vec<Failure>),
    Proposals(Vec<Proposal>),
    Abstained(String),
}

/// What a run used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Usage {
    pub fuel: u64,
    pub wall_ms: u64,
    /// Linear memory in bytes at its peak.
    pub memory: u64,
    pub host_calls: u64,
}

/// All there is to say about a run.
#[derive(Debug)]
pub struct Report {
    pub outcome: Result<Output, TaskError>,
    /// A failure of `cleanup`, which never loses the outcome.
    pub cleanup: Option<TaskError>,
    pub usage: Usage,
    pub events: Vec<GuestEvent>,
    pub denials: Vec<Denial>,
}

impl Report {
    /// The component could not be compiled: the host embeds it, so the host is
    /// at fault.
    pub fn not_loaded(error: &LoadError) -> Report {
        let why = error.to_string();
        Report::not_started(TaskError::HostFault {
            phase: Phase::Instantiate,
            why,
        })
    }

    fn not_started(error: TaskError) -> Report {
        Report {
            outcome: Err(error),
            cleanup: None,
            usage: Usage::default(),
            events: Vec::new(),
            denials: Vec::new(),
        }
    }
}

/// Wall time beyond the deadline after which a guest stuck inside a host call
/// is dropped where it is.
const GRACE: Duration = Duration::from_millis(250);

impl Sandbox {
    /// Runs a task in a fresh instance in a fresh store.
    pub async fn run(
        &self,
        component: &Component,
        grant: &Grant,
        mounts: Mounts,
        settings: &[Attribute],
        task: &TaskInput,
    ) -> Report {
        if let Err(denied) = authorise(component, grant) {
            return Report::not_started(denied);
        }
        let started = Instant::now();
        let fuel = grant.limits.fuel_for(mounts.input_bytes());
        let wall_ms = grant.limits.wall_ms_for(mounts.input_bytes());
        let store = match self.store(grant, mounts, fuel) {
            Ok(store) => store,
            Err(error) => {
                let why = format!("{error:#}");
                return Report::not_started(TaskError::HostFault {
                    phase: Phase::Instantiate,
                    why,
                });
            }
        };
        let mut run = Run {
            store,
            limits: &grant.limits,
            fuel,
            wall_ms,
        };
        let (outcome, agent) = run.answer(component, grant, settings, task).await;
        let used = run.fuel_used();
        let cleanup = match agent {
            Some(agent) => run.cleanup(&agent).await.err(),
            None => None,
        };
        run.report(outcome, cleanup, used, started)
    }

    fn store(&self, grant: &Grant, mounts: Mounts, fuel: u64) -> wasmtime::Result<Store<State>> {
        let mut store = Store::new(&self.engine, State::new(grant, mounts)?);
        store.limiter(|state| &mut state.limiter);
        store.set_fuel(fuel)?;
        store.set_hostcall_fuel(grant.limits.answer_bytes);
        store.call_hook(|mut context, hook| match hook {
            CallHook::CallingHost => context.data_mut().count_call(),
            _ => Ok(()),
        });
        Ok(store)
    }
}

/// A grant is for one component and lets it reach no more than it imports.
fn authorise(component: &Component, grant: &Grant) -> Result<(), TaskError> {
    if grant.agent.digest == component.agent().digest {
        return Ok(());
    }
    Err(TaskError::Denied {
        why: format!(
            "the grant is for {} ({}), not for {} ({})",
            grant.agent,
            grant.agent.digest,
            component.agent(),
            component.agent().digest
        ),
        remedy: "queue the task again; a new grant names the component registered now".into(),
    })
}

pub(super) struct Run<'a> {
    pub(super) store: Store<State>,
    pub(super) limits: &'a Limits,
    pub(super) fuel: u64,
    wall_ms: u64,
}

impl Run<'_> {
    /// Instantiates, initialises and executes. The instance comes back when
    /// it is still alive: after a trap it is dead.
    async fn answer(
        &mut self,
        component: &Component,
        grant: &Grant,
        settings: &[Attribute],
        task: &TaskInput,
    ) -> (Result<Output, TaskError>, Option<Agent>) {
        let deadline = Instant::now() + Duration::from_millis(self.wall_ms);
        self.arm(deadline);
        let wall_ms = self.wall_ms;
        let instantiated = within(deadline, component.pre.instantiate_async(&mut self.store)).await;
        let agent = match self.judge(Phase::Instantiate, instantiated, wall_ms) {
            Ok(agent) => agent,
            Err(error) => return (Err(error), None),
        };
        let lifecycle = agent.sentinel_agent_lifecycle();
        let config = convert::attributes(settings);
        let called = within(
            deadline,
            lifecycle.call_initialize(&mut self.store, &config),
        )
        .await;
        match self.judge(Phase::Initialize, called, wall_ms) {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return (Err(guest(Phase::Initialize, error)), Some(agent)),
            Err(error) => return (Err(error), None),
        }
        let task = convert::task(grant, task);
        let called = within(deadline, lifecycle.call_execute(&mut self.store, &task)).await;
        match self.judge(Phase::Execute, called, wall_ms) {
            Ok(Ok(output)) => (convert::output(output), Some(agent)),
            Ok(Err(error)) => (Err(guest(Phase::Execute, error)), Some(agent)),
            Err(error) => (Err(error), None),
        }
    }

    /// Cleanup has a budget of its own, however much the task used.
    async fn cleanup(&mut self, agent: &Agent) -> Result<(), TaskError> {
        self.fuel = self.limits.cleanup_fuel;
        let fault = |error: Error| TaskError::HostFault {
            phase: Phase::Cleanup,
            why: format!("{error:#}"),
        };
        self.store.set_fuel(self.fuel).map_err(fault)?;
        let deadline = Instant::now() + Duration::from_millis(self.limits.cleanup_ms);
        self.arm(deadline);
        let lifecycle = agent.sentinel_agent_lifecycle();
        let called = within(deadline, lifecycle.call_cleanup(&mut self.store)).await;
        self.judge(Phase::Cleanup, called, self.limits.cleanup_ms)
    }

    /// From now on every epoch yields to other tasks and looks at the clock.
    fn arm(&mut self, deadline: Instant) {
        self.store.set_epoch_deadline(1);
        self.store
            .epoch_deadline_callback(move |_| match Instant::now() >= deadline {
                true => Err(DeadlineReached.into()),
                false => Ok(UpdateDeadline::Yield(1)),
            });
    }

    fn fuel_used(&self) -> u64 {
        self.fuel.saturating_sub(self.store.get_fuel().unwrap_or(0))
    }

    fn report(
        self,
        outcome: Result<Output, TaskError>,
        cleanup: Option<TaskError>,
        fuel: u64,
        started: Instant,
    ) -> Report {
        let state = self.store.into_data();
        Report {
            outcome,
            cleanup,
            usage: Usage {
                fuel,
                wall_ms: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
                memory: state.limiter.memory() as u64,
                host_calls: state.host_calls,
            },
            events: state.events,
            denials: state.denials,
        }
    }
}

/// An epoch does not interrupt a host call, and a time-out does not interrupt
/// a loop: both are there. Dropping the future unwinds the guest's stack.
async fn within<T>(deadline: Instant, call: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout_at((deadline + GRACE + EPOCH).into(), call)
        .await
        .ok()
}

fn guest(phase: Phase, error: AgentError) -> TaskError {
    let (kind, message) = match error {
        AgentError::InvalidConfig(message) => ("invalid-config", message),
        AgentError::UnsupportedTask(message) => ("unsupported-task", message),
        AgentError::InvalidInput(message) => ("invalid-input", message),
        AgentError::Failed(message) => ("failed", message),
        AgentError::Other(extension) => ("other", extension.value),
    };
    TaskError::Guest {
        phase,
        kind: kind.to_owned(),
        message: convert::told(&message),
    }
}
