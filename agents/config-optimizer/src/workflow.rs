//! What is looked for in a GitHub Actions workflow.

use crate::yaml::{At, Broken, Document};

/// Something worth a reader's time, and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// 1-based.
    pub line: u32,
    pub kind: Kind,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A job that may run as long as the forge lets it.
    NoTimeout { job: String },
    /// Somebody else's code, by a name that they may move.
    Unpinned { action: String },
    /// No YAML, or none that GitHub takes.
    Broken { column: u32, reason: String },
}

/// Looks over one workflow file.
pub fn look_over(text: &str) -> Vec<Finding> {
    let document = match Document::parse(text) {
        Ok(document) => document,
        Err(broken) => return vec![broken.into()],
    };
    let jobs = document.root().and_then(|root| root.get("jobs"));
    let mut findings: Vec<Finding> = jobs
        .into_iter()
        .flat_map(At::pairs)
        .flat_map(|(name, job)| look_at(name, job))
        .collect();
    // One anchored job or step may be met more than once.
    findings.sort_by_key(|finding| finding.line);
    findings.dedup();
    findings
}

impl From<Broken> for Finding {
    fn from(broken: Broken) -> Self {
        Finding {
            line: broken.line,
            kind: Kind::Broken {
                column: broken.column,
                reason: broken.reason,
            },
        }
    }
}

fn look_at(name: At, job: At) -> Vec<Finding> {
    // A job that calls a reusable workflow takes no time-out of its own.
    if let Some(called) = job.get("uses") {
        return unpinned(called).into_iter().collect();
    }
    let mut findings = Vec::new();
    if job.get("timeout-minutes").is_none() && job.pairs().next().is_some() {
        findings.push(Finding {
            line: name.line(),
            kind: Kind::NoTimeout {
                job: name.text().unwrap_or_default().to_owned(),
            },
        });
    }
    let steps = job.get("steps").into_iter().flat_map(At::items);
    findings.extend(steps.filter_map(|step| unpinned(step.get("uses")?)));
    findings
}

fn unpinned(uses: At) -> Option<Finding> {
    let action = uses.text()?.trim();
    let (name, reference) = action.split_once('@')?;
    let local = name.starts_with("./") || name.starts_with("docker://");
    // These are the forge's own: who can move their tags runs the job anyway.
    let own = name.starts_with("actions/") || name.starts_with("github/");
    if local || own || !name.contains('/') || is_commit(reference) {
        return None;
    }
    Some(Finding {
        line: uses.line(),
        kind: Kind::Unpinned {
            action: action.to_owned(),
        },
    })
}

/// A full SHA-1 or SHA-256 of a commit.
pub(crate) fn is_commit(reference: &str) -> bool {
    let hexadecimal = reference.bytes().all(|byte| byte.is_ascii_hexdigit());
    hexadecimal && matches!(reference.len(), 40 | 64)
}
