//! What a log says went wrong.

use serde::{Deserialize, Serialize};

use crate::ids::Fingerprint;

/// The cause a log shows, not the name of the CI step that showed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureClass {
    Format,
    Lint,
    Compile,
    TypeCheck,
    TestFailure,
    DependencyResolution,
    Lockfile,
    FlakyOrInfraNetwork,
    Timeout,
    OomOrDisk,
    PermissionOrSecret,
    ConfigOrWorkflowSyntax,
    DockerBuild,
    Deployment,
    Unknown,
}

impl FailureClass {
    /// As people and `--json` read it.
    pub fn as_str(self) -> &'static str {
        use FailureClass::*;
        match self {
            Format => "format",
            Lint => "lint",
            Compile => "compile",
            TypeCheck => "type_check",
            TestFailure => "test_failure",
            DependencyResolution => "dependency_resolution",
            Lockfile => "lockfile",
            FlakyOrInfraNetwork => "flaky_or_infra_network",
            Timeout => "timeout",
            OomOrDisk => "oom_or_disk",
            PermissionOrSecret => "permission_or_secret",
            ConfigOrWorkflowSyntax => "config_or_workflow_syntax",
            DockerBuild => "docker_build",
            Deployment => "deployment",
            Unknown => "unknown",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    Low,
    Medium,
    High,
    Critical,
}

/// A line of a log; `number` is 1-based and counts `\n` in the file as given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyLine {
    pub number: u64,
    pub text: String,
}

/// A place as the log names it: the path may be absolute on the CI machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Location {
    pub path: String,
    pub line: Option<u32>,
    #[serde(default)]
    pub column: Option<u32>,
}

/// A fact outside the fixed fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attribute {
    pub key: String,
    pub value: String,
}

/// One thing that went wrong, as LogAnalyzer reads it. Advice from an
/// untrusted component about an untrusted text: nothing acts on it without a
/// decision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    pub class: FailureClass,
    pub severity: Severity,
    /// From 0 to 1, finite.
    pub confidence: f64,
    pub key_lines: Vec<KeyLine>,
    pub command: Option<String>,
    pub tool: Option<String>,
    pub location: Option<Location>,
    pub fingerprint: Fingerprint,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attributes: Vec<Attribute>,
}

/// Failures read from one log: more than this are noise, and the least likely
/// are dropped.
pub const MAX_FAILURES: usize = 50;

/// Key lines kept of one failure.
pub const MAX_KEY_LINES: usize = 60;

/// Bytes kept of any one text of a failure: a minified file is one line.
pub const MAX_TEXT_BYTES: usize = 4096;

/// Attributes kept of one failure.
pub const MAX_ATTRIBUTES: usize = 32;
