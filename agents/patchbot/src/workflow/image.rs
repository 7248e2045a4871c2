//! Runner images that were taken away.

use super::step::value;
use super::table::{IMAGES, Image};
use super::{Retired, changed};

/// The images that the log says are gone, in GitHub's own words.
pub(super) fn named(lines: &[String]) -> Vec<&'static Image> {
    const WORDS: [&str; 5] = [
        "brownout",
        "deprecated",
        "retired",
        "no longer supported",
        "has been removed",
    ];
    let says = |line: &&String| {
        let about = line.contains("runner image")
            || line.contains("runner-images")
            || line.contains("environment")
            || line.contains("brownout");
        about && WORDS.iter().any(|word| line.contains(word))
    };
    let named = |image: &&Image| {
        let mut said = lines.iter().filter(says);
        said.any(|line| line.contains(image.title) || line.contains(image.label))
    };
    IMAGES.iter().filter(named).collect()
}

/// Every job that runs on it. A label that stands elsewhere, in a matrix or a
/// condition, is not followed.
pub(super) fn renew(image: &Image, workflows: &[(String, String)]) -> Result<Retired, String> {
    let mut files = Vec::new();
    for (path, text) in workflows {
        let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
        for line in &mut lines {
            let code = line.split(" #").next().unwrap_or_default();
            if !code.contains(image.label) || code.trim_start().starts_with('#') {
                continue;
            }
            match value(line, "runs-on") {
                Some((at, label)) if label == image.label => {
                    line.replace_range(at..at + label.len(), image.next);
                }
                _ => {
                    return Err(format!(
                        "{path} names {} elsewhere than in `runs-on:`, where it may stand for more than a machine",
                        image.label
                    ));
                }
            }
        }
        files.extend(changed(path, text, &lines));
    }
    match files.is_empty() {
        true => Err(format!("no job runs on {}", image.label)),
        false => Ok(Retired {
            what: format!("the image {}", image.label),
            source: image.source,
            files,
        }),
    }
}
