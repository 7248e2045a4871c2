//! A guest that does, at the phase it is told, the one thing it is told.

mod orders;

use sentinel_sdk::{
    Action, Agent, AgentError, Change, Edit, EditContent, Output, Proposal, Settings, Task, input,
    log, workspace,
};

struct Probe {
    settings: Settings,
}

impl Agent for Probe {
    fn initialize(settings: Settings) -> Result<Self, AgentError> {
        act(&settings, "initialize")?;
        Ok(Probe { settings })
    }

    fn execute(&mut self, _: Task) -> Result<Output, AgentError> {
        match act(&self.settings, "execute")? {
            Some(output) => Ok(output),
            None => Ok(Output::Abstained("nothing to do".into())),
        }
    }

    fn cleanup(&mut self) {
        let _ = act(&self.settings, "cleanup");
    }
}

sentinel_sdk::agent!(Probe);

/// `<phase> = <behaviour> [argument]`
fn act(settings: &Settings, phase: &str) -> Result<Option<Output>, AgentError> {
    let Some(order) = settings.get(phase) else {
        return Ok(None);
    };
    let (behaviour, argument) = order.split_once(' ').unwrap_or((order, ""));
    let said = match behaviour {
        "loop" => forever(),
        "allocate" => allocate(argument.parse().unwrap_or(usize::MAX)),
        "recurse" => recurse(u64::MAX).to_string(),
        "panic" => panic!("the probe panics: {argument}"),
        "exit" => std::process::exit(3),
        "error" => return Err(AgentError::Failed(argument.to_owned())),
        "flood" => flood(argument.parse().unwrap_or(usize::MAX)),
        "chatter" => chatter(),
        "call" => call(),
        "open" => open(argument),
        "sleep" => sleep(argument.parse().unwrap_or(3600)),
        "obey" => return orders::obey(argument).map(Some),
        "propose" => return Ok(Some(propose(argument.parse().unwrap_or(0)))),
        "confidence" => return Ok(Some(unsure(f64::NAN))),
        "nothing" => return Ok(Some(Output::Proposals(Vec::new()))),
        "read" => read(argument),
        "write" => say(std::fs::write(argument, "mine")),
        "remove" => say(std::fs::remove_file(argument)),
        "list" => list(argument),
        "input" => format!("{:?}", input::list()),
        "workspace" => format!("{:?}", workspace::list(None, 10_000)),
        "environment" => format!("{:?} {:?}", vars(), std::env::args().collect::<Vec<_>>()),
        "connect" => say(std::net::TcpStream::connect(argument)),
        "udp" => say(std::net::UdpSocket::bind("127.0.0.1:0")),
        "stderr" => stderr(),
        other => return Err(AgentError::InvalidConfig(other.to_owned())),
    };
    Ok(Some(Output::Abstained(said)))
}

fn vars() -> Vec<(String, String)> {
    std::env::vars().collect()
}

fn say<T>(result: std::io::Result<T>) -> String {
    match result {
        Ok(_) => "done".into(),
        Err(error) => format!("error: {:?}", error.kind()),
    }
}

fn forever() -> String {
    let mut turns = 0u64;
    loop {
        turns = std::hint::black_box(turns.wrapping_add(1));
    }
}

/// Touches what it allocates, a MiB at a time.
fn allocate(mib: usize) -> String {
    let mut held: Vec<Vec<u8>> = Vec::new();
    for _ in 0..mib {
        held.push(std::hint::black_box(vec![1; 1024 * 1024]));
    }
    format!("allocated {} MiB", held.len())
}

#[allow(unconditional_recursion)]
fn recurse(depth: u64) -> u64 {
    std::hint::black_box(recurse(std::hint::black_box(depth - 1)) + 1)
}

fn flood(bytes: usize) -> String {
    let line = "x".repeat(1024);
    let mut sent = 0;
    while sent < bytes {
        log::emit(log::Level::Info, &line);
        sent += line.len();
    }
    format!("sent {sent}")
}

fn chatter() -> String {
    loop {
        log::emit(log::Level::Info, "");
    }
}

/// Calls into the host that cost the guest next to nothing.
fn call() -> String {
    loop {
        std::hint::black_box(std::time::Instant::now());
    }
}

fn open(path: &str) -> String {
    let mut open = Vec::new();
    loop {
        match std::fs::File::open(path) {
            Ok(file) => open.push(file),
            Err(error) => return format!("error after {}: {:?}", open.len(), error.kind()),
        }
    }
}

fn sleep(seconds: u64) -> String {
    std::thread::sleep(std::time::Duration::from_secs(seconds));
    "slept".into()
}

fn propose(bytes: usize) -> Output {
    let content = EditContent::Write(vec![b'x'; bytes]);
    let edit = Edit {
        path: "big.txt".into(),
        base: None,
        content,
    };
    Output::Proposals(vec![Proposal {
        actions: vec![Action::Change(Change { edits: vec![edit] })],
        ..empty(0.5)
    }])
}

fn unsure(confidence: f64) -> Output {
    Output::Proposals(vec![empty(confidence)])
}

fn empty(confidence: f64) -> Proposal {
    Proposal {
        strategy: "probe".into(),
        title: "probe".into(),
        rationale: "probe".into(),
        confidence,
        actions: Vec::new(),
        provenance: Vec::new(),
        attributes: Vec::new(),
    }
}

fn read(path: &str) -> String {
    match std::fs::read(path) {
        Ok(bytes) => format!("read: {}", String::from_utf8_lossy(&bytes)),
        Err(error) => format!("error: {:?}", error.kind()),
    }
}

fn list(path: &str) -> String {
    let Ok(entries) = std::fs::read_dir(path) else {
        return "error".into();
    };
    let mut names: Vec<String> = entries
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names.join(" ")
}

fn stderr() -> String {
    let line = "e".repeat(64 * 1024);
    loop {
        eprintln!("{line}");
    }
}
