//! Actions that were switched off.

use super::step::{around, given, value};
use super::table::{Differs, FAMILIES, Family, Successor};
use super::{Retired, changed};

/// The families that the log says are switched off, in GitHub's own words.
pub(super) fn named(lines: &[String]) -> Vec<&'static Family> {
    const WORDS: &str = "automatically failed because it uses a deprecated version of `";
    let mut found: Vec<&'static Family> = Vec::new();
    for line in lines {
        let Some((_, rest)) = line.split_once(WORDS) else {
            continue;
        };
        let name = rest.split([':', '`', '@']).next().unwrap_or_default();
        let of = |family: &&Family| family.actions.iter().any(|one| one.action == name);
        if let Some(family) = FAMILIES.iter().find(of)
            && !found.iter().any(|known| std::ptr::eq(*known, family))
        {
            found.push(family);
        }
    }
    found
}

/// Every use of the family in every workflow: what one version stores another
/// does not find.
pub(super) fn renew(family: &Family, workflows: &[(String, String)]) -> Result<Retired, String> {
    let (mut files, mut names, mut uploads) = (Vec::new(), Vec::new(), Vec::new());
    for (path, text) in workflows {
        let about = |why: String| format!("{path}: {why}");
        let before: Vec<String> = text.split('\n').map(str::to_owned).collect();
        let mut lines = before.clone();
        for at in 0..before.len() {
            let Some((from, used)) = value(&before[at], "uses") else {
                continue;
            };
            let Some((successor, version)) = retired(family, used).map_err(about)? else {
                continue;
            };
            if successor.differs == Differs::Uploads {
                uploads.push(upload(around(&before, at), text).map_err(about)?);
            }
            let next = format!("{}@v{}", successor.action, successor.next);
            lines[at].replace_range(from..from + used.len(), &next);
            names.push(format!("{} v{version}", successor.action));
        }
        files.extend(changed(path, text, &lines));
    }
    uploads.sort();
    if uploads.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(
            "two steps upload an artifact of the same name, which the successor refuses".into(),
        );
    }
    names.sort();
    names.dedup();
    match files.is_empty() {
        true => Err("no workflow uses by a version what the log says was switched off".into()),
        false => Ok(Retired {
            what: names.join(" and "),
            source: family.source,
            files,
        }),
    }
}

/// The row and the version of a use that is switched off; an error where it
/// is, and no successor is sure.
fn retired<'f>(family: &'f Family, used: &str) -> Result<Option<(&'f Successor, u32)>, String> {
    let Some((action, reference)) = used.split_once('@') else {
        return Ok(None);
    };
    let Some(successor) = family.actions.iter().find(|one| one.action == action) else {
        return Ok(None);
    };
    let digest = reference.len() == 40 && reference.bytes().all(|byte| byte.is_ascii_hexdigit());
    if digest {
        let why =
            format!("{action} is pinned by a digest, and that of its successor is not known here");
        return Err(why);
    }
    let major = reference
        .strip_prefix('v')
        .and_then(|rest| rest.split('.').next()?.parse().ok());
    match major {
        Some(major) if major > successor.until => Ok(None),
        Some(major) if major >= successor.from => Ok(Some((successor, major))),
        _ => Err(format!(
            "{action}@{reference} takes other inputs than its successor"
        )),
    }
}

/// The name that a step uploads by; an error where the successor would do
/// something else with what it gives.
fn upload(step: &[String], workflow: &str) -> Result<String, String> {
    let name = given(step, "name").and_then(|lines| lines.into_iter().next());
    let name = name.unwrap_or_else(|| "artifact".to_owned());
    let matrix = workflow.lines().any(|line| line.trim() == "matrix:");
    if matrix && !name.contains("${{") {
        return Err(format!(
            "the workflow has a matrix and uploads {name:?} from it perhaps more than once, which the successor refuses"
        ));
    }
    let paths = given(step, "path").unwrap_or_default();
    let hidden = |path: &String| {
        let mut parts = path.trim_start_matches('!').split('/');
        parts.any(|part| part.starts_with('.') && !matches!(part, "." | ".."))
    };
    match paths.iter().find(|path| hidden(path)) {
        Some(path) => Err(format!(
            "it uploads the hidden {path}, which the successor leaves out"
        )),
        None => Ok(name),
    }
}
