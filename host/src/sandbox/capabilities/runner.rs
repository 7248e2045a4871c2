//! `runner`: commands the host derived.

use super::{Access, denied, failed, unexpected};
use crate::effect::{Answer, Call, Command, RunResult};
use crate::grant::{Effect, Permit};
use crate::sandbox::bindings::sentinel::agent::{runner, types};
use crate::sandbox::convert;
use crate::sandbox::state::State;
use crate::sandbox::trace::{Fact, HostFn};

impl runner::Host for State {
    async fn commands(&mut self) -> Access<Vec<runner::Command>> {
        self.note(HostFn::RunnerCommands, Fact::new());
        // Seeing what may be run is part of being allowed to run something.
        let permit = match self.authorise(Effect::Run("")) {
            Ok(permit) => permit,
            Err(refusal) => return Ok(Err(denied(refusal))),
        };
        match self.perform(permit, Call::Commands).await {
            Answer::Commands(commands) => Ok(Ok(commands.into_iter().map(command).collect())),
            Answer::Failed(reason) => Ok(Err(failed(reason))),
            Answer::Ran(_) | Answer::Completed(_) | Answer::Past(_) | Answer::Fetched(_) => {
                unexpected()
            }
        }
    }

    async fn run(&mut self, command: String, edits: Vec<types::Edit>) -> Access<runner::RunResult> {
        self.note(HostFn::RunnerRun, Fact::new().text(&command));
        let permit: Permit = match self.authorise(Effect::Run(&command)) {
            Ok(permit) => permit,
            Err(refusal) => return Ok(Err(denied(refusal))),
        };
        let edits = match edits.into_iter().map(convert::edit).collect() {
            Ok(edits) => edits,
            Err(error) => return Ok(Err(types::AccessError::Failed(error.to_string()))),
        };
        match self.perform(permit, Call::Run { command, edits }).await {
            Answer::Ran(result) => Ok(Ok(ran(result))),
            Answer::Failed(reason) => Ok(Err(failed(reason))),
            Answer::Commands(_) | Answer::Completed(_) | Answer::Past(_) | Answer::Fetched(_) => {
                unexpected()
            }
        }
    }
}

fn command(command: Command) -> runner::Command {
    runner::Command {
        id: command.id,
        argv: command.argv,
        origin: command.origin,
    }
}

fn ran(result: RunResult) -> runner::RunResult {
    runner::RunResult {
        exit: result.exit,
        stdout: result.stdout,
        stderr: result.stderr,
        edits: result.edits.into_iter().map(convert::to_edit).collect(),
        attributes: convert::attributes(&result.attributes),
    }
}
