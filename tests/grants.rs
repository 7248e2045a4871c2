//! Grants are intersections, and one function decides.

use std::collections::BTreeMap;

use proptest::prelude::*;
use sentinel::grant::{
    AgentRef, Budgets, Capability, Effect, Given, Globs, Grant, HostPattern, HostRule, Limits,
    PathRule, Permissions, needs,
};
use sentinel::ids::{Digest, TaskId};
use sentinel::manifest::Manifest;
use sentinel::task::TaskKind;
use sentinel::time::Timestamp;

const MANIFEST: &str = r#"
manifest = 1
name = "mender"
version = "1.2.3"
kinds = ["repair"]

[capabilities.input]
reason = "reads the log"

[capabilities.workspace]
reason = "reads the sources"
paths = ["src/**"]

[capabilities.http]
reason = "asks the index"
hosts = ["index.example.org", "*.mirror.example.org"]
requests = 5

[limits]
memory_bytes = 1048576

[config.mode]
description = "how eager it is"
values = ["calm", "eager"]

[config.token]
description = "what it is for"
required = true
"#;

fn manifest(text: &str) -> Result<Manifest, String> {
    Manifest::parse(text.as_bytes()).map_err(|error| error.to_string())
}

fn given(text: &str) -> Permissions {
    toml::from_str::<Given>(text).unwrap().permissions()
}

fn grant(permissions: Permissions) -> Grant {
    Grant {
        task: TaskId::derive(&["grant"]),
        kind: TaskKind::Repair,
        agent: AgentRef {
            name: "mender".into(),
            version: "1.2.3".into(),
            digest: Digest::of(b""),
        },
        repository: None,
        commit: None,
        permissions,
        limits: Limits::default(),
        issued: Timestamp(0),
        expires: Timestamp(1000),
    }
}

#[test]
fn what_is_granted_is_what_both_sides_allow() {
    let requested = manifest(MANIFEST).unwrap().requested();
    let granted = given(
        "input = true\nworkspace = { deny = [\"src/secret/**\"] }\nhistory = true\n\
         http = { hosts = [\"index.example.org\", \"a.mirror.example.org\"], requests = 50 }",
    );
    let grant = grant(requested.and(&granted));
    let may = |effect| grant.authorise(effect).is_ok();
    assert!(may(Effect::Input));
    assert!(may(Effect::Read("src/lib.rs")));
    assert!(
        !may(Effect::Read("src/secret/key")),
        "the operator denies it"
    );
    assert!(
        !may(Effect::Read("README.md")),
        "the agent did not ask for it"
    );
    assert!(!may(Effect::History), "granted, but not asked for");
    let request = |host| Effect::Request {
        host,
        port: 443,
        tls: true,
    };
    assert!(may(request("index.example.org")));
    assert!(may(request("a.mirror.example.org")));
    assert!(
        !may(request("b.mirror.example.org")),
        "asked for, not granted"
    );
    let permit = grant.authorise(request("index.example.org")).unwrap();
    assert_eq!(permit.budgets().requests, 5, "the smaller budget");
}

#[test]
fn a_refusal_names_the_rule_and_the_line_that_would_allow_it() {
    let grant = grant(given("workspace = { allow = [\"src/**\"] }"));
    let refusal = grant.authorise(Effect::Read("secret.txt")).unwrap_err();
    assert!(refusal.rule.contains("secret.txt"), "{refusal:?}");
    assert!(
        refusal.remedy.contains("[agents.mender.grant]"),
        "{refusal:?}"
    );
    let refusal = grant.authorise(Effect::History).unwrap_err();
    assert!(refusal.remedy.contains("history = true"), "{refusal:?}");
    let refusal = grant
        .authorise(Effect::Request {
            host: "x.example",
            port: 8443,
            tls: true,
        })
        .unwrap_err();
    assert_eq!(refusal.capability, Capability::Http);
}

#[test]
fn what_is_not_named_is_denied() {
    let nothing = grant(Permissions::none());
    let effects = [
        Effect::Input,
        Effect::List,
        Effect::Read("a"),
        Effect::Run("test"),
        Effect::Complete,
        Effect::History,
        Effect::Request {
            host: "example.org",
            port: 443,
            tls: true,
        },
        Effect::Connect {
            address: [93, 184, 216, 34].into(),
            inside: true,
        },
    ];
    for effect in effects {
        assert!(nothing.authorise(effect).is_err(), "{effect:?}");
    }
    // A capability without a single host reaches no host.
    let http = grant(Permissions::of(&[Capability::Http]));
    assert!(http.authorise(effects[6]).is_err());
}

#[test]
fn a_grant_ends() {
    let grant = grant(Permissions::none());
    assert!(grant.valid_at(Timestamp(999)));
    assert!(!grant.valid_at(Timestamp(1000)));
}

#[test]
fn an_analysis_never_gets_the_tree_or_the_network() {
    let all = Permissions::of(&Capability::ALL).only(needs(TaskKind::Analyze));
    let has: Vec<_> = all.capabilities.keys().collect();
    assert_eq!(has, [&Capability::Input, &Capability::History]);
}

#[test]
fn a_manifest_that_says_nonsense_is_refused_in_words() {
    for (from, to, word) in [
        ("manifest = 1", "manifest = 2", "manifest = 2"),
        ("manifest = 1", "", "manifest = 1"),
        ("mender", "Mender!", "name:"),
        ("1.2.3", "latest", "version:"),
        ("[\"repair\"]", "[]", "kinds:"),
        ("[\"repair\"]", "[\"destroy\"]", "destroy"),
        ("reads the log", " ", "capabilities.input.reason"),
        ("reads the log", "reads\\u0007", "capabilities.input.reason"),
        ("[capabilities.input]", "[capabilities.root]", "root"),
        ("index.example.org", "*", "host pattern"),
        ("src/**", "src/{", "path pattern"),
        ("requests = 5", "requests = 5\nsudo = true", "sudo"),
        ("[config.mode]", "[config.mode]\nkind = 1", "kind"),
    ] {
        assert!(MANIFEST.contains(from), "{from}");
        let error = manifest(&MANIFEST.replacen(from, to, 1)).unwrap_err();
        assert!(error.contains(word), "{from} -> {to}: {error}");
    }
    let long = format!("{MANIFEST}\n#{}", "x".repeat(70_000));
    assert!(manifest(&long).unwrap_err().contains("limit"));
}

#[test]
fn settings_are_those_the_manifest_declares() {
    let manifest = manifest(MANIFEST).unwrap();
    let check = |settings: &[(&str, &str)]| {
        let settings: BTreeMap<String, String> = settings
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect();
        manifest.check_settings(&settings)
    };
    assert_eq!(check(&[("token", "t"), ("mode", "calm")]), Ok(()));
    assert!(check(&[]).unwrap_err().contains("`token`"));
    assert!(
        check(&[("token", "t"), ("mode", "wild")])
            .unwrap_err()
            .contains("calm, eager")
    );
    assert!(
        check(&[("tokn", "t")])
            .unwrap_err()
            .contains("no setting `tokn`")
    );
}

#[test]
fn an_upgrade_says_what_more_it_asks_for() {
    let former = manifest(MANIFEST).unwrap();
    let asks = |from: &str, to: &str| {
        assert!(MANIFEST.contains(from), "{from}");
        manifest(&MANIFEST.replacen(from, to, 1))
            .unwrap()
            .asks_more_than(&former)
    };
    assert!(asks("1.2.3", "1.2.4").is_empty());
    assert!(asks("requests = 5", "requests = 4").is_empty());
    assert!(asks("memory_bytes = 1048576", "memory_bytes = 1024").is_empty());
    for (from, to, word) in [
        ("requests = 5", "requests = 6", "6 requests"),
        ("requests = 5", "", "32 requests"),
        ("\"index.example.org\"", "\"evil.example\"", "evil.example"),
        ("paths = [\"src/**\"]", "", "paths"),
        ("paths = [\"src/**\"]", "paths = [\"**\"]", "paths"),
        ("[\"repair\"]", "[\"repair\", \"optimize\"]", "optimize"),
        (
            "memory_bytes = 1048576",
            "memory_bytes = 2097152",
            "memory_bytes",
        ),
        ("memory_bytes = 1048576", "", "memory_bytes"),
        (
            "[limits]",
            "[capabilities.model]\nreason = \"asks a model\"\n[limits]",
            "model: asks a model",
        ),
    ] {
        let more = asks(from, to).join("; ");
        assert!(more.contains(word), "{to}: {more}");
    }
}

#[test]
fn limits_are_lowered_and_never_raised() {
    let ceiling = Limits::default();
    let asked = manifest(MANIFEST).unwrap().limits.within(&ceiling);
    assert_eq!(asked.memory_bytes, 1_048_576);
    let greedy = MANIFEST.replace("1048576", "99999999999");
    let asked = manifest(&greedy).unwrap().limits.within(&ceiling);
    assert_eq!(asked, ceiling);
}

fn permissions() -> impl Strategy<Value = Permissions> {
    let capability = prop::sample::select(Capability::ALL.to_vec());
    let budgets = (0u32..50, 0u64..50, 0u64..50).prop_map(|(requests, bytes, tokens)| Budgets {
        requests,
        bytes,
        tokens,
    });
    let globs = || {
        let glob = prop::sample::select(vec!["src/**", "**/*.rs", "a/*", "**"]);
        prop::collection::vec(glob.prop_map(str::to_owned), 0..3)
            .prop_map(|globs| Globs::compile(globs).unwrap())
    };
    let path = (globs(), globs()).prop_map(|(allow, deny)| PathRule { allow, deny });
    let host = prop::sample::select(vec!["a.example", "*.a.example", "http://b.example:81"]);
    let hosts = prop::collection::vec(host, 0..3).prop_map(|hosts| HostRule {
        hosts: hosts
            .into_iter()
            .map(|host| HostPattern::parse(host).unwrap())
            .collect(),
    });
    (
        prop::collection::btree_map(capability, budgets, 0..6),
        prop::collection::vec(path, 0..2),
        prop::collection::vec(hosts, 0..2),
    )
        .prop_map(|(capabilities, paths, hosts)| Permissions {
            capabilities,
            paths,
            hosts,
        })
}

fn effects() -> impl Strategy<Value = Effect<'static>> {
    let path = prop::sample::select(vec!["src/lib.rs", "a/b", "a/b/c", "README.md", "src"]);
    let host = prop::sample::select(vec!["a.example", "x.a.example", "b.example", "c.example"]);
    let port = prop::sample::select(vec![443u16, 80, 81]);
    prop_oneof![
        Just(Effect::Input),
        Just(Effect::List),
        Just(Effect::Complete),
        Just(Effect::History),
        path.prop_map(Effect::Read),
        (host, port, any::<bool>()).prop_map(|(host, port, tls)| Effect::Request {
            host,
            port,
            tls
        }),
    ]
}

proptest! {
    /// Whatever both are, what they allow together neither of them denies.
    #[test]
    fn an_intersection_allows_nothing_that_either_side_denies(
        one in permissions(), other in permissions(), effect in effects()
    ) {
        let both = grant(one.and(&other)).authorise(effect);
        let each = [grant(one).authorise(effect), grant(other).authorise(effect)];
        if let Ok(permit) = &both {
            for side in each {
                let side = side.expect("both sides allow it");
                prop_assert!(permit.budgets().requests <= side.budgets().requests);
                prop_assert!(permit.budgets().bytes <= side.budgets().bytes);
                prop_assert!(permit.budgets().tokens <= side.budgets().tokens);
            }
        }
    }

    /// The other way round, a host needs to be named by somebody.
    #[test]
    fn what_both_sides_allow_is_allowed(
        one in permissions(), other in permissions(), effect in effects()
    ) {
        let both = grant(one.and(&other)).authorise(effect);
        let each = [grant(one).authorise(effect), grant(other).authorise(effect)];
        if each.iter().all(Result::is_ok) {
            prop_assert!(both.is_ok());
        }
    }

    #[test]
    fn any_bytes_are_a_manifest_or_a_refusal(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = Manifest::parse(&bytes);
    }

    /// Of a valid manifest any part may be missing, doubled or another.
    #[test]
    fn a_mutated_manifest_never_panics(
        at in 0..MANIFEST.len(), length in 0usize..40, with in "[\\PC\n]{0,20}"
    ) {
        let mut bytes = MANIFEST.as_bytes().to_vec();
        let end = (at + length).min(bytes.len());
        bytes.splice(at..end, with.bytes());
        if let Ok(manifest) = Manifest::parse(&bytes) {
            let json = serde_json::to_string(&manifest).unwrap();
            let back: Manifest = serde_json::from_str(&json).unwrap();
            prop_assert_eq!(back, manifest);
        }
    }
}
