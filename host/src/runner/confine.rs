//! The Landlock tier's last step: this process takes on what holds the
//! command, then becomes it.

use std::ffi::OsString;
use std::io::{Error, Result};
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use landlock::{
    ABI, Access as _, AccessFs, AccessNet, CompatLevel, Compatible as _, PathBeneath, PathFd,
    Ruleset, RulesetAttr as _, RulesetCreated, RulesetCreatedAttr as _, RulesetStatus, Scope,
};
use serde::{Deserialize, Serialize};

use super::enter::input;
use super::settings::Tier;
use super::{seccomp, system, wire};

/// The first Landlock that keeps signals and abstract sockets inside (Linux
/// 6.12). With less a command could end the service.
const NEEDED: ABI = ABI::V6;

/// What the command may reach, and the command.
#[derive(Debug, Serialize, Deserialize)]
pub struct Confine {
    pub argv: Vec<String>,
    pub read: Vec<PathBuf>,
    pub write: Vec<PathBuf>,
    pub shared_user: bool,
}

pub fn confine() -> Result<()> {
    let confine: Confine = wire::read_json(&mut input()?)?;
    restrict(&confine).map_err(Error::other)?;
    let filter = seccomp::program(Tier::Landlock, confine.shared_user).map_err(Error::other)?;
    seccompiler::apply_filter(&filter).map_err(Error::other)?;
    let Some((program, arguments)) = confine.argv.split_first() else {
        return Err(Error::other("the command is empty"));
    };
    let mut command = Command::new(OsString::from(program));
    // Only returns if it fails.
    let error = command.args(arguments).stdin(Stdio::null()).exec();
    Err(Error::new(error.kind(), format!("{program}: {error}")))
}

fn restrict(confine: &Confine) -> std::result::Result<(), landlock::RulesetError> {
    let everything = AccessFs::from_all(NEEDED);
    let read = AccessFs::from_read(NEEDED);
    let mut rules = Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(everything)?
        .handle_access(AccessNet::from_all(NEEDED))?
        .scope(Scope::from_all(NEEDED))?
        .create()?;
    for root in system::ROOTS.iter().chain(&system::STORES) {
        rules = allow(rules, root.into(), read)?;
    }
    for path in (system::ETC.iter())
        .chain(&system::ACCOUNTS)
        .chain(&system::PROC)
    {
        rules = allow(rules, path.into(), read)?;
    }
    for path in &confine.read {
        rules = allow(rules, path.clone(), read)?;
    }
    for path in system::DEVICES {
        let device = AccessFs::ReadFile | AccessFs::WriteFile;
        rules = allow(rules, path.into(), device)?;
    }
    for path in &confine.write {
        rules = allow(rules, path.clone(), everything)?;
    }
    let status = rules.restrict_self()?;
    assert_eq!(
        status.ruleset,
        RulesetStatus::FullyEnforced,
        "a hard requirement is enforced or an error"
    );
    Ok(())
}

/// What is not there is not allowed either.
fn allow(
    rules: RulesetCreated,
    path: PathBuf,
    access: landlock::BitFlags<AccessFs>,
) -> std::result::Result<RulesetCreated, landlock::RulesetError> {
    let file = path.metadata().is_ok_and(|found| !found.is_dir());
    let access = match file {
        // A directory's rights on a file are an error.
        true => access & AccessFs::from_file(NEEDED),
        false => access,
    };
    match PathFd::new(&path) {
        Ok(opened) => rules.add_rule(PathBeneath::new(opened, access)),
        Err(_) => Ok(rules),
    }
}
