//! One run of one agent under one grant.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::OwnedSemaphorePermit;
use wasmtime::{CallHook, Error, Store, UpdateDeadline};

use super::Sandbox;
use super::bindings::Agent;
use super::bindings::exports::sentinel::agent::lifecycle::AgentError;
use super::component::Component;
use super::convert;
use super::deadline::{Deadline, Elsewhere};
use super::effects::{Effects, Nothing};
use super::error::{DeadlineReached, Phase, TaskError};
use super::files::{InputFile, Mounts, Workspace};
use super::pool::Engines;
use super::report::{Report, Trail, Usage};
use super::state::State;
use super::task::{Output, TaskInput};
use super::trace::Trace;
use crate::effect::{Answer, Journalled};
use crate::failure::Attribute;
use crate::grant::Grant;
use crate::proposal::Proposal;

/// Everything a run needs.
pub struct Job {
    pub component: Component,
    pub grant: Grant,
    pub mounts: Mounts,
    /// The operator's settings for the agent.
    pub settings: Vec<Attribute>,
    pub task: TaskInput,
    /// What is behind the capabilities that leave the sandbox.
    pub effects: Box<dyn Effects>,
    /// The kept calls of a recording that this run is to repeat.
    pub expected: Option<Vec<u8>>,
}

impl Job {
    /// A job that reaches nothing outside.
    pub fn new(component: Component, grant: Grant, mounts: Mounts, task: TaskInput) -> Job {
        Job {
            component,
            grant,
            mounts,
            settings: Vec::new(),
            task,
            effects: Box::new(Nothing),
            expected: None,
        }
    }
}

impl Sandbox {
    /// Runs a task in a fresh instance in a fresh store, on the sandbox's own
    /// threads. Dropping the future ends the task.
    pub async fn run(&self, job: Job) -> Report {
        if let Err(denied) = authorise(&job) {
            return Report::not_started(denied);
        }
        let Some(threads) = &self.threads else {
            unreachable!("a sandbox has its threads until it is dropped");
        };
        let running = threads.spawn(run(self.engines.clone(), job));
        match (AbortOnDrop(running)).join().await {
            Ok(report) => report,
            Err(error) => Report::not_started(TaskError::HostFault {
                phase: Phase::Execute,
                why: error.to_string(),
            }),
        }
    }
}

/// A task nobody waits for any more must not go on.
struct AbortOnDrop(tokio::task::JoinHandle<Report>);

impl AbortOnDrop {
    async fn join(mut self) -> Result<Report, tokio::task::JoinError> {
        (&mut self.0).await
    }
}

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn run(engines: Arc<Engines>, job: Job) -> Report {
    match start(&engines, job).await {
        Ok(live) => live.finish().await,
        Err(report) => *report,
    }
}

impl Sandbox {
    /// The first half of [`Sandbox::run`], on the caller's thread: a turn, a
    /// store, an instance. What it costs to hold many of them is measured so.
    pub async fn start(&self, job: Job) -> Result<Live, Box<Report>> {
        if let Err(denied) = authorise(&job) {
            return Err(Box::new(Report::not_started(denied)));
        }
        start(&self.engines, job).await
    }
}

/// A task whose instance is there and has done nothing yet.
pub struct Live {
    run: Run,
    /// None where it could not be made, and why.
    agent: Result<Agent, TaskError>,
    ran: Ran,
    started: Instant,
    waited: Duration,
    deadline: Deadline,
    // Dropped last: the slot is free when the store is gone.
    _turn: OwnedSemaphorePermit,
}

async fn start(engines: &Engines, job: Job) -> Result<Live, Box<Report>> {
    let waiting = Instant::now();
    let turn = engines.turn(job.component.place).await;
    let waited = waiting.elapsed();
    let started = Instant::now();
    let fuel = job.grant.limits.fuel_for(job.mounts.input_bytes());
    let wall_ms = job.grant.limits.wall_ms_for(job.mounts.input_bytes());
    let ran = Ran {
        settings: job.settings,
        task: job.task,
        inputs: job.mounts.input.clone().unwrap_or_default(),
        workspace: job.mounts.workspace.clone(),
    };
    let trace = job.expected.map_or_else(Trace::default, Trace::against);
    let state = State::new(job.grant, job.mounts, job.effects, trace);
    let own = started + Duration::from_millis(wall_ms);
    let deadline = Deadline::new(own, state.elsewhere.clone());
    let store = store(engines, &job.component, state, fuel).map_err(|error| {
        Box::new(Report::not_started(TaskError::HostFault {
            phase: Phase::Instantiate,
            why: format!("{error:#}"),
        }))
    })?;
    let slices = engines.slices().clone();
    let mut run = Run {
        began: slices.load(Ordering::Relaxed),
        slices,
        store,
        fuel,
        wall_ms,
    };
    let agent = run.instantiate(&job.component, &deadline).await;
    Ok(Live {
        run,
        agent,
        ran,
        started,
        waited,
        deadline,
        _turn: turn,
    })
}

impl Live {
    /// The rest of the task.
    pub async fn finish(mut self) -> Report {
        let (outcome, agent) = match self.agent {
            Ok(agent) => self.run.answer(agent, &self.ran, &self.deadline).await,
            Err(error) => (Err(error), None),
        };
        let used = self.run.fuel_used();
        let cleanup = match agent {
            Some(agent) => self.run.cleanup(&agent).await.err(),
            None => None,
        };
        let usage = Usage {
            fuel: used,
            wall_ms: milliseconds(self.started.elapsed()),
            waited_ms: milliseconds(self.waited),
            ..Usage::default()
        };
        self.run.report(outcome, cleanup, usage, self.ran)
    }
}

/// What went in, for the trail.
struct Ran {
    settings: Vec<Attribute>,
    task: TaskInput,
    inputs: Vec<InputFile>,
    workspace: Option<Workspace>,
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn store(
    engines: &Engines,
    component: &Component,
    state: State,
    fuel: u64,
) -> wasmtime::Result<Store<State>> {
    let answer_bytes = state.limits.answer_bytes;
    let mut store = Store::new(engines.engine(component.place), state);
    store.limiter(|state| &mut state.limiter);
    store.set_fuel(fuel)?;
    store.set_hostcall_fuel(answer_bytes);
    store.call_hook(|mut context, hook| match hook {
        CallHook::CallingHost => {
            context.data_mut().call_begins();
            Ok(())
        }
        CallHook::ReturningFromHost => context.data_mut().call_returns(),
        CallHook::CallingWasm | CallHook::ReturningFromWasm => Ok(()),
    });
    Ok(store)
}

/// A grant is for one component and one kind of task.
fn authorise(job: &Job) -> Result<(), TaskError> {
    let (grant, agent) = (&job.grant, job.component.agent());
    if grant.agent.digest != agent.digest {
        return Err(TaskError::Denied {
            why: format!(
                "the grant is for {} ({}), not for {agent} ({})",
                grant.agent, grant.agent.digest, agent.digest
            ),
            remedy: "queue the task again; a new grant names the component registered now".into(),
        });
    }
    if grant.kind != job.task.kind() {
        return Err(TaskError::Denied {
            why: format!(
                "the grant is for a task of the kind {}, not {}",
                grant.kind.as_str(),
                job.task.kind().as_str()
            ),
            remedy: "queue the task again".into(),
        });
    }
    Ok(())
}

pub(super) struct Run {
    pub(super) store: Store<State>,
    pub(super) fuel: u64,
    wall_ms: u64,
    /// What the guests of the sandbox had, and had had when this one began.
    slices: Arc<AtomicU64>,
    began: u64,
}

impl Run {
    async fn instantiate(
        &mut self,
        component: &Component,
        deadline: &Deadline,
    ) -> Result<Agent, TaskError> {
        self.arm(deadline);
        let instantiated = component.pre.instantiate_async(&mut self.store);
        let instantiated = deadline.bounds(instantiated).await;
        self.judge(Phase::Instantiate, instantiated, self.wall_ms)
    }

    /// Initialises and executes. The instance comes back when it is still
    /// alive: after a trap it is dead.
    async fn answer(
        &mut self,
        agent: Agent,
        ran: &Ran,
        deadline: &Deadline,
    ) -> (Result<Output, TaskError>, Option<Agent>) {
        let wall_ms = self.wall_ms;
        let lifecycle = agent.sentinel_agent_lifecycle();
        let config = convert::attributes(&ran.settings);
        let called = lifecycle.call_initialize(&mut self.store, &config);
        let called = deadline.bounds(called).await;
        match self.judge(Phase::Initialize, called, wall_ms) {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return (Err(guest(Phase::Initialize, error)), Some(agent)),
            Err(error) => return (Err(error), None),
        }
        let task = convert::task(&self.store.data().grant, &ran.task);
        let called = lifecycle.call_execute(&mut self.store, &task);
        let called = deadline.bounds(called).await;
        match self.judge(Phase::Execute, called, wall_ms) {
            Ok(Ok(output)) => (convert::output(output), Some(agent)),
            Ok(Err(error)) => (Err(guest(Phase::Execute, error)), Some(agent)),
            Err(error) => (Err(error), None),
        }
    }

    /// Cleanup has a budget of its own, however much the task used.
    async fn cleanup(&mut self, agent: &Agent) -> Result<(), TaskError> {
        let (fuel, cleanup_ms) = {
            let limits = &self.store.data().limits;
            (limits.cleanup_fuel, limits.cleanup_ms)
        };
        self.fuel = fuel;
        let fault = |error: Error| TaskError::HostFault {
            phase: Phase::Cleanup,
            why: format!("{error:#}"),
        };
        self.store.set_fuel(self.fuel).map_err(fault)?;
        let own = Instant::now() + Duration::from_millis(cleanup_ms);
        let deadline = Deadline::new(own, Elsewhere::default());
        self.arm(&deadline);
        let lifecycle = agent.sentinel_agent_lifecycle();
        let called = deadline
            .bounds(lifecycle.call_cleanup(&mut self.store))
            .await;
        self.judge(Phase::Cleanup, called, cleanup_ms)
    }

    /// From now on every epoch yields to other tasks and looks at the clock.
    fn arm(&mut self, deadline: &Deadline) {
        let deadline = deadline.clone();
        self.store.set_epoch_deadline(1);
        let slices = self.slices.clone();
        self.store.epoch_deadline_callback(move |mut context| {
            context.data_mut().epoch();
            slices.fetch_add(1, Ordering::Relaxed);
            match deadline.has_passed() {
                true => Err(DeadlineReached.into()),
                false => Ok(UpdateDeadline::Yield(1)),
            }
        });
    }

    fn fuel_used(&self) -> u64 {
        self.fuel.saturating_sub(self.store.get_fuel().unwrap_or(0))
    }

    fn report(
        self,
        outcome: Result<Output, TaskError>,
        cleanup: Option<TaskError>,
        usage: Usage,
        ran: Ran,
    ) -> Report {
        let state = self.store.into_data();
        let outcome = outcome.map(|output| marked(output, &state.journal));
        let granted = state.grant.permissions.capabilities.keys();
        let unused = granted.filter(|capability| !state.uses.contains_key(capability));
        Report {
            outcome,
            cleanup,
            usage: Usage {
                memory: state.limiter.memory() as u64,
                host_calls: state.host_calls(),
                ..usage
            },
            unused: unused.copied().collect(),
            events: state.events,
            denials: state.denials,
            uses: state.uses,
            began: self.began,
            trail: Some(Trail {
                settings: ran.settings,
                task: ran.task,
                inputs: ran.inputs,
                workspace: ran.workspace,
                diverged: state.trace.diverged().cloned(),
                traced: state.trace.finish(),
                journal: state.journal,
                read: state.files.into_read(),
                grant: state.grant,
            }),
        }
    }
}

/// Proposals of a run in which a model answered are the model's, as far as
/// anybody can tell: an agent's word for it is not asked for.
fn marked(output: Output, journal: &[Journalled]) -> Output {
    let answered = |entry: &Journalled| matches!(entry.answer, Answer::Completed(_));
    match output {
        Output::Proposals(mut proposals) if journal.iter().any(answered) => {
            proposals.iter_mut().for_each(Proposal::mark_model);
            Output::Proposals(proposals)
        }
        output => output,
    }
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
