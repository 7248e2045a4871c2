//! The same way from inside of a sandbox: every tool finds it, and there is no
//! other.

use sentinel::runner::{Around, Order, RunError, Settings, Tier, Verdict};

use super::super::{run, settings, shell, source, text, working};
use super::double::Registry;
use super::hosts;

/// Settings with one registry of the operator's own network.
pub fn reaching(registry: &Registry) -> Settings {
    Settings {
        registries_inside: hosts(&[&registry.url()]),
        ..settings(Tier::Bubblewrap)
    }
}

pub fn networked(order: Order) -> Order {
    Order {
        around: Around {
            network: true,
            ..Around::default()
        },
        ..order
    }
}

#[test]
fn a_command_reaches_a_registry_and_nothing_else() {
    let registry = Registry::start(&[("/simple/", b"hello\n")]);
    let other = Registry::start(&[("/", b"secret\n")]);
    let Some(runner) = working(reaching(&registry)) else {
        return;
    };
    let script = "import os, socket, sys, urllib.request as u\n\
                  print(u.urlopen(sys.argv[1] + '/simple/').read().decode().strip())\n\
                  for bad in sys.argv[2], 'http://localhost/', 'https://example.com/':\n\
                  \x20   try: print(u.urlopen(bad).status)\n\
                  \x20   except OSError as e: print('refused', getattr(e, 'code', ''))\n\
                  for port in sys.argv[3:]:\n\
                  \x20   try: socket.create_connection(('127.0.0.1', int(port)), 2); print('out')\n\
                  \x20   except OSError: print('alone')\n";
    let ports = [registry.address().port(), other.address().port()].map(|port| port.to_string());
    let order = super::super::order(&[
        "python3",
        "-c",
        script,
        &registry.url(),
        &other.url(),
        &ports[0],
        &ports[1],
    ]);
    let ran = run(&runner, &networked(order), &source(&[])).unwrap();
    let said = text(&ran.stdout.text());
    let mut lines = said.lines();
    assert_eq!(
        lines.next(),
        Some("hello"),
        "{said} {}",
        text(&ran.stderr.text())
    );
    let rest: Vec<&str> = lines.collect();
    assert!(
        rest[..3].iter().all(|line| line.starts_with("refused")),
        "{said}"
    );
    assert_eq!(rest[3..], ["alone", "alone"]);
    let told = |verdict| {
        ran.contacts
            .iter()
            .filter(move |one| one.verdict == verdict)
            .count()
    };
    assert_eq!(told(Verdict::Passed), 1, "{:?}", ran.contacts);
    assert_eq!(told(Verdict::NotListed), 3, "{:?}", ran.contacts);
    assert_eq!((registry.connections(), other.connections()), (1, 0));
}

/// Without the word there is no way at all, whatever is listed.
#[test]
fn a_command_without_the_word_reaches_nothing() {
    let registry = Registry::start(&[("/simple/", b"hello\n")]);
    let Some(runner) = working(reaching(&registry)) else {
        return;
    };
    let look = "ls /registries 2>/dev/null; env | grep -i proxy; exit 3";
    let ran = run(&runner, &shell(look), &source(&[])).unwrap();
    assert_eq!(text(&ran.stdout.text()), "GOPROXY=off\n");
    assert_eq!((ran.exit, ran.contacts), (Some(3), vec![]));
    let nowhere = working(settings(Tier::Bubblewrap)).unwrap();
    let refused = run(&nowhere, &networked(shell("true")), &source(&[])).unwrap_err();
    assert!(matches!(refused, RunError::NoRegistries), "{refused}");
    assert!(refused.to_string().contains("`registries` below [runner]"));
}

#[test]
fn the_landlock_tier_has_no_network() {
    let registry = Registry::start(&[]);
    let alone = Settings {
        tiers: vec![Tier::Landlock],
        ..reaching(&registry)
    };
    if let Some(runner) = working(alone) {
        let refused = run(&runner, &networked(shell("true")), &source(&[])).unwrap_err();
        assert!(
            matches!(refused, RunError::NoNetwork(Tier::Landlock)),
            "{refused}"
        );
    }
}
