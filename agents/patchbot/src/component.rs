//! The component: what the host calls.

use std::fs::File;
use std::io::Read;
use std::path::{Component, Path};

use sentinel_sdk::input::{self, InputFile, InputKind};
use sentinel_sdk::{Agent, AgentError, Attribute, Output, Settings, Task, TaskKind};

use crate::model::{self, Model};
use crate::push::{MAX_PUSH_BYTES, Push};
use crate::repair::{Given, repair_given};
use crate::runner::Granted;
use crate::workspace::Mounted;

/// The agent.
#[derive(Debug)]
pub struct PatchBot;

impl Agent for PatchBot {
    fn initialize(_: Settings) -> Result<Self, AgentError> {
        Ok(PatchBot)
    }

    fn execute(&mut self, task: Task) -> Result<Output, AgentError> {
        let asks = |name: &str| granted(&task.attributes, name);
        let model = asks("model").then(|| model::Granted {
            history: asks("history"),
        });
        let TaskKind::Repair(task) = task.kind else {
            return Err(AgentError::UnsupportedTask("PatchBot only repairs".into()));
        };
        let unreadable =
            |what: &str, why: String| AgentError::InvalidInput(format!("{what}: {why}"));
        // Naming the interface is what mounts the directory.
        let inputs = input::list().map_err(|error| unreadable("/input", format!("{error:?}")))?;
        if !inputs.iter().any(|file| file.path == task.log) {
            return Err(unreadable(&task.log, "not an input of this task".into()));
        }
        let log = open(&task.log).map_err(|error| unreadable(&task.log, error))?;
        let workspace =
            Mounted::open().map_err(|error| unreadable("/workspace", format!("{error:?}")))?;
        let given = Given {
            runner: Some(&Granted),
            push: pushed(&inputs),
            model: model.as_ref().map(|model| model as &dyn Model),
        };
        repair_given(&task, log, &workspace, given)
            .map_err(|error| unreadable(&task.log, error.to_string()))
    }
}

/// Whether the host says that a capability is granted: it says so where a model
/// is.
fn granted(attributes: &[Attribute], name: &str) -> bool {
    let granted = attributes.iter().find(|one| one.key == "granted");
    granted.is_some_and(|granted| granted.value.split(',').any(|one| one == name))
}

fn open(log: &str) -> Result<File, String> {
    let plain = |part| matches!(part, Component::Normal(_));
    if !Path::new(log).components().all(plain) {
        return Err("not a path below /input".into());
    }
    File::open(Path::new(sentinel_sdk::INPUT).join(log)).map_err(|error| error.to_string())
}

/// What the push changed, where the host mounts it. What cannot be read is as
/// good as absent: strategies that need it then abstain.
fn pushed(inputs: &[InputFile]) -> Option<Push> {
    let told = |file: &&InputFile| file.kind == InputKind::Other("push".into());
    let file = open(&inputs.iter().find(told)?.path).ok()?;
    let mut bytes = Vec::new();
    file.take(MAX_PUSH_BYTES).read_to_end(&mut bytes).ok()?;
    Push::parse(&bytes)
}
