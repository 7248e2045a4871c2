//! The smallest grant a run needed, as configuration.

use crate::grant::Capability;
use crate::sandbox::{Report, Uses};

/// Paths listed one by one; more become a pattern for each top directory.
const MAX_PATHS: usize = 20;

/// `[agents.NAME.grant]` with what was really used.
pub(super) fn grant(name: &str, report: &Report) -> String {
    let mut out = format!("[agents.{name}.grant]\n");
    for capability in Capability::ALL {
        if let Some(value) = value(capability, report) {
            out += &format!("{capability} = {value}\n");
        }
    }
    for capability in &report.unused {
        out += &format!("# {capability} was granted and not used\n");
    }
    out
}

fn value(capability: Capability, report: &Report) -> Option<String> {
    let uses = report.uses.get(&capability)?;
    Some(match capability {
        Capability::Workspace => match paths(&report.uses) {
            paths if paths.is_empty() => "true".to_owned(),
            paths => format!("{{ allow = [{}] }}", quoted(&paths)),
        },
        Capability::Http => {
            let hosts: Vec<String> = uses.iter().cloned().collect();
            format!("{{ hosts = [{}] }}", quoted(&hosts))
        }
        Capability::Input | Capability::Runner | Capability::Model | Capability::History => {
            "true".to_owned()
        }
    })
}

/// The paths that were read, or patterns that hold them.
fn paths(uses: &Uses) -> Vec<String> {
    let Some(read) = uses.get(&Capability::Workspace) else {
        return Vec::new();
    };
    if read.len() <= MAX_PATHS {
        return read.iter().map(|path| globset::escape(path)).collect();
    }
    let mut patterns: Vec<String> = read
        .iter()
        .map(|path| match path.split_once('/') {
            Some((top, _)) => format!("{}/**", globset::escape(top)),
            None => globset::escape(path),
        })
        .collect();
    patterns.sort();
    patterns.dedup();
    patterns
}

fn quoted(values: &[String]) -> String {
    let quoted: Vec<String> = values
        .iter()
        .map(|value| toml::Value::String(value.clone()).to_string())
        .collect();
    quoted.join(", ")
}
