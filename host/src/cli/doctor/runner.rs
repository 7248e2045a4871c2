//! Whether failed commands can be run again here, found out by running one in
//! each tier.

use std::path::Path;

use super::Check;
use crate::cli::compose;
use crate::config::Config;
use crate::runner::{Absent, Probe, Runner, Settings, Version};

const NAME: &str = "runner";

/// The tier that works, the better ones that do not and what would get them,
/// and the tools that commands will not find.
pub(super) async fn checks(config: Option<&Path>) -> Vec<Check> {
    // A configuration that does not load is told of where it is checked.
    let config = config
        .and_then(|path| Config::load(path).ok())
        .unwrap_or_default();
    let images = config
        .repositories
        .values()
        .filter(|section| section.image.is_some());
    let (images, settings) = (images.count(), config.runner);
    let probed = tokio::task::spawn_blocking(move || {
        let mut checks = probe(&settings)?;
        checks.extend(network(&settings));
        checks.extend(containers(&settings, images));
        Ok::<_, anyhow::Error>(checks)
    });
    let probed = probed.await;
    match probed {
        Ok(Ok(checks)) => checks,
        Ok(Err(error)) => vec![Check::bad(NAME, format!("{error:#}"), "please report this")],
        Err(panic) => vec![Check::bad(NAME, panic.to_string(), "please report this")],
    }
}

fn probe(settings: &Settings) -> anyhow::Result<Vec<Check>> {
    let runner = compose::runner(settings)?;
    let probe = runner.probe();
    let mut checks = vec![tier(probe)];
    checks.extend(probe.absent.iter().map(absent));
    if let (Some(_), Err(why)) = (probe.tier, &probe.cgroup) {
        let found = format!("no cgroup: {why}; memory is limited for each process alone");
        let remedy = "systemd: Delegate=yes in the service's unit";
        checks.push(optional(Check::bad(NAME, found, remedy)));
    }
    checks.extend(left_out(&runner));
    Ok(checks)
}

/// Whether anything has a network, and which hosts it reaches.
fn network(settings: &Settings) -> Option<Check> {
    let hosts = settings
        .registries
        .iter()
        .chain(&settings.registries_inside);
    let hosts: Vec<String> = hosts.map(ToString::to_string).collect();
    let found = format!("prepare steps and lock files reach {}", hosts.join(", "));
    (!hosts.is_empty()).then(|| Check::good(NAME, found))
}

/// Whether containers run, where some repository has an image.
fn containers(settings: &Settings, images: usize) -> Option<Check> {
    if images == 0 {
        return None;
    }
    Some(match crate::runner::engine(&settings.containers) {
        Ok(engine) => Check::good(
            NAME,
            format!(
                "{} answers, for {images} repositories with an image",
                engine.join(" ")
            ),
        ),
        Err(why) => Check::bad(
            NAME,
            format!("{images} repositories have an image, and no container runs: {why}"),
            "install podman or docker, or name one in runner.containers",
        ),
    })
}

fn tier(probe: &Probe) -> Check {
    let cgroup = match probe.cgroup {
        Ok(Version::One) => ", cgroup version 1",
        Ok(Version::Two) => ", cgroup version 2",
        Err(_) => "",
    };
    match probe.tier {
        Some(tier) => Check::good(
            NAME,
            format!(
                "commands run in {}{cgroup}, without a network; a shell took {} ms",
                tier.as_str(),
                probe.took.as_millis()
            ),
        ),
        None => optional(Check::bad(
            NAME,
            "no tier works: commands are not run, changes are not validated",
            "one of the following",
        )),
    }
}

fn absent(absent: &Absent) -> Check {
    let found = format!("{} does not work: {}", absent.tier.as_str(), absent.why);
    optional(Check::bad(NAME, found, absent.remedy))
}

fn left_out(runner: &Runner) -> Option<Check> {
    let one = |left: &crate::runner::LeftOut| format!("{} ({})", left.path.display(), left.why);
    let left: Vec<String> = runner.tools().left_out.iter().map(one).collect();
    let remedy = "name another directory in runner.path, or move the tool out of there";
    match left.is_empty() {
        true => None,
        false => Some(optional(Check::bad(
            NAME,
            format!("tools that commands do not find: {}", left.join(", ")),
            remedy,
        ))),
    }
}

fn optional(check: Check) -> Check {
    Check {
        optional: true,
        ..check
    }
}
