//! Rule files as text: also read by the build, which turns the shipped ones
//! into tables.

/// Where a rule file cannot be understood.
#[derive(Debug, PartialEq, Eq)]
pub struct RuleError {
    /// 1-based.
    pub line: usize,
    pub message: String,
}

/// `[tool|other] class`
pub struct Section<'a> {
    /// Its line in the file, 1-based.
    pub at: usize,
    pub tools: Vec<&'a str>,
    pub class: &'a str,
}

/// `role strength [class=…] [+N] expression`
pub struct Line<'a> {
    /// Its line in the file, 1-based.
    pub at: usize,
    /// Index of its section.
    pub section: usize,
    pub role: &'a str,
    pub strength: u8,
    pub class: &'a str,
    pub follow: u8,
    pub source: &'a str,
}

/// A rule file's sections and rules, in their order.
#[derive(Default)]
pub struct Parsed<'a> {
    pub sections: Vec<Section<'a>>,
    pub rules: Vec<Line<'a>>,
}

/// Reads a rule file.
pub fn parse(file: &str) -> Result<Parsed<'_>, RuleError> {
    let mut parsed = Parsed::default();
    for (index, line) in file.lines().enumerate() {
        let line = line.trim();
        let wrong = |message: &str| RuleError {
            line: index + 1,
            message: message.to_owned(),
        };
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(header) = line.strip_prefix('[') {
            let (names, class) = header.split_once(']').ok_or(wrong("no ]"))?;
            parsed.sections.push(Section {
                at: index + 1,
                tools: names.split('|').collect(),
                class: class.trim(),
            });
        } else {
            let last = parsed.sections.last().ok_or(wrong("no section yet"))?;
            let section = parsed.sections.len() - 1;
            let rule = rule(line, section, last.class).map_err(wrong)?;
            parsed.rules.push(Line {
                at: index + 1,
                ..rule
            });
        }
    }
    Ok(parsed)
}

fn rule<'a>(line: &'a str, section: usize, class: &'a str) -> Result<Line<'a>, &'static str> {
    let (role, rest) = word(line);
    let (strength, mut rest) = word(rest);
    let strength = strength.parse().ok().filter(|strength| *strength <= 100);
    let mut rule = Line {
        at: 0,
        section,
        role,
        strength: strength.ok_or("no strength from 0 to 100")?,
        class,
        follow: 0,
        source: "",
    };
    if let Some(class) = rest.strip_prefix("class=") {
        (rule.class, rest) = word(class);
    }
    let digit = |text: &&str| text.starts_with(|c: char| c.is_ascii_digit());
    if let Some(follow) = rest.strip_prefix('+').filter(digit) {
        let (count, after) = word(follow);
        rule.follow = count.parse().map_err(|_| "no number of lines")?;
        rest = after;
    }
    if rest.is_empty() {
        return Err("no expression");
    }
    rule.source = rest;
    Ok(rule)
}

fn word(text: &str) -> (&str, &str) {
    let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
    (word, rest.trim_start())
}
