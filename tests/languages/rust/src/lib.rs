//! The sample guest in Rust; what it does is told in tests/languages.rs.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use sentinel_sdk::{
    AccessError, Agent, AgentError, INPUT, Output, Settings, Task, TaskKind, WORKSPACE, input, log,
    progress, workspace,
};

const NAP: Duration = Duration::from_millis(50);

struct Sample {
    greeting: String,
}

impl Agent for Sample {
    fn initialize(settings: Settings) -> Result<Self, AgentError> {
        let greeting = settings.get("greeting").unwrap_or("hello").to_owned();
        Ok(Sample { greeting })
    }

    fn execute(&mut self, task: Task) -> Result<Output, AgentError> {
        if !matches!(task.kind, TaskKind::Repair(_) | TaskKind::Optimize(_)) {
            return Err(AgentError::UnsupportedTask(format!("{:?}", task.kind)));
        }
        log::emit(log::Level::Info, &format!("{} from Rust", self.greeting));
        progress::report("look around", 1, 2);
        let said = look_around().map_err(|error| AgentError::Failed(error.to_string()))?;
        progress::report("look around", 2, 2);
        Ok(Output::Abstained(said))
    }
}

sentinel_sdk::agent!(Sample);

fn look_around() -> io::Result<String> {
    let inputs = input::list().map_err(told)?;
    let listed = workspace::list(None, 1000).map_err(told)?;
    let log = fs::read(Path::new(INPUT).join("job.log"))?;
    let root = Path::new(WORKSPACE);
    let mut entries = Vec::new();
    walk(root, root, &mut entries)?;
    entries.sort();
    let said = serde_json::json!({
        "language": "Rust",
        "inputs": inputs.iter().map(|file| &file.path).collect::<Vec<_>>(),
        "listed": listed.len(),
        "entries": entries,
        "greet": fs::read_to_string(root.join("greet.txt"))?,
        "log_bytes": log.len(),
        "log_sum": log.iter().fold(0u32, |sum, byte| sum.wrapping_add((*byte).into())),
        "clock_went_on": clocks_go_on(),
        "random": random()? != random()?,
        "write_refused": File::create(root.join("evil.txt")).is_err(),
        "escape_refused": File::open(root.join("../outside.txt")).is_err(),
    });
    Ok(said.to_string())
}

fn told(error: AccessError) -> io::Error {
    io::Error::other(format!("{error:?}"))
}

/// Every file and directory below, relative to the root.
fn walk(root: &Path, directory: &Path, paths: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let path = entry.path();
        let relative = path.strip_prefix(root).map_err(io::Error::other)?;
        paths.push(relative.to_string_lossy().into_owned());
        if entry.file_type()?.is_dir() {
            walk(root, &path, paths)?;
        }
    }
    Ok(())
}

fn clocks_go_on() -> bool {
    let (wall, monotonic) = (SystemTime::now(), Instant::now());
    std::thread::sleep(NAP);
    SystemTime::now() > wall && monotonic.elapsed() >= NAP
}

fn random() -> io::Result<[u8; 16]> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}
