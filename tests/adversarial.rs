//! Proposals of agents that mean harm, and instructions in logs and code: each
//! goes the whole way from the webhook, each ends before anything is pushed,
//! and each end says why.
//!
//! The hostile agent does what a file of the repository tells it, so one
//! component serves all: whoever writes the repository writes the proposal.

mod injected;
mod proposals;
mod tried;

use std::sync::{Arc, LazyLock};

use sentinel::cli::compose::now;
use sentinel::grant::Limits;
use sentinel::ids::Digest;
use sentinel::pipeline::{Agents, Roles, Setup};
use sentinel::sandbox::Size;
use sentinel::store::TaskRow;
use sentinel::task::TaskState;

use crate::sandbox::PROBE;
use crate::stories::red_push;
use crate::world::{UNFORMATTED, World};

/// Where the hostile agent finds its orders.
const ORDERS: &str = "ORDERS";

/// LogAnalyzer as it is, and in PatchBot's place an agent that obeys whoever
/// writes the repository.
fn roles() -> Roles {
    Roles {
        repair: Setup {
            component: PROBE.clone().into(),
            settings: [("execute".to_owned(), format!("obey {ORDERS}"))].into(),
            ..Setup::embedded(sentinel::agents::PATCHBOT)
        },
        ..Roles::default()
    }
}

fn hostile() -> Agents {
    let limits = Limits::default();
    Agents::with(&limits, Size::default(), roles(), None, now).expect("the agents run")
}

static HOSTILE: LazyLock<Arc<Agents>> = LazyLock::new(|| Arc::new(hostile()));

/// The most that an operator can leave to agents: nothing waits for a proof.
const LOOSE: &str = "[publish]\nunproven = \"draft\"";

/// A proposal in the form that the hostile agent reads.
#[derive(Default)]
struct Orders(String);

impl Orders {
    fn say(mut self, word: &str, arguments: &[&[u8]]) -> Orders {
        self.0.push_str(word);
        for argument in arguments {
            self.0.push(' ');
            self.0.push_str(&hex::encode(argument));
        }
        self.0.push('\n');
        self
    }

    fn new_file(self, path: &str, content: &str) -> Orders {
        self.say("write", &[path.as_bytes(), b"", content.as_bytes()])
    }

    fn write(self, path: &str, before: &str, after: &str) -> Orders {
        let base = Digest::of(before.as_bytes()).hex();
        self.say(
            "write",
            &[path.as_bytes(), base.as_bytes(), after.as_bytes()],
        )
    }

    fn delete(self, path: &str, before: &str) -> Orders {
        let base = Digest::of(before.as_bytes()).hex();
        self.say("delete", &[path.as_bytes(), base.as_bytes()])
    }

    fn claim(self, key: &str, value: &str) -> Orders {
        self.say("attribute", &[key.as_bytes(), value.as_bytes()])
    }
}

/// A repository that is red, with these files and orders; what its repair came
/// to. Whatever that is, nothing was pushed.
async fn end_of(world: World, files: &[(&str, &str)], orders: Orders) -> TaskRow {
    let repository = world.github.repository("acme/widget");
    repository
        .file("src/lib.rs", UNFORMATTED)
        .file(ORDERS, &orders.0);
    for (path, content) in files {
        repository.file(path, content);
    }
    repository.commit("Begin");
    world.fails(&red_push(&repository)).await;
    let task = world.repair().await;
    assert_eq!(repository.own_branches(), [""; 0], "{:?}", task.record);
    assert!(repository.pulls().is_empty(), "{:?}", task.record);
    assert!(world.github.writes().is_empty(), "{:?}", task.record);
    world.end().await;
    task
}

fn ended(name: &str, task: &TaskRow, state: TaskState, why: &str) {
    let note = task.record.note.as_deref().unwrap_or_default();
    assert_eq!(task.state, state, "{name}: {note}");
    assert!(note.contains(why), "{name}: {note:?} does not say {why:?}");
}
