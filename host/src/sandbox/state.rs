//! The data of one task's store: what the host's side of every import works
//! on.

use std::collections::BTreeMap;

use wasmtime::component::{Resource, ResourceTable};
use wasmtime_wasi::sockets::WasiSocketsCtx;

use super::deadline::Elsewhere;
use super::effects::Effects;
use super::error::{Budget, Exhausted};
use super::files::{FileSystem, Mounts};
use super::limiter::Limiter;
use super::trace::{Fact, HostFn, Trace};
use super::wasi::{Clock, Console, Seeded};
use crate::effect::{Answer, Call, Failed, Journalled};
use crate::grant::{Capability, Effect, Grant, Limits, Permit, Refusal};

/// A message of the guest's, or its progress.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GuestEvent {
    Log {
        level: &'static str,
        message: String,
    },
    Progress {
        step: String,
        done: u32,
        total: u32,
    },
}

/// Denials kept in a report; a guest that asks in a loop is told every time.
const MAX_DENIALS: usize = 100;

/// Uses of one capability kept by name (a path, a host, a command) for
/// `--suggest-grants`.
const MAX_USES: usize = 10_000;

/// What a run really used, capability by capability: the smallest grant it
/// would have needed.
pub type Uses = BTreeMap<Capability, std::collections::BTreeSet<String>>;

/// The data of one task's store.
pub(super) struct State {
    pub table: ResourceTable,
    pub sockets: WasiSocketsCtx,
    pub limiter: Limiter,
    pub limits: Limits,
    pub grant: Grant,
    pub files: FileSystem,
    pub clock: Clock,
    pub random: Seeded,
    pub console: Console,
    calls: Calls,
    pub events: Vec<GuestEvent>,
    pub denials: Vec<Refusal>,
    pub uses: Uses,
    pub trace: Trace,
    pub journal: Vec<Journalled>,
    pub effects: Box<dyn Effects>,
    /// Time that others worked for the task.
    pub elsewhere: Elsewhere,
    /// Calls and bytes of each capability so far.
    spent: BTreeMap<Capability, Spent>,
    log_bytes: usize,
    /// Bytes written to the bodies of requests.
    pub body_bytes: usize,
}

#[derive(Debug, Clone, Copy, Default)]
struct Calls {
    made: u64,
    over: bool,
}

#[derive(Debug, Clone, Copy, Default)]
struct Spent {
    requests: u32,
    bytes: u64,
    tokens: u64,
}

impl State {
    /// Nothing ambient: no environment, no arguments, no network, standard
    /// streams kept in bounded buffers; a directory is there only if the grant
    /// has its capability.
    pub fn new(grant: Grant, mounts: Mounts, effects: Box<dyn Effects>, trace: Trace) -> State {
        let limits = grant.limits.clone();
        let has = |capability| grant.permissions.has(capability);
        let input = mounts.input.filter(|_| has(Capability::Input));
        let workspace = mounts.workspace.filter(|_| has(Capability::Workspace));
        let mut table = ResourceTable::new();
        table.set_max_capacity(limits.open_handles);
        State {
            table,
            sockets: WasiSocketsCtx::default(),
            limiter: Limiter::new(&limits),
            files: FileSystem::new(input, workspace),
            clock: Clock::starting_at(grant.issued),
            random: Seeded::by(&grant.task),
            console: Console::new(limits.log_bytes),
            calls: Calls::default(),
            events: Vec::new(),
            denials: Vec::new(),
            uses: Uses::new(),
            trace,
            journal: Vec::new(),
            effects,
            elsewhere: Elsewhere::default(),
            spent: BTreeMap::new(),
            log_bytes: 0,
            body_bytes: 0,
            limits,
            grant,
        }
    }

    /// Counts a call into the host, WASI's included. An epoch is one too as
    /// far as wasmtime tells, and how many there are depends on the machine:
    /// [`State::epoch`] takes it back. So what goes over the budget is ended
    /// when it returns, where it is known to have been a call.
    pub fn call_begins(&mut self) {
        self.calls.made += 1;
        self.calls.over = self.calls.made > self.limits.host_calls;
    }

    /// What began as a call was an epoch.
    pub fn epoch(&mut self) {
        self.calls.made = self.calls.made.saturating_sub(1);
        self.calls.over = self.calls.made > self.limits.host_calls;
    }

    pub fn call_returns(&mut self) -> wasmtime::Result<()> {
        match self.calls.over {
            true => Err(Exhausted(Budget::HostCalls).into()),
            false => Ok(()),
        }
    }

    /// Calls into the host so far.
    pub fn host_calls(&self) -> u64 {
        self.calls.made
    }

    pub fn note(&mut self, function: HostFn, fact: Fact) {
        self.trace.note(function, fact);
    }

    /// Keeps a message within the budgets of bytes and of events.
    pub fn record(&mut self, bytes: usize, event: GuestEvent) -> wasmtime::Result<()> {
        self.log_bytes = self.log_bytes.saturating_add(bytes);
        if self.log_bytes > self.limits.log_bytes {
            return Err(Exhausted(Budget::LogBytes).into());
        }
        if self.events.len() >= self.limits.log_events as usize {
            return Err(Exhausted(Budget::LogEvents).into());
        }
        self.events.push(event);
        Ok(())
    }

    /// Asks the grant, at the moment something is opened. A refusal is kept
    /// for the report; a use for the smallest grant.
    pub fn authorise(&mut self, effect: Effect<'_>) -> Result<Permit, Refusal> {
        let decided = self.grant.authorise(effect);
        match &decided {
            Ok(_) => self.used(effect),
            Err(refusal) => self.refused(refusal),
        }
        decided
    }

    fn used(&mut self, effect: Effect<'_>) {
        let uses = self.uses.entry(effect.capability()).or_default();
        let what = match effect {
            Effect::Input | Effect::List | Effect::Complete | Effect::History => return,
            Effect::Connect { .. } => return,
            Effect::Read(path) => path.to_owned(),
            Effect::Run(command) => command.to_owned(),
            Effect::Request { host, port, tls } => {
                let scheme = if tls { "" } else { "http://" };
                match (tls, port) {
                    (true, 443) | (false, 80) => format!("{scheme}{host}"),
                    (_, port) => format!("{scheme}{host}:{port}"),
                }
            }
        };
        if uses.len() < MAX_USES {
            uses.insert(what);
        }
    }

    pub fn refused(&mut self, refusal: &Refusal) {
        if self.denials.len() < MAX_DENIALS {
            self.denials.push(refusal.clone());
        }
    }

    /// Has an authorised call done, within its capability's budgets, and
    /// journals what came of it. What the budget of requests refuses was not
    /// asked of anybody, and is not journalled: a replay refuses it by itself.
    pub async fn perform(&mut self, permit: Permit, call: Call) -> Answer {
        if let Err(failed) = self.spend(&permit) {
            return Answer::Failed(failed);
        }
        let left = permit.with_bytes(self.bytes_left(&permit));
        let answer = {
            // Both have time limits of their own.
            let others = matches!(call, Call::Run { .. } | Call::Complete { .. });
            let _elsewhere = others.then(|| self.elsewhere.begin());
            self.effects.perform(&left, &call).await
        };
        let answer = self.weigh(&permit, answer);
        if let Answer::Failed(Failed::Denied(refusal)) = &answer {
            self.refused(&refusal.clone());
        }
        self.journal.push(Journalled {
            call: call.digest(),
            answer: answer.clone(),
        });
        answer
    }

    fn spend(&mut self, permit: &Permit) -> Result<(), Failed> {
        let capability = permit.capability();
        let spent = self.spent.entry(capability).or_default();
        if spent.requests >= permit.budgets().requests {
            let limit = permit.budgets().requests;
            return Err(Failed::OutOfBudget(format!(
                "{limit} requests of `{capability}` are used up; the grant's `requests` raises it"
            )));
        }
        spent.requests += 1;
        Ok(())
    }

    /// An answer over the budget is not handed on.
    fn weigh(&mut self, permit: &Permit, answer: Answer) -> Answer {
        let capability = permit.capability();
        let spent = self.spent.entry(capability).or_default();
        let (bytes, tokens) = match &answer {
            Answer::Ran(ran) => (ran.stdout.len() + ran.stderr.len(), 0),
            Answer::Completed(done) => (
                done.text.len(),
                done.input_tokens.saturating_add(done.output_tokens),
            ),
            Answer::Fetched(response) => (response.body.len(), 0),
            // A body that was cut off has used up what was left, so that the
            // next one is not read as far again.
            Answer::Failed(Failed::OutOfBudget(_)) if capability == Capability::Http => (
                usize::try_from(permit.budgets().bytes).unwrap_or(usize::MAX),
                0,
            ),
            Answer::Commands(_) | Answer::Past(_) | Answer::Failed(_) => (0, 0),
        };
        spent.bytes = spent.bytes.saturating_add(bytes as u64);
        spent.tokens = spent.tokens.saturating_add(tokens);
        let budgets = permit.budgets();
        let over = |what: &str, limit: u64| {
            Answer::Failed(Failed::OutOfBudget(format!(
                "{limit} {what} of `{capability}` are used up; the grant's `{what}` raises it"
            )))
        };
        match () {
            () if spent.bytes > budgets.bytes => over("bytes", budgets.bytes),
            () if spent.tokens > budgets.tokens => over("tokens", budgets.tokens),
            () => answer,
        }
    }

    /// What a capability may still use, for those who cut their answers to it.
    pub fn bytes_left(&self, permit: &Permit) -> u64 {
        let spent = self.spent.get(&permit.capability());
        let spent = spent.map_or(0, |spent| spent.bytes);
        permit.budgets().bytes.saturating_sub(spent)
    }

    /// A file of the workspace or an input, opened; the budget of held bytes
    /// ends the task like any other.
    pub fn held_limit(&self) -> usize {
        self.limits.file_bytes
    }
}

/// A handle as the table knows it: bindings name resources by types of their
/// own, the table holds ours. Only the number is the same; a look-up checks
/// the type of what is there.
pub(super) fn ours<T: 'static, U: 'static>(handle: &Resource<T>) -> Resource<U> {
    Resource::new_borrow(handle.rep())
}

/// The same for a handle that is ours to drop or to give away.
pub(super) fn owned<T: 'static, U: 'static>(handle: Resource<T>) -> Resource<U> {
    Resource::new_own(handle.rep())
}
