//! What no model may touch, and no model is asked about.

use sentinel_sdk::{Failure, FailureClass};

use super::answer::named;
use crate::candidate::protected;
use crate::transcript::Transcript;

/// Words of a path that say it is about security. Whole words only: an
/// `author.py` is none of them.
const SENSITIVE_WORDS: &[&str] = &[
    "acl",
    "allowlist",
    "auth",
    "authn",
    "authz",
    "authentication",
    "authenticator",
    "authenticate",
    "authorization",
    "authorize",
    "cert",
    "certs",
    "certificate",
    "certificates",
    "cipher",
    "cors",
    "credential",
    "credentials",
    "crypto",
    "cryptography",
    "csp",
    "csrf",
    "decrypt",
    "encrypt",
    "encryption",
    "firewall",
    "hmac",
    "iam",
    "jwt",
    "kms",
    "ldap",
    "login",
    "mfa",
    "oauth",
    "oauth2",
    "oidc",
    "otp",
    "passwd",
    "password",
    "passwords",
    "payment",
    "payments",
    "permission",
    "permissions",
    "policies",
    "policy",
    "privilege",
    "privileges",
    "rbac",
    "saml",
    "sandbox",
    "sanitize",
    "sanitizer",
    "seccomp",
    "secret",
    "secrets",
    "security",
    "session",
    "sessions",
    "signature",
    "signin",
    "signing",
    "ssh",
    "ssl",
    "sso",
    "sudo",
    "tls",
    "totp",
    "vault",
    "webauthn",
];

/// Names of files that decide what is run, installed or reviewed, whatever
/// follows a dot. In lower case.
const OBEYED_STEMS: &[&str] = &[
    "appveyor",
    "azure-pipelines",
    "bitbucket-pipelines",
    "codeowners",
    "containerfile",
    "docker-compose",
    "dockerfile",
    "gemfile",
    "gradlew",
    "jenkinsfile",
    "justfile",
    "makefile",
    "mvnw",
    "pipfile",
    "procfile",
    "vagrantfile",
];

/// The same, of files that are data or scripts of a build: a `go.rs` or a
/// `package.ts` is code like any other.
const BUILD_STEMS: &[&str] = &[
    "build",
    "cargo",
    "compose",
    "conanfile",
    "go",
    "gradle",
    "noxfile",
    "package",
    "package-lock",
    "pnpm-lock",
    "poetry",
    "pom",
    "pyproject",
    "requirements",
    "rust-toolchain",
    "sentinel",
    "setup",
    "tox",
    "uv",
    "yarn",
];

/// Kinds of files of a build, and kinds that are a person's whatever they are
/// called.
const DATA_KINDS: &[&str] = &[
    "", "cfg", "gradle", "json", "kts", "lock", "mod", "sum", "toml", "txt", "xml", "yaml", "yml",
];
const SENSITIVE_KINDS: &[&str] = &[
    "bat", "cer", "cmd", "crt", "env", "hcl", "jks", "key", "kdbx", "keystore", "lock", "p12",
    "pem", "pfx", "ps1", "rego", "sh", "tf", "tfvars",
];

/// Directories that hold what CI, editors and agents obey.
const SENSITIVE_DIRECTORIES: &[&str] = &[
    "ansible",
    "ci",
    "deploy",
    "helm",
    "infra",
    "k8s",
    "kubernetes",
    "migrations",
    "scripts",
    "terraform",
    "vendor",
    "node_modules",
    "workflows",
];

/// Directories of tests, and what tests are called: as the host has them.
const TEST_DIRECTORIES: &[&str] = &[
    "test",
    "tests",
    "spec",
    "specs",
    "__tests__",
    "__snapshots__",
    "testing",
    "testdata",
    "fixtures",
    "e2e",
    "cypress",
    "golden",
    "snapshots",
];

/// Programs that look for weaknesses. What they find is for a person.
const SCANNERS: &[&str] = &[
    "audit",
    "bandit",
    "brakeman",
    "checkov",
    "codeql",
    "cosign",
    "dependency-check",
    "detect-secrets",
    "gitleaks",
    "gosec",
    "grype",
    "kics",
    "osv-scanner",
    "pip-audit",
    "safety",
    "semgrep",
    "snyk",
    "syft",
    "tfsec",
    "trivy",
    "trufflehog",
    "zizmor",
    "cargo-audit",
    "cargo-deny",
    "npm-audit",
    "secretlint",
    "ggshield",
];

/// What names a published weakness.
const ADVISORIES: &[&str] = &["CVE-", "GHSA-", "RUSTSEC-", "CWE-", "PYSEC-"];

/// Whether a model may be asked about a failure at all; the reason where not.
pub fn eligible(failures: &[Failure], printed: &Transcript, command: &str) -> Result<(), String> {
    if failures.is_empty() {
        return Err("nothing is known of the failure".to_owned());
    }
    if let Some(class) = failures.iter().find_map(|failure| excluded(&failure.class)) {
        return Err(format!("a failure of {class} is no model's to mend"));
    }
    let named = |text: &str| words(text).find(|word| SCANNERS.contains(&word.as_str()));
    let tools = failures
        .iter()
        .filter_map(|failure| failure.tool.as_deref());
    if let Some(scanner) = tools.chain([command]).find_map(named) {
        return Err(format!(
            "what {scanner} finds is about security, and a person's to mend"
        ));
    }
    let lines = printed.failed().flat_map(|(_, step)| step.output.lines());
    let mut lines = lines.map(|line| String::from_utf8_lossy(line.text));
    let advisory = |line: &str| ADVISORIES.iter().find(|mark| numbered(line, mark)).copied();
    match lines.find_map(|line| advisory(&line)) {
        Some(mark) => Err(format!(
            "the output names an advisory ({mark}…), and a person mends such"
        )),
        None => Ok(()),
    }
}

/// `CVE-2024-…`, and no option that is called like it.
fn numbered(line: &str, mark: &str) -> bool {
    let mut found = line.match_indices(mark);
    found.any(|(at, _)| line[at + mark.len()..].starts_with(|c: char| c.is_ascii_alphanumeric()))
}

/// Words between white space and slashes, in lower case.
fn words(text: &str) -> impl Iterator<Item = String> {
    let words = text.split(|c: char| c.is_whitespace() || "/\\;&|()'\"".contains(c));
    words.filter(|word| !word.is_empty()).map(str::to_lowercase)
}

/// Classes that no edit of code mends, or none by a guess. Exhaustive on
/// purpose: a new class needs a thought.
fn excluded(class: &FailureClass) -> Option<&'static str> {
    match class {
        FailureClass::Format
        | FailureClass::Lint
        | FailureClass::Compile
        | FailureClass::TypeCheck
        | FailureClass::TestFailure
        | FailureClass::Unknown => None,
        FailureClass::PermissionOrSecret => Some("a permission or a secret"),
        FailureClass::DependencyResolution => Some("dependencies"),
        FailureClass::Lockfile => Some("a lock file"),
        FailureClass::FlakyOrInfraNetwork => Some("a network"),
        FailureClass::Timeout => Some("a time limit"),
        FailureClass::OomOrDisk => Some("memory or disk"),
        FailureClass::ConfigOrWorkflowSyntax => Some("a workflow's configuration"),
        FailureClass::DockerBuild => Some("a container's build"),
        FailureClass::Deployment => Some("a deployment"),
        FailureClass::Other(_) => Some("an unknown kind"),
    }
}

/// Refuses a path that no model may edit.
pub fn path(path: &str) -> Result<(), String> {
    let path_named = named(path);
    // `..`, `.git…`, empty parts, backslashes, control characters.
    if protected(path) || path.starts_with('/') {
        return Err(format!(
            "it edits {path_named}, a protected path or none at all"
        ));
    }
    if is_test(path) {
        return Err(format!("it edits {path_named}, which is a test's"));
    }
    match sensitive(path) {
        Some(why) => Err(format!("it edits {path_named}, {why}")),
        None => Ok(()),
    }
}

/// Whether a path belongs to a test or holds what one expects.
pub fn is_test(path: &str) -> bool {
    let lower = path.to_lowercase();
    let (directories, file) = lower.rsplit_once('/').unwrap_or(("", &lower));
    let stem = file.split('.').next().unwrap_or_default();
    let dotted = |part: &str| file.contains(&format!(".{part}."));
    directories
        .split('/')
        .any(|part| TEST_DIRECTORIES.contains(&part))
        || stem.starts_with("test_")
        || ["_test", "_tests", "_spec", "test", "tests"]
            .iter()
            .any(|end| stem.ends_with(end))
        || stem == "conftest"
        || dotted("test")
        || dotted("spec")
        || dotted("cy")
        || file.ends_with(".snap")
}

/// Why a path is a person's to edit: what it is called.
pub fn sensitive(path: &str) -> Option<&'static str> {
    let lower = path.to_lowercase();
    let (directories, file) = lower.rsplit_once('/').unwrap_or(("", &lower));
    let (stem, kind) = file.split_once('.').unwrap_or((file, ""));
    let kind = kind.rsplit('.').next().unwrap_or_default();
    let hidden = lower.split('/').any(|part| part.starts_with('.'));
    let obeyed = directories
        .split('/')
        .any(|part| SENSITIVE_DIRECTORIES.contains(&part));
    let data = DATA_KINDS.contains(&kind) || kind == "py" || stem == "build" && kind == "rs";
    let builds = OBEYED_STEMS.contains(&stem) || BUILD_STEMS.contains(&stem) && data;
    let about = path_words(path).any(|word| SENSITIVE_WORDS.contains(&word.as_str()));
    match () {
        () if about => Some("whose name says that it is about security"),
        () if hidden || obeyed => Some("which configures what other programs do"),
        () if builds || SENSITIVE_KINDS.contains(&kind) => {
            Some("which decides what is run or installed")
        }
        () if stem == "agents" || stem == "claude" || stem == "gemini" => {
            Some("which instructs agents")
        }
        () => None,
    }
}

/// The words of a path: split at what is no letter or digit, and where a
/// capital follows a small letter.
fn path_words(path: &str) -> impl Iterator<Item = String> {
    let mut split = String::with_capacity(path.len() + 8);
    let mut before = ' ';
    for letter in path.chars() {
        if before.is_lowercase() && letter.is_uppercase() {
            split.push(' ');
        }
        split.push(if letter.is_alphanumeric() {
            letter
        } else {
            ' '
        });
        before = letter;
    }
    let words: Vec<String> = split.split_whitespace().map(str::to_lowercase).collect();
    words.into_iter()
}
