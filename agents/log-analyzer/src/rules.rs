//! The rules by which lines are recognised, as data.
//!
//! A rule file holds sections and rules, one a line:
//!
//! ```text
//! # what the section's lines are evidence of
//! [rustfmt] format
//! item 95 ^Diff in (?<path>.+?)(?: at line |:)(?<line>\d+):
//! ```
//!
//! `[tool|other|…] class` names the tool; the further names are tools that
//! print the same lines and are told apart by the command that ran. A rule is
//! a role, a strength from 0 to 100, an optional `class=…` that differs from
//! the section's, an optional `+N` (the N lines below belong to it) and an
//! expression over the line's bytes, of which `path`, `line` and `column` are
//! understood.

use regex::bytes::{Regex, RegexBuilder};
use sentinel_sdk::FailureClass;
use std::cell::OnceCell;

/// What a matching line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Names one thing that is wrong.
    Item,
    /// Says more about an item; no evidence of its own.
    Detail,
    /// Sums up: tells the tool, but not what is wrong.
    Summary,
    /// Sums up, and what is wrong follows below: what the tool said above was
    /// said while it ran.
    Opens,
    /// An outer program that repeats that an inner one failed.
    Wrap,
    /// Says that the whole went well.
    Success,
}

/// One kind of line.
pub struct Rule {
    /// Index of the section's tools in [`Rules::tools`].
    pub section: usize,
    pub class: FailureClass,
    pub role: Role,
    /// 0 to 100: how sure such a line shows the cause of a failure.
    pub strength: u8,
    /// How many lines below belong to it.
    pub follow: u8,
    source: String,
    compiled: OnceCell<Option<Regex>>,
}

impl Rule {
    /// The expression as it was written.
    #[cfg(not(target_family = "wasm"))]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The expression, compiled when it is first needed: of some hundred
    /// rules a log needs a few.
    pub fn regex(&self) -> Option<&Regex> {
        let compile = || build(&self.source).ok();
        self.compiled.get_or_init(compile).as_ref()
    }
}

/// Lazily built automata are dropped and started anew beyond this, in bytes.
const DFA_BYTES: usize = 256 * 1024;

fn build(source: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(source)
        .unicode(false)
        .dfa_size_limit(DFA_BYTES)
        .build()
}

/// Where a rule file cannot be understood.
#[derive(Debug, PartialEq, Eq)]
pub struct RuleError {
    /// 1-based; 0 where only the expression is wrong.
    pub line: usize,
    pub message: String,
}

/// All rules, and what must occur in a line for one to match.
#[derive(Default)]
pub struct Rules {
    pub rules: Vec<Rule>,
    /// The names of each section, the usual one first.
    pub tools: Vec<Vec<String>>,
    /// The class of each section.
    pub classes: Vec<FailureClass>,
    /// Literals; every match of a rule contains one of the rule's own.
    pub literals: Vec<&'static [u8]>,
    /// The rule of each literal.
    pub owners: Vec<Owner>,
    /// Rules without literals, by the first byte of the lines they may match.
    pub by_first: Vec<Vec<usize>>,
}

/// Whose literal one is.
#[derive(Debug, Clone, Copy)]
pub struct Owner {
    /// Index in [`Rules::rules`].
    pub rule: usize,
    /// Whether it counts at the beginning of a line only.
    pub at_start: bool,
}

/// What a line must have for a shipped rule to be tried on it: one of the
/// literals or, where there are none, one of the first bytes.
struct Required {
    at_start: bool,
    literals: &'static [&'static [u8]],
    first: &'static [u8],
}

/// Made by `build/main.rs`, in the order of the rules.
const INDEX: &[Required] = include!(concat!(env!("OUT_DIR"), "/index.rs"));

/// The rules that ship with this agent, by family.
const SHIPPED: [&str; 9] = [
    include_str!("../rules/format.rules"),
    include_str!("../rules/lint.rules"),
    include_str!("../rules/types.rules"),
    include_str!("../rules/compile.rules"),
    include_str!("../rules/test.rules"),
    include_str!("../rules/dependency.rules"),
    include_str!("../rules/infrastructure.rules"),
    include_str!("../rules/setup.rules"),
    include_str!("../rules/delivery.rules"),
];

impl Rules {
    /// The shipped rules.
    pub fn shipped() -> Self {
        let mut rules = Rules::default();
        for file in SHIPPED {
            let added = rules.add(file);
            debug_assert_eq!(added, Ok(()));
        }
        debug_assert_eq!(rules.rules.len(), INDEX.len());
        rules.index();
        rules
    }

    fn index(&mut self) {
        self.by_first = vec![Vec::new(); 256];
        for (rule, required) in INDEX.iter().enumerate() {
            let at_start = required.at_start;
            self.literals.extend(required.literals);
            self.owners
                .resize(self.literals.len(), Owner { rule, at_start });
            for byte in required.first {
                self.by_first[usize::from(*byte)].push(rule);
            }
        }
    }

    /// Adds rules of the operator's own, in the format of this module's
    /// documentation. They are few, so any line may be tried on them.
    pub fn add_own(&mut self, text: &str) -> Result<(), RuleError> {
        let first = self.rules.len();
        self.add(text)?;
        for rule in first..self.rules.len() {
            if self.rules[rule].regex().is_none() {
                let message = format!("no regular expression: {}", self.rules[rule].source);
                return Err(RuleError { line: 0, message });
            }
            for rules in &mut self.by_first {
                rules.push(rule);
            }
        }
        Ok(())
    }

    /// Whether a rule is the operator's own.
    pub fn is_own(&self, rule: usize) -> bool {
        rule >= INDEX.len()
    }

    /// Adds the rules of one file; those before a mistake stay.
    fn add(&mut self, file: &str) -> Result<(), RuleError> {
        let mut class = FailureClass::Unknown;
        let first = self.tools.len();
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
                let (names, name) = header.split_once(']').ok_or(wrong("no ]"))?;
                class = class_named(name.trim()).ok_or(wrong("no such class"))?;
                self.tools
                    .push(names.split('|').map(str::to_owned).collect());
                self.classes.push(class.clone());
                continue;
            }
            self.add_rule(line, first, &class)
                .map_err(|error| wrong(&error))?;
        }
        Ok(())
    }

    fn add_rule(&mut self, line: &str, first: usize, class: &FailureClass) -> Result<(), String> {
        let (role, rest) = word(line);
        let (strength, mut rest) = word(rest);
        if self.tools.len() == first {
            return Err("no section yet".into());
        }
        let mut rule = Rule {
            section: self.tools.len() - 1,
            class: class.clone(),
            role: role_named(role).ok_or("no such role")?,
            strength: strength.parse().map_err(|_| "no strength")?,
            follow: 0,
            source: String::new(),
            compiled: OnceCell::new(),
        };
        if let Some(class) = rest.strip_prefix("class=") {
            let (name, after) = word(class);
            rule.class = class_named(name).ok_or("no such class")?;
            rest = after;
        }
        if let Some(follow) = rest
            .strip_prefix('+')
            .filter(|text| text.starts_with(|c: char| c.is_ascii_digit()))
        {
            let (count, after) = word(follow);
            rule.follow = count.parse().map_err(|_| "no number of lines")?;
            rest = after;
        }
        rest.clone_into(&mut rule.source);
        self.rules.push(rule);
        Ok(())
    }
}

fn word(text: &str) -> (&str, &str) {
    let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
    (word, rest.trim_start())
}

fn role_named(name: &str) -> Option<Role> {
    Some(match name {
        "item" => Role::Item,
        "detail" => Role::Detail,
        "summary" => Role::Summary,
        "opens" => Role::Opens,
        "wrap" => Role::Wrap,
        "success" => Role::Success,
        _ => return None,
    })
}

/// The names of the classes, as users and rule files write them.
pub(crate) const CLASSES: [(&str, FailureClass); 15] = [
    ("format", FailureClass::Format),
    ("lint", FailureClass::Lint),
    ("compile", FailureClass::Compile),
    ("type_check", FailureClass::TypeCheck),
    ("test_failure", FailureClass::TestFailure),
    ("dependency_resolution", FailureClass::DependencyResolution),
    ("lockfile", FailureClass::Lockfile),
    ("flaky_or_infra_network", FailureClass::FlakyOrInfraNetwork),
    ("timeout", FailureClass::Timeout),
    ("oom_or_disk", FailureClass::OomOrDisk),
    ("permission_or_secret", FailureClass::PermissionOrSecret),
    (
        "config_or_workflow_syntax",
        FailureClass::ConfigOrWorkflowSyntax,
    ),
    ("docker_build", FailureClass::DockerBuild),
    ("deployment", FailureClass::Deployment),
    ("unknown", FailureClass::Unknown),
];

pub(crate) fn class_named(name: &str) -> Option<FailureClass> {
    let found = CLASSES.iter().find(|(known, _)| *known == name)?;
    Some(found.1.clone())
}

/// A class by its name in reports: `test_failure`, …
pub fn class_name(class: &FailureClass) -> &str {
    match CLASSES.iter().find(|(_, known)| known == class) {
        Some((name, _)) => name,
        None => match class {
            FailureClass::Other(name) => name,
            _ => "unknown",
        },
    }
}
