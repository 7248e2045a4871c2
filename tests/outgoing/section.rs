//! `[agents.NAME]` and `[roles]` of the configuration.

use sentinel::config::{Config, EXAMPLE};
use sentinel::grant::{Capability, HostPattern};

fn parse(text: &str) -> Result<Config, String> {
    Config::parse(text).map_err(|error| error.to_string())
}

fn refused(text: &str) -> String {
    parse(text).expect_err(text)
}

const DOCTOR: &str = r#"
[agents.doctor]
component = "doctor.wasm"
settings = { ecosystem = "npm" }
limits = { wall_ms = 10000 }
[agents.doctor.grant]
input = true
http = { hosts = ["registry.example.com"], inside = ["http://npm.corp.example:8080"], requests = 3 }
[[agents.doctor.credentials]]
host = "registry.example.com"
header = "authorization"
scheme = "Bearer"
value = { env = "TOKEN" }
[[agents.doctor.credentials]]
host = "http://npm.corp.example:8080"
header = "x-key"
value = { file = "/key" }
[roles]
repair = "doctor"
"#;

#[test]
fn a_section_is_read() {
    let config = parse(DOCTOR).unwrap();
    let doctor = &config.agents["doctor"];
    let given = doctor.grant.as_ref().unwrap().permissions();
    assert_eq!(given.capabilities[&Capability::Http].requests, 3);
    assert!(given.has(Capability::Input) && !given.has(Capability::Workspace));
    assert_eq!(given.hosts[0].hosts.len(), 2);
    assert_eq!(doctor.limits.wall_ms, Some(10_000));
    assert_eq!(doctor.credentials.len(), 2);
    assert_eq!(config.roles.repair.as_deref(), Some("doctor"));
    let inside = HostPattern::parse("http://npm.corp.example:8080").unwrap();
    assert_eq!(doctor.grant.as_ref().unwrap().inside(), [inside]);
}

#[test]
fn what_is_wrong_is_said_with_what_was_meant() {
    for (text, expected) in [
        ("[roles]\nrepair = \"patchbt\"", "did you mean `patchbot`?"),
        ("[roles]\nrepairs = \"patchbot\"", "did you mean `repair`?"),
        ("[agents.patchbt]", "did you mean `patchbot`?"),
        ("[agents.mine]", "component = \"mine.wasm\""),
        ("[agents.patchbot]\ngrants = {}", "did you mean `grant`?"),
        (
            "[agents.patchbot.grant]\nnetwork = true",
            "unknown field `network`",
        ),
        ("[agents.patchbot.grant]\nhttp = true", "name the hosts"),
        (
            "[agents.patchbot.grant]\nhttp = { hosts = [\"*.com\"] }",
            "two labels",
        ),
        (
            "[agents.patchbot.grant]\nhttp = { hosts = [\"a/b\"] }",
            "host pattern",
        ),
        (
            "[agents.patchbot.grant]\nhttp = { hostz = [\"a\"] }",
            "hostz",
        ),
        (
            "[agents.patchbot.grant]\nworkspace = { allow = [\"[\"] }",
            "path pattern",
        ),
        (
            "[agents.patchbot.limits]\nwall = 3",
            "did you mean `wall_ms`?",
        ),
    ] {
        let error = refused(text);
        assert!(error.contains(expected), "{text}: {error}");
    }
}

#[test]
fn credentials_that_cannot_be_meant_are_refused() {
    let with = |host: &str, granted: &str| {
        format!(
            "[agents.patchbot.grant]\nhttp = {granted}\n[[agents.patchbot.credentials]]\n\
             host = \"{host}\"\nheader = \"authorization\"\nvalue = {{ env = \"X\" }}"
        )
    };
    for (host, granted, expected) in [
        (
            "*.example.com",
            "{ hosts = [\"*.example.com\"] }",
            "one host, without `*.`",
        ),
        (
            "example.com",
            "{ hosts = [\"example.org\"] }",
            "never be attached",
        ),
        (
            "example.com:8443",
            "{ hosts = [\"example.com\"] }",
            "never be attached",
        ),
        (
            "http://example.com",
            "{ hosts = [\"http://example.com\"] }",
            "without TLS",
        ),
        ("example.com", "false", "never be attached"),
    ] {
        let error = refused(&with(host, granted));
        assert!(error.contains(expected), "{host} {granted}: {error}");
    }
    parse(&with("a.example.com", "{ hosts = [\"*.example.com\"] }")).unwrap();
    parse(&with(
        "http://example.com",
        "{ inside = [\"http://example.com\"] }",
    ))
    .unwrap();
    // A secret is never written in the file.
    let literal = with("example.com", "{ hosts = [\"example.com\"] }")
        .replace("{ env = \"X\" }", "\"hunter2\"");
    refused(&literal);
}

/// What the example shows commented out is right when it is not.
#[test]
fn the_example_is_right_with_its_agents() {
    parse(EXAMPLE).unwrap();
    let at = EXAMPLE.find("#[agents.").expect("the example shows agents");
    let shown = EXAMPLE[at..]
        .lines()
        .map(|line| match line.strip_prefix('#') {
            Some(line) if !line.starts_with(' ') => line,
            Some(_) | None => "",
        });
    let shown: Vec<&str> = shown.collect();
    let config = parse(&shown.join("\n")).unwrap();
    assert_eq!(config.agents["dependency-doctor"].credentials.len(), 1);
    assert_eq!(config.roles.repair.as_deref(), Some("dependency-doctor"));
}
