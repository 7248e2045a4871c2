//! Rules about the commands of a `RUN`.

use super::super::{Finding, misfit};
use super::{add_flag, instruction};
use crate::text_edit::{Edits, Source};

type Mended = Result<(), String>;

/// A rule that puts a flag behind a program's command.
pub(super) fn flag(code: &str) -> Option<(&'static str, &'static str, &'static str)> {
    Some(match code {
        "DL3014" => ("apt-get", "install", "-y"),
        "DL3019" => ("apk", "add", "--no-cache"),
        "DL3030" => ("yum", "install", "-y"),
        "DL3038" => ("dnf", "install", "-y"),
        "DL3034" => ("zypper", "install", "-y"),
        _ => return None,
    })
}

/// A rule that wants something done after the installation.
pub(super) fn cleaning(code: &str) -> Option<(&'static str, &'static str)> {
    Some(match code {
        "DL3009" => ("apt-get", "rm -rf /var/lib/apt/lists/*"),
        "DL3032" => ("yum", "yum clean all"),
        "DL3040" => ("dnf", "dnf clean all"),
        "DL3036" => ("zypper", "zypper clean"),
        "DL3060" => ("yarn", "yarn cache clean"),
        _ => return None,
    })
}

/// The flag behind every such command of the instruction.
pub(super) fn with_flag(finding: &Finding, source: &Source<'_>, edits: &mut Edits) -> Mended {
    let (program, word, flag) = flag(&finding.code).ok_or("the rule names no flag")?;
    add_flag(finding, source, edits, program, word, flag)
}

/// One more command at the end of the instruction.
pub(super) fn cleaned(finding: &Finding, source: &Source<'_>, edits: &mut Edits) -> Mended {
    let (program, command) = cleaning(&finding.code).ok_or("the rule names no command")?;
    let lines: Vec<(u64, &str)> = instruction(finding.line, source).collect();
    let text = lines
        .iter()
        .map(|(_, line)| *line)
        .collect::<Vec<_>>()
        .join("\n");
    let (Some((first, head)), Some((last, line))) = (lines.first(), lines.last()) else {
        return misfit("an instruction");
    };
    let plain = head.trim_start().starts_with("RUN ") && text.contains(program);
    let odd = ["<<", "||", " #", "RUN [", "\n#"]
        .iter()
        .any(|sign| text.contains(sign));
    let end = line.trim_end();
    if !plain || odd || end.ends_with(['\\', ';', '&']) {
        return misfit("a plain RUN");
    }
    let indent = match first == last {
        true => "    ",
        false => &line[..line.len() - line.trim_start().len()],
    };
    let joint = format!(" && \\\n{indent}{command}");
    let joint = if lines
        .iter()
        .any(|(_, line)| line.trim_start().starts_with("&& "))
    {
        format!(" \\\n{indent}&& {command}")
    } else {
        joint
    };
    edits.replace(*last, end.len(), line.len(), joint);
    Ok(())
}

/// `apt` as `apt-get`, which promises its interface.
pub(super) fn apt_get(finding: &Finding, source: &Source<'_>, edits: &mut Edits) -> Mended {
    each_word(finding, source, edits, "apt", |rest| {
        let known = [
            " install",
            " update",
            " upgrade",
            " remove",
            " -y",
            " -q",
            " autoremove",
            " clean",
        ];
        known
            .iter()
            .any(|word| rest.starts_with(word))
            .then_some("apt-get")
    })
}

/// Without `sudo`, where the image runs as root anyway.
pub(super) fn no_sudo(finding: &Finding, source: &Source<'_>, edits: &mut Edits) -> Mended {
    let mut above = source
        .lines()
        .take_while(|(number, _)| *number < finding.line);
    if above.any(|(_, line)| line.trim_start().to_uppercase().starts_with("USER ")) {
        return misfit("in an image that runs as root");
    }
    let line = source.line(finding.line)?;
    let places: Vec<usize> = line.match_indices("sudo ").map(|(at, _)| at).collect();
    match places[..] {
        [at] if line[..at].ends_with(' ') && !line[at + 5..].starts_with('-') => {
            edits.replace(finding.line, at, at + 5, "");
            Ok(())
        }
        _ => misfit("one plain sudo"),
    }
}

/// `wget` that draws no bar.
pub(super) fn quiet_wget(finding: &Finding, source: &Source<'_>, edits: &mut Edits) -> Mended {
    each_word(finding, source, edits, "wget", |rest| {
        (rest.starts_with(' ') && !rest.contains("--progress"))
            .then_some("wget --progress=dot:giga")
    })
}

/// Another word for a program, wherever the instruction starts it.
fn each_word(
    finding: &Finding,
    source: &Source<'_>,
    edits: &mut Edits,
    word: &str,
    new: impl Fn(&str) -> Option<&'static str>,
) -> Mended {
    let mut found = 0;
    for (number, line) in instruction(finding.line, source) {
        for (at, _) in line.match_indices(word) {
            let end = at + word.len();
            let begins = at == 0 || line[..at].ends_with([' ', '\t', ';', '&', '|', '(']);
            if let Some(new) = new(&line[end..]).filter(|_| begins) {
                edits.replace(number, at, end, new);
                found += 1;
            }
        }
    }
    if found == 0 {
        return misfit("an instruction that starts it");
    }
    Ok(())
}

/// A shell that fails with any part of a pipe, above the instruction: the one
/// that the image has.
pub(super) fn pipefail(finding: &Finding, source: &Source<'_>, edits: &mut Edits) -> Mended {
    let above = source
        .lines()
        .take_while(|(number, _)| *number < finding.line);
    let base = above
        .filter_map(|(_, line)| line.trim_start().strip_prefix("FROM "))
        .last();
    let base = base.unwrap_or_default().to_lowercase();
    let name = base.split([' ', ':', '@']).next().unwrap_or_default();
    let name = name.rsplit('/').next().unwrap_or_default();
    const WITH_BASH: &[&str] = &[
        "debian",
        "ubuntu",
        "python",
        "node",
        "golang",
        "rust",
        "ruby",
        "php",
        "openjdk",
        "maven",
        "gradle",
        "fedora",
        "centos",
        "rockylinux",
        "almalinux",
        "buildpack-deps",
        "postgres",
        "eclipse-temurin",
    ];
    let shell = if base.contains("alpine") {
        "SHELL [\"/bin/ash\", \"-eo\", \"pipefail\", \"-c\"]"
    } else if WITH_BASH.contains(&name) && !base.contains("nanoserver") {
        "SHELL [\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"]"
    } else {
        return misfit("in an image whose shell is known");
    };
    edits.insert_above(finding.line, shell);
    Ok(())
}

/// `RUN a` and `RUN b` as one, where the first leaves nothing behind in its
/// shell.
pub(super) fn joined(finding: &Finding, source: &Source<'_>, edits: &mut Edits) -> Mended {
    let mut above = (1..finding.line)
        .rev()
        .map_while(|number| Some((number, source.find(number)?)));
    let (last, before) = above.next().ok_or("nothing stands above")?;
    let line = source.line(finding.line)?;
    let first = std::iter::once((last, before)).chain(above);
    let continued = |number: u64| {
        source
            .find(number - 1)
            .is_some_and(|line| line.trim_end().ends_with('\\'))
    };
    let begin = first
        .into_iter()
        .find(|(number, _)| *number == 1 || !continued(*number));
    let begin = begin.map_or(last, |(number, _)| number);
    let one: Vec<&str> = instruction(begin, source).map(|(_, line)| line).collect();
    let text = one.join("\n");
    let leaves = [
        "cd ", "export ", "<<", "set ", "umask", ". ", "source ", "||", " #", ";", "RUN --",
        "RUN [",
    ];
    let plain = text.starts_with("RUN ") && !leaves.iter().any(|word| text.contains(word));
    let own = line
        .strip_prefix("RUN ")
        .filter(|rest| !rest.starts_with(['[', '-']) && !rest.contains("<<"));
    match own {
        Some(_) if plain && !before.trim_end().ends_with('\\') => {
            let end = before.trim_end().len();
            edits.replace(last, end, before.len(), " && \\");
            edits.replace(finding.line, 0, 4, "    ");
            Ok(())
        }
        _ => misfit("the second of two plain RUN"),
    }
}

/// `COPY a b dir` as `COPY a b dir/`.
pub(super) fn directory(finding: &Finding, source: &Source<'_>, edits: &mut Edits) -> Mended {
    let line = source.line(finding.line)?;
    let end = line.trim_end();
    if !line.starts_with("COPY ") || end.ends_with(['/', '\\', ']', '"']) || end.contains("<<") {
        return misfit("a COPY of several files");
    }
    edits.replace(finding.line, end.len(), end.len(), "/");
    Ok(())
}
