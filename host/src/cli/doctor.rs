//! `sentinel doctor`

mod models;
mod runner;

use std::path::Path;
use std::process::{Command, ExitCode};

use clap::Args;
use serde::Serialize;

use super::compose;
use super::render::{json, line, print};
use crate::config::{Config, EXAMPLE};
use crate::forge::github::{Auth, GitHub, Secret, Settings};
use crate::ids::{ForgeKind, Repository};
use crate::store::make_directory;

#[derive(Args)]
pub struct Options {
    /// The configuration to check, if there is one.
    #[arg(long, env = "SENTINEL_CONFIG")]
    config: Option<std::path::PathBuf>,
    /// Print a configuration to start from.
    #[arg(long)]
    example: bool,
    /// One JSON object instead of text.
    #[arg(long)]
    json: bool,
}

/// One thing that was tried.
#[derive(Serialize)]
struct Check {
    name: &'static str,
    ok: bool,
    /// What was found.
    found: String,
    /// How to mend it.
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<String>,
    /// Nothing stops without it.
    optional: bool,
}

impl Check {
    fn good(name: &'static str, found: impl Into<String>) -> Check {
        Check {
            name,
            ok: true,
            found: found.into(),
            remedy: None,
            optional: false,
        }
    }

    fn bad(name: &'static str, found: impl Into<String>, remedy: impl Into<String>) -> Check {
        let remedy = Some(remedy.into());
        Check {
            name,
            ok: false,
            found: found.into(),
            remedy,
            optional: false,
        }
    }
}

pub(super) async fn run(options: Options) -> anyhow::Result<ExitCode> {
    if options.example {
        print(EXAMPLE);
        return Ok(ExitCode::SUCCESS);
    }
    let mut checks = vec![
        program(
            "git",
            "local repositories and `sentinel fix` need it",
            "apt-get install git",
        ),
        Check {
            optional: true,
            ..program(
                "rustfmt",
                "`sentinel demo` needs it",
                "rustup component add rustfmt",
            )
        },
        sandbox().await,
    ];
    checks.extend(runner::checks(options.config.as_deref()).await);
    match &options.config {
        Some(path) => checks.extend(configuration(path).await),
        None => checks.push(Check::good(
            "configuration",
            "none given (--config FILE checks one)",
        )),
    }
    let healthy = checks.iter().all(|check| check.ok || check.optional);
    match options.json {
        true => json(&checks)?,
        false => show(&checks),
    }
    Ok(if healthy {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn show(checks: &[Check]) {
    for check in checks {
        let mark = match (check.ok, check.optional) {
            (true, _) => "ok     ",
            (false, true) => "absent ",
            (false, false) => "MISSING",
        };
        line(&format!("{mark}  {:14} {}", check.name, check.found));
        if let Some(remedy) = &check.remedy {
            line(&format!("         {:14} -> {remedy}", ""));
        }
    }
}

fn program(name: &'static str, why: &str, remedy: &str) -> Check {
    match Command::new(name).arg("--version").output() {
        Ok(output) if output.status.success() => {
            Check::good(name, String::from_utf8_lossy(&output.stdout).trim())
        }
        _ => Check::bad(name, format!("does not run; {why}"), remedy),
    }
}

/// Compiles the agents: the machine's processor and memory are tried too.
async fn sandbox() -> Check {
    let warmed = async {
        let agents = compose::agents(&crate::grant::Limits::default()).await?;
        agents.warm().await?;
        anyhow::Ok(agents)
    };
    match warmed.await {
        Ok(agents) => Check::good(
            "sandbox",
            format!("runs {}, {}", agents.analyzer(), agents.patchbot()),
        ),
        Err(error) => Check::bad("sandbox", format!("{error:#}"), "please report this"),
    }
}

async fn configuration(path: &Path) -> Vec<Check> {
    let config = match Config::load(path) {
        Ok(config) => config,
        Err(error) => {
            let remedy = "mend it; `sentinel doctor --example` prints one to start from";
            return vec![Check::bad("configuration", error.to_string(), remedy)];
        }
    };
    let mut checks = vec![
        Check::good("configuration", path.display().to_string()),
        data_directory(&config),
    ];
    checks.extend(config.local.iter().map(local));
    if let Some(github) = &config.github {
        checks.extend(github_checks(github).await);
    }
    checks.extend(config.gitlab.as_ref().map(gitlab));
    checks.extend(senders(&config));
    checks.extend(models::checks(&config).await);
    checks
}

fn gitlab(config: &crate::config::GitLab) -> Check {
    if config.webhook_token.is_none() && config.webhook_signing_token.is_none() {
        return Check::bad(
            "gitlab",
            "neither webhook_token nor webhook_signing_token is set: nothing would ever come in",
            "set gitlab.webhook_token to the secret token that the webhook has",
        );
    }
    match compose::gitlab(config) {
        Ok(_) => Check::good("gitlab", "the token has the right form"),
        Err(error) => Check::bad("gitlab", format!("{error:#}"), "mend [gitlab]"),
    }
}

/// Jenkins and other senders: whether they can come in, and what they name.
fn senders(config: &Config) -> Vec<Check> {
    let mut checks = Vec::new();
    if !config.jenkins.is_empty() {
        let sealed = compose::jenkins_secrets(config).map(|secrets| secrets.is_empty());
        checks.push(match (sealed, compose::jenkins(config)) {
            (Ok(false), Ok(_)) => Check::good(
                "jenkins",
                format!("{} jobs are configured", config.jenkins.len()),
            ),
            (Ok(true), _) => Check::bad(
                "jenkins",
                "[jenkins_webhook] has no secret: nothing would ever come in",
                "set jenkins_webhook.path_secret, or user and password",
            ),
            (Err(error), _) | (_, Err(error)) => {
                Check::bad("jenkins", format!("{error:#}"), "mend [[jenkins]]")
            }
        });
    }
    if let Err(error) = compose::log_origins(config) {
        let remedy = "mend generic.log_origins";
        checks.push(Check::bad("generic", error.to_string(), remedy));
    }
    checks
}

fn data_directory(config: &Config) -> Check {
    let Some(directory) = &config.data_dir else {
        return Check::bad("data_dir", "not set", "set data_dir or give --data-dir");
    };
    let written = make_directory(directory)
        .map_err(|error| error.to_string())
        .and_then(|()| tempfile::tempfile_in(directory).map_err(|error| error.to_string()));
    match written {
        Ok(_) => Check::good("data_dir", directory.display().to_string()),
        Err(error) => Check::bad(
            "data_dir",
            format!("{}: {error}", directory.display()),
            "make it writable for the user that runs sentinel",
        ),
    }
}

fn local(local: &crate::config::Local) -> Check {
    let git = Command::new("git")
        .arg("-C")
        .arg(&local.path)
        .args(["rev-parse", "--git-dir"])
        .output();
    match git {
        Ok(output) if output.status.success() => Check::good(
            "local",
            format!("{} at {}", local.name, local.path.display()),
        ),
        _ => Check::bad(
            "local",
            format!(
                "{} is no git repository this user may read",
                local.path.display()
            ),
            "correct the path of its [[local]] section",
        ),
    }
}

async fn github_checks(config: &crate::config::GitHub) -> Vec<Check> {
    let mut checks = Vec::new();
    if config.webhook_secret.is_none() && config.poll.is_empty() {
        checks.push(Check::bad(
            "github",
            "neither webhook_secret nor poll is set: nothing would ever come in",
            "set github.webhook_secret to what the webhook has, or github.poll",
        ));
    }
    let secret = |secret: &crate::config::Secret, key: &str| -> anyhow::Result<Secret> {
        Ok(Secret::new(String::from_utf8(secret.read(key)?)?))
    };
    let auth = match (config.app_id, &config.private_key, &config.token) {
        (Some(id), Some(key), None) => {
            secret(key, "github.private_key").map(|private_key_pem| Auth::App {
                id,
                private_key_pem,
            })
        }
        (None, None, Some(token)) => secret(token, "github.token").map(Auth::Token),
        _ => Err(anyhow::anyhow!("either app_id and private_key, or token")),
    };
    let github = auth.and_then(|auth| Ok(GitHub::new(Settings::new(auth).at(&config.api))?));
    match github {
        Err(error) => checks.push(Check::bad("github", format!("{error:#}"), "mend [github]")),
        Ok(github) => {
            for name in &config.poll {
                checks
                    .push(access(&github, &Repository::new(ForgeKind::GitHub, name.clone())).await);
            }
            if config.poll.is_empty() {
                checks.push(Check::good("github", "the credential has the right form"));
            }
        }
    }
    checks
}

async fn access(github: &GitHub, repository: &Repository) -> Check {
    match github.check_access(repository).await {
        Ok(()) => Check::good("github", format!("reaches {repository}")),
        Err(error) => Check::bad(
            "github",
            error.to_string(),
            "install the App on the repository, or give the token access to it",
        ),
    }
}
