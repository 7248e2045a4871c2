//! Programs that only start another: `poetry run black`, `npx eslint`.

/// Where the program stands that a command is about.
pub fn program_at<W: AsRef<str>>(words: &[W]) -> usize {
    let mut at = 0;
    while let Some(skipped) = launcher(&words[at..]) {
        at += skipped;
    }
    at
}

/// How many words in front do nothing but start what follows.
fn launcher<W: AsRef<str>>(words: &[W]) -> Option<usize> {
    let word = |index: usize| words.get(index).map_or("", AsRef::as_ref);
    let first = words.first()?.as_ref();
    match (first, word(1)) {
        (
            "sudo" | "time" | "exec" | "if" | "do" | "then" | "else" | "while" | "!" | "{" | "}"
            | "uvx" | "npx" | "bunx" | "nohup" | "command",
            _,
        ) => Some(1 + options(&words[1..])),
        ("poetry" | "uv" | "pdm" | "pipenv" | "pipx" | "rye" | "hatch" | "rtx" | "mise", "run")
        | ("bundle" | "pnpm" | "yarn" | "npm" | "composer" | "opam", "exec")
        | ("pnpm" | "yarn", "dlx") => Some(2 + options(&words[2..])),
        ("uv", "tool") if word(2) == "run" => Some(3 + options(&words[3..])),
        ("python" | "python3" | "py", "-m") => Some(2),
        ("xargs", _) => Some(1 + xargs_options(&words[1..])),
        _ if first.contains('=') && !first.starts_with(['-', '=']) => Some(1),
        _ => None,
    }
}

fn options<W: AsRef<str>>(words: &[W]) -> usize {
    words
        .iter()
        .take_while(|word| word.as_ref().starts_with('-'))
        .count()
}

/// `xargs -0 -n 1 -r`: those that take a number are followed by it.
fn xargs_options<W: AsRef<str>>(words: &[W]) -> usize {
    let option = |word: &&W| word.as_ref().starts_with('-') || word.as_ref().parse::<u32>().is_ok();
    words.iter().take_while(option).count()
}
