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

/// Cuts at `;`, `&`, `|`, parentheses and back quotes outside of single and
/// double quotes. A command in `$(…)` or back quotes is one of its own, and an
/// unknown argument of the one around it.
fn split(line: &str, commands: &mut Vec<Command>) {
    let mut outer: Vec<Open> = Vec::new();
    let mut open = Open::default();
    for character in line.chars() {
        match (open.quote, character) {
            (Some(quote), close) if quote == close => open.quote = None,
            (None, '\'' | '"') => open.quote = Some(character),
            (Some('\''), _) => open.word.push(character),
            (None, '#') if open.word.is_empty() => break,
            (_, '(') if open.word.ends_with('$') => outer.push(std::mem::take(&mut open)),
            (_, '`') if !open.backtick => {
                outer.push(std::mem::take(&mut open));
                open.backtick = true;
            }
            (None, ')' | '`') if !outer.is_empty() => {
                open.end_command(commands);
                open = outer.pop().unwrap_or_default();
                open.word.push_str(UNKNOWN);
            }
            // `2>&1` is no end of a command.
            (None, '&') if open.word.ends_with('>') => open.word.push(character),
            (None, ';' | '&' | '|' | '(' | ')') => open.end_command(commands),
            (None, blank) if blank.is_whitespace() => open.end_word(),
            _ => open.word.push(character),
        }
    }
    open.end_command(commands);
    for mut open in outer.into_iter().rev() {
        open.end_command(commands);
    }
}

/// Stands for what a command in an argument prints. The sign makes it a
/// revision for git and never a path or a flag.
const UNKNOWN: &str = "$()";

/// A command being read.
#[derive(Default)]
struct Open {
    words: Vec<String>,
    word: String,
    quote: Option<char>,
    /// Whether it began at a back quote.
    backtick: bool,
}

impl Open {
    fn end_word(&mut self) {
        let word = std::mem::take(&mut self.word);
        if !word.is_empty() {
            self.words.push(word);
        }
    }

    fn end_command(&mut self, commands: &mut Vec<Command>) {
        self.end_word();
        let mut words = std::mem::take(&mut self.words);
        // What is left of `<(…)`.
        words.retain(|word| word != "<" && word != ">");
        let start = tools::program_at(&words);
        if start < words.len() {
            commands.push(Command {
                words: words[start..].to_vec(),
            });
        }
    }
}
