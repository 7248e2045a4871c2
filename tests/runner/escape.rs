//! Every attack of `escape/attacks.py` in every tier, against the promises of
//! `host/RUNNER.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::net::{TcpListener, UdpSocket};
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use sentinel::runner::{Ran, Runner, Settings, Tier, Why};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{Ended, limits, neighbour, order, run, settings, source, text, working};

const ATTACKS: &str = include_str!("../escape/attacks.py");
const PAGE: &str = include_str!("../../host/RUNNER.md");

/// What the page says of an attack in a tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Promise {
    Held,
    Cgroup,
    Open,
}

impl Promise {
    fn parse(text: &str) -> Promise {
        match text {
            "held" => Promise::Held,
            "cgroup" => Promise::Cgroup,
            "open" => Promise::Open,
            other => panic!("{other:?} is no promise"),
        }
    }
}

/// The table: promises by attack, in the order of the tiers.
fn promises() -> BTreeMap<&'static str, [Promise; 2]> {
    let rows = PAGE.lines().filter_map(|line| {
        let row = line.strip_prefix("| `")?;
        let (name, rest) = row.split_once('`')?;
        let cells: Vec<&str> = rest.split('|').map(str::trim).collect();
        let [_, _, bubblewrap, landlock, _] = cells[..] else {
            panic!("{line}");
        };
        Some((name, [Promise::parse(bubblewrap), Promise::parse(landlock)]))
    });
    rows.collect()
}

#[test]
fn every_attack_has_its_promises_and_every_promise_its_attack() {
    let functions = ATTACKS.lines().filter_map(|line| {
        let rest = line.strip_prefix("def ")?;
        rest.strip_suffix("(facts):")
    });
    let functions: BTreeSet<&str> = functions.collect();
    let promised: BTreeSet<&str> = promises().into_keys().collect();
    assert!(functions.len() > 20, "{functions:?}");
    assert_eq!(functions, promised);
}

#[test]
fn bubblewrap_holds_what_it_promises() {
    tier_holds(Tier::Bubblewrap);
}

#[test]
fn landlock_holds_what_it_promises() {
    tier_holds(Tier::Landlock);
}

fn tier_holds(tier: Tier) {
    let Some(runner) = working(settings(tier)) else {
        return;
    };
    let column = match tier {
        Tier::Bubblewrap => 0,
        Tier::Landlock => 1,
        Tier::Container => panic!("its attacks are in `container`"),
    };
    let cgroup = runner.probe().cgroup.clone();
    let mut broken = Vec::new();
    for (attack, promises) in promises() {
        let held = carry_out(&runner, attack);
        let expected = match (promises[column], &cgroup) {
            (Promise::Held, _) | (Promise::Cgroup, Ok(_)) => true,
            (Promise::Open, _) => false,
            (Promise::Cgroup, Err(why)) => {
                eprintln!("skipped: {attack}: no cgroup: {why}");
                continue;
            }
        };
        if held.is_ok() != expected {
            broken.push(format!(
                "{attack}: expected held = {expected}, found {held:?}"
            ));
        }
    }
    assert!(
        broken.is_empty(),
        "{}:\n{}",
        tier.as_str(),
        broken.join("\n")
    );
}

/// Attacks that get through where nothing holds them: were they broken, they
/// would hold everywhere.
const WORKING: [&str; 15] = [
    "tcp",
    "udp",
    "abstract",
    "unix_path",
    "families",
    "write_outside",
    "read_outside",
    "names_outside",
    "environment",
    "descriptors",
    "fork_bomb",
    "orphans",
    "signals",
    "limits_of_others",
    "proc",
];

#[test]
fn the_attacks_get_through_where_nothing_holds_them() {
    let runner = super::runner(settings(Tier::Bubblewrap));
    let mut harmless = Vec::new();
    for attack in WORKING {
        let mut machine = Machine::new(&runner);
        let directory = tempfile::tempdir().unwrap();
        let world = std::fs::Permissions::from_mode(0o777);
        std::fs::set_permissions(directory.path(), world).unwrap();
        std::fs::write(directory.path().join("attacks.py"), ATTACKS).unwrap();
        let mut command = Command::new("/usr/bin/python3");
        command.args(["attacks.py", attack, &machine.facts.to_string()]);
        if let Some(user) = Settings::default().child_user() {
            command.uid(user).gid(user);
        }
        let Ok(output) = command.current_dir(directory.path()).output() else {
            eprintln!("skipped: python3 is not here");
            return;
        };
        let escaped = text(&output.stdout).starts_with("escaped");
        let traces = machine.traces();
        machine.end_survivors();
        if !escaped && traces.is_empty() {
            harmless.push(format!("{attack}: {output:?}"));
        }
    }
    assert!(harmless.is_empty(), "{}", harmless.join("\n"));
}

/// Without a cgroup each process is still limited, and so is their number.
#[test]
fn without_a_cgroup_each_process_is_limited() {
    for tier in Tier::ALL {
        let alone = Settings {
            cgroup: false,
            ..settings(tier)
        };
        if let Some(runner) = working(alone) {
            for attack in ["memory_one", "fork_bomb", "orphans", "endless"] {
                carry_out(&runner, attack).unwrap_or_else(|why| panic!("{attack}: {why}"));
            }
        }
    }
}

/// What an attacker finds on the machine, and what must be as it was after.
struct Machine {
    place: TempDir,
    tcp: TcpListener,
    udp: UdpSocket,
    path: UnixListener,
    abstract_name: UnixListener,
    neighbour: Ended,
    segment: Option<String>,
    /// Open without the mark that a new program does not get it.
    _inherited: std::fs::File,
    marker: String,
    facts: Value,
}

const SECRET: &str = "the machine's secret";

impl Machine {
    fn new(runner: &Runner) -> Machine {
        use std::sync::atomic::{AtomicU32, Ordering};
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let marker = format!("sentinel-marker-{}-{number}", std::process::id());
        let place = tempfile::tempdir().unwrap();
        // As open as files of a machine can be: nothing but the sandbox keeps
        // anybody out.
        let open = |path: &Path| {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o777)).unwrap();
        };
        open(place.path());
        let secret = place.path().join("secret");
        std::fs::write(&secret, SECRET).unwrap();
        open(&secret);
        let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
        let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
        let socket = place.path().join("socket");
        let path = UnixListener::bind(&socket).unwrap();
        open(&socket);
        let address = SocketAddr::from_abstract_name(&marker).unwrap();
        let abstract_name = UnixListener::bind_addr(&address).unwrap();
        for blocking in [tcp.set_nonblocking(true), udp.set_nonblocking(true)] {
            blocking.unwrap();
        }
        path.set_nonblocking(true).unwrap();
        abstract_name.set_nonblocking(true).unwrap();
        let neighbour = neighbour(&marker);
        let inherited = std::fs::File::open(&secret).unwrap();
        rustix::io::fcntl_setfd(&inherited, rustix::io::FdFlags::empty()).unwrap();
        let segment = segment(0x5e_0000 + std::process::id() as i32 * 64 + number as i32);
        let facts = json!({
            "tcp": tcp.local_addr().unwrap().port(),
            "udp": udp.local_addr().unwrap().port(),
            "unix": socket,
            "abstract": marker,
            "open_directory": place.path(),
            "secret": secret,
            "memory_of_host": format!("/proc/{}/mem", std::process::id()),
            "host": std::process::id(),
            "neighbour": neighbour.0.id(),
            "neighbour_name": marker,
            "marker": marker,
            "segment": 0x5e_0000 + std::process::id() as i32 * 64 + number as i32,
            "processes": limits().processes,
            "memory": limits().memory_bytes,
            "scratch": limits().scratch_bytes,
            "tools": runner.tools().directories,
            "bound": bound(runner),
            "program": env!("CARGO_BIN_EXE_sentinel"),
        });
        Machine {
            place,
            tcp,
            udp,
            path,
            abstract_name,
            neighbour,
            segment,
            _inherited: inherited,
            marker,
            facts,
        }
    }

    /// What the attack did out here.
    fn traces(&mut self) -> Vec<String> {
        let mut traces = Vec::new();
        if self.tcp.accept().is_ok() {
            traces.push("a connection over TCP".to_owned());
        }
        if self.udp.recv(&mut [0; 16]).is_ok() {
            traces.push("a datagram".to_owned());
        }
        for (listener, what) in [(&self.path, "a path"), (&self.abstract_name, "a name")] {
            if listener.accept().is_ok() {
                traces.push(format!("a connection to the socket of {what}"));
            }
        }
        let secret = std::fs::read_to_string(self.place.path().join("secret")).unwrap();
        if secret != SECRET {
            traces.push("another secret".to_owned());
        }
        let files = std::fs::read_dir(self.place.path()).unwrap().count();
        if files != 2 {
            traces.push(format!("{files} files where there were two"));
        }
        if !self.neighbour.is_alive() {
            traces.push("a dead neighbour".to_owned());
        }
        let survivors = self.survivors();
        traces.extend(
            survivors
                .iter()
                .map(|pid| format!("the process {pid} lives on")),
        );
        traces
    }

    fn end_survivors(&self) {
        for pid in self.survivors() {
            let pid = rustix::process::Pid::from_raw(pid as i32).unwrap();
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
        }
    }

    /// Processes with our mark beside the neighbour.
    fn survivors(&self) -> Vec<u32> {
        let own = [std::process::id(), self.neighbour.0.id()];
        let processes = std::fs::read_dir("/proc").unwrap().flatten();
        let processes =
            processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
        let marked = processes.filter(|pid| {
            let mut line = Vec::new();
            let file = std::fs::File::open(format!("/proc/{pid}/cmdline"));
            let read = file.and_then(|mut file| file.read_to_end(&mut line));
            read.is_ok() && text(&line).contains(&self.marker) && !own.contains(pid)
        });
        marked.collect()
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        if let Some(id) = &self.segment {
            let _ = Command::new("ipcrm").args(["-m", id]).status();
        }
    }
}

/// A segment of System V memory that everybody may use, by this key.
fn segment(key: i32) -> Option<String> {
    let script =
        format!("import ctypes\nl=ctypes.CDLL(None)\nprint(l.shmget({key}, 4096, 0o1666))");
    let made = Command::new("python3")
        .args(["-c", &script])
        .output()
        .ok()?;
    let id = text(&made.stdout).trim().to_owned();
    (!id.starts_with('-') && !id.is_empty()).then_some(id)
}

/// First names below `/root` of what is bound there.
fn bound(runner: &Runner) -> Vec<String> {
    let below = runner.tools().binds.iter().filter_map(|bind| {
        let below = bind.strip_prefix("/root").ok()?;
        Some(below.iter().next()?.to_string_lossy().into_owned())
    });
    below.collect()
}

/// Carries it out; the error is what it reached.
fn carry_out(runner: &Runner, attack: &str) -> Result<(), String> {
    let mut machine = Machine::new(runner);
    let source = source(&[
        ("attacks.py", ATTACKS),
        ("victim.txt", "mine\n"),
        ("racing.txt", "mine too\n"),
        ("mode.txt", "plain\n"),
    ]);
    let order = order(&["python3", "attacks.py", attack, &machine.facts.to_string()]);
    let ran = run(runner, &order, &source).map_err(|error| error.to_string())?;
    let traces = machine.traces();
    if !traces.is_empty() {
        return Err(traces.join(", "));
    }
    judge(attack, &ran)
}

fn judge(attack: &str, ran: &Ran) -> Result<(), String> {
    let said = text(&ran.stdout.text());
    let ended_by = |whys: &[Why]| match ran.killed {
        Some(why) if whys.contains(&why) => Ok(()),
        killed => Err(format!("{killed:?}, {said:?}")),
    };
    let held = || match said.trim() {
        "held" => Ok(()),
        other => Err(format!(
            "{other:?} {:?} {}",
            ran.killed,
            text(&ran.stderr.text())
        )),
    };
    match attack {
        "endless" => ended_by(&[Why::Time]),
        "output_bomb" => ended_by(&[Why::Output]),
        // It is told so, or it is ended.
        "memory_one" | "memory_many" => held().or_else(|_| ended_by(&[Why::Memory])),
        "disk_bomb" => held().or_else(|_| ended_by(&[Why::Scratch])),
        "links" => held().and_then(|()| nothing_followed(ran)),
        _ => held(),
    }
}

/// No link was followed and nothing but text became an edit.
fn nothing_followed(ran: &Ran) -> Result<(), String> {
    let told = format!("{:?}", ran.notes);
    let noted = [
        "victim.txt",
        "directory",
        "root",
        "pipe",
        "binary",
        "mode.txt",
    ];
    if let Some(missing) = noted
        .iter()
        .find(|name| !told.contains(&format!("{name}\\\"")))
    {
        return Err(format!("{missing} is not told of: {told}"));
    }
    let edited = ran.edits.iter().find(|edit| edit.path != "racing.txt");
    if let Some(edit) = edited {
        return Err(format!("{} became an edit", edit.path));
    }
    let shown = format!("{:?}", ran.edits);
    let secret: Vec<String> = SECRET.bytes().map(|byte| byte.to_string()).collect();
    match shown.contains(&secret.join(", ")) {
        true => Err("the secret is in an edit".to_owned()),
        false => Ok(()),
    }
}

/// A way to registries is no way to anything else, and what a prepare step may
/// keep lies open to nobody.
#[test]
fn with_a_way_to_registries_nothing_else_gets_out() {
    use super::registries::{double::Registry, within::reaching};
    let registry = Registry::start(&[]);
    let around = |place: &Path| sentinel::runner::Around {
        network: true,
        keep: Some(sentinel::runner::Keeping {
            path: place.join("kept"),
            bytes: 1024 * 1024,
        }),
        ..sentinel::runner::Around::default()
    };
    let Some(runner) = working(reaching(&registry)) else {
        return;
    };
    let attacks = [
        "tcp",
        "udp",
        "dns",
        "abstract",
        "unix_path",
        "families",
        "descriptors",
        "read_outside",
        "write_outside",
        "signals",
        "ptrace",
        "orphans",
    ];
    let mut broken = Vec::new();
    for attack in attacks {
        let mut machine = Machine::new(&runner);
        let place = tempfile::tempdir().unwrap();
        let source = source(&[("attacks.py", ATTACKS)]);
        let order = sentinel::runner::Order {
            around: around(place.path()),
            ..order(&["python3", "attacks.py", attack, &machine.facts.to_string()])
        };
        let ran = run(&runner, &order, &source).unwrap();
        let held = judge(attack, &ran);
        let traces = machine.traces();
        if held.is_err() || !traces.is_empty() {
            broken.push(format!("{attack}: {held:?}, {traces:?}"));
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
    assert_eq!(registry.connections(), 0);
}

#[test]
fn without_any_tier_nothing_is_run() {
    let none = Settings {
        tiers: Vec::new(),
        ..Settings::default()
    };
    let missing = Settings {
        bubblewrap: "/nonexistent/bwrap".into(),
        ..settings(Tier::Bubblewrap)
    };
    for settings in [none, missing] {
        let runner = super::runner(settings);
        let error = run(&runner, &super::shell("true"), &source(&[])).unwrap_err();
        assert!(error.to_string().starts_with("not validated"), "{error}");
    }
}
