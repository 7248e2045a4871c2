//! A script's lines, cut into commands and words.

/// One simple command: the program and its arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// Without variables set in front and without programs that only start
    /// others (`sudo`, `poetry run`, `npx`, …).
    pub words: Vec<String>,
}

/// The simple commands of a script, in order.
pub fn commands(script: &[String]) -> Vec<Command> {
    let mut commands = Vec::new();
    let mut joined = String::new();
    for line in script {
        let line = line.trim();
        if line.starts_with('#') {
            continue;
        }
        if let Some(head) = line.strip_suffix('\\') {
            joined.push_str(head);
            joined.push(' ');
            continue;
        }
        joined.push_str(line);
        split(&std::mem::take(&mut joined), &mut commands);
    }
    split(&joined, &mut commands);
    commands
}

/// Cuts at `;`, `&`, `|`, `(`, `)` and back quotes outside of single and
/// double quotes, so that a command in `$(…)` is one of its own.
fn split(line: &str, commands: &mut Vec<Command>) {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    for character in line.chars() {
        match (quote, character) {
            (Some(open), close) if open == close => quote = None,
            (None, '\'' | '"') => quote = Some(character),
            // A command runs inside double quotes, too.
            (None | Some('"'), '(' | ')' | '`') | (None, ';' | '&' | '|') => {
                quote = None;
                end_word(&mut word, &mut words);
                end_command(&mut words, commands);
            }
            (None, blank) if blank.is_whitespace() => end_word(&mut word, &mut words),
            _ => word.push(character),
        }
    }
    end_word(&mut word, &mut words);
    end_command(&mut words, commands);
}

fn end_word(word: &mut String, words: &mut Vec<String>) {
    let word = std::mem::take(word);
    if !word.is_empty() && word != "$" {
        words.push(word);
    }
}

fn end_command(words: &mut Vec<String>, commands: &mut Vec<Command>) {
    let words = std::mem::take(words);
    let start = program_at(&words);
    if start < words.len() {
        commands.push(Command {
            words: words[start..].to_vec(),
        });
    }
}

/// Skips what only starts another program.
fn program_at(words: &[String]) -> usize {
    let mut at = 0;
    while let Some(skipped) = launcher(&words[at..]) {
        at += skipped;
    }
    at
}

/// How many words in front do nothing but start what follows.
fn launcher(words: &[String]) -> Option<usize> {
    let first = words.first()?.as_str();
    let second = words.get(1).map_or("", String::as_str);
    let third = words.get(2).map_or("", String::as_str);
    match (first, second) {
        (
            "sudo" | "time" | "exec" | "if" | "then" | "else" | "while" | "!" | "{" | "}" | "uvx"
            | "npx" | "bunx" | "nohup" | "command",
            _,
        ) => Some(1 + options(&words[1..])),
        ("poetry" | "uv" | "pdm" | "pipenv" | "pipx" | "rye" | "hatch" | "rtx" | "mise", "run")
        | ("bundle" | "pnpm" | "yarn" | "npm" | "composer" | "opam", "exec")
        | ("pnpm" | "yarn", "dlx") => Some(2 + options(&words[2..])),
        ("uv", "tool") if third == "run" => Some(3 + options(&words[3..])),
        ("python" | "python3" | "py", "-m") => Some(2),
        ("xargs", _) => Some(1 + xargs_options(&words[1..])),
        _ if first.contains('=') && !first.starts_with(['-', '=']) => Some(1),
        _ => None,
    }
}

fn options(words: &[String]) -> usize {
    words
        .iter()
        .take_while(|word| word.starts_with('-'))
        .count()
}

/// `xargs -0 -n 1 -r`: those that take a number are followed by it.
fn xargs_options(words: &[String]) -> usize {
    words
        .iter()
        .take_while(|word| word.starts_with('-') || word.parse::<u32>().is_ok())
        .count()
}
