//! hadolint's rules.

use super::{Finding, misfit};
use crate::text_edit::{Edits, Source};

mod commands;

/// Whether the rule has one remedy.
pub(super) fn knows(finding: &Finding) -> bool {
    let code = finding.code.as_str();
    let other = commands::flag(code).is_some() || commands::cleaning(code).is_some();
    other
        || matches!(
            code,
            "DL3015"
                | "DL3020"
                | "DL3042"
                | "DL4000"
                | "DL3025"
                | "DL3027"
                | "DL3004"
                | "DL3047"
                | "DL4006"
                | "DL3059"
                | "DL3021"
        )
}

/// Adds what mends the finding.
pub(super) fn mend(
    finding: &Finding,
    source: &Source<'_>,
    edits: &mut Edits,
) -> Result<(), String> {
    match finding.code.as_str() {
        "DL3015" => {
            let flag = "--no-install-recommends";
            add_flag(finding, source, edits, "apt-get", "install", flag)
        }
        "DL3042" => add_flag(finding, source, edits, "pip", "install", "--no-cache-dir"),
        "DL3027" => commands::apt_get(finding, source, edits),
        "DL3004" => commands::no_sudo(finding, source, edits),
        "DL3047" => commands::quiet_wget(finding, source, edits),
        "DL4006" => commands::pipefail(finding, source, edits),
        "DL3059" => commands::joined(finding, source, edits),
        "DL3021" => commands::directory(finding, source, edits),
        code if commands::flag(code).is_some() => commands::with_flag(finding, source, edits),
        code if commands::cleaning(code).is_some() => commands::cleaned(finding, source, edits),
        "DL3020" => copy(finding.line, source, edits),
        "DL4000" => label(finding.line, source, edits),
        "DL3025" => json_form(finding.line, source, edits),
        _ => Err("the rule has more than one remedy".into()),
    }
}

/// The lines of the instruction that begins at a line.
fn instruction<'a>(number: u64, source: &'a Source<'a>) -> impl Iterator<Item = (u64, &'a str)> {
    let mut goes_on = true;
    (number..).map_while(move |number| {
        let line = source.find(number).filter(|_| goes_on)?;
        goes_on = line.trim_end().ends_with('\\');
        Some((number, line))
    })
}

/// `apt-get install -y x` → `apt-get install --no-install-recommends -y x`,
/// for every such command of the instruction.
fn add_flag(
    finding: &Finding,
    source: &Source<'_>,
    edits: &mut Edits,
    program: &str,
    word: &str,
    flag: &str,
) -> Result<(), String> {
    let mut found = 0;
    for (number, line) in instruction(finding.line, source) {
        for command in [format!("{program} {word} "), format!("{program}3 {word} ")] {
            for (at, _) in line.match_indices(&command) {
                if line[..at].ends_with(|letter: char| letter.is_alphanumeric() || letter == '-') {
                    continue;
                }
                let end = at + command.len();
                let mut own = line[end..].split(' ').take_while(|word| *word != "&&");
                if own.any(|word| word == flag || (flag == "-y" && word == "-qy")) {
                    continue;
                }
                edits.replace(number, end, end, format!("{flag} "));
                found += 1;
            }
        }
        // `apt-get -y install`, `pip --quiet install`: the flag may stand last.
        let options_first = format!("{program} -y {word} ");
        if let Some(at) = line
            .find(&options_first)
            .filter(|_| flag != "-y" && !line.contains(flag))
        {
            let end = at + options_first.len();
            edits.replace(number, end, end, format!("{flag} "));
            found += 1;
        }
    }
    if found == 0 {
        return misfit("an installation");
    }
    Ok(())
}

/// `ADD` of local files as `COPY`. An archive would be unpacked, an address
/// fetched: hadolint does not name those, and neither may this.
fn copy(number: u64, source: &Source<'_>, edits: &mut Edits) -> Result<(), String> {
    let line = source.line(number)?;
    let archive = [
        ".tar", ".tgz", ".gz", ".bz2", ".xz", ".zip", "://", "git@", "$",
    ];
    if !line.starts_with("ADD ") || archive.iter().any(|part| line.contains(part)) {
        return misfit("an ADD of plain files");
    }
    edits.replace(number, 0, 3, "COPY");
    Ok(())
}

/// `MAINTAINER x` as a label.
fn label(number: u64, source: &Source<'_>, edits: &mut Edits) -> Result<(), String> {
    let line = source.line(number)?;
    let name = line
        .strip_prefix("MAINTAINER ")
        .map(|name| name.trim().trim_matches('"'));
    match name.filter(|name| !name.is_empty() && !name.contains(['"', '\\', '$'])) {
        Some(name) => {
            let text = format!("LABEL org.opencontainers.image.authors=\"{name}\"");
            edits.replace(number, 0, line.len(), text);
            Ok(())
        }
        None => misfit("a plain MAINTAINER"),
    }
}

/// `CMD python app.py` as `CMD ["python", "app.py"]`, where no shell is
/// needed to read it.
fn json_form(number: u64, source: &Source<'_>, edits: &mut Edits) -> Result<(), String> {
    let line = source.line(number)?;
    let parts = ["CMD ", "ENTRYPOINT "]
        .iter()
        .find_map(|word| Some((*word, line.strip_prefix(word)?)));
    let plain = |text: &str| {
        text.chars()
            .all(|c| c.is_ascii_alphanumeric() || "-_./:=@ ".contains(c))
    };
    match parts {
        // `x=1 run` sets a variable, which only a shell does.
        Some((word, command))
            if plain(command) && !command.split(' ').next().unwrap_or("=").contains('=') =>
        {
            let words: Vec<String> = command
                .split_whitespace()
                .map(|word| format!("\"{word}\""))
                .collect();
            if words.is_empty() {
                return misfit("a command");
            }
            edits.replace(
                number,
                0,
                line.len(),
                format!("{word}[{}]", words.join(", ")),
            );
            Ok(())
        }
        _ => misfit("a command that needs no shell"),
    }
}
